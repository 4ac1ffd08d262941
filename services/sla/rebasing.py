"""Counting tickets by other versions on purpose, as if they had been pinned when each ticket opened. Pure.

Source: domain page, Clocks, rule 4.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    note(on, on.clocks._replace(terms=asked.terms), "rebased", by, asked.reason)
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
    breached = {
        event.clock for event in events if isinstance(event, sla.ClockBreached) and event.cause == "rebased"
    }
    return RebasedTicket(
        ticket_id=ticket_id,
        number=number,
        **terms._asdict(),
        clocks=tuple(
            RebasedClock(
                clock=event.clock,
                cycle=event.cycle,
                target_s=event.target_s,
                previous_target_s=event.previous_target_s,
                due_at=event.due_at,
                previous_due_at=event.previous_due_at,
                breaches=event.clock in breached,
            )
            for event in events
            if isinstance(event, sla.ClockRetargeted)
        ),
    )
