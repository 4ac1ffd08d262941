"""What a decision about a ticket's clocks needs to know, and how each event changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from contracts import sla
from contracts.directory import PauseReason
from contracts.envelope import Event
from contracts.sla import Clock
from contracts.words import Classification, Criticality, Priority

END = 100
"""The stage at which a clock has run its whole target."""
ZERO = timedelta()

NO_CLOSING = frozenset({"dismissed", "reclassified", "rebased"})
"""Why a clock of working time stops while its ticket lives."""

Phase = Literal["running", "paused", "met", "stopped", "ended"]


class Terms(NamedTuple):
    """The versions pinned when the ticket opened, or those that a manager rebased it on since."""

    calendar: str
    calendar_version: int
    sla_policy: str
    sla_policy_version: int


class Case(NamedTuple):
    """What of a ticket chooses its targets."""

    classification: Classification = "question"
    priority: Priority = "normal"
    criticality: Criticality | None = None


NO_CASE = Case()


class Met(NamedTuple):
    """What had elapsed when the clock was last met, whether that was late, and when it was."""

    elapsed: timedelta
    late: bool
    at: datetime


class Anew(NamedTuple):
    """What has elapsed of a clock by another calendar, and what had when it was last met."""

    elapsed: timedelta
    met: timedelta | None


class Stopped(NamedTuple):
    """What the clock did until it was stopped, and whether the ticket's closing stopped it."""

    before: Phase
    by_closing: bool


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
    """The last warning or reminder that has gone out, or lay before the ticket was brought here."""
    next_stage: int = 0
    next_at: datetime | None = None
    """Where its timer stands, while it has one."""
    warned: int = 0
    """The last warning that has gone out."""
    acknowledged: int = 0
    """The last stage that somebody has said to see to."""
    breached: bool = False
    met: Met | None = None
    stopped: Stopped | None = None

    @property
    def alerted(self) -> int:
        """The last stage that people were told of, 100 the breach; 0 for none."""
        return END if self.breached else self.warned

    @property
    def closed_from(self) -> Phase | None:
        """What it did until the ticket's closing stopped it; None where that is not how it stands."""
        if self.phase != "stopped" or self.stopped is None or not self.stopped.by_closing:
            return None
        return self.stopped.before

    @property
    def lapsed(self) -> bool:
        """Whether it ran out before the ticket was brought here: it gets no verdict."""
        return self.fired >= END

    @property
    def judged(self) -> bool:
        """Whether its verdict is given, or will never be: nothing moves it any more."""
        return self.breached or self.lapsed

    def stands(self, due_at: datetime | None, following: sla.Stage | None) -> bool:
        """Whether it is due then, and rings for that, already; it does neither unless it runs."""
        if self.phase != "running" or following is None:
            return True
        return (self.due_at, self.next_stage, self.next_at) == (due_at, following.stage, following.at)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of one ticket, by name; a clock that never started is not there."""

    number: str = ""
    terms: Terms | None = None
    opened_at: datetime | None = None
    case: Case = NO_CASE
    answered: bool = False
    """Whether the first answer has been given."""
    waits: PauseReason | None = None
    """What the ticket waits for: clocks that start meanwhile wait too."""
    cycles: Mapping[Clock, Cycle] = field(default_factory=dict)


def evolve(clocks: Clocks, event: Event) -> Clocks:
    """The clocks after an event."""
    match event:
        case sla.ClockStarted():
            return _started(clocks, event)
        case sla.CircumstancesNoted():
            return replace(
                clocks,
                number=event.number,
                terms=terms_of(event),
                opened_at=event.opened_at,
                case=Case(event.classification, event.priority, event.criticality),
                answered=event.answered,
                waits=event.waits,
            )
        case sla.AlertAcknowledged():
            cycle = replace(clocks.cycles[event.clock], acknowledged=event.stage)
            return replace(clocks, cycles={**clocks.cycles, event.clock: cycle})
        case sla.OfClock():
            cycle = _moved(clocks.cycles[event.clock], event)
            answered = clocks.answered or (
                isinstance(event, sla.ClockMet) and event.clock == "first_response"
            )
            return replace(clocks, answered=answered, cycles={**clocks.cycles, event.clock: cycle})
    return clocks


def terms_of(event: sla.ClockStarted | sla.CircumstancesNoted) -> Terms:
    """The versions that an event names."""
    return Terms(event.calendar, event.calendar_version, event.sla_policy, event.sla_policy_version)


def _started(clocks: Clocks, event: sla.ClockStarted) -> Clocks:
    cycle = Cycle(
        number=event.cycle,
        phase="running",
        target=timedelta(seconds=event.target_s),
        due_at=event.due_at,
        since=event.at,
        fired=event.passed,
    )
    cycles = {**clocks.cycles, event.clock: _set(cycle, event.next)}
    if clocks.terms is not None:
        return replace(clocks, cycles=cycles)
    # The first clock of a ticket starts when it was opened. Events from before cases were said lack theirs.
    case = Case(event.classification or "question", event.priority or "normal", event.criticality)
    return Clocks(event.number, terms_of(event), event.at, case, cycles=cycles)


def _moved(cycle: Cycle, event: sla.OfClock) -> Cycle:
    match event:
        case sla.ClockPaused():
            return replace(_set(cycle, None), phase="paused", since=event.at, elapsed=_elapsed(event))
        case sla.ClockMet():
            met = Met(_elapsed(event), event.late, event.at)
            return replace(_set(cycle, None), phase="met", since=event.at, elapsed=met.elapsed, met=met)
        case sla.ClockResumed():
            return replace(_set(cycle, event.next), phase="running", since=event.at, due_at=event.due_at)
        case sla.ClockRestored():
            return _restored(_set(cycle, event.next), event)
        case sla.ClockRetargeted():
            return _retargeted(_set(cycle, event.next), event)
        case sla.ClockWarned():
            return replace(_set(cycle, event.next), fired=event.stage, warned=event.stage)
        case sla.ReminderDue():
            return replace(_set(cycle, event.next), fired=event.stage)
        case sla.ClockBreached():
            return replace(_set(cycle, None), breached=True, due_at=event.at)
        case sla.ClockStopped():
            stopped = Stopped(cycle.phase, event.reason not in NO_CLOSING)
            return replace(_set(cycle, None), phase="stopped", stopped=stopped)
    return replace(_set(cycle, None), phase="ended")  # DeadlineReached


def _restored(cycle: Cycle, event: sla.ClockRestored) -> Cycle:
    if cycle.phase == "stopped":
        return replace(cycle, phase="running")
    # As if never met: of those that are restored then, all count elapsed time.
    return replace(cycle, phase="running", since=event.due_at - cycle.target, elapsed=ZERO)


def _retargeted(cycle: Cycle, event: sla.ClockRetargeted) -> Cycle:
    target, fired = timedelta(seconds=event.target_s), max(cycle.fired, event.passed)
    met = cycle.met
    if met is not None and event.met_elapsed_us is not None:
        met = met._replace(elapsed=timedelta(microseconds=event.met_elapsed_us))
    cycle = replace(cycle, target=target, elapsed=_elapsed(event), fired=fired, met=met)
    if event.due_at is None:
        return cycle
    return replace(cycle, since=event.at, due_at=event.due_at)


def _set(cycle: Cycle, following: sla.Stage | None) -> Cycle:
    """With its timer set to what follows, or to nothing."""
    if following is None:
        return replace(cycle, next_stage=0, next_at=None)
    return replace(cycle, next_stage=following.stage, next_at=following.at)


def _elapsed(event: sla.ClockPaused | sla.ClockMet | sla.ClockRetargeted) -> timedelta:
    return timedelta(seconds=event.elapsed_s, microseconds=event.elapsed_us)
