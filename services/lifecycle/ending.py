"""Resolve, contest, dismiss, rate, close: by command, or because a clock ran out. Pure.

Source: domain page, Resolve, contest, rate, close.
"""

from contracts import commands as c
from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import SYSTEM, Event
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.assigning import taken_by_author
from services.lifecycle.ticket import Ticket

CLOSED_BY_HAND: dict[l.CloseReason, tuple[str, ...]] = {
    "withdrawn": ("requester", "analyst", "manager"),
    "resolved": ("requester", "analyst", "manager"),
    "out_of_contract": ("analyst", "manager"),
    "third_party": ("analyst", "manager"),
}
"""Reasons a person may close for, and in which roles; the others follow from a clock, a merge, a rejection.

Source: domain page, Resolve, contest, rate, close.
"""


def resolve(asked: c.ResolveTicket, ticket: Ticket, context: Context) -> list[Event]:
    """Say that the demand is answered; a project not before it was approved and all its activities are done."""
    if ticket.status == "resolved":
        return []
    access.must_lead_to("resolved", ticket)
    _must_be_done(ticket)
    resolved = l.TicketResolved(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        text=asked.text,
        attachments=asked.attachments,
        resolution=ticket.resolution + 1,
        first=not ticket.answered,
        occurrence=len(ticket.said) + 1,
    )
    return [*taken_by_author(asked.ticket_id, ticket, context), resolved]


def reopen(asked: c.ReopenTicket, ticket: Ticket, context: Context) -> list[Event]:
    """Contest the resolution."""
    access.must_be_open(ticket)
    if ticket.status != "resolved":
        raise Refused("not_resolved", number=ticket.number, status=ticket.status)
    return [
        l.TicketReopened(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            resolution=ticket.resolution,
            via="web",
            reason=asked.text,
            attachments=asked.attachments,
        )
    ]


def dismiss(asked: c.DismissReopening, ticket: Ticket, context: Context) -> list[Event]:
    """The reopening only said thanks: the resolution stands, as of its own instant."""
    access.must_be_open(ticket)
    if not ticket.contested or ticket.status != "in_progress" or ticket.resolved_at is None:
        raise Refused("nothing_to_dismiss", number=ticket.number)
    _must_be_done(ticket)
    return [
        l.ReopeningDismissed(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            resolution=ticket.resolution,
            resolved_at=ticket.resolved_at,
            reason=asked.reason,
        )
    ]


def _must_be_done(ticket: Ticket) -> None:
    """Refuse to have a project resolved, anew or as it was, that is not approved as it stands and all done."""
    if ticket.classification != "project":
        return
    if not ticket.project.may_be_worked:
        raise Refused("project_not_approved", number=ticket.number)
    if ticket.project.open_activities:
        raise Refused("activities_open", number=ticket.number, count=ticket.project.open_activities)


def close(asked: c.CloseTicket, ticket: Ticket, context: Context) -> list[Event]:
    """End the ticket for a reason that this person may give, from a status that it suits."""
    if ticket.status == "closed":
        return []
    if context.by.role not in CLOSED_BY_HAND.get(asked.reason, ()):
        raise Refused("close_reason_not_by_hand", reason=asked.reason)
    if asked.reason == "resolved" and ticket.status != "resolved":
        raise Refused("not_resolved", number=ticket.number, status=ticket.status)
    if asked.reason == "third_party" and ticket.status != "on_hold":
        raise Refused("not_on_hold", number=ticket.number, status=ticket.status)
    return [closed(asked.ticket_id, asked.reason, asked.text, ticket, context)]


def rate(asked: c.RateResolution, ticket: Ticket, context: Context) -> list[Event]:
    """One rating a resolution, corrected until the ticket is closed; it changes no status."""
    if asked.resolution != ticket.resolution:
        raise Refused("not_the_latest_resolution", number=ticket.number)
    access.must_be_open(ticket)
    rated = ticket.score is not None and ticket.score[0] == asked.resolution
    if ticket.score == (asked.resolution, asked.score, asked.comment):
        return []
    return [
        l.ResolutionRated(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            resolution=asked.resolution,
            score=asked.score,
            comment=asked.comment,
            corrected=rated,
        )
    ]


def deadline(reached: sla.DeadlineReached, ticket: Ticket) -> list[Event]:
    """A clock that closes tickets ran out; nothing happens when the ticket has moved on since."""
    match reached.clock:
        case "auto_close" if ticket.status == "resolved" and ticket.resolution == reached.cycle:
            reason: l.CloseReason = "resolved"
        case "customer_silence" if ticket.status == "waiting_customer" and ticket.waiting == reached.cycle:
            reason = "customer_silent"
        case "unreachable" if _cannot_be_reached(reached, ticket):
            reason = "no_contact"
        case _:
            return []
    at_end = Context(now=reached.at, by=SYSTEM, facts=None)
    return [closed(reached.ticket_id, reason, "", ticket, at_end)]


def _cannot_be_reached(reached: sla.DeadlineReached, ticket: Ticket) -> bool:
    """Whether the attempts that started the clock still stand: a message since, or a resolution, ends them.

    How many it takes the clock says: a ticket can go by another policy than the one it pinned. Attempts made
    after its end belong to a later cycle.
    """
    if ticket.status in ("absent", "resolved", "closed"):
        return False
    # Deadlines of an earlier release do not say: they rang for the attempts that there were.
    return sum(at <= reached.at for at in ticket.unanswered) >= (reached.attempts or 1)


def closed(
    ticket_id: object, reason: l.CloseReason, text: str, ticket: Ticket, context: Context
) -> l.TicketClosed:
    """The end of a ticket that is not closed yet."""
    return l.TicketClosed.model_validate(
        {
            "ticket_id": ticket_id,
            "at": context.now,
            "by": context.by,
            "reason": reason,
            "previous": ticket.status,
            "text": text,
        }
    )
