"""What is known here of a ticket, for the e-mails about it. Pure.

A ticket's row holds what its own events told, so that it is the same in whatever order partitions are applied. What
others tell that it came of or took in is joined when somebody is written to (`joined`).
"""

from collections.abc import Iterable, Iterator, Mapping
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
    """A ticket as its e-mails name it; the fields but `origin` are the columns of `views.tickets`.

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
    customer: str = ""
    """Empty in a row that an earlier release wrote, until `python -m services.notifier.rebuild`."""
    imported: bool = False
    """Whether its opening happened on an earlier system: nobody is told of it again."""
    relation: Relation | None = None
    linked_to: UUID | None = None
    """The ticket that it came of, where `relation` says how."""
    origin: str = ""
    """That ticket's number, once it is joined."""
    status: Status = "open"
    analyst: str | None = None
    asked_by: str = ""
    """Who asked for the approval of its plan last."""
    merged_into: str = ""
    """The number of the ticket that lives, once this one was merged."""
    absorbed: tuple[UUID, ...] = ()
    """The tickets that were merged into this one."""
    participants: Participants = ()
    wrote_from: tuple[str, ...] = ()
    """The addresses that people of the customer wrote on it from, by mail and verified, the latest last."""

    @property
    def waiting(self) -> bool:
        """Whether it is in the queue: work has not begun, or nobody answers for it any more."""
        return self.status == "open" or (self.status == "in_progress" and self.analyst is None)

    @property
    def continues(self) -> tuple[UUID, ...]:
        """The tickets whose conversation goes on in this one: those merged into it, and the one it was split off."""
        split = (self.linked_to,) if self.linked_to and self.relation == "split" else ()
        return (*split, *self.absorbed)


def opened(event: l.TicketQueued, place: int) -> Ticket:
    """The ticket that an event puts into the queue, at that place."""
    return Ticket(
        ticket_id=event.ticket_id,
        number=event.number,
        subject=event.subject,
        requester=event.requester,
        area=event.area,
        contract=event.terms.contract,
        message_id=event.message_id,
        place=place,
        customer=event.customer,
        imported=event.imported,
        relation=event.relation,
        linked_to=event.linked_to,
        wrote_from=_latest((), event.sender_address),
    )


def joined(ticket: Ticket, known: Mapping[UUID, Ticket]) -> Ticket:
    """The ticket with what is known of those it came of or took in.

    That is its origin's number, who takes part by a chain of merges, and where the conversations that go on in it
    were written from, before where it was itself.
    """
    origin = known.get(ticket.linked_to) if ticket.linked_to else None
    further = [
        each
        for other in _reached(ticket, known, merged=True)
        if other is not ticket
        for each in other.participants
    ]
    heard = [each for other in _reached(ticket, known) for each in other.wrote_from]
    return replace(
        ticket,
        origin=origin.number if origin else "",
        participants=_with(ticket, further),
        wrote_from=_latest((), *heard),
    )


def _reached(
    ticket: Ticket, known: Mapping[UUID, Ticket], seen: set[UUID] | None = None, *, merged: bool = False
) -> Iterator[Ticket]:
    """Those that go on in it, however far, each once, and it last; only those `merged`, or split too."""
    seen = seen if seen is not None else set()
    seen.add(ticket.ticket_id)
    for other in ticket.absorbed if merged else ticket.continues:
        if other in known and other not in seen:
            yield from _reached(known[other], known, seen, merged=merged)
    yield ticket


def evolve(ticket: Ticket, event: Event) -> Ticket:
    """The ticket after a later event."""
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
            return replace(
                ticket,
                absorbed=tuple(dict.fromkeys((*ticket.absorbed, event.merged))),
                participants=_with(ticket, [(event.requester, event.merged_number)]),
            )
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


def _with(ticket: Ticket, further: Iterable[tuple[str, str]]) -> Participants:
    """Each contact once, under the first number they know; who asked for this ticket takes part anyway."""
    participants = dict(ticket.participants)
    for contact, number in further:
        if contact != ticket.requester:
            participants.setdefault(contact, number)
    return tuple(participants.items())
