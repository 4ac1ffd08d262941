"""The rules of the clocks: which of them start, pause, end, because of what happens to a ticket. Pure.

Source: domain page, Clocks.
"""

from datetime import datetime
from uuid import UUID

from contracts import lifecycle as l
from contracts.envelope import Event
from journal.decider import Context, Decider
from journal.errors import Refused
from services.sla.clocks import Clocks, Terms, evolve
from services.sla.moving import Occasion, TimerFired


def decide(cause: object, clocks: Clocks, context: Context) -> list[Event]:
    """What follows for the clocks of a ticket; [] when nothing does. `context.facts` is `Pinned`.

    Raises:
        NotYet: the policy or the calendar that the ticket pinned has not arrived.
        Refused: no such cause.
    """
    match cause:
        case l.TicketQueued():
            return _queued(cause, context) if clocks.terms is None else []
        case TimerFired():
            on = _occasion(cause.ticket_id, cause.due_at, clocks, context)
            return on.ring(cause) if on else []
        case (
            l.AnswerPublished()
            | l.ReplyAdded()
            | l.CustomerAwaited()
            | l.TicketResumed()
            | l.TicketResolved()
            | l.TicketReopened()
            | l.TicketClosed()
        ):
            on = _occasion(cause.ticket_id, cause.at, clocks, context)
            return _moved(cause, on) if on else []
    raise Refused("unknown_command")


def _queued(queued: l.TicketQueued, context: Context) -> list[Event]:
    pinned = queued.terms
    terms = Terms(pinned.calendar, pinned.calendar_version, pinned.sla_policy, pinned.sla_policy_version)
    clocks = Clocks(queued.number)
    on = Occasion(queued.ticket_id, queued.opened_at, context.now, clocks, terms, context.facts)
    return [*on.start("first_response", 1), *on.start("resolution", 1)]


def _moved(cause: object, on: Occasion) -> list[Event]:
    match cause:
        case l.AnswerPublished():
            return _answered(on, first=cause.first)
        case l.ReplyAdded() if cause.verified and not cause.late:
            return [*on.meet("customer_silence"), *_asked_again(on)]
        case l.CustomerAwaited():
            return [
                *_answered(on, first=cause.first),
                *on.pause("resolution", "waiting_customer"),
                *on.start("customer_silence", cause.waiting),
            ]
        case l.TicketResumed():
            return [*on.meet("customer_silence"), *on.resume("resolution")]
        case l.TicketResolved():
            return [
                *_answered(on, first=cause.first),
                *on.meet("resolution"),
                *on.stop("customer_silence", "resolved"),
                *on.start("auto_close", cause.resolution),
            ]
        case l.TicketReopened():
            contested = _asked_again(on) if cause.by.role == "requester" else []
            return [*on.meet("auto_close"), *on.resume("resolution"), *contested]
        case l.TicketClosed():
            return on.stop_all(cause.reason)
    return []


def _answered(on: Occasion, *, first: bool) -> list[Event]:
    return on.meet("first_response" if first else "next_response")


def _asked_again(on: Occasion) -> list[Event]:
    """A person of the customer spoke after the first answer; what waits for an answer already goes on waiting."""
    latest = on.clocks.cycles.get("next_response")
    if not on.clocks.answered or (latest is not None and latest.phase == "running"):
        return []
    return on.start("next_response", latest.number + 1 if latest else 1)


def _occasion(ticket_id: UUID, at: datetime, clocks: Clocks, context: Context) -> Occasion | None:
    """None for a ticket that was never queued here: it has no clocks."""
    if clocks.terms is None:
        return None
    return Occasion(ticket_id, at, context.now, clocks, clocks.terms, context.facts)


SLA: Decider[Clocks] = Decider(initial=Clocks(), decide=decide, evolve=evolve)
