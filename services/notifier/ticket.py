"""What is known here of a ticket, for the e-mails about it. Pure."""

from dataclasses import dataclass, replace
from uuid import UUID

from contracts import lifecycle as l
from contracts.envelope import Event
from contracts.words import Relation, Status
from services.notifier.addresses import folded

Participants = tuple[tuple[str, str], ...]
"""Contacts who take part because their own ticket was merged into this one: key, and that ticket's number."""
WROTE_FROM_MAX = 50
"""Addresses kept of a ticket, the latest. Source: judgement; far more than ever wrote on one."""


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
    contract: str
    message_id: str
    place: int
    imported: bool = False
    """Whether its opening happened on an earlier system: nobody is told of it again."""
    relation: Relation | None = None
    origin: str = ""
    """The number of the ticket that it came of, where `relation` says how."""
    status: Status = "open"
    analyst: str | None = None
    asked_by: str = ""
    """Who asked for the approval of its plan last."""
    merged_into: str = ""
    """The number of the ticket that lives, once this one was merged."""
    participants: Participants = ()
    wrote_from: tuple[str, ...] = ()
    """The addresses that people of the customer wrote on it from, by mail and verified, the latest last."""

    @property
    def waiting(self) -> bool:
        """Whether it is in the queue: work has not begun, or nobody answers for it any more."""
        return self.status == "open" or (self.status == "in_progress" and self.analyst is None)


def opened(event: l.TicketQueued, place: int, origin: Ticket | None = None) -> Ticket:
    """The ticket that an event puts into the queue, at that place; `origin` is the one it came of, if known.

    What is split off goes on where its origin was written from.
    """
    before = origin.wrote_from if origin and event.relation == "split" else ()
    return Ticket(
        ticket_id=event.ticket_id,
        number=event.number,
        subject=event.subject,
        requester=event.requester,
        area=event.area,
        contract=event.terms.contract,
        message_id=event.message_id,
        place=place,
        imported=event.imported,
        relation=event.relation,
        origin=origin.number if origin else "",
        wrote_from=_latest(before, event.sender_address),
    )


def evolve(ticket: Ticket, event: Event, merged: Ticket | None = None) -> Ticket:
    """The ticket after a later event; `merged` is the ticket that a TicketAbsorbed names, if known."""
    match event:
        case l.TicketAssigned():
            return replace(ticket, analyst=event.analyst, status=event.status)
        case l.TicketReturned():
            return replace(ticket, analyst=None)
        case l.TicketReclassified():
            return _reclassified(ticket, event)
        case l.TicketMerged():
            return replace(ticket, merged_into=event.into_number)
        case l.TicketAbsorbed():
            joined = ((event.requester, event.merged_number), *(merged.participants if merged else ()))
            heard = _latest(merged.wrote_from if merged else (), *ticket.wrote_from)
            return replace(ticket, participants=_with(ticket, joined), wrote_from=heard)
        case l.ReplyAdded(verified=True):
            return replace(ticket, wrote_from=_latest(ticket.wrote_from, event.sender_address))
        case l.ApprovalRequested():
            return replace(ticket, status="awaiting_approval", asked_by=event.by.key)
    status = _status_after(event)
    return ticket if status in (None, ticket.status) else replace(ticket, status=status)


def _status_after(event: Event) -> Status | None:
    match event:
        case l.CustomerAwaited():
            return "waiting_customer"
        case l.TicketHeld():
            return "on_hold"
        case l.TicketResolved() | l.ReopeningDismissed():
            return "resolved"
        case l.TicketClosed():
            return "closed"
        case (
            l.TicketResumed()
            | l.TicketReopened()
            | l.ClosureUndone()
            | l.ProjectApproved()
            | l.ProjectSentBack()
        ):
            return "in_progress"
    return None


def _reclassified(ticket: Ticket, event: l.TicketReclassified) -> Ticket:
    for change in event.changes:
        match change.field:
            case "analyst":
                ticket = replace(ticket, analyst=change.new)
            case "area" if change.new is not None:
                ticket = replace(ticket, area=change.new)
    return ticket


def _latest(before: tuple[str, ...], *addresses: str) -> tuple[str, ...]:
    """With these behind them, each once; an empty one is none."""
    told = [*before, *filter(None, map(folded, addresses))]
    return tuple(dict.fromkeys(reversed(told)))[:WROTE_FROM_MAX][::-1]


def _with(ticket: Ticket, joined: Participants) -> Participants:
    """Each contact once, under the first number they know; who asked for this ticket takes part anyway."""
    participants = dict(ticket.participants)
    for contact, number in joined:
        if contact != ticket.requester:
            participants.setdefault(contact, number)
    return tuple(participants.items())
