"""Counting tickets by other versions on purpose, as if they had been pinned when each ticket opened. Pure.

Source: domain page, Clocks, rule 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from contracts import sla
from contracts.commands import RebasedClock, RebasedTicket
from contracts.envelope import Actor, Event
from contracts.sla import Clock
from services.sla.circumstances import note, start_resolution
from services.sla.clocks import ZERO, Terms
from services.sla.moving import Occasion
from services.sla.pinned import BUSINESS, CLOSING
from worktime.spans import Span


@dataclass(frozen=True, slots=True)
class Rebase:
    """Let the ticket go by these terms; `runs` are the stretches in which its clocks of working time have run."""

    ticket_id: UUID
    terms: Terms
    runs: Mapping[Clock, Sequence[Span]]
    reason: str


def rebase(asked: Rebase, on: Occasion, by: Actor) -> None:
    """The clocks that run or pause have the new targets, of which the new calendar says how much has elapsed.

    A verdict that was given stays. What runs out by it breaches now, with cause `rebased`.
    """
    if asked.terms == on.terms:
        return
    on.judge()
    note(on, replace(on.clocks, terms=asked.terms), "rebased", by, asked.reason)
    calendar = on.pinned.calendar(asked.terms)
    for clock in (*BUSINESS, *CLOSING):
        cycle = on.clocks.cycles.get(clock)
        if cycle is None:
            continue
        if clock in BUSINESS:
            whole = on.target(clock, on.at)
            elapsed = sum((calendar.elapsed(*run) for run in asked.runs.get(clock, ())), ZERO)
        else:
            begun_at = cycle.since - cycle.elapsed
            whole, elapsed = on.target(clock, begun_at), on.elapsed(clock, cycle, on.at)
        if whole is None:
            on.stop(clock, "rebased")
        else:
            on.retarget(clock, whole, "rebased", elapsed)
    start_resolution(on)


def effect(ticket_id: UUID, number: str, terms: Terms, events: Sequence[Event]) -> RebasedTicket:
    """What these events of a rebase do to the ticket."""
    clocks: dict[Clock, dict[str, Any]] = {}
    for event in events:
        known = clocks.get(event.clock) if isinstance(event, sla.OfClock) else None
        match event:
            case sla.ClockRetargeted():
                closes = event.clock in CLOSING and event.due_at is not None and event.due_at <= event.at
                moved = {name: getattr(event, name) for name in _MOVED}
                clocks[event.clock] = {
                    **(known or _untouched(event)),
                    **moved,
                    "becomes": "retargeted",
                    "closes": closes,
                }
            case sla.ClockStarted():
                new = {"target_s": event.target_s, "due_at": event.due_at, "becomes": "started"}
                clocks[event.clock] = {**_untouched(event), **new}
            case sla.ClockStopped():
                clocks[event.clock] = {**(known or _untouched(event)), "due_at": None, "becomes": "stopped"}
            case sla.ClockPaused() if known:
                known["due_at"] = None
            case sla.ClockBreached():
                breached = known or {**_untouched(event), "due_at": event.at, "previous_due_at": event.at}
                clocks[event.clock] = {**breached, "breaches": True}
    shown = tuple(RebasedClock.model_validate(each) for each in clocks.values())
    return RebasedTicket(ticket_id=ticket_id, number=number, **terms._asdict(), clocks=shown)


_MOVED = ("target_s", "previous_target_s", "due_at", "previous_due_at")


def _untouched(event: sla.OfClock) -> dict[str, Any]:
    """A clock of which no more is known than that this happened to it."""
    return {
        "clock": event.clock,
        "cycle": event.cycle,
        "target_s": 0,
        "previous_target_s": 0,
        "due_at": None,
        "previous_due_at": None,
        "breaches": False,
        "becomes": "breached",
    }
