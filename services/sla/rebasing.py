"""Counting tickets by other versions on purpose, as if they had been pinned when each ticket opened. Pure.

Source: domain page, Clocks, rule 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts import sla
from contracts.commands import RebasedClock, RebasedTicket
from contracts.directory import PauseReason
from contracts.envelope import Actor, Event
from contracts.sla import Clock
from services.sla.circumstances import gain, lose, note, wait_on
from services.sla.clocks import ZERO, Anew, Clocks, Cycle, Terms, evolve
from services.sla.moving import Occasion
from services.sla.pinned import BUSINESS, CLOSING
from worktime.spans import Span

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rebase:
    """Let the ticket go by these terms; `runs` are the stretches in which its clocks of working time have run.

    `waits` is what it waits for, `stood` when an earlier resolution ran that a dismissed reopening lets stand again.
    """

    ticket_id: UUID
    terms: Terms
    runs: Mapping[Clock, Sequence[Span]]
    reason: str
    waits: PauseReason | None = None
    stood: Sequence[Span] = ()


def rebase(asked: Rebase, on: Occasion, by: Actor) -> None:
    """The clocks have the new targets, of which the new calendar says how much has elapsed.

    So has a resolution that is met, for its reopening, and one that a dismissed reopening would let stand again.
    Pauses stay as they were; from now on the new policy says what stands still. A verdict that was given stays. What
    runs out by it breaches now, with cause `rebased`. A closed ticket keeps its versions: nothing of it is counted
    any more.
    """
    if asked.terms == on.terms or on.clocks.closed:
        return
    on.judge()
    note(on, on.clocks._replace(terms=asked.terms, waits=asked.waits), "rebased", by, asked.reason)
    for clock in (*BUSINESS, *CLOSING):
        cycle = on.clocks.cycles.get(clock)
        if cycle is None or (cycle.phase == "met" and clock != "resolution"):
            continue
        anew = _anew(asked, clock, cycle, on)
        whole = on.target(clock, on.at if clock in BUSINESS else cycle.since - cycle.elapsed)
        if whole is None and cycle.phase == "met":
            whole = cycle.target
        if whole is None:
            lose(clock, "rebased", on)
        else:
            on.retarget(clock, whole, "rebased", anew)
    _recount_standing(asked, on)
    wait_on(on)
    gain(on)


def _anew(asked: Rebase, clock: Clock, cycle: Cycle, on: Occasion) -> Anew:
    if clock not in BUSINESS:
        return Anew(on.elapsed(clock, cycle, on.at), None)
    runs = asked.runs.get(clock, ())
    elapsed = _elapsed(asked, runs, on.at, on)
    return Anew(elapsed, None if cycle.met is None else _elapsed(asked, runs, cycle.met.at, on))


def _recount_standing(asked: Rebase, on: Occasion) -> None:
    stood = on.clocks.standing
    if stood is None or stood.met is None:
        return
    latest = on.clocks.cycles["resolution"].number == stood.number
    runs = asked.runs["resolution"] if latest else asked.stood
    elapsed = _elapsed(asked, runs, stood.met.at, on)
    whole = on.target("resolution", on.at) or stood.target
    as_met = stood._replace(elapsed=stood.met.elapsed)
    on.retarget("resolution", whole, "rebased", Anew(elapsed, elapsed), as_met)


def _elapsed(asked: Rebase, runs: Sequence[Span], until: datetime, on: Occasion) -> timedelta:
    calendar = on.pinned.calendar(asked.terms)
    return sum((calendar.elapsed(begin, min(end, until)) for begin, end in runs if begin < until), ZERO)


def effect(ticket_id: UUID, before: Clocks, events: Sequence[Event]) -> RebasedTicket:
    """What these events of a rebase do to the ticket."""
    breached = {event.clock for event in events if isinstance(event, sla.ClockBreached)}
    at = max(event.at for event in events if isinstance(event, sla.CircumstancesNoted))
    after = before
    for event in events:
        after = evolve(after, event)
    assert after.terms is not None  # noqa: S101 - a rebase notes the terms
    moving = (event for event in events if isinstance(event, MOVING))
    moved = dict.fromkeys(each.clock for each in moving if each.cycle == after.cycles[each.clock].number)
    return RebasedTicket(
        ticket_id=ticket_id,
        number=after.number,
        **after.terms._asdict(),
        clocks=tuple(
            _moved(before.cycles.get(clock), after.cycles[clock], clock, at, clock in breached)
            for clock in moved
        ),
    )


MOVING = (
    sla.ClockStarted,
    sla.ClockPaused,
    sla.ClockResumed,
    sla.ClockRetargeted,
    sla.ClockStopped,
    sla.ClockBreached,
)
"""What a rebase may do to a clock."""


def _moved(was: Cycle | None, now: Cycle, clock: Clock, at: datetime, breaches: bool) -> RebasedClock:
    if was is not None and was.number != now.number:
        was = None
    runs = now.phase == "running"
    return RebasedClock(
        clock=clock,
        cycle=now.number,
        state=now.phase,
        target_s=now.target // _SECOND,
        previous_target_s=was.target // _SECOND if was else 0,
        due_at=now.due_at if runs else None,
        previous_due_at=was.due_at if was and was.phase == "running" else None,
        breaches=breaches,
        closes=runs and clock in CLOSING and now.due_at <= at,
    )
