"""What a decision about a ticket's clocks needs to know, and how each event changes it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

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

_WHILE_OPEN: frozenset[Clock] = frozenset({"first_response", "next_response", "resolution", "auto_close"})
"""Clocks that go on again if a closure is undone, or whose ticket no clock can close beside them."""

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


class Cycle(NamedTuple):
    """The latest start of one clock: `elapsed` of its `target` was used up at `since`."""

    number: int
    phase: Phase
    target: timedelta
    due_at: datetime
    since: datetime
    started_at: datetime
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
    earlier: "Cycle | None" = None
    """The last one before it that was met: a dismissed reopening lets that stand again."""
    started: int = 0
    """The number of the latest start, where an earlier one stands again."""
    asked_at: datetime | None = None
    """When the question came that had waited without this clock, where it started later than that."""

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.phase in ("running", "paused")

    @property
    def last(self) -> int:
        """The highest number that a start of this clock has had."""
        return max(self.number, self.started)

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


class Clocks(NamedTuple):
    """The clocks of one ticket, by name; a clock that never started is not there."""

    number: str = ""
    terms: Terms | None = None
    opened_at: datetime | None = None
    case: Case = NO_CASE
    answered: bool = False
    """Whether the first answer has been given."""
    waits: PauseReason | None = None
    """What the ticket waits for: clocks that start meanwhile wait too."""
    asked_at: datetime | None = None
    """Since when a question of the customer waits for an answer without a clock; a clock itself remembers it."""
    cycles: Mapping[Clock, Cycle] = MappingProxyType({})

    @property
    def waiting_since(self) -> datetime | None:
        """When the question came that waits for an answer; None where none does."""
        cycle = self.cycles.get("next_response")
        return cycle.asked_at or cycle.started_at if cycle is not None and cycle.alive else self.asked_at

    @property
    def closed(self) -> bool:
        """Whether the ticket has closed: that stopped a clock, or one closed it that was the last to go."""
        if any(cycle.closed_from for clock, cycle in self.cycles.items() if clock in _WHILE_OPEN):
            return True
        goes_on = self.asked_at is not None or any(cycle.alive for cycle in self.cycles.values())
        return not goes_on and any(cycle.phase == "ended" for cycle in self.cycles.values())

    @property
    def standing(self) -> Cycle | None:
        """The resolution that was met and has stopped since: a dismissed reopening lets it stand again as it was met."""
        cycle = self.cycles.get("resolution")
        if cycle is None or cycle.met is None:
            return cycle and cycle.earlier
        return cycle if cycle.phase == "stopped" else None


def evolve(clocks: Clocks, event: Event) -> Clocks:
    """The clocks after an event."""
    if (move := _MOVES.get(type(event))) is not None:
        return _moved(clocks, event, move)
    match event:
        case sla.ClockStarted():
            return _started(clocks, event)
        case sla.CircumstancesNoted():
            return clocks._replace(
                number=event.number,
                terms=terms_of(event),
                opened_at=event.opened_at,
                case=Case(event.classification, event.priority, event.criticality),
                answered=event.answered,
                waits=event.waits,
                asked_at=event.asked_at,
            )
    return clocks


def terms_of(event: sla.ClockStarted | sla.CircumstancesNoted) -> Terms:
    """The versions that an event names."""
    return Terms(event.calendar, event.calendar_version, event.sla_policy, event.sla_policy_version)


def _started(clocks: Clocks, event: sla.ClockStarted) -> Clocks:
    known = clocks.cycles.get(event.clock)
    cycle = Cycle(
        number=event.cycle,
        phase="running",
        target=timedelta(seconds=event.target_s),
        due_at=event.due_at,
        since=event.at,
        started_at=event.at,
        fired=event.passed,
        next_stage=event.next.stage if event.next else 0,
        next_at=event.next.at if event.next else None,
        earlier=None if known is None else _met_before(known),
        asked_at=event.asked_at,
    )
    cycles = {**clocks.cycles, event.clock: cycle}
    if event.clock == "next_response":
        clocks = clocks._replace(asked_at=None)
    if clocks.terms is not None:
        return clocks._replace(cycles=cycles)
    # The first clock of a ticket starts when it was opened. Events from before cases were said lack theirs.
    case = Case(event.classification or "question", event.priority or "normal", event.criticality)
    return Clocks(event.number, terms_of(event), event.at, case, cycles=cycles)


def _met_before(known: Cycle) -> Cycle | None:
    return known.earlier if known.met is None else known._replace(earlier=None)


def _moved(clocks: Clocks, event: Any, move: "_Move") -> Clocks:
    cycles = {**clocks.cycles, event.clock: move(clocks.cycles[event.clock], event)}
    if event.clock == "first_response" and type(event) is sla.ClockMet:
        return clocks._replace(answered=True, cycles=cycles)
    return clocks._replace(cycles=cycles)


def _paused(cycle: Cycle, event: sla.ClockPaused) -> Cycle:
    return _set(cycle, None, phase="paused", since=event.at, elapsed=_elapsed(event))


def _met(cycle: Cycle, event: sla.ClockMet) -> Cycle:
    if cycle.earlier is not None and cycle.earlier.number == event.cycle:
        cycle = cycle.earlier._replace(started=cycle.last)
    met = Met(_elapsed(event), event.late, event.at)
    return _set(cycle, None, phase="met", since=event.at, elapsed=met.elapsed, met=met)


def _resumed(cycle: Cycle, event: sla.ClockResumed) -> Cycle:
    return _set(cycle, event.next, phase="running", since=event.at, due_at=event.due_at)


def _restored(cycle: Cycle, event: sla.ClockRestored) -> Cycle:
    if cycle.phase == "stopped":
        return _set(cycle, event.next, phase="running")
    # As if never met: of those that are restored then, all count elapsed time.
    return _set(cycle, event.next, phase="running", since=event.due_at - cycle.target, elapsed=ZERO)


def _retargeted(cycle: Cycle, event: sla.ClockRetargeted) -> Cycle:
    if cycle.earlier is not None and cycle.earlier.number == event.cycle:
        return cycle._replace(earlier=_retargeted(cycle.earlier, event))
    target, fired = timedelta(seconds=event.target_s), max(cycle.fired, event.passed)
    met = cycle.met
    if met is not None and event.met_elapsed_us is not None:
        met = met._replace(elapsed=timedelta(microseconds=event.met_elapsed_us))
    runs = {} if event.due_at is None else {"since": event.at, "due_at": event.due_at}
    return _set(cycle, event.next, target=target, elapsed=_elapsed(event), fired=fired, met=met, **runs)


def _stopped(cycle: Cycle, event: sla.ClockStopped) -> Cycle:
    stopped = Stopped(cycle.phase, event.reason not in NO_CLOSING)
    return _set(cycle, None, phase="stopped", stopped=stopped)


_Move = Callable[[Cycle, Any], Cycle]
_MOVES: Mapping[type[Event], _Move] = {
    sla.ClockPaused: _paused,
    sla.ClockMet: _met,
    sla.ClockResumed: _resumed,
    sla.ClockRestored: _restored,
    sla.ClockRetargeted: _retargeted,
    sla.ClockWarned: lambda cycle, event: _set(cycle, event.next, fired=event.stage, warned=event.stage),
    sla.ReminderDue: lambda cycle, event: _set(cycle, event.next, fired=event.stage),
    sla.ClockBreached: lambda cycle, event: _set(cycle, None, breached=True, due_at=event.at),
    sla.ClockStopped: _stopped,
    sla.DeadlineReached: lambda cycle, _: _set(cycle, None, phase="ended"),
    sla.AlertAcknowledged: lambda cycle, event: cycle._replace(acknowledged=event.stage),
}
"""What becomes of a cycle that goes on or ends."""


def _set(cycle: Cycle, following: sla.Stage | None, **changes: Any) -> Cycle:
    """Changed so, and with its timer set to what follows, or to nothing."""
    if following is None:
        return cycle._replace(next_stage=0, next_at=None, **changes)
    return cycle._replace(next_stage=following.stage, next_at=following.at, **changes)


def _elapsed(event: sla.ClockPaused | sla.ClockMet | sla.ClockRetargeted) -> timedelta:
    return timedelta(seconds=event.elapsed_s, microseconds=event.elapsed_us)
