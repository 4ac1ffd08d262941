"""What is owed to whom because of an event: to customers, to the desk's own people, to strangers. Pure."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts import intake
from contracts.envelope import Event
from contracts.notifier import AddressSuspended, NotificationSuppressed, Template
from journal.directory import Directory
from services.notifier import recipients, to_customers, to_staff
from services.notifier.recipients import Recipient
from services.notifier.ticket import Ticket

COURTESY_REASONS = ("unknown_sender", "no_contract")
_MACHINES = re.compile(
    r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|owner-.*|.*-request|bounces?([+-].*)?)@.*"
)
"""Senders that no courtesy reply goes to. Source: RFC 3834 section 2."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One e-mail that is owed, `not_before` that instant; `automatic` is false where a person of the desk wrote it."""

    template: Template
    to: Recipient
    facts: dict[str, Any]
    automatic: bool = True
    not_before: datetime | None = None


def of_ticket(event: Event, ticket: Ticket, directory: Directory) -> list[Notice]:
    """Who is told what of an event of a ticket, which `ticket` shows after it. Raises NotYet.

    Nobody is told of what happened before the ticket was brought here.
    """
    if getattr(event, "imported", False):
        return []
    about = {"number": ticket.number, "subject": ticket.subject}
    return [
        *(
            Notice(template, to, {**about, **facts}, automatic)
            for template, to, facts, automatic in to_customers.notices(event, ticket, directory)
        ),
        *(
            # What a clock says outside working hours waits for them.
            Notice(template, to, {**about, **facts}, not_before=getattr(event, "alert_at", None))
            for template, to, facts in to_staff.notices(event, ticket, directory)
        ),
    ]


def of_loop(held: NotificationSuppressed, ticket: Ticket, directory: Directory) -> list[Notice]:
    """Those who answer for the ticket, and the managers, hear that automatic e-mails to an address are held back.

    Not that address itself. Raises NotYet.
    """
    told = recipients.once(
        [*recipients.responsible(ticket, directory), *recipients.managers(ticket, directory)]
    )
    about: dict[str, Any] = {"number": ticket.number, "subject": ticket.subject}
    facts = {**about, "recipient": held.recipient, "count": held.count, "cap": held.cap}
    return [Notice("loop", to, facts) for to in told if to.address.lower() != held.recipient.lower()]


def of_suspended(suspended: AddressSuspended, ticket: Ticket | None, directory: Directory) -> list[Notice]:
    """Those who answer for the ticket, and the managers, hear that an address is written to no more.

    Not that address itself. Raises NotYet.
    """
    facts = {"recipient": suspended.address, "count": suspended.bounces, "status": suspended.status}
    about: dict[str, Any] = {"subject": ""}
    told = recipients.all_managers(directory)
    if ticket is not None:
        about = {"number": ticket.number, "subject": ticket.subject}
        told = [*recipients.responsible(ticket, directory), *recipients.managers(ticket, directory)]
    return [
        Notice("suspended", to, {**about, **facts})
        for to in recipients.once(told)
        if to.address.lower() != suspended.address
    ]


def of_parked(event: intake.SubmissionParked, directory: Directory) -> list[Notice]:
    """A courtesy reply to a person who wrote to the desk and is not known, or not under contract."""
    delivered = event.delivered
    address = delivered.sender.strip().lower()
    if event.reason not in COURTESY_REASONS or delivered.channel != "email" or not _is_a_person(address):
        return []
    # Nobody looks whose the address in From is: a reply to another than the envelope's would go to a third party.
    agrees = delivered.envelope_from.strip().lower() == address
    if delivered.envelope_to and not agrees:
        return []
    if address in {directory.desk.address.lower(), *map(str.lower, directory.desk.accepts)}:
        return []
    known = directory.contact_at(address)
    to = Recipient(
        key=f"address:{address}",
        address=delivered.sender.strip(),
        name=known[1].name if known else delivered.sender_name,
        language=known[1].language if known else "pt-BR",
    )
    facts = {
        "subject": delivered.subject if agrees else "",
        "reason": event.reason,
        "message_id": delivered.message_id,
    }
    return [Notice("parked", to, facts)]


def courtesy_day(at: datetime, directory: Directory) -> str:
    """The desk's local date: one courtesy reply an address and day."""
    return at.astimezone(ZoneInfo(directory.desk.time_zone)).date().isoformat()


def _is_a_person(address: str) -> bool:
    return "@" in address and not _MACHINES.fullmatch(address)
