"""What each event owes to whom: the desk's list of e-mails, in one place to read. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts import intake, sla
from contracts import lifecycle as l
from contracts.envelope import Event
from contracts.notifier import Template
from journal.directory import Directory
from services.notifier import recipients
from services.notifier.recipients import Recipient
from services.notifier.ticket import Ticket

SERVICE_CLOCKS = ("first_response", "next_response", "resolution")
"""Clocks that measure the desk. The others wait for the customer, who is reminded instead."""
COURTESY_REASONS = ("unknown_sender", "no_contract")
_MACHINES = re.compile(
    r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply|owner-.*|.*-request|bounces?([+-].*)?)@.*"
)
"""Senders that no courtesy reply goes to. Source: RFC 3834 section 2."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One e-mail that is owed; `automatic` is false where a person of the desk has written it."""

    template: Template
    to: Recipient
    facts: dict[str, Any]
    automatic: bool = True


def of_ticket(event: Event, ticket: Ticket, directory: Directory) -> list[Notice]:
    """Who is told what of an event of a ticket, which `ticket` shows after it. Raises NotYet."""
    about = {"number": ticket.number, "subject": ticket.subject}
    return [
        *(
            Notice(template, recipients.requester(ticket, directory), {**about, **facts}, automatic)
            for template, facts, automatic in _to_requester(event, ticket)
        ),
        *(
            Notice(template, to, {**about, **facts})
            for template, to, facts in _to_analysts(event, ticket, directory)
        ),
    ]


def of_parked(event: intake.SubmissionParked, directory: Directory) -> list[Notice]:
    """A courtesy reply to a person who wrote to the desk and is not known, or not under contract."""
    delivered = event.delivered
    address = delivered.sender.strip().lower()
    if event.reason not in COURTESY_REASONS or delivered.channel != "email" or not _is_a_person(address):
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
    facts = {"subject": delivered.subject, "reason": event.reason, "message_id": delivered.message_id}
    return [Notice("parked", to, facts)]


def courtesy_day(at: datetime, directory: Directory) -> str:
    """The desk's local date: one courtesy reply an address and day."""
    return at.astimezone(ZoneInfo(directory.desk.time_zone)).date().isoformat()


def _to_requester(event: Event, ticket: Ticket) -> Iterator[tuple[Template, dict[str, Any], bool]]:
    facts: dict[str, Any]
    match event:
        case sla.ClockStarted(clock="first_response", cycle=1):
            place = ticket.place if ticket.waiting else None
            yield "opened", {"due_at": event.due_at.isoformat(), "place": place}, True
        case l.AnswerPublished():
            files = [attachment.model_dump(mode="json") for attachment in event.attachments]
            yield "answered", {"text": event.text, "analyst": event.by.name, "attachments": files}, False
        case l.CustomerAwaited():
            yield "awaiting_customer", {"text": event.text, "analyst": event.by.name}, False
        case sla.ReminderDue():
            yield "reminder", {"due_at": event.due_at.isoformat(), "stage": event.stage}, True
        case l.TicketResumed(because="analyst"):
            yield "resumed", {}, True
        case l.TicketResolved():
            facts = {"text": event.text, "analyst": event.by.name, "resolution": event.resolution}
            yield "resolved", facts, False
        case l.TicketReopened():
            yield "reopened", {"text": event.reason}, True
        case l.TicketClosed():
            yield "closed", {"reason": event.reason, "text": event.text}, True


def _to_analysts(
    event: Event, ticket: Ticket, directory: Directory
) -> Iterator[tuple[Template, Recipient, dict[str, Any]]]:
    facts: dict[str, Any]
    match event:
        case l.TicketAssigned() if event.by.key != event.analyst:
            facts = {"text": event.reason, "by": event.by.name or event.by.key}
            yield "assigned", recipients.analyst(event.analyst, directory), facts
        case l.ReplyAdded(late=False) if ticket.analyst is not None:
            facts = {"text": event.text, "sender": event.sender, "verified": event.verified}
            yield "requester_replied", recipients.analyst(ticket.analyst, directory), facts
        case l.TicketReopened():
            for to in recipients.responsible(ticket, directory):
                yield "reopened_analyst", to, {"text": event.reason}
        case sla.ClockWarned() if event.clock in SERVICE_CLOCKS:
            facts = {"clock": event.clock, "stage": event.stage, "due_at": event.due_at.isoformat()}
            for to in recipients.responsible(ticket, directory):
                yield "warning", to, facts
        case sla.ClockBreached() if event.clock in SERVICE_CLOCKS:
            for to in recipients.responsible(ticket, directory):
                yield "breach", to, {"clock": event.clock, "due_at": event.at.isoformat()}
        case l.BounceAdded():
            yield from _bounced(event, ticket, directory)


def _bounced(
    event: l.BounceAdded, ticket: Ticket, directory: Directory
) -> Iterator[tuple[Template, Recipient, dict[str, Any]]]:
    """The responsible are told, except whoever's own mail it was that came back: that would go on for ever."""
    facts: dict[str, Any] = {"recipient": event.recipient, "status": event.status, "text": event.diagnostic}
    for to in recipients.responsible(ticket, directory):
        if to.address.lower() != event.recipient.lower():
            yield "bounce", to, facts


def _is_a_person(address: str) -> bool:
    return "@" in address and not _MACHINES.fullmatch(address)
