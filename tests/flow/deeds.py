"""The model's deeds as commands of real people."""

from datetime import date
from uuid import UUID

from contracts import commands as c
from contracts.envelope import Actor, Command
from tests.flow.model import ANA, BRUNO, MARTA, Deed

PROMISED = date(2099, 12, 31)
"""A day that is not over on whatever day the tests run."""
PEOPLE = {
    ANA: Actor(role="requester", key=ANA, name="Ana Prado"),
    BRUNO: Actor(role="analyst", key=BRUNO, name="Bruno Teles"),
    MARTA: Actor(role="manager", key=MARTA, name="Marta Lins"),
}


def command_of(deed: Deed, ticket_id: UUID) -> Command:
    """The deed as a command."""
    text = "Um texto."
    match deed.verb:
        case "take":
            return c.TakeTicket(ticket_id=ticket_id)
        case "assign":
            return c.AssignTicket(ticket_id=ticket_id, analyst=deed.to)
        case "return":
            return c.ReturnTicket(ticket_id=ticket_id, reason=text)
        case "hold":
            return c.HoldTicket(ticket_id=ticket_id, third_party="Fisco", expected_on=PROMISED)
        case "dismiss":
            return c.DismissReopening(ticket_id=ticket_id)
        case "answer":
            return c.PublishAnswer(ticket_id=ticket_id, text=text)
        case "note":
            return c.AddNote(ticket_id=ticket_id, text=text)
        case "await":
            return c.AwaitCustomer(ticket_id=ticket_id, text=text)
        case "resume":
            return c.ResumeTicket(ticket_id=ticket_id)
        case "resolve":
            return c.ResolveTicket(ticket_id=ticket_id, text=text)
        case "reopen":
            return c.ReopenTicket(ticket_id=ticket_id, text=text)
        case "close":
            return c.CloseTicket(ticket_id=ticket_id, reason="withdrawn")
        case "rate":
            return c.RateResolution(ticket_id=ticket_id, resolution=deed.resolution, score=5)
    raise AssertionError(deed.verb)
