"""What follows when a clock's timer comes due, and when somebody sees to it. Pure."""

from datetime import datetime

from contracts import commands as c
from contracts import sla
from contracts.envelope import Actor
from contracts.sla import Clock
from journal.errors import Refused
from services.sla.clocks import END, Cycle
from services.sla.moving import Occasion, TimerFired
from services.sla.pinned import BUSINESS


def ring(timer: TimerFired, on: Occasion) -> None:
    """Warn, remind, or say that the end has come; nothing when the clock has moved on since the timer was set.

    Source: domain page, Clocks, rule 8.
    """
    cycle = on.clocks.cycles.get(timer.clock)
    if cycle is None or (cycle.phase, cycle.number, cycle.next_stage, cycle.next_at) != (
        "running", timer.cycle, timer.stage, timer.due_at,
    ):  # fmt: skip
        return
    business = timer.clock in BUSINESS
    if timer.stage == END:
        end = sla.ClockBreached if business else sla.DeadlineReached
        more = {"attempts": on.policy.no_contact_attempts} if timer.clock == "unreachable" else {}
        on.say(end, timer.clock, cycle.number, cycle.due_at, **on.seen(timer.clock), **more)
        return
    _say_stage(on, timer.clock, cycle, timer.due_at)


def warn_before_pause(clock: Clock, on: Occasion) -> None:
    """The warnings whose instants lie before this one, which their timer was not there to see: a pause would delay them."""
    while (cycle := on.clocks.cycles.get(clock)) is not None and cycle.phase == "running":
        if cycle.next_at is None or cycle.next_at >= on.at or cycle.next_stage == END:
            return
        _say_stage(on, clock, cycle, cycle.next_at)


def _say_stage(on: Occasion, clock: Clock, cycle: Cycle, at: datetime) -> None:
    business = clock in BUSINESS
    more = {"acknowledged": bool(cycle.acknowledged)} if business else {}
    on.say(
        sla.ClockWarned if business else sla.ReminderDue,
        clock,
        cycle.number,
        at,
        stage=cycle.next_stage,
        due_at=cycle.due_at,
        next=on.following(clock, cycle, after=cycle.next_stage),
        **on.seen(clock),
        **more,
    )


def acknowledge(asked: c.AcknowledgeAlert, on: Occasion, by: Actor) -> None:
    """Somebody sees to what a clock has warned of: its further warnings climb no higher.

    Raises:
        Refused: the clock has said nothing, or has reached its purpose since.
    """
    cycle = on.clocks.cycles.get(asked.clock)
    if cycle is None or not cycle.alerted or not cycle.alive:
        raise Refused("no_alert", clock=asked.clock)
    if cycle.acknowledged >= cycle.alerted:
        return
    on.record(
        sla.AlertAcknowledged(
            ticket_id=on.ticket_id,
            clock=asked.clock,
            cycle=cycle.number,
            stage=cycle.alerted,
            by=by,
            at=on.at,
        )
    )
