"""What a decision about a ticket's clocks needs to know, and how each event changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from contracts import sla
from contracts.envelope import Event
from contracts.sla import Clock

END = 100
"""The stage at which a clock has run its whole target."""
ZERO = timedelta()

Phase = Literal["running", "paused", "met", "stopped", "ended"]


class Terms(NamedTuple):
    """The versions pinned when the ticket opened."""

    calendar: str
    calendar_version: int
    sla_policy: str
    sla_policy_version: int


@dataclass(frozen=True, slots=True)
class Cycle:
    """The latest start of one clock: `elapsed` of its `target` was used up at `since`."""

    number: int
    phase: Phase
    target: timedelta
    due_at: datetime
    since: datetime
    elapsed: timedelta = ZERO
    fired: int = 0
    """The last warning or reminder that has gone out."""
    next_stage: int = 0
    next_at: datetime | None = None
    """Where its timer stands, while it has one."""
    breached: bool = False


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of one ticket, by name; a clock that never started is not there."""

    number: str = ""
    terms: Terms | None = None
    cycles: Mapping[Clock, Cycle] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """Whether the first answer has been given."""
        first = self.cycles.get("first_response")
        return first is not None and first.phase == "met"


def evolve(clocks: Clocks, event: Event) -> Clocks:
    """The clocks after an event."""
    match event:
        case sla.ClockStarted():
            return _started(clocks, event)
        case (
            sla.ClockPaused()
            | sla.ClockResumed()
            | sla.ClockMet()
            | sla.ClockStopped()
            | sla.ClockWarned()
            | sla.ReminderDue()
            | sla.ClockBreached()
            | sla.DeadlineReached()
        ):
            cycle = _moved(clocks.cycles[event.clock], event)
            return Clocks(clocks.number, clocks.terms, {**clocks.cycles, event.clock: cycle})
    return clocks


Moved = (
    sla.ClockPaused
    | sla.ClockResumed
    | sla.ClockMet
    | sla.ClockStopped
    | sla.ClockWarned
    | sla.ReminderDue
    | sla.ClockBreached
    | sla.DeadlineReached
)


def _started(clocks: Clocks, event: sla.ClockStarted) -> Clocks:
    cycle = Cycle(
        number=event.cycle,
        phase="running",
        target=timedelta(seconds=event.target_s),
        due_at=event.due_at,
        since=event.at,
    )
    terms = clocks.terms or Terms(
        event.calendar, event.calendar_version, event.sla_policy, event.sla_policy_version
    )
    return Clocks(event.number, terms, {**clocks.cycles, event.clock: _set(cycle, event.next)})


def _moved(cycle: Cycle, event: Moved) -> Cycle:
    match event:
        case sla.ClockPaused():
            return replace(_set(cycle, None), phase="paused", since=event.at, elapsed=_elapsed(event))
        case sla.ClockMet():
            return replace(_set(cycle, None), phase="met", since=event.at, elapsed=_elapsed(event))
        case sla.ClockResumed():
            return replace(_set(cycle, event.next), phase="running", since=event.at, due_at=event.due_at)
        case sla.ClockWarned() | sla.ReminderDue():
            return replace(_set(cycle, event.next), fired=event.stage)
        case sla.ClockBreached():
            return replace(_set(cycle, None), breached=True)
        case sla.ClockStopped():
            return replace(_set(cycle, None), phase="stopped")
        case sla.DeadlineReached():
            return replace(_set(cycle, None), phase="ended")


def _set(cycle: Cycle, following: sla.Stage | None) -> Cycle:
    """With its timer set to what follows, or to nothing."""
    if following is None:
        return replace(cycle, next_stage=0, next_at=None)
    return replace(cycle, next_stage=following.stage, next_at=following.at)


def _elapsed(event: sla.ClockPaused | sla.ClockMet) -> timedelta:
    return timedelta(seconds=event.elapsed_s, microseconds=event.elapsed_us)
