"""What follows when a clock's timer comes due. Pure."""

from contracts import sla
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
        on.say(end, timer.clock, cycle.number, cycle.due_at, detected_at=on.now)
        return
    on.say(
        sla.ClockWarned if business else sla.ReminderDue,
        timer.clock,
        cycle.number,
        timer.due_at,
        stage=timer.stage,
        detected_at=on.now,
        due_at=cycle.due_at,
        next=on.following(timer.clock, cycle, after=timer.stage),
    )
