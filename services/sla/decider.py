"""The rules of the clocks: which of them start, pause, end, because of what happens to a ticket. Pure.

Source: domain page, Clocks.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from contracts import commands as c
from contracts import lifecycle as l
from contracts.envelope import Event
from journal.decider import Context, Decider
from journal.errors import Refused
from services.sla import importing
from services.sla.circumstances import (
    answer,
    ask,
    end_question,
    end_wait,
    go_on,
    reclassify,
    retarget,
    wait,
)
from services.sla.clocks import Case, Clocks, evolve
from services.sla.moving import Occasion, TimerFired
from services.sla.pinned import BUSINESS
from services.sla.rebasing import Rebase, rebase
from services.sla.ringing import acknowledge, ring


def decide(cause: object, clocks: Clocks, context: Context) -> list[Event]:
    """What follows for the clocks of a ticket; [] when nothing does. Raises as `happen`."""
    on = happen(cause, clocks, context)
    return [] if on is None else on.events


def happen(cause: object, clocks: Clocks, context: Context) -> Occasion | None:
    """What follows, and how the clocks stand after it; None where nothing can. `context.facts` is `Pinned`.

    Raises:
        NotYet: the policy or the calendar that the ticket pinned has not arrived.
        Refused: no such cause, or a command about a ticket that has no clocks.
    """
    if (rule := BY_EVENT.get(cast("Any", type(cause)))) is not None:
        event = cast("l.OfTicket", cause)
        if event.imported:
            return None
        return _seen(event.ticket_id, event.at, clocks, context, lambda on: rule(event, on))
    match cause:
        case TimerFired():
            return _seen(cause.ticket_id, cause.due_at, clocks, context, lambda on: ring(cause, on))
        case l.TicketQueued():
            return _queued(cause, clocks, context)
        case l.ImportFinished():
            return _imported(cause, clocks, context)
        case Rebase() | c.AcknowledgeAlert() if clocks.terms is None:
            raise Refused("no_such_ticket")
        case c.AcknowledgeAlert():
            at, by = context.now, context.by
            return _seen(cause.ticket_id, at, clocks, context, lambda on: acknowledge(cause, on, by))
        case Rebase():
            at, by = context.now, context.by
            return _seen(cause.ticket_id, at, clocks, context, lambda on: rebase(cause, on, by))
    raise Refused("unknown_command")


def _seen(
    ticket_id: UUID, at: datetime, clocks: Clocks, context: Context, rule: Callable[[Occasion], None]
) -> Occasion | None:
    """What a rule says; nothing of a ticket that was never queued here: it has no clocks."""
    if clocks.terms is None:
        return None
    on = Occasion(ticket_id, at, context.now, clocks, context.facts)
    rule(on)
    return on


def _queued(queued: l.TicketQueued, clocks: Clocks, context: Context) -> Occasion | None:
    if clocks.terms is not None or queued.imported:
        return None
    opened_at, terms = queued.opened_at, importing.terms_of(queued)
    clocks = Clocks(queued.number, terms, opened_at, importing.case_of(queued))
    on = Occasion(queued.ticket_id, opened_at, context.now, clocks, context.facts)
    on.start("first_response", 1)
    on.start("resolution", 1)
    return on


def _imported(finished: l.ImportFinished, clocks: Clocks, context: Context) -> Occasion | None:
    if clocks.terms is not None or finished.status == "closed":
        return None
    clocks = Clocks(finished.number, importing.terms_of(finished))
    on = Occasion(finished.ticket_id, finished.at, context.now, clocks, context.facts)
    importing.take_over(finished, on)
    return on


def _answered(said: l.AnswerPublished | l.CustomerAwaited | l.TicketResolved, on: Occasion) -> None:
    if said.first:
        on.meet("first_response")
    else:
        answer(on)


def _published(said: l.AnswerPublished, on: Occasion) -> None:
    """An e-mail may be read late: it is no answer to what was asked after it had come."""
    again_at, since = said.asked_again_at, on.clocks.waiting_since
    if since is None and not said.first:
        return  # what was asked, before it had come or after, has been answered otherwise
    if since is None or again_at is None or not _newer(on.clocks, since, said.at, again_at):
        _answered(said, on)
    if again_at is not None:
        ask(on, again_at)


def _newer(clocks: Clocks, since: datetime, came_at: datetime, again_at: datetime) -> bool:
    """Whether what waits was asked after an answer came; or its clock was gained after it was asked again."""
    begun = clocks.cycles.get("next_response")
    return since > came_at or (begun is not None and begun.started_at >= again_at)


def _replied(reply: l.ReplyAdded, on: Occasion) -> None:
    if not reply.verified or reply.late:
        return
    on.meet("customer_silence")
    on.meet("unreachable")
    if on.clocks.waits == "waiting_customer":
        go_on(on)  # TicketResumed will say so too, at the same instant
    ask(on)


def _attempted(attempt: l.ContactAttempted, on: Occasion) -> None:
    if attempt.outcome == "reached":
        on.meet("unreachable")
        if attempt.first:
            on.meet("first_response")
        elif attempt.channel == "phone":
            answer(on)
        return
    latest = on.clocks.cycles.get("unreachable")
    if attempt.attempt >= on.policy.no_contact_attempts and (latest is None or latest.phase != "running"):
        on.start("unreachable", latest.number + 1 if latest else 1)


def _awaited(awaited: l.CustomerAwaited, on: Occasion) -> None:
    _answered(awaited, on)
    wait(on, "waiting_customer")
    on.start("customer_silence", awaited.waiting)


def _resumed(_: l.TicketResumed, on: Occasion) -> None:
    on.meet("customer_silence")
    go_on(on)


def _resolved(resolved: l.TicketResolved, on: Occasion) -> None:
    _answered(resolved, on)
    on.meet("resolution")
    on.stop("customer_silence", "resolved")
    on.stop("unreachable", "resolved")
    end_wait(on)
    on.start("auto_close", resolved.resolution)


def _reopened(reopened: l.TicketReopened, on: Occasion) -> None:
    on.meet("auto_close")
    on.resume("resolution", "paused", "met")
    retarget(on, "reclassified")  # it may have been reclassified while it was resolved
    if reopened.by.role == "requester":
        ask(on)


def _dismissed(dismissed: l.ReopeningDismissed, on: Occasion) -> None:
    """As if never reopened, but for verdicts that were given meanwhile. An old due instant that is past rings at once.

    It rings again where it rang while the reopening was on its way here: then nothing was closed by it.
    """
    on.dismiss("resolution", dismissed.resolved_at)
    on.stop("next_response", "dismissed")
    end_question(on)
    on.stop("unreachable", "resolved")
    end_wait(on)
    closing = on.clocks.cycles.get("auto_close")
    if closing is not None and closing.number == dismissed.resolution and closing.phase in ("met", "ended"):
        on.restore("auto_close", closing)


def _closed(closed: l.TicketClosed, on: Occasion) -> None:
    on.stop_all(closed.reason)
    end_question(on)


def _undone(_: l.ClosureUndone, on: Occasion) -> None:
    """As at the message that was in time: what the closure stopped goes on, and what waited resumes then."""
    end_wait(on)
    for clock in BUSINESS:
        cycle = on.clocks.cycles.get(clock)
        if cycle is not None and cycle.closed_from == "running":
            on.restore(clock, cycle)
        elif cycle is not None and cycle.closed_from:
            on.resume(clock, "stopped")
    go_on(on)
    on.resume("resolution", "met")
    retarget(on, "reclassified")  # as at a reopening
    ask(on)


def _reclassified(event: l.TicketReclassified, on: Occasion) -> None:
    changed: dict[str, Any] = {
        change.field: change.new for change in event.changes if change.field in Case._fields
    }
    reclassify(on, on.clocks.case._replace(**changed), event.by, event.reason)


BY_EVENT: Mapping[type[l.OfTicket], Callable[[Any, Occasion], None]] = {
    l.AnswerPublished: _published,
    l.ReplyAdded: _replied,
    l.ContactAttempted: _attempted,
    l.CustomerAwaited: _awaited,
    l.TicketHeld: lambda _, on: wait(on, "on_hold"),
    l.ApprovalRequested: lambda _, on: wait(on, "awaiting_approval"),
    l.TicketResumed: _resumed,
    l.ProjectApproved: lambda _, on: go_on(on),
    l.ProjectSentBack: lambda _, on: go_on(on),
    l.TicketReclassified: _reclassified,
    l.TicketResolved: _resolved,
    l.TicketReopened: _reopened,
    l.ReopeningDismissed: _dismissed,
    l.TicketClosed: _closed,
    l.ClosureUndone: _undone,
}
"""The rule of each event of lifecycle that can move a clock."""

SLA: Decider[Clocks] = Decider(initial=Clocks(), decide=decide, evolve=evolve)
