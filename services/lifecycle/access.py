"""Who may do what to a ticket. Analysts and managers work; requesters speak for their own customer; auditors only read."""

from contracts.directory import Contact
from journal.decider import Context
from journal.directory import Directory
from journal.errors import Refused
from services.lifecycle.ticket import Ticket


def must_exist(ticket: Ticket) -> None:
    """Refuse what concerns a ticket that is not there."""
    if ticket.status == "absent":
        raise Refused("no_such_ticket")


def must_be_staff(context: Context) -> None:
    """Refuse anybody but analysts and managers. Auditors change nothing."""
    if context.by.role not in ("analyst", "manager"):
        raise Refused("not_allowed", role=context.by.role)


def must_be_customer_or_staff(ticket: Ticket, context: Context) -> None:
    """Refuse requesters of other customers, and auditors."""
    if context.by.role == "requester":
        directory: Directory = context.facts
        contact = directory.get(Contact, context.by.key)
        if contact is None or contact.customer != ticket.customer:
            raise Refused("not_allowed", role="requester")
    else:
        must_be_staff(context)


def must_be_open(ticket: Ticket) -> None:
    """Refuse to change a closed ticket."""
    if ticket.status == "closed":
        raise Refused("ticket_closed", number=ticket.number)
