"""The life of one notification: requested once, then sent, or tried again, or given up. Pure.

An address has a stream of its own, of its mail that comes back: addresses.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from contracts import notifier as n
from contracts.commands import RestoreAddress, RetryNotification
from contracts.envelope import Event, Language
from journal.decider import Context, Decider
from journal.errors import Refused
from services.notifier import addresses
from services.notifier.addresses import SUSPENDED, UNHEARD, Address, Bounced
from services.notifier.caps import Reached

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=4)
"""Soon at first, for greylisting; then seldom. Source: RFC 5321 section 4.5.4.1, whose own proposal is
half an hour: the desk's mail tells of deadlines, so it starts earlier."""
GIVEN_UP_AFTER = timedelta(days=3)
"""Source: RFC 5321 section 4.5.4.1 asks for four to five days of a relay; a deadline's mail is stale earlier."""
JITTER = 0.2
ERROR_MAX = 500
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Something happened that one recipient is told by e-mail. The fields are `NotificationRequested`'s."""

    notification_id: UUID
    ticket_id: UUID | None
    template: n.Template
    recipient: str
    recipient_name: str
    language: Language
    message_id: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = True
    facts: dict[str, Any] = field(default_factory=dict)
    not_before: datetime | None = None
    bundled_into: UUID | None = None
    answerable_by: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The mail server took it; `unsettled` attempts before it ended without a record."""

    notification_id: UUID
    response: str
    unsettled: int = 0


@dataclass(frozen=True, slots=True)
class Deferred:
    """It could not be handed over now; `jitter`, 0 to 1, spreads the next attempts of many."""

    notification_id: UUID
    error: str
    jitter: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """It will not be taken; `gone` is the status of an address that does not exist, if that is why."""

    notification_id: UUID
    error: str
    gone: str = ""


@dataclass(frozen=True, slots=True)
class Over:
    """The clock that it warns of was met, or stopped."""

    notification_id: UUID
    because: Literal["met", "stopped"]


Outcome = Accepted | Deferred | Rejected
_OWED = tuple(each.name for each in fields(Owed))


@dataclass(frozen=True, slots=True)
class Notification:
    """What the next decision must know; `since` is when sending began, or began again.

    Of an address's stream, `address` alone.
    """

    status: Literal["absent", "due", "sent", "abandoned", "suppressed", "bundled", "withdrawn"] = "absent"
    ticket_id: UUID | None = None
    recipient: str = ""
    message_id: str = ""
    attempt: int = 0
    tries: int = 0
    since: datetime = _NEVER
    address: Address = UNHEARD


def decide(cause: object, notification: Notification, context: Context) -> list[Event]:
    """What happens because of `cause`; [] when it already has.

    `context.facts`, for `Owed`: how far each cap that it counts towards is used up, as `caps.Reached`; for it and
    for `RetryNotification`, `SUSPENDED` where its address is; for `Bounced`, `addresses.Patience`.

    Raises:
        Refused: `no_such_notification`, `already_sent` or `address_suspended`; `address_not_suspended`.
    """
    match cause:
        case Owed():
            return _request(cause, notification, context)
        case Accepted() | Deferred() | Rejected():
            return _conclude(cause, notification, context.now)
        case Over():
            return _withdraw(cause, notification, context.now)
        case RetryNotification():
            return _retry(cause, notification, context)
        case Bounced():
            return addresses.bounced(cause, notification.address, context.facts)
        case RestoreAddress():
            return addresses.restore(cause, notification.address, context)
    raise Refused("unknown_command")


def evolve(notification: Notification, event: Event) -> Notification:
    """The notification after an event."""
    match event:
        case n.NotificationRequested(bundled_into=None):
            return Notification("due", event.ticket_id, event.recipient, event.message_id, since=event.at)
        case n.NotificationRequested():
            return Notification("bundled", event.ticket_id, event.recipient)
        case n.NotificationSuppressed():
            return Notification("suppressed", event.ticket_id)
        case n.NotificationFailed():
            return replace(notification, attempt=event.attempt, tries=notification.tries + 1)
        case n.NotificationSent():
            return replace(notification, status="sent", attempt=event.attempt)
        case n.NotificationAbandoned():
            return replace(notification, status="abandoned", attempt=event.attempt)
        case n.NotificationWithdrawn():
            return replace(notification, status="withdrawn")
        case n.NotificationRetried():
            return replace(notification, status="due", tries=0, since=event.at)
        case n.AddressBounced() | n.AddressSuspended() | n.AddressRestored():
            return replace(notification, address=addresses.evolve(notification.address, event))
    return notification


NOTIFIER: Decider[Notification] = Decider(initial=Notification(), decide=decide, evolve=evolve)


def _request(owed: Owed, notification: Notification, context: Context) -> list[Event]:
    if notification.status != "absent":
        return []
    if context.facts == SUSPENDED:
        return _given_up(owed, context.now)
    reached: Sequence[Reached] = context.facts or ()
    for each in reached:
        if each.count >= each.most:
            return [
                n.NotificationSuppressed(
                    notification_id=owed.notification_id,
                    ticket_id=owed.ticket_id,
                    template=owed.template,
                    recipient=owed.recipient,
                    count=each.count,
                    cap=each.cap,
                    at=context.now,
                )
            ]
    return [n.NotificationRequested(**{name: getattr(owed, name) for name in _OWED}, at=context.now)]


def _given_up(owed: Owed, now: datetime) -> list[Event]:
    """What is owed to a suspended address is on the ticket, to be sent once the address is restored."""
    alone = replace(owed, not_before=None, bundled_into=None)
    return [
        n.NotificationRequested(**{name: getattr(alone, name) for name in _OWED}, at=now),
        n.NotificationAbandoned(
            notification_id=owed.notification_id, ticket_id=owed.ticket_id, attempt=0, at=now, error=SUSPENDED
        ),
    ]


def _conclude(outcome: Outcome, notification: Notification, now: datetime) -> list[Event]:
    """The result of one attempt; another replica's verdict, if it came first, stands.

    What was withdrawn while a sender had it in hand was sent all the same, if the server took it.
    """
    sent = notification.status == "withdrawn" and isinstance(outcome, Accepted)
    if notification.status != "due" and not sent:
        return []
    about = {"notification_id": outcome.notification_id, "ticket_id": notification.ticket_id}
    attempt = notification.attempt + 1
    match outcome:
        case Accepted():
            return [
                n.NotificationSent(
                    **about,
                    message_id=notification.message_id,
                    attempt=attempt,
                    at=now,
                    response=outcome.response[:ERROR_MAX],
                    unsettled=outcome.unsettled,
                )
            ]
        case Deferred() if now - notification.since < GIVEN_UP_AFTER:
            retry_at = now + _delay(notification.tries, outcome.jitter)
            error = outcome.error[:ERROR_MAX]
            return [n.NotificationFailed(**about, attempt=attempt, at=now, retry_at=retry_at, error=error)]
        case _:
            return [
                n.NotificationAbandoned(**about, attempt=attempt, at=now, error=outcome.error[:ERROR_MAX])
            ]


def _withdraw(over: Over, notification: Notification, now: datetime) -> list[Event]:
    if notification.status != "due":
        return []
    return [
        n.NotificationWithdrawn(
            notification_id=over.notification_id,
            ticket_id=notification.ticket_id,
            at=now,
            because=over.because,
        )
    ]


def _delay(tries: int, jitter: float) -> timedelta:
    """Doubling, bounded, and spread by a fifth to either side."""
    delay = min(FIRST_RETRY * 2 ** min(tries, 16), LONGEST_RETRY)
    return timedelta(seconds=delay.total_seconds() * (1 + JITTER * (2 * jitter - 1)))


def _retry(asked: RetryNotification, notification: Notification, context: Context) -> list[Event]:
    match notification.status:
        case "absent" | "suppressed" | "bundled" | "withdrawn":
            raise Refused("no_such_notification")
        case "sent":
            raise Refused("already_sent")
        case "due":
            return []
    if context.facts == SUSPENDED:
        raise Refused("address_suspended")
    return [
        n.NotificationRetried(
            notification_id=asked.notification_id,
            ticket_id=notification.ticket_id,
            at=context.now,
            by=context.by,
        )
    ]
