"""Resolve, contest, rate, close: by command, or because a clock ran out."""

from contracts import commands as c
from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import SYSTEM, Event
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.ticket import Ticket
from services.lifecycle.working import taken_by_author

Ending = c.ResolveTicket | c.ReopenTicket | c.CloseTicket | c.RateResolution

CLOSED_BY_HAND: dict[l.CloseReason, tuple[str, ...]] = {
    "withdrawn": ("requester", "analyst", "manager"),
    "resolved": ("requester", "analyst", "manager"),
    "out_of_contract": ("analyst", "manager"),
    "third_party": ("analyst", "manager"),
}
"""Reasons a person may close for, and in which roles. Source: domain page, Resolve, contest, rate, close."""


def command(asked: Ending, ticket: Ticket, context: Context) -> list[Event]:
    """What follows from a person's command on the end of a ticket. Raises Refused."""
    access.must_exist(ticket)
    match asked:
        case c.ResolveTicket():
            return _resolve(asked, ticket, context)
        case c.ReopenTicket():
            return _reopen(asked, ticket, context)
        case c.CloseTicket():
            return _close(asked, ticket, context)
        case c.RateResolution():
            return _rate(asked, ticket, context)


def deadline(reached: sla.DeadlineReached, ticket: Ticket) -> list[Event]:
    """A clock that closes tickets ran out; nothing happens when the ticket has moved on since."""
    match reached.clock:
        case "auto_close" if ticket.status == "resolved" and ticket.resolution == reached.cycle:
            reason: l.CloseReason = "resolved"
        case "customer_silence" if ticket.status == "waiting_customer" and ticket.waiting == reached.cycle:
            reason = "customer_silent"
        case _:
            return []
    return [
        l.TicketClosed.model_validate(
            {
                "ticket_id": reached.ticket_id,
                "at": reached.at,
                "by": SYSTEM,
                "reason": reason,
                "previous": ticket.status,
            }
        )
    ]


def _resolve(asked: c.ResolveTicket, ticket: Ticket, context: Context) -> list[Event]:
    access.must_be_staff(context)
    access.must_be_open(ticket)
    if ticket.status == "resolved":
        return []
    resolved = l.TicketResolved(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        text=asked.text,
        resolution=ticket.resolution + 1,
        first=not ticket.answered,
    )
    return [*taken_by_author(asked.ticket_id, ticket, context), resolved]


def _reopen(asked: c.ReopenTicket, ticket: Ticket, context: Context) -> list[Event]:
    access.must_be_customer_or_staff(ticket, context)
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
        )
    ]


def _close(asked: c.CloseTicket, ticket: Ticket, context: Context) -> list[Event]:
    access.must_be_customer_or_staff(ticket, context)
    if ticket.status == "closed":
        return []
    if context.by.role not in CLOSED_BY_HAND.get(asked.reason, ()):
        raise Refused("close_reason_not_by_hand", reason=asked.reason)
    if asked.reason == "resolved" and ticket.status != "resolved":
        raise Refused("not_resolved", number=ticket.number, status=ticket.status)
    if asked.reason == "third_party" and ticket.status != "on_hold":
        raise Refused("no_such_transition", number=ticket.number, status=ticket.status, to="closed")
    return [
        l.TicketClosed(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            reason=asked.reason,
            previous=ticket.status,
            text=asked.text,
        )
    ]


def _rate(asked: c.RateResolution, ticket: Ticket, context: Context) -> list[Event]:
    if context.by.role != "requester":
        raise Refused("not_allowed", role=context.by.role)
    access.must_be_customer_or_staff(ticket, context)
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
