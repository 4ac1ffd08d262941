"""What is known here of a ticket, for the e-mails about it. Pure."""

from dataclasses import dataclass, replace
from uuid import UUID

from contracts import lifecycle as l
from contracts.envelope import Event


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as its e-mails name it; the fields are the columns of `views.tickets`.

    `message_id` is the one of the requester's own mail, if it came by mail; `place` its place in the
    queue of its area when it arrived (an estimate where several partitions receive at once).
    """

    ticket_id: UUID
    number: str
    subject: str
    requester: str
    area: str
    analyst: str | None
    waiting: bool
    """Whether it is in the queue: no analyst works on it yet."""
    message_id: str
    place: int


def opened(event: l.TicketQueued, place: int) -> Ticket:
    """The ticket that an event puts into the queue, at that place."""
    return Ticket(
        ticket_id=event.ticket_id,
        number=event.number,
        subject=event.subject,
        requester=event.requester,
        area=event.area,
        analyst=None,
        waiting=True,
        message_id=event.message_id,
        place=place,
    )


def evolve(ticket: Ticket, event: Event) -> Ticket:
    """The ticket after a later event."""
    match event:
        case l.TicketAssigned():
            return replace(ticket, analyst=event.analyst, waiting=False)
        case l.CustomerAwaited() | l.TicketResolved() | l.TicketClosed():
            return replace(ticket, waiting=False) if ticket.waiting else ticket
    return ticket
