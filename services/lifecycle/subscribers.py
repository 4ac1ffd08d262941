"""What lifecycle does with what others say: which tickets it concerns, and what their decision has to know."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from contracts import commands as c
from contracts import intake, sla
from contracts.commands.said import OnTicket
from contracts.envelope import Command, Event, Request
from journal import telemetry
from journal.directory import Directory
from journal.entry import Entry
from journal.errors import Refused
from journal.work import Work
from services.lifecycle.facts import Facts, Load
from services.lifecycle.joining import SEEN_FROM_THERE, Absorb, LinkBack, UnlinkBack
from services.lifecycle.loads import given, of_areas, ruled
from services.lifecycle.ticket import Ticket

CONCERNING = {
    event.topic
    for event in (
        intake.TicketRegistered,
        intake.TicketImported,
        intake.ReplyReceived,
        intake.AnalystReplyReceived,
        intake.AutomaticReplyReceived,
        intake.BounceReceived,
        sla.DeadlineReached,
    )
}
"""The events of intake and sla that can change a ticket."""
_OF_MAIL = (
    intake.ReplyReceived | intake.AnalystReplyReceived | intake.AutomaticReplyReceived | intake.BounceReceived
)
"""What reaches the heir of a merged ticket."""


async def on_event(work: Work[Ticket], entries: Sequence[Entry], directory: Directory) -> None:
    """Decide on the events of intake or sla that concern a ticket; mail for a merged one reaches its heir."""
    concerning = [(entry, entry.event()) for entry in entries if entry.topic in CONCERNING]
    await _load(work, (ticket for _, event in concerning if (ticket := _ticket(event))))
    loads = await _loads(work, (event for _, event in concerning), directory)
    facts = Facts(directory, loads=loads)
    for entry, event in concerning:
        ticket = _ticket(event)
        if ticket is None:
            continue
        cause = event
        if isinstance(event, _OF_MAIL):
            ticket = _heir(work, ticket)
            cause = event.model_copy(update={"ticket_id": ticket})
        trace = telemetry.child(entry.trace, f"lifecycle {type(event).__name__}")
        given(loads, work.decide(ticket, cause, facts=facts, trace=trace))


async def on_command(
    work: Work[Ticket], command: Command, request: Request, directory: Directory
) -> dict[str, Any]:
    """Decide on a command about a ticket, and on what follows for the other one of a merge or a link."""
    if command.owner != "lifecycle" or not isinstance(command, OnTicket):
        raise Refused("unknown_command")
    ticket_id = command.ticket_id
    trace = telemetry.child(request.trace, f"lifecycle {type(command).__name__}")
    other_id = _other(command)
    await _load(work, filter(None, (ticket_id, other_id)))
    if isinstance(command, c.MergeTicket):
        other_id = _heir(work, command.into)
    facts = Facts(directory, other_id, work.state(other_id) if other_id else None)
    events = work.decide(ticket_id, command, by=request.by, facts=facts, trace=trace)
    if events and other_id is not None:
        back = _seen_from_there(command, other_id, work.state(ticket_id))
        work.decide(other_id, back, by=request.by, facts=facts, trace=trace)
    ticket = work.state(ticket_id)
    return {"ticket_id": str(ticket_id), "number": ticket.number, "status": ticket.status}


def _seen_from_there(command: OnTicket, other_id: UUID, ticket: Ticket) -> Absorb | LinkBack | UnlinkBack:
    match command:
        case c.MergeTicket():
            return Absorb(other_id, command.ticket_id, ticket.number, ticket.requester)
        case c.LinkTickets():
            return LinkBack(other_id, command.ticket_id, ticket.number, SEEN_FROM_THERE[command.link])
    return UnlinkBack(other_id, command.ticket_id)


def _other(command: Command) -> UUID | None:
    """The second ticket that a command names."""
    match command:
        case c.MergeTicket():
            return command.into
        case c.LinkTickets() | c.UnlinkTickets():
            return command.other
    return None


async def _load(work: Work[Ticket], ticket_ids: Iterable[UUID]) -> None:
    """Load these tickets, and of merged ones those that they go on as."""
    wanted = list(ticket_ids)
    while wanted:
        await work.load(wanted)
        heirs = {into for each in wanted if (into := work.state(each).merged_into) is not None}
        wanted = list(heirs)


def _heir(work: Work[Ticket], ticket_id: UUID) -> UUID:
    """The ticket that goes on for a merged one; itself where it was not merged."""
    while (into := work.state(ticket_id).merged_into) is not None:
        ticket_id = into
    return ticket_id


async def _loads(work: Work[Ticket], events: Iterable[Event], directory: Directory) -> dict[str, Load]:
    """What analysts have to do, where new tickets of an area with a rule ask for it."""
    new = {event.area for event in events if isinstance(event, intake.TicketRegistered)}
    areas = ruled(new, directory)
    return await of_areas(await work.connection(), areas, directory) if areas else {}


def _ticket(event: Event) -> UUID | None:
    ticket_id = getattr(event, "ticket_id", None)
    return ticket_id if isinstance(ticket_id, UUID) else None
