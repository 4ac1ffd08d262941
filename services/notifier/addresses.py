"""Addresses that keep bouncing: how often their mail came back, suspended and restored. One stream an address. Pure."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts import notifier as n
from contracts.commands import RestoreAddress
from contracts.envelope import Event
from journal.decider import Context
from journal.errors import Refused

SUSPENDED: Final = n.ADDRESS_SUSPENDED
"""The fact, for a decision about an e-mail, that its address takes none; also what is recorded of one given up."""
BOUNCES_MAX = 3
BOUNCE_DAYS = 30.0
"""Different e-mails that came back for good within so many days. Source: judgement; one may be a server's mistake."""
KEPT_MAX = 100
"""Bounces remembered of an address. Source: judgement; far more than it takes to suspend one."""
_NAMESPACE = uuid5(NAMESPACE_URL, "atendimento:notification")
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many different e-mails may come back within that time before an address is suspended."""

    bounces: int = BOUNCES_MAX
    within: timedelta = timedelta(days=BOUNCE_DAYS)


PATIENT = Patience()


@dataclass(frozen=True, slots=True)
class Bounced:
    """An e-mail to this address came back for good, or was refused since there is no such address."""

    address: str
    notification_id: UUID
    ticket_id: UUID | None
    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Address:
    """What the next decision must know; what came back until `restored_at` counts no longer."""

    suspended: bool = False
    restored_at: datetime = _NEVER
    bounces: tuple[tuple[UUID, datetime], ...] = ()


UNHEARD = Address()


def folded(address: str) -> str:
    """The address as it is compared."""
    return address.strip().lower()


def stream_of(address: str) -> UUID:
    """The stream of an address."""
    return uuid5(_NAMESPACE, f"address:{folded(address)}")


def written_to(rather: Sequence[str], usual: str, suspended: Container[str]) -> str:
    """The first of the addresses that one is rather written to which takes mail, else the usual one, whatever it takes.

    `suspended` holds folded addresses.
    """
    return next((each for each in rather if folded(each) not in suspended), usual)


def bounced(cause: Bounced, address: Address, patience: Patience) -> list[Event]:
    """It came back; the last one that is borne suspends the address. The same e-mail counts once."""
    if any(known == cause.notification_id for known, _ in address.bounces):
        return []
    folding = folded(cause.address)
    events: list[Event] = [
        n.AddressBounced(
            address=folding,
            notification_id=cause.notification_id,
            ticket_id=cause.ticket_id,
            status=cause.status,
            at=cause.at,
        )
    ]
    since = max(cause.at - patience.within, address.restored_at)
    count = 1 + sum(at > since for _, at in address.bounces)
    if address.suspended or cause.at <= address.restored_at or count < patience.bounces:
        return events
    suspended = n.AddressSuspended(
        address=folding, ticket_id=cause.ticket_id, bounces=count, status=cause.status, at=cause.at
    )
    return [*events, suspended]


def restore(asked: RestoreAddress, address: Address, context: Context) -> list[Event]:
    """A person found that it takes mail again. Raises Refused: `address_not_suspended`."""
    if not address.suspended:
        raise Refused("address_not_suspended")
    return [
        n.AddressRestored(address=folded(asked.address), at=context.now, by=context.by, reason=asked.reason)
    ]


def evolve(address: Address, event: Event) -> Address:
    """The address after an event."""
    match event:
        case n.AddressBounced():
            bounces = (*address.bounces, (event.notification_id, event.at))[-KEPT_MAX:]
            return replace(address, bounces=bounces)
        case n.AddressSuspended():
            return replace(address, suspended=True)
        case n.AddressRestored():
            return replace(address, suspended=False, restored_at=event.at)
    return address
