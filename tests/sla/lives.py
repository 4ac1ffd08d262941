"""Lives of tickets as lifecycle tells them, and the directory they pinned."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from contracts import directory, intake
from contracts import lifecycle as l
from contracts.envelope import Actor, Event
from journal.directory import Directory
from journal.testing import spec
from services.sla.decider import SLA
from services.sla.pinned import Pinned

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
TICKET = UUID("5f0c5c1e-8f0a-4a57-9f3b-2f8a4b1d9a01")
ANA = Actor(role="requester", key="ana")
BRUNO = Actor(role="analyst", key="bruno")
LATENCY = timedelta(seconds=1)
POLICIES: dict[str, dict[str, Any]] = {
    "padrao": {},
    "whole": {"next_response_min": 240, "resolution_min": 2400},
    "quiet": {"warning_stages": (), "reminder_days": ()},
}


def local(text: str) -> datetime:
    """`2026-03-06 17:00` on the desk's wall, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO).astimezone(UTC)


def records() -> Directory:
    """One calendar, and the policies above."""
    known = Directory()
    hours = (("08:00", "10:45"), ("13:00", "17:30"))
    weekly: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), hours)
    calendar = directory.Calendar(time_zone="America/Sao_Paulo", weekly=weekly)
    known.put("calendar", "padrao", 1, True, calendar)
    for key, record in POLICIES.items():
        policy = directory.SlaPolicy(name=key, calendar="padrao", **record)
        known.put("sla_policy", key, 1, True, policy)
    return known


PINNED = Pinned(records())


def ticket(key: str) -> UUID:
    """A ticket of that name."""
    return uuid5(TICKET, key)


def queued(at: datetime, policy: str = "padrao", of: UUID = TICKET, version: int = 1) -> l.TicketQueued:
    terms = intake.Terms(
        contract="c",
        contract_version=1,
        sla_policy=policy,
        sla_policy_version=version,
        calendar="padrao",
        calendar_version=1,
    )
    return l.TicketQueued(
        ticket_id=of, number="2026-000001", opened_at=at, channel="email", customer="serra",
        requester="ana", application="notas", area="fiscal", terms=terms, classification="question",
        subject="s", text="t", by=ANA,
    )  # fmt: skip


def answered(at: datetime, first: bool = False, of: UUID = TICKET) -> l.AnswerPublished:
    return l.AnswerPublished(ticket_id=of, at=at, by=BRUNO, text="x", first=first)


def replied(at: datetime, verified: bool = True, late: bool = False) -> l.ReplyAdded:
    return l.ReplyAdded(
        ticket_id=TICKET, at=at, by=ANA, channel="email", verified=verified, late=late, sender="Ana", text="x"
    )


def awaited(at: datetime, waiting: int = 1, first: bool = False, of: UUID = TICKET) -> l.CustomerAwaited:
    return l.CustomerAwaited(ticket_id=of, at=at, by=BRUNO, text="x", waiting=waiting, first=first)


def resumed(at: datetime, of: UUID = TICKET) -> l.TicketResumed:
    return l.TicketResumed(
        ticket_id=of, at=at, by=ANA, previous="waiting_customer", because="requester_replied"
    )


def resolved(at: datetime, resolution: int = 1, first: bool = False) -> l.TicketResolved:
    return l.TicketResolved(ticket_id=TICKET, at=at, by=BRUNO, text="x", resolution=resolution, first=first)


def reopened(at: datetime, resolution: int = 1, by: Actor = ANA) -> l.TicketReopened:
    return l.TicketReopened(ticket_id=TICKET, at=at, by=by, resolution=resolution, via="web")


def closed(at: datetime, reason: l.CloseReason = "withdrawn") -> l.TicketClosed:
    return l.TicketClosed(ticket_id=TICKET, at=at, by=BRUNO, reason=reason, previous="open")


def told(*causes: Event) -> tuple[Event, ...]:
    """The history of the clocks after lifecycle has told these, each a moment after it happened."""
    history: tuple[Event, ...] = ()
    for cause in causes:
        at = cause.opened_at if isinstance(cause, l.TicketQueued) else getattr(cause, "at")  # noqa: B009
        events = spec(SLA).given(*history).when(cause, now=at + LATENCY, facts=PINNED)
        assert isinstance(events, list)
        history += tuple(events)
    return history


def then(history: tuple[Event, ...], cause: object, now: datetime) -> list[Event]:
    """What the cause leads to after that history."""
    events = spec(SLA).given(*history).when(cause, now=now, facts=PINNED)
    assert isinstance(events, list)
    return events
