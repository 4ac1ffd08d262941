"""What a decision about a ticket needs to know, and how each event changes it."""

from dataclasses import dataclass, replace
from typing import Literal

from contracts import lifecycle as l
from contracts.envelope import Event
from contracts.lifecycle import Status


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as far as its rules look: `resolution` and `waiting` count what happened so far."""

    status: Status | Literal["absent"] = "absent"
    number: str = ""
    customer: str = ""
    requester: str = ""
    area: str = ""
    analyst: str | None = None
    answered: bool = False
    resolution: int = 0
    waiting: int = 0
    score: tuple[int, int, str] | None = None
    """The rated resolution, its score and comment."""


def evolve(ticket: Ticket, event: Event) -> Ticket:
    """The ticket after an event."""
    match event:
        case l.TicketQueued():
            return Ticket(
                status="open",
                number=event.number,
                customer=event.customer,
                requester=event.requester,
                area=event.area,
            )
        case l.TicketAssigned():
            return replace(ticket, analyst=event.analyst, status=event.status)
        case l.AnswerPublished():
            return ticket if ticket.answered else replace(ticket, answered=True)
        case l.CustomerAwaited():
            return replace(ticket, status="waiting_customer", waiting=event.waiting, answered=True)
        case l.TicketResumed() | l.TicketReopened():
            return replace(ticket, status="in_progress")
        case l.TicketResolved():
            return replace(ticket, status="resolved", resolution=event.resolution, answered=True)
        case l.TicketClosed():
            return replace(ticket, status="closed")
        case l.ResolutionRated():
            return replace(ticket, score=(event.resolution, event.score, event.comment))
    return ticket
