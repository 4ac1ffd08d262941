"""Waiting for a third party, and attempts to reach the customer. Pure.

Source: domain page, Working a ticket.
"""

from datetime import datetime, timedelta

from contracts import commands as c
from contracts import lifecycle as l
from contracts.envelope import Event
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.assigning import taken_by_author
from services.lifecycle.facts import Facts
from services.lifecycle.ticket import Ticket


def hold(asked: c.HoldTicket, ticket: Ticket, context: Context) -> list[Event]:
    """Wait for a named third party until an expected date, which is not over yet."""
    access.must_lead_to("on_hold", ticket)
    facts: Facts = context.facts
    if asked.expected_on < facts.local_date(context.now):
        raise Refused("expected_in_the_past", expected_on=asked.expected_on.isoformat())
    taken = taken_by_author(asked.ticket_id, ticket, context)
    held = l.TicketHeld.model_validate(
        {
            "ticket_id": asked.ticket_id,
            "at": context.now,
            "by": context.by,
            "third_party": asked.third_party,
            "expected_on": asked.expected_on,
            "text": asked.text,
            "previous": "in_progress" if taken else ticket.status,
        }
    )
    return [*taken, held]


def log_contact(asked: c.LogContact, ticket: Ticket, context: Context) -> list[Event]:
    """Keep an attempt at contact; one in vain that comes sooner after the last than the desk's spacing is refused.

    Whoever was reached has been spoken to, however soon: on a ticket without an answer yet, by phone, that is
    the first answer.
    """
    access.must_be_open(ticket)
    at = asked.at or context.now
    reached = asked.outcome == "reached"
    _must_be_at_a_time(at, ticket, context, reached=reached)
    if not reached:
        _must_keep_the_spacing(at, ticket, context.facts)
    attempted = l.ContactAttempted(
        ticket_id=asked.ticket_id,
        at=at,
        by=context.by,
        channel=asked.channel,
        outcome=asked.outcome,
        person=asked.person,
        text=asked.text,
        attempt=0 if reached else len(ticket.unanswered) + 1,
        first=reached and asked.channel == "phone" and not ticket.answered,
    )
    return [*taken_by_author(asked.ticket_id, ticket, context), attempted]


def _must_be_at_a_time(at: datetime, ticket: Ticket, context: Context, *, reached: bool) -> None:
    """Refuse the future, and what lies before the ticket or before the attempt that was kept last.

    One in vain may not lie before the customer's last message either: it would count towards closing the ticket
    of somebody who has written since.
    """
    heard_at = None if reached else ticket.heard_at
    since = max([ticket.opened_at, *filter(None, (ticket.attempted_at, heard_at))])
    if not since <= at <= context.now:
        raise Refused("not_at_that_time", number=ticket.number, since=since.isoformat())


def _must_keep_the_spacing(at: datetime, ticket: Ticket, facts: Facts) -> None:
    if ticket.attempted_at is None:
        return
    spacing = timedelta(minutes=facts.directory.desk.contact_spacing_min)
    calendar = facts.calendar(ticket)
    if calendar.elapsed(ticket.attempted_at, at) < spacing:
        again = calendar.due(ticket.attempted_at, spacing)
        raise Refused("too_soon", minutes=spacing // timedelta(minutes=1), at=again.isoformat())
