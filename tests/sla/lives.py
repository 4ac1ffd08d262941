"""Lives of tickets as lifecycle tells them, and the directory they pinned."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from contracts import directory, intake, sla
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Actor, Event
from contracts.sla import Clock
from journal.directory import Directory
from journal.testing import spec
from services.sla.clocks import Cycle
from services.sla.decider import SLA
from services.sla.moving import TimerFired
from services.sla.pinned import Pinned

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
TICKET = UUID("5f0c5c1e-8f0a-4a57-9f3b-2f8a4b1d9a01")
ANA = Actor(role="requester", key="ana")
BRUNO = Actor(role="analyst", key="bruno")
LATENCY = timedelta(seconds=1)
MARTA = Actor(role="manager", key="marta")
POLICIES: dict[str, dict[str, Any]] = {
    "padrao": {},
    "whole": {"next_response_min": 240, "resolution_min": 2400},
    "quiet": {"warning_stages": (), "reminder_days": ()},
    "graded": {
        "warning_stages": (50,),
        "targets": (
            {"priority": "urgent", "first_response_min": 240},
            {"classification": "incident", "first_response_min": 480, "resolution_min": 960},
            {"classification": "incident", "priority": "urgent", "first_response_min": 120},
            {"classification": "incident", "criticality": "critical", "first_response_min": 90},
        ),
    },
    "incidents": {
        "warning_stages": (50,),
        "targets": ({"classification": "incident", "next_response_min": 240},),
    },
    "unpausing": {
        "next_response_min": 240,
        "resolution_min": 2400,
        "pauses": {"first_response": (), "next_response": ("awaiting_approval",), "resolution": ("on_hold",)},
    },
}


def local(text: str) -> datetime:
    """`2026-03-06 17:00` on the desk's wall, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO).astimezone(UTC)


def records() -> Directory:
    """A calendar and the policies above; a second version of the calendar, closed on 2026-03-09, and of "whole"."""
    known = Directory()
    hours = (("08:00", "10:45"), ("13:00", "17:30"))
    weekly: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), hours)
    calendar = directory.Calendar(time_zone="America/Sao_Paulo", weekly=weekly)
    known.put("calendar", "padrao", 1, True, calendar)
    for key, record in POLICIES.items():
        policy = directory.SlaPolicy(name=key, calendar="padrao", **record)
        known.put("sla_policy", key, 1, True, policy)
    mended = calendar.model_copy(update={"closed": (date(2026, 3, 9),)})
    known.put("calendar", "padrao", 2, True, mended)
    newer = {"next_response_min": 60, "resolution_min": 1200, "auto_close_days": 14, "no_contact_hours": 96}
    known.put("sla_policy", "whole", 2, True, directory.SlaPolicy(name="whole", calendar="padrao", **newer))
    return known


PINNED = Pinned(records())


def ticket(key: str) -> UUID:
    """A ticket of that name."""
    return uuid5(TICKET, key)


def pinned(policy: str, version: int = 1) -> intake.Terms:
    """The first version of a calendar, and one of a policy."""
    return intake.Terms(
        contract="c",
        contract_version=1,
        sla_policy=policy,
        sla_policy_version=version,
        calendar="padrao",
        calendar_version=1,
    )


def queued(
    at: datetime, policy: str = "padrao", of: UUID = TICKET, version: int = 1, **more: Any
) -> l.TicketQueued:
    known: dict[str, Any] = {"classification": "question", **more}
    return l.TicketQueued(
        ticket_id=of, number="2026-000001", opened_at=at, channel="email", customer="serra",
        requester="ana", application="notas", area="fiscal", terms=pinned(policy, version),
        subject="s", text="t", by=ANA, **known,
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


def held(at: datetime, of: UUID = TICKET) -> l.TicketHeld:
    return l.TicketHeld(
        ticket_id=of, at=at, by=BRUNO, third_party="SEFAZ", expected_on=at.date(), previous="in_progress"
    )


def went_on(at: datetime) -> l.TicketResumed:
    return l.TicketResumed(ticket_id=TICKET, at=at, by=BRUNO, previous="on_hold", because="analyst")


def approval_asked(at: datetime) -> l.ApprovalRequested:
    return l.ApprovalRequested(ticket_id=TICKET, at=at, by=BRUNO, revision=1, previous="in_progress")


def approved(at: datetime) -> l.ProjectApproved:
    return l.ProjectApproved(ticket_id=TICKET, at=at, by=MARTA, revision=1)


def sent_back(at: datetime) -> l.ProjectSentBack:
    return l.ProjectSentBack(ticket_id=TICKET, at=at, by=MARTA, revision=1, reason="x")


def attempted(at: datetime, attempt: int, of: UUID = TICKET) -> l.ContactAttempted:
    """An attempt at contact that nobody answered, the n-th in a row."""
    return l.ContactAttempted(
        ticket_id=of, at=at, by=BRUNO, channel="phone", outcome="no_answer", attempt=attempt
    )


def reached(at: datetime, channel: Any = "phone", first: bool = False) -> l.ContactAttempted:
    return l.ContactAttempted(
        ticket_id=TICKET, at=at, by=BRUNO, channel=channel, outcome="reached", attempt=0, first=first
    )


def reclassified(at: datetime, **new: str | None) -> l.TicketReclassified:
    changes = tuple(l.Change.model_validate({"field": f, "old": None, "new": v}) for f, v in new.items())
    return l.TicketReclassified(ticket_id=TICKET, at=at, by=BRUNO, changes=changes, reason="visto")


def dismissed(at: datetime, resolved_at: datetime, resolution: int = 1) -> l.ReopeningDismissed:
    return l.ReopeningDismissed(
        ticket_id=TICKET, at=at, by=BRUNO, resolution=resolution, resolved_at=resolved_at
    )


def undone(at: datetime, closed_at: datetime, reason: l.CloseReason, previous: l.Status) -> l.ClosureUndone:
    return l.ClosureUndone(
        ticket_id=TICKET, at=at, by=ANA, closed_at=closed_at, reason=reason, previous=previous
    )


def import_finished(at: datetime, status: l.Status, opened_at: datetime, **more: Any) -> l.ImportFinished:
    known: dict[str, Any] = {"answered": False, "classification": "question", "policy": "whole", **more}
    terms = pinned(known.pop("policy"))
    return l.ImportFinished(
        ticket_id=TICKET, at=at, by=SYSTEM, imported=True, number="2026-000001", status=status,
        opened_at=opened_at, terms=terms, priority="normal", **known,
    )  # fmt: skip


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


def fact(kind: type[Event], clock: Clock, at: datetime, cycle: int = 1, **more: Any) -> Event:
    """An event of one of the ticket's clocks."""
    return kind.model_validate({"ticket_id": TICKET, "clock": clock, "cycle": cycle, "at": at, **more})


def after(history: tuple[Event, ...], *causes: Any) -> tuple[Event, ...]:
    """The history after these too, each seen a moment after it happened."""
    for cause in causes:
        history += tuple(then(history, cause, cause.at + LATENCY))
    return history


def timer(history: tuple[Event, ...], clock: Clock) -> TimerFired:
    """The timer of a clock as it stands."""
    cycle = SLA.fold(history).cycles[clock]
    assert cycle.next_at is not None
    return TimerFired(TICKET, clock, cycle.number, cycle.next_stage, cycle.next_at)


def rung(history: tuple[Event, ...], clock: Clock, times: int) -> tuple[Event, ...]:
    """The history after the clock's timer has rung that often."""
    for _ in range(times):
        due = timer(history, clock)
        history += tuple(then(history, due, due.due_at + LATENCY))
    return history


def phases(history: tuple[Event, ...]) -> dict[Clock, str]:
    """What each clock does after that history."""
    return {clock: cycle.phase for clock, cycle in SLA.fold(history).cycles.items()}


def cycle_of(history: tuple[Event, ...], clock: Clock) -> Cycle:
    """A clock as it stands after that history."""
    return SLA.fold(history).cycles[clock]


def said(events: Iterable[Event]) -> list[str]:
    """Which clocks these events move, and how: `resolution paused`."""
    return [
        f"{event.clock} {type(event).__name__.removeprefix('Clock').lower()}"
        for event in events
        if isinstance(event, sla.OfClock)
    ]
