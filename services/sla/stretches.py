"""The course of a clock, read from its events: the stretches in which it ran, and those in which it stood still. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from contracts import sla
from contracts.directory import PauseReason
from contracts.envelope import Event
from contracts.sla import Clock
from services.sla.clocks import Clocks
from worktime.spans import Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """From an instant to an instant, None where it lasts. It ran, or stood still for a `reason`."""

    starts_at: datetime
    ends_at: datetime | None = None
    reason: str | None = None


def of_cycle(events: Iterable[Event], clock: Clock, cycle: int) -> list[sla.OfClock]:
    """The events of one start of a clock, in order."""
    of_clocks = (event for event in events if isinstance(event, sla.OfClock))
    return [event for event in of_clocks if (event.clock, event.cycle) == (clock, cycle)]


def course(events: Iterable[sla.OfClock]) -> list[Stretch]:
    """The stretches of one cycle, in order, without gaps; the last one lasts while the clock runs or pauses."""
    stretches: list[Stretch] = []
    for event in events:
        match event:
            case sla.ClockStarted():
                stretches = [Stretch(event.at)]
            case sla.ClockPaused():
                stretches = [*_until(event.at, stretches), Stretch(event.at, reason=event.reason)]
            case sla.ClockResumed():
                stretches = [*_standing_until(event.at, stretches), Stretch(event.at)]
            case sla.ClockMet() | sla.ClockStopped() | sla.DeadlineReached():
                stretches = _until(event.at, stretches)
            case sla.ClockRestored():
                stretches = [*stretches[:-1], replace(stretches[-1], ends_at=None)]
    return stretches


def ran(events: Iterable[Event], clock: Clock, cycle: int, until: datetime) -> list[Span]:
    """When one start of a clock ran."""
    return runs(course(of_cycle(events, clock, cycle)), until)


def runs(stretches: Iterable[Stretch], until: datetime) -> list[Span]:
    """When it ran; one that runs still, until then."""
    return [(one.starts_at, one.ends_at or until) for one in stretches if one.reason is None]


def waits(events: Sequence[Event], clocks: Clocks) -> PauseReason | None:
    """What the ticket waits for; where its journal is from before every wait was noted, as its clocks show it."""
    silence = clocks.cycles.get("customer_silence")
    if clocks.waits is not None:
        return clocks.waits
    if silence is not None and silence.phase == "running":
        return "waiting_customer"
    paused = [clock for clock, cycle in clocks.cycles.items() if cycle.phase == "paused"]
    for event in reversed(events):
        if isinstance(event, sla.ClockPaused) and event.clock in paused:
            return cast("PauseReason", event.reason)
    return None


def _until(at: datetime, stretches: list[Stretch]) -> list[Stretch]:
    """What there was up to that instant: a resolution can stand again as of an earlier one."""
    kept = [one for one in stretches if one.starts_at < at]
    return [*kept[:-1], replace(kept[-1], ends_at=at)] if kept else []


def _standing_until(at: datetime, stretches: list[Stretch]) -> list[Stretch]:
    """As it stood still until then, whether it was paused, met or stopped."""
    if not stretches:
        return []
    last = stretches[-1]
    if last.reason is not None:
        return [*stretches[:-1], replace(last, ends_at=at)]
    ended_at = last.ends_at or at
    return [*stretches, Stretch(ended_at, at, "met")]
