"""Warnings of a clock: which wait, and what makes them pointless before they have left. A breach is a fact, and goes."""

from collections.abc import Mapping

from contracts import sla
from journal import telemetry
from journal.work import Work
from services.notifier import due
from services.notifier.decider import Notification, Over
from services.notifier.to_staff import SERVICE_CLOCKS

Ending = sla.ClockMet | sla.ClockStopped
"""Not a pause, nor another target: a stage that was reached is never reached again, and nobody would hear of it."""


def ends(event: object) -> bool:
    """Whether a clock that warns has come to its end."""
    return isinstance(event, Ending) and event.clock in SERVICE_CLOCKS


def ended_by(event: sla.OfClock) -> str:
    """The name of the warnings that the end of a clock makes pointless: those of its ticket and cycle."""
    return due.alarm(event.ticket_id, {"clock": event.clock, "cycle": event.cycle})


async def withdraw(work: Work[Notification], ended: Mapping[str, tuple[Ending, str]], partition: int) -> None:
    """Withdraw the warnings of these clocks that have not left; each end comes with its trace."""
    if not ended:
        return
    waiting = await due.alarms(await work.connection(), list(ended))
    await work.load(waiting)
    for notification_id, alarm in waiting.items():
        event, trace = ended[alarm]
        over = Over(notification_id, "met" if isinstance(event, sla.ClockMet) else "stopped")
        work.decide(notification_id, over, trace=telemetry.child(trace, "notifier Over"), partition=partition)
