"""The rules of the ticket: what follows from a command, a submission or a deadline. Pure."""

from contracts import commands as c
from contracts import intake, sla
from contracts.envelope import Event
from journal.decider import Context, Decider
from journal.errors import Refused
from services.lifecycle import arriving, ending, working
from services.lifecycle.ticket import SILENT, Ticket, evolve


def decide(cause: object, ticket: Ticket, context: Context) -> list[Event]:
    """What happens because of `cause`; [] when it already has.

    Raises:
        Refused: a person's command that a rule does not allow; the code says which.
    """
    match cause:
        case intake.TicketRegistered():
            return arriving.queue(cause, ticket)
        case intake.ReplyReceived():
            return arriving.reply(cause, ticket)
        case intake.AutomaticReplyReceived():
            return arriving.automatic_reply(cause, ticket)
        case intake.BounceReceived():
            return arriving.bounce(cause, ticket)
        case sla.DeadlineReached():
            return ending.deadline(cause, ticket)
        case c.ResolveTicket() | c.ReopenTicket() | c.CloseTicket() | c.RateResolution():
            return ending.command(cause, ticket, context)
        case (
            c.TakeTicket()
            | c.AssignTicket()
            | c.PublishAnswer()
            | c.AddNote()
            | c.AwaitCustomer()
            | c.ResumeTicket()
        ):
            return working.command(cause, ticket, context)
    raise Refused("unknown_command")


LIFECYCLE: Decider[Ticket] = Decider(initial=Ticket(), decide=decide, evolve=evolve, silent=SILENT)

__all__ = ["LIFECYCLE", "Ticket", "decide", "evolve"]
