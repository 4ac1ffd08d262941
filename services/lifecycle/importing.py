"""A ticket of the desk's earlier system: its steps become the events they would have been, marked imported. Pure.

What it brings has happened: nothing of it is refused, and nothing of it starts a clock or an e-mail. Intake has
checked before that its steps lead from status to status as the table allows.
"""

from datetime import datetime
from typing import Any

from contracts import imported, intake
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Event
from services.lifecycle.ticket import Ticket, evolve


def take_over(registered: intake.TicketImported, ticket: Ticket) -> list[Event]:
    """The whole history, and the event that ends it."""
    if ticket.status != "absent":
        return []
    queued = _queued(registered)
    events: list[Event] = [queued]
    ticket = evolve(ticket, queued)
    waiting_since: datetime | None = None
    for step in registered.ticket.steps:
        event = _step(registered, step, ticket)
        events.append(event)
        ticket = evolve(ticket, event)
        waiting_since = step.at if step.what == "awaited" else waiting_since
    return [*events, _finished(registered, ticket, waiting_since)]


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


def _step(registered: intake.TicketImported, step: imported.Step, ticket: Ticket) -> Event:
    """The event that this step would have been."""
    common: dict[str, Any] = {
        "ticket_id": registered.ticket_id,
        "at": step.at,
        "by": step.by,
        "imported": True,
    }
    said = {**common, "text": step.text, "attachments": step.attachments}
    facts: dict[str, Any]
    spoken = {**said, "first": not ticket.answered, "occurrence": len(ticket.said) + 1}
    match step.what:
        case "assigned":
            status = "in_progress" if ticket.status == "open" else ticket.status
            facts = {"analyst": step.analyst, "previous": ticket.analyst, "status": status}
            return l.TicketAssigned.model_validate({**common, **facts, "reason": step.text})
        case "answered":
            return l.AnswerPublished.model_validate(spoken)
        case "noted":
            return l.NoteAdded.model_validate({**said, "occurrence": len(ticket.said) + 1})
        case "replied":
            who = {"channel": registered.ticket.channel, "verified": True, "sender": step.by.name}
            return l.ReplyAdded.model_validate({**said, **who})
        case "awaited":
            return l.CustomerAwaited.model_validate({**spoken, "waiting": ticket.waiting + 1})
        case "held":
            party = {"third_party": step.third_party, "expected_on": step.expected_on or step.at.date()}
            return l.TicketHeld.model_validate(
                {**common, **party, "text": step.text, "previous": ticket.status}
            )
        case "resumed":
            because = "requester_replied" if step.by.role == "requester" else "analyst"
            return l.TicketResumed.model_validate({**common, "previous": ticket.status, "because": because})
        case "resolved":
            return l.TicketResolved.model_validate({**spoken, "resolution": ticket.resolution + 1})
        case "reopened":
            facts = {"resolution": ticket.resolution, "via": registered.ticket.channel}
            return l.TicketReopened.model_validate({**common, **facts, "reason": step.text})
        case "rated":
            facts = {"resolution": ticket.resolution, "score": step.score, "comment": step.text}
            corrected = ticket.score is not None and ticket.score[0] == ticket.resolution
            return l.ResolutionRated.model_validate({**common, **facts, "corrected": corrected})
        case "closed":
            return l.TicketClosed.model_validate(
                {**common, "reason": step.reason, "previous": ticket.status, "text": step.text}
            )


def _finished(
    registered: intake.TicketImported, ticket: Ticket, waiting_since: datetime | None
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
            "waiting_since": waiting_since,
            "resolution": ticket.resolution,
            "resolved_at": ticket.resolved_at,
            "terms": registered.terms,
            "classification": ticket.classification,
            "priority": ticket.priority,
            "criticality": ticket.criticality,
        }
    )
