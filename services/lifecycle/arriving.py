"""What mail and the other channels bring to a ticket, of customers, machines and analysts. Never refused, never dropped."""

from dataclasses import replace
from datetime import datetime

from contracts import commands as c
from contracts import intake
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, TEXT_MAX, Event
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle import access, working
from services.lifecycle.assigning import by_rule
from services.lifecycle.ticket import Ticket
from services.lifecycle.unpublishable import why_unpublishable

NAME_MAX = 200
"""Characters of a person's name, for which an address stands here. Source: contracts/envelope.py, `PersonName`."""


def queue(registered: intake.TicketRegistered, ticket: Ticket, context: Context) -> list[Event]:
    """The registered submission waits in the queue of its area; one answered by phone has its analyst.

    Others are given to an analyst where their area has a rule for it.
    """
    if ticket.status != "absent":
        return []
    delivered = registered.delivered
    events: list[Event] = [
        l.TicketQueued(
            ticket_id=registered.ticket_id,
            number=registered.number,
            opened_at=delivered.received_at,
            channel=delivered.channel,
            customer=registered.customer,
            requester=registered.requester,
            application=registered.application,
            area=registered.area,
            terms=registered.terms,
            classification=registered.classification,
            subject=delivered.subject,
            text=delivered.text,
            quoted=delivered.quoted,
            attachments=delivered.attachments,
            raw=delivered.raw,
            message_id=delivered.message_id,
            # Nobody wrote what was split off.
            sender_address="" if registered.relation == "split" else _address(delivered),
            linked_to=registered.linked_to,
            relation=registered.relation,
            by=registered.by,
        )
    ]
    if registered.analyst is None:
        return [*events, *by_rule(registered.ticket_id, registered.area, context.now, context.facts)]
    answered = l.TicketAssigned(
        ticket_id=registered.ticket_id,
        at=delivered.received_at,
        by=registered.by,
        analyst=registered.analyst,
        status="in_progress",
    )
    return [*events, answered]


def reply(received: intake.ReplyReceived, ticket: Ticket) -> list[Event]:
    """A verified reply resumes a waiting ticket and reopens a resolved one; an unverified one is shown only."""
    _known(ticket, received.ticket_id)
    delivered = received.delivered
    at, by, ticket_id = delivered.received_at, received.by, received.ticket_id
    added = l.ReplyAdded(
        ticket_id=ticket_id,
        at=at,
        by=by,
        channel=delivered.channel,
        verified=received.verified,
        late=ticket.status == "closed" and not (received.verified and _was_in_time(at, ticket)),
        sender=_author(delivered),
        text=delivered.text,
        quoted=delivered.quoted,
        attachments=delivered.attachments,
        raw=delivered.raw,
        message_id=delivered.message_id,
        sender_address=_address(delivered),
    )
    if not received.verified:
        return [added]
    match ticket.status:
        case "waiting_customer":
            resumed = l.TicketResumed(
                ticket_id=ticket_id, at=at, by=by, previous="waiting_customer", because="requester_replied"
            )
            return [added, resumed]
        case "resolved":
            reopened = l.TicketReopened(
                ticket_id=ticket_id, at=at, by=by, resolution=ticket.resolution, via=delivered.channel
            )
            return [added, reopened]
        case "closed" if _was_in_time(at, ticket):
            return [added, *_closure_undone(received, ticket)]
        case "closed":
            late = l.LateReplyReceived(
                ticket_id=ticket_id,
                at=at,
                by=by,
                submission_id=received.submission_id,
                application=ticket.application,
            )
            return [added, late]
    return [added]


def _was_in_time(at: datetime, ticket: Ticket) -> bool:
    """Whether a message received then came at or before the instant at which a clock closed the ticket."""
    return ticket.closed_by_clock and ticket.closed_at is not None and at <= ticket.closed_at


def _closure_undone(received: intake.ReplyReceived, ticket: Ticket) -> list[Event]:
    """Ties favour the customer. Source: domain page, Clocks, rule 9."""
    return [
        l.ClosureUndone.model_validate(
            {
                "ticket_id": received.ticket_id,
                "at": received.delivered.received_at,
                "by": received.by,
                "closed_at": ticket.closed_at,
                "reason": ticket.closed_because,
                "previous": ticket.closed_from,
            }
        )
    ]


def answer(received: intake.AnalystReplyReceived, ticket: Ticket, context: Context) -> list[Event]:
    """What an analyst answered by e-mail is published by the rule of every answer, as of its receipt.

    What that rule refuses, what carries the desk's own e-mail, and what was written below the quote too, stays on the ticket
    for the desk alone, whole, with the reason, which its author is told.
    """
    _known(ticket, received.ticket_id)
    delivered = received.delivered
    said = replace(context, now=delivered.received_at, by=received.by)
    if code := why_unpublishable(received):
        return [_kept(received, code, ticket)]
    asked = c.PublishAnswer(
        ticket_id=received.ticket_id, text=delivered.text, attachments=delivered.attachments
    )
    try:
        access.must_be_allowed(asked, ticket, said)
        events = working.answer(asked, ticket, said)
    except Refused as refused:
        return [_kept(received, refused.code, ticket)]
    told = {
        "channel": delivered.channel,
        "quoted": delivered.quoted,
        "raw": delivered.raw,
        "asked_again_at": _asked_since(delivered.received_at, ticket),
    }
    return [
        event.model_copy(update=told) if isinstance(event, l.AnswerPublished) else event for event in events
    ]


def _asked_since(received_at: datetime, ticket: Ticket) -> datetime | None:
    """The first message since the answer came that nobody has answered: the answer has lain in a mailbox for a while."""
    return min((asked_at for asked_at in ticket.asked if asked_at > received_at), default=None)


def _kept(received: intake.AnalystReplyReceived, refused: str, ticket: Ticket) -> Event:
    delivered = received.delivered
    below = received.written_below.strip()
    said = f"{delivered.text}\n\n{below}".strip() if below else delivered.text
    return l.ReplyAdded(
        ticket_id=received.ticket_id,
        at=delivered.received_at,
        by=received.by,
        channel=delivered.channel,
        verified=False,
        late=ticket.status == "closed",
        sender=received.by.name or received.by.key,
        text=said[:TEXT_MAX],
        quoted=delivered.quoted,
        attachments=delivered.attachments,
        raw=delivered.raw,
        message_id=delivered.message_id,
        refused=refused,
        sender_address=_address(delivered),
    )


def automatic_reply(received: intake.AutomaticReplyReceived, ticket: Ticket) -> list[Event]:
    """Kept with the ticket, and nothing else happens."""
    if received.ticket_id is None:
        return []
    _known(ticket, received.ticket_id)
    delivered = received.delivered
    return [
        l.AutomaticReplyAdded(
            ticket_id=received.ticket_id,
            at=delivered.received_at,
            by=SYSTEM,
            sender=_author(delivered),
            text=delivered.text,
            raw=delivered.raw,
            reason=received.reason,
        )
    ]


def bounce(received: intake.BounceReceived, ticket: Ticket) -> list[Event]:
    """One of the desk's e-mails did not arrive: the analyst sees it on the ticket."""
    if received.ticket_id is None:
        return []
    _known(ticket, received.ticket_id)
    return [
        l.BounceAdded(
            ticket_id=received.ticket_id,
            at=received.delivered.received_at,
            by=SYSTEM,
            recipient=received.recipient[:NAME_MAX],
            status=received.status,
            diagnostic=received.diagnostic,
            raw=received.delivered.raw,
            notification_id=received.notification_id,
            permanent=received.permanent,
        )
    ]


def _author(delivered: intake.Delivered) -> str:
    return delivered.sender_name or delivered.sender[:NAME_MAX]


def _address(delivered: intake.Delivered) -> str:
    """Where a mail came from; what comes another way names an address, and nobody wrote from it."""
    return delivered.sender if delivered.channel == "email" else ""


def _known(ticket: Ticket, ticket_id: object) -> None:
    if ticket.status == "absent":
        raise LookupError(f"ticket {ticket_id} was never registered")
