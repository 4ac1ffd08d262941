"""Who may, as far as it depends on the ticket; the rest is in contracts/policy.py, whose table is asked here."""

from contracts.directory import Contact
from contracts.envelope import Command
from contracts.lifecycle import TRANSITIONS
from contracts.policy import permits, scope
from contracts.words import Status
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle.facts import Facts
from services.lifecycle.ticket import Ticket


def must_be_allowed(command: Command, ticket: Ticket, context: Context) -> None:
    """Refuse tickets that are not there, roles that may not, and requesters of other customers."""
    if ticket.status == "absent":
        raise Refused("no_such_ticket")
    if not permits(context.by, command):
        raise Refused("not_allowed", role=context.by.role)
    if scope(context.by, type(command)) == "own":
        facts: Facts = context.facts
        contact = facts.directory.get(Contact, context.by.key)
        if contact is None or contact.customer != ticket.customer:
            raise Refused("not_allowed", role=context.by.role)


def must_be_open(ticket: Ticket) -> None:
    """Refuse to change a closed ticket; of a merged one, name the ticket that it goes on as."""
    if ticket.merged_into is not None:
        raise Refused("ticket_merged", number=ticket.number, into=ticket.merged_number)
    if ticket.status == "closed":
        raise Refused("ticket_closed", number=ticket.number)


def must_not_be_resolved(ticket: Ticket) -> None:
    """Refuse to work on what is resolved, or closed: it has to be reopened first."""
    must_be_open(ticket)
    if ticket.status == "resolved":
        raise Refused("ticket_resolved", number=ticket.number)


def must_lead_to(status: Status, ticket: Ticket) -> None:
    """Refuse what the table of statuses does not know."""
    must_be_open(ticket)
    if ticket.status == "absent" or status not in TRANSITIONS[ticket.status]:
        raise Refused("no_such_transition", number=ticket.number, status=ticket.status, to=status)
