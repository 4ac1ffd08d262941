"""What lifecycle does with what others say: which stream it concerns. No rules here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts import intake, sla
from contracts.envelope import Command, Event, Request
from journal import telemetry
from journal.directory import Directory
from journal.entry import Entry
from journal.errors import Refused
from journal.work import Work
from services.lifecycle.ticket import Ticket

CONCERNING = {
    event.topic
    for event in (
        intake.TicketRegistered,
        intake.ReplyReceived,
        intake.AutomaticReplyReceived,
        intake.BounceReceived,
        sla.DeadlineReached,
    )
}
"""The events of intake and sla that can change a ticket."""


async def on_event(work: Work[Ticket], entries: Sequence[Entry]) -> None:
    """Decide on the events of intake or sla that concern a ticket."""
    concerning = [(entry, entry.event()) for entry in entries if entry.topic in CONCERNING]
    await work.load(ticket for _, event in concerning if (ticket := _ticket(event)))
    for entry, event in concerning:
        if ticket := _ticket(event):
            work.decide(
                ticket, event, trace=telemetry.child(entry.trace, f"lifecycle {type(event).__name__}")
            )


async def on_command(
    work: Work[Ticket], command: Command, request: Request, directory: Directory
) -> dict[str, Any]:
    """Decide on a command about a ticket."""
    ticket_id = getattr(command, "ticket_id", None)
    if command.owner != "lifecycle" or not isinstance(ticket_id, UUID):
        raise Refused("unknown_command")
    await work.load([ticket_id])
    trace = telemetry.child(request.trace, f"lifecycle {type(command).__name__}")
    work.decide(ticket_id, command, by=request.by, facts=directory, trace=trace)
    return {"ticket_id": str(ticket_id), "status": work.state(ticket_id).status}


def _ticket(event: Event) -> UUID | None:
    ticket_id = getattr(event, "ticket_id", None)
    return ticket_id if isinstance(ticket_id, UUID) else None
