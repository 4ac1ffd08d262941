"""Working a ticket: take, assign, answer, note, wait for the customer, go on."""

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Analyst
from contracts.envelope import Event
from journal.decider import Context
from journal.directory import Directory
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.ticket import Ticket

Working = c.TakeTicket | c.AssignTicket | c.PublishAnswer | c.AddNote | c.AwaitCustomer | c.ResumeTicket


def command(asked: Working, ticket: Ticket, context: Context) -> list[Event]:
    """What follows from an analyst's command on an open ticket. Raises Refused."""
    access.must_exist(ticket)
    access.must_be_staff(context)
    if isinstance(asked, c.AddNote):
        return [
            l.NoteAdded(
                ticket_id=asked.ticket_id,
                at=context.now,
                by=context.by,
                text=asked.text,
                attachments=asked.attachments,
            )
        ]
    access.must_be_open(ticket)
    match asked:
        case c.TakeTicket():
            _must_not_be_resolved(ticket)
            return _assign(asked.ticket_id, context.by.key, "", ticket, context)
        case c.AssignTicket():
            return _assign(asked.ticket_id, asked.analyst, asked.reason, ticket, context)
        case c.PublishAnswer():
            return _answer(asked, ticket, context)
        case c.AwaitCustomer():
            return _await_customer(asked, ticket, context)
        case c.ResumeTicket():
            return _resume(asked, ticket, context)


def _assign(ticket_id: object, analyst: str, reason: str, ticket: Ticket, context: Context) -> list[Event]:
    directory: Directory = context.facts
    record = directory.get(Analyst, analyst)
    if record is None or record.role == "auditor":
        raise Refused("no_such_analyst", analyst=analyst)
    if ticket.analyst == analyst and ticket.status != "open":
        return []
    status = "in_progress" if ticket.status == "open" else ticket.status
    return [
        l.TicketAssigned.model_validate(
            {
                "ticket_id": ticket_id,
                "at": context.now,
                "by": context.by,
                "analyst": analyst,
                "previous": ticket.analyst,
                "reason": reason,
                "status": status,
            }
        )
    ]


def taken_by_author(ticket_id: object, ticket: Ticket, context: Context) -> list[Event]:
    """Whoever answers a ticket of the queue answers for it from then on."""
    if ticket.analyst is None:
        return _assign(ticket_id, context.by.key, "", ticket, context)
    return []


def _must_not_be_resolved(ticket: Ticket) -> None:
    if ticket.status == "resolved":
        raise Refused("ticket_resolved", number=ticket.number)


def _answer(asked: c.PublishAnswer, ticket: Ticket, context: Context) -> list[Event]:
    _must_not_be_resolved(ticket)
    answer = l.AnswerPublished(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        text=asked.text,
        attachments=asked.attachments,
        first=not ticket.answered,
    )
    return [*taken_by_author(asked.ticket_id, ticket, context), answer]


def _await_customer(asked: c.AwaitCustomer, ticket: Ticket, context: Context) -> list[Event]:
    if ticket.status not in ("open", "in_progress"):
        raise Refused("no_such_transition", number=ticket.number, status=ticket.status, to="waiting_customer")
    awaited = l.CustomerAwaited(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        text=asked.text,
        waiting=ticket.waiting + 1,
        first=not ticket.answered,
    )
    return [*taken_by_author(asked.ticket_id, ticket, context), awaited]


def _resume(asked: c.ResumeTicket, ticket: Ticket, context: Context) -> list[Event]:
    if ticket.status == "in_progress":
        return []
    if ticket.status != "waiting_customer":
        raise Refused("no_such_transition", number=ticket.number, status=ticket.status, to="in_progress")
    return [
        l.TicketResumed(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            previous=ticket.status,
            because="analyst",
        )
    ]
