"""What follows when a clock's timer comes due, and when somebody sees to it. Pure."""

from contracts import commands as c
from contracts import sla
from contracts.envelope import Actor
from journal.errors import Refused
from services.sla.clocks import END
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
    more = {"acknowledged": bool(cycle.acknowledged)} if business else {}
    on.say(
        sla.ClockWarned if business else sla.ReminderDue,
        timer.clock,
        cycle.number,
        timer.due_at,
        stage=timer.stage,
        due_at=cycle.due_at,
        next=on.following(timer.clock, cycle, after=timer.stage),
        **on.seen(timer.clock),
        **more,
    )


def acknowledge(asked: c.AcknowledgeAlert, on: Occasion, by: Actor) -> None:
    """Somebody sees to what a clock has warned of: its further warnings climb no higher.

    Raises:
        Refused: the clock has said nothing, or has reached its purpose since.
    """
    cycle = on.clocks.cycles.get(asked.clock)
    if cycle is None or not cycle.alerted or cycle.phase not in ("running", "paused"):
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
