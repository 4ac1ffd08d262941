"""The rules of the ticket: what follows from a command, a submission or a deadline. Pure."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts import commands as c
from contracts import intake, sla
from contracts.envelope import Command, Event
from journal.decider import Context, Decider
from journal.errors import Refused
from services.lifecycle import (
    access,
    arriving,
    assigning,
    classifying,
    ending,
    holding,
    importing,
    joining,
    planning,
    working,
)
from services.lifecycle.ticket import SILENT, Ticket, evolve

BY_COMMAND: Mapping[type[Command], Callable[[Any, Ticket, Context], list[Event]]] = {
    c.TakeTicket: assigning.take,
    c.AssignTicket: assigning.assign,
    c.ReturnTicket: assigning.give_back,
    c.ReclassifyTicket: classifying.reclassify,
    c.PublishAnswer: working.answer,
    c.AddNote: working.note,
    c.EditOccurrence: working.edit,
    c.AwaitCustomer: working.await_customer,
    c.ResumeTicket: working.resume,
    c.HoldTicket: holding.hold,
    c.LogContact: holding.log_contact,
    c.ResolveTicket: ending.resolve,
    c.ReopenTicket: ending.reopen,
    c.DismissReopening: ending.dismiss,
    c.CloseTicket: ending.close,
    c.RateResolution: ending.rate,
    c.PlanProject: planning.plan,
    c.RequestApproval: planning.request_approval,
    c.ApproveProject: planning.approve,
    c.SendBackProject: planning.send_back,
    c.RejectProject: planning.reject,
    c.MarkActivity: planning.mark,
    c.SplitTicket: joining.split,
    c.MergeTicket: joining.merge,
    c.LinkTickets: joining.link,
    c.UnlinkTickets: joining.unlink,
}
"""Which rule decides on each command."""


def decide(cause: object, ticket: Ticket, context: Context) -> list[Event]:
    """What happens because of `cause`; [] when it already has. `context.facts` is `Facts`.

    Raises:
        Refused: a person's command that a rule does not allow; the code says which.
    """
    match cause:
        case Command():
            rule = BY_COMMAND.get(type(cause))
            if rule is None:
                raise Refused("unknown_command")
            access.must_be_allowed(cause, ticket, context)
            return rule(cause, ticket, context)
        case intake.TicketRegistered():
            return arriving.queue(cause, ticket, context)
        case intake.TicketImported():
            return importing.take_over(cause, ticket)
        case intake.ReplyReceived():
            return arriving.reply(cause, ticket)
        case intake.AnalystReplyReceived():
            return arriving.answer(cause, ticket, context)
        case intake.AutomaticReplyReceived():
            return arriving.automatic_reply(cause, ticket)
        case intake.BounceReceived():
            return arriving.bounce(cause, ticket)
        case sla.DeadlineReached():
            return ending.deadline(cause, ticket)
        case joining.Absorb() | joining.LinkBack() | joining.UnlinkBack():
            return joining.other_side(cause, ticket, context)
    raise Refused("unknown_command")


LIFECYCLE: Decider[Ticket] = Decider(initial=Ticket(), decide=decide, evolve=evolve, silent=SILENT)

__all__ = ["LIFECYCLE", "Ticket", "decide", "evolve"]
