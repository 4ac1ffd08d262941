"""A ticket of the desk's earlier system: its steps become the events they would have been, marked imported. Pure.

What it brings has happened: nothing of it is refused, and nothing of it starts a clock or an e-mail. Intake has
checked before that its steps lead from status to status as the table allows.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from contracts import imported, intake
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Event
from services.lifecycle.assigning import begun
from services.lifecycle.ticket import Ticket, evolve


def take_over(registered: intake.TicketImported, ticket: Ticket) -> list[Event]:
    """The whole history, and the event that ends it."""
    if ticket.status != "absent":
        return []
    queued = _queued(registered)
    events: list[Event] = [queued]
    ticket = evolve(ticket, queued)
    awaited_at: datetime | None = None
    for step in registered.ticket.steps:
        event = _step(registered, step, ticket)
        events.append(event)
        ticket = evolve(ticket, event)
        awaited_at = step.at if step.what == "awaited" else awaited_at
    return [*events, _finished(registered, ticket, awaited_at)]


def _queued(registered: intake.TicketImported) -> l.TicketQueued:
    brought = registered.ticket
    requester = {"role": "requester", "key": brought.requester}
    same = (
        "opened_at",
        "channel",
        "requester",
        "application",
        "classification",
        "priority",
        "kind",
        "level",
        "criticality",
        "severity",
        "subject",
        "text",
        "reference",
    )
    return l.TicketQueued.model_validate(
        {
            **{field: getattr(brought, field) for field in same},
            "ticket_id": registered.ticket_id,
            "number": registered.number,
            "customer": registered.customer,
            "area": registered.area,
            "terms": registered.terms,
            "imported": True,
            "by": requester,
        }
    )


_BECOMES: Mapping[str, type[Event]] = {
    "assigned": l.TicketAssigned,
    "answered": l.AnswerPublished,
    "noted": l.NoteAdded,
    "replied": l.ReplyAdded,
    "awaited": l.CustomerAwaited,
    "held": l.TicketHeld,
    "resumed": l.TicketResumed,
    "resolved": l.TicketResolved,
    "reopened": l.TicketReopened,
    "rated": l.ResolutionRated,
    "closed": l.TicketClosed,
}
"""Which event each step of an imported ticket would have been."""


def _step(registered: intake.TicketImported, step: imported.Step, ticket: Ticket) -> Event:
    """The event that this step would have been: of the facts below it takes those that it has."""
    by_requester = step.by.role == "requester"
    facts: dict[str, Any] = {
        "ticket_id": registered.ticket_id,
        "at": step.at,
        "by": step.by,
        "imported": True,
        "text": step.text,
        "attachments": step.attachments,
        "first": not ticket.answered,
        "occurrence": len(ticket.said) + 1,
        "previous": ticket.status,
        "channel": registered.ticket.channel,
        "via": registered.ticket.channel,
        "verified": True,
        "sender": step.by.name or step.by.key,
        "waiting": ticket.waiting + 1,
        "third_party": step.third_party,
        "expected_on": step.expected_on or step.at.date(),
        "because": "requester_replied" if by_requester else "analyst",
        "resolution": ticket.resolution,
        "score": step.score,
        "comment": step.text,
        "corrected": ticket.score is not None and ticket.score[0] == ticket.resolution,
    }
    match step.what:
        case "assigned":
            facts |= {"analyst": step.analyst, "previous": ticket.analyst, "reason": step.text}
            facts["status"] = begun(ticket)
        case "answered":
            # The channel is the one by which the ticket came; how it was answered is not told.
            del facts["channel"]
        case "resolved":
            facts["resolution"] = ticket.resolution + 1
        case "reopened":
            facts["reason"] = step.text
        case "closed":
            facts["reason"] = step.reason
        case _:
            pass
    return _BECOMES[step.what].model_validate(facts)


def _finished(
    registered: intake.TicketImported, ticket: Ticket, awaited_at: datetime | None
) -> l.ImportFinished:
    return l.ImportFinished.model_validate(
        {
            "ticket_id": registered.ticket_id,
            "at": registered.at,
            "by": SYSTEM,
            "imported": True,
            "number": registered.number,
            "status": ticket.status,
            "opened_at": registered.ticket.opened_at,
            "answered": ticket.answered,
            "waiting": ticket.waiting,
            "waiting_since": awaited_at if ticket.status == "waiting_customer" else None,
            "resolution": ticket.resolution,
            "resolved_at": ticket.resolved_at if ticket.status == "resolved" else None,
            "terms": registered.terms,
            "classification": ticket.classification,
            "priority": ticket.priority,
            "criticality": ticket.criticality,
        }
    )
