"""What each event of a ticket owes to the customer: to who asked, and to those who take part. Pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from contracts import lifecycle as l
from contracts import sla
from contracts.directory import Area, Contact
from contracts.envelope import Attachment, Event
from contracts.notifier import Template
from journal.directory import Directory
from services.notifier import recipients
from services.notifier.recipients import Recipient
from services.notifier.ticket import Ticket

SHARED: frozenset[Template] = frozenset(
    {"answered", "awaiting_customer", "held", "resumed", "resolved", "reopened", "closed"}
)
"""What those are told too whose own ticket was merged into this one: all that is said or happens in public.

Reminders, approvals and what was reclassified concern who asked for this ticket.
"""
CONCERNS_THEM = ("area", "classification", "priority", "criticality")
"""Of what can be reclassified, what a requester is told; the rest is how the desk organises itself."""


class Told(NamedTuple):
    """An e-mail's template and facts; `automatic` is false where a person of the desk has written it."""

    template: Template
    facts: dict[str, Any]
    automatic: bool = True


def notices(
    event: Event, ticket: Ticket, directory: Directory
) -> Iterator[tuple[Template, Recipient, dict[str, Any], bool]]:
    """Template, recipient, facts, and whether no person wrote it. Raises NotYet.

    Where nobody of the customer is left to be told, whoever answers for the ticket learns that nobody was.
    """
    for told in _told(event, ticket, directory):
        owed = list(_owed(told, ticket, directory))
        for to, facts in owed:
            yield told.template, to, facts, told.automatic
        if not owed:
            record = directory.known(Contact, ticket.requester)
            moved = {"recipient": record.name if record else "", "status": "", "text": "", "moved": True}
            for to in recipients.responsible(ticket, directory):
                yield "bounce", to, moved, True


def files(attachments: tuple[Attachment, ...]) -> list[dict[str, Any]]:
    """What an e-mail says of files: they are fetched from the portal, where who may see them is known."""
    return [{"name": each.name, "size": each.size, "sha256": each.sha256} for each in attachments]


def _owed(told: Told, ticket: Ticket, directory: Directory) -> Iterator[tuple[Recipient, dict[str, Any]]]:
    if asked := recipients.requester(ticket, directory):
        yield asked, told.facts
    if told.template in SHARED:
        for key, number in ticket.participants:
            if joined := recipients.contact(key, ticket, directory):
                yield joined, {**told.facts, "joined": number}


def _told(event: Event, ticket: Ticket, directory: Directory) -> Iterator[Told]:
    match event:
        case sla.ClockStarted(clock="first_response", cycle=1) if not ticket.imported:
            place = ticket.place if ticket.waiting else None
            origin = {"relation": ticket.relation, "origin": ticket.origin}
            yield Told("opened", {"due_at": event.due_at.isoformat(), "place": place, **origin})
        case l.AnswerPublished():
            yield Told("answered", _said(event), automatic=False)
        case l.CustomerAwaited():
            yield Told("awaiting_customer", _said(event), automatic=False)
        case sla.ReminderDue():
            yield Told("reminder", {"due_at": event.due_at.isoformat(), "stage": event.stage})
        case l.TicketHeld():
            expected = {"third_party": event.third_party, "expected_on": event.expected_on.isoformat()}
            yield Told("held", {"text": event.text, **expected})
        case l.TicketResumed(because="analyst"):
            yield Told("resumed", {"previous": event.previous})
        case l.TicketReclassified():
            if changes := _changes(event, directory):
                yield Told("reclassified", {"changes": changes})
        case l.TicketResolved():
            yield Told("resolved", {**_said(event), "resolution": event.resolution}, automatic=False)
        case _:
            yield from _told_of_project(event, ticket, directory)
            yield from _told_of_ends(event, ticket)


def _told_of_project(event: Event, ticket: Ticket, directory: Directory) -> Iterator[Told]:
    match event:
        case l.ApprovalRequested():
            decides = {each.key for each in recipients.approvers(ticket, directory)}
            if f"contact:{ticket.requester}" not in decides:
                yield Told("awaiting_approval", {})
        case l.ProjectApproved():
            yield Told("approved", {"text": event.text, "by": event.by.name or event.by.key})


def _told_of_ends(event: Event, ticket: Ticket) -> Iterator[Told]:
    """A reopening that was dismissed is no news: they said thanks, and the resolution stands as it was told."""
    match event:
        case l.TicketReopened():
            files_of = files(event.attachments)
            yield Told("reopened", {"text": event.reason, "attachments": files_of, "undone": False})
        case l.ClosureUndone():
            yield Told("reopened", {"text": "", "undone": True})
        case l.TicketClosed():
            yield Told("closed", {"reason": event.reason, "text": event.text, "into": ticket.merged_into})


def _said(event: l.AnswerPublished | l.CustomerAwaited | l.TicketResolved) -> dict[str, Any]:
    return {"text": event.text, "analyst": event.by.name, "attachments": files(event.attachments)}


def _changes(event: l.TicketReclassified, directory: Directory) -> list[dict[str, Any]]:
    """Codes stay codes, for the template to say in the reader's language; areas have names."""

    def shown(field: str, value: str | None) -> str | None:
        record = directory.known(Area, value) if field == "area" else None
        return record.name if record else value

    return [
        {"field": each.field, "old": shown(each.field, each.old), "new": shown(each.field, each.new)}
        for each in event.changes
        if each.field in CONCERNS_THEM
    ]
