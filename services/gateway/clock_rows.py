"""One clock of a ticket as the pages show it, and how each event of sla changes it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from contracts import sla

ANSWERING = ("first_response", "next_response", "resolution")
"""Clocks that put the desk in the wrong when they run out; the others only close tickets."""

_END = 100
"""Per cent of a target: its end."""

ClockEvent = (
    sla.ClockStarted
    | sla.ClockPaused
    | sla.ClockResumed
    | sla.ClockRetargeted
    | sla.ClockRestored
    | sla.ClockMet
    | sla.ClockStopped
    | sla.ClockWarned
    | sla.ClockBreached
    | sla.ReminderDue
    | sla.DeadlineReached
    | sla.AlertAcknowledged
)
"""What sla says about a clock."""


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
    target_s: int
    calendar: str
    calendar_version: int
    sla_policy: str
    sla_policy_version: int
    lapsed: bool
    """It ran out before its ticket was imported: it is never late."""
    alert: int
    """The stage, 100 the breach, that people were told of in this cycle and nobody has said to see to; 0: none."""
    alerted_at: datetime | None

    @property
    def going(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("running", "paused")

    @property
    def counts(self) -> bool:
        """Whether the desk answers for it and it has not ended: it can be, or is, overdue."""
        return self.clock in ANSWERING and self.going and not self.lapsed


def clock_after(row: ClockRow | None, event: ClockEvent) -> ClockRow | None:
    """The clock after an event of sla about it; None while it has not started."""
    if isinstance(event, sla.ClockStarted):
        return _started(event)
    if row is None:
        return None
    match event:
        case sla.ClockPaused():
            return replace(row, state="paused", due_at=None, remaining_s=event.remaining_s)
        case sla.ClockResumed() | sla.ClockRestored():
            return replace(row, state="running", due_at=event.due_at, remaining_s=None)
        case sla.ClockRetargeted() if event.cycle == row.cycle:
            return _retargeted(row, event)
        case sla.ClockMet():
            return _met(row, event)
        case sla.ClockStopped():
            return replace(row, state="stopped")
        case sla.ClockWarned():
            return replace(row, stage=event.stage, alert=event.stage, alerted_at=event.at)
        case sla.ReminderDue():
            return replace(row, stage=event.stage)
        case sla.ClockBreached():
            return replace(row, breached_at=event.at, alert=_END, alerted_at=event.at)
        case sla.AlertAcknowledged() if event.cycle == row.cycle:
            return replace(row, alert=0, alerted_at=None)
        case sla.DeadlineReached():
            return replace(row, state="reached")
    return row


def deadline(clocks: Iterable[ClockRow]) -> tuple[datetime | None, bool, bool]:
    """Of a ticket's clocks: the nearest instant at which one the desk answers for runs out, whether one has, or has warned."""
    counting = [clock for clock in clocks if clock.counts]
    due = [clock.due_at for clock in counting if clock.due_at is not None]
    return (
        min(due, default=None),
        any(clock.breached_at is not None for clock in counting),
        any(clock.stage > 0 for clock in counting),
    )


def _started(event: sla.ClockStarted) -> ClockRow:
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
        target_s=event.target_s,
        calendar=event.calendar,
        calendar_version=event.calendar_version,
        sla_policy=event.sla_policy,
        sla_policy_version=event.sla_policy_version,
        lapsed=event.passed == _END,
        alert=0,
        alerted_at=None,
    )


def _met(row: ClockRow, event: sla.ClockMet) -> ClockRow:
    """Met; where that is an earlier cycle that stands again, the row is that one's again."""
    if event.target_s is None:
        return replace(row, state="met", late=event.late)
    return replace(
        row,
        cycle=event.cycle,
        state="met",
        late=event.late,
        target_s=event.target_s,
        breached_at=event.breached_at,
        stage=0,
        alert=0,
        alerted_at=None,
    )


def _retargeted(row: ClockRow, event: sla.ClockRetargeted) -> ClockRow:
    """Another target; where it was rebased, by the versions that the event names."""
    return replace(
        row,
        target_s=event.target_s,
        due_at=event.due_at,
        remaining_s=event.remaining_s if event.due_at is None else None,
        calendar=event.calendar or row.calendar,
        calendar_version=event.calendar_version or row.calendar_version,
        sla_policy=event.sla_policy or row.sla_policy,
        sla_policy_version=event.sla_policy_version or row.sla_policy_version,
    )
