"""One ticket and one clock as the pages show them, and how each event changes them. Pure.

The views fold with these; the auditor's page folds a history up to an instant with the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event

URGENCY: dict[str, int] = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
"""Place of each priority in the queue. Source: domain page, Words."""

ClockEvent = (
    sla.ClockStarted
    | sla.ClockPaused
    | sla.ClockResumed
    | sla.ClockMet
    | sla.ClockStopped
    | sla.ClockWarned
    | sla.ClockBreached
    | sla.ReminderDue
    | sla.DeadlineReached
)
"""What sla says about a clock."""


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A row of `views.tickets`, column by column."""

    ticket_id: UUID
    number: str
    status: str
    area: str
    analyst: str | None
    customer: str
    requester: str
    application: str
    classification: str
    priority: str
    urgency: int
    channel: str
    subject: str
    opened_at: datetime
    answered_at: datetime | None
    resolution: int
    score: int | None
    closed_because: str | None
    linked_to: UUID | None
    active_at: datetime


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A row of `views.clocks`, column by column: seconds where the name ends in `_s`."""

    ticket_id: UUID
    clock: str
    cycle: int
    state: str
    due_at: datetime | None
    remaining_s: int | None
    breached_at: datetime | None
    late: bool
    stage: int


def queued(event: l.TicketQueued) -> TicketRow:
    """A ticket that has just come into its queue."""
    return TicketRow(
        ticket_id=event.ticket_id,
        number=event.number,
        status="open",
        area=event.area,
        analyst=None,
        customer=event.customer,
        requester=event.requester,
        application=event.application,
        classification=event.classification,
        priority=event.priority,
        urgency=URGENCY[event.priority],
        channel=event.channel,
        subject=event.subject,
        opened_at=event.opened_at,
        answered_at=None,
        resolution=0,
        score=None,
        closed_because=None,
        linked_to=event.linked_to,
        active_at=event.opened_at,
    )


def ticket_after(row: TicketRow | None, event: Event) -> TicketRow | None:
    """The ticket after an event of lifecycle; None while it is not in any queue."""
    if isinstance(event, l.TicketQueued):
        return queued(event)
    if row is None:
        return None
    match event:
        case l.TicketAssigned():
            return replace(row, analyst=event.analyst, status=event.status, active_at=event.at)
        case l.AnswerPublished():
            return replace(row, answered_at=row.answered_at or event.at, active_at=event.at)
        case l.NoteAdded() | l.ReplyAdded() | l.AutomaticReplyAdded() | l.BounceAdded():
            return replace(row, active_at=event.at)
        case l.CustomerAwaited():
            answered_at = row.answered_at or event.at
            return replace(row, status="waiting_customer", answered_at=answered_at, active_at=event.at)
        case l.TicketResumed() | l.TicketReopened():
            return replace(row, status="in_progress", active_at=event.at)
        case l.TicketResolved():
            return replace(
                row,
                status="resolved",
                resolution=event.resolution,
                score=None,
                answered_at=row.answered_at or event.at,
                active_at=event.at,
            )
        case l.TicketClosed():
            return replace(row, status="closed", closed_because=event.reason, active_at=event.at)
        case l.ResolutionRated():
            return replace(row, score=event.score, active_at=event.at)
    return row


def clock_after(row: ClockRow | None, event: ClockEvent) -> ClockRow | None:
    """The clock after an event of sla about it; None while it has not started."""
    if isinstance(event, sla.ClockStarted):
        return ClockRow(
            ticket_id=event.ticket_id,
            clock=event.clock,
            cycle=event.cycle,
            state="running",
            due_at=event.due_at,
            remaining_s=None,
            breached_at=None,
            late=False,
            stage=0,
        )
    if row is None:
        return None
    match event:
        case sla.ClockPaused():
            return replace(row, state="paused", due_at=None, remaining_s=event.remaining_s)
        case sla.ClockResumed():
            return replace(row, state="running", due_at=event.due_at, remaining_s=None)
        case sla.ClockMet():
            return replace(row, state="met", late=event.late)
        case sla.ClockStopped():
            return replace(row, state="stopped")
        case sla.ClockWarned() | sla.ReminderDue():
            return replace(row, stage=event.stage)
        case sla.ClockBreached():
            return replace(row, breached_at=event.at)
        case sla.DeadlineReached():
            return replace(row, state="reached")
    return row
