"""What the desk says on a ticket: answer, note, ask the customer, go on; and editing what was said. Pure.

Source: domain page, Words (occurrence) and Working a ticket.
"""

import re

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Analyst
from contracts.envelope import Event, Key
from journal.decider import Context
from journal.directory import Directory
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.assigning import taken_by_author
from services.lifecycle.ticket import Ticket

_MENTION = re.compile(r"(?<![\w@.])@([A-Za-z0-9][A-Za-z0-9._+-]*)")
"""`@key` at the beginning of a word; a dot or comma after the key ends the sentence, not the key."""


def answer(asked: c.PublishAnswer, ticket: Ticket, context: Context) -> list[Event]:
    """Answer in public; whoever answers a ticket of the queue answers for it from then on."""
    access.must_not_be_resolved(ticket)
    answered = l.AnswerPublished(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        text=asked.text,
        attachments=asked.attachments,
        first=not ticket.answered,
        occurrence=len(ticket.said) + 1,
    )
    return [*taken_by_author(asked.ticket_id, ticket, context), answered]


def note(asked: c.AddNote, ticket: Ticket, context: Context) -> list[Event]:
    """Note something for the desk alone, on a closed ticket too; those who are mentioned are told."""
    return [
        l.NoteAdded(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            text=asked.text,
            attachments=asked.attachments,
            occurrence=len(ticket.said) + 1,
            mentions=_mentioned(asked.text, context.facts.directory),
        )
    ]


def edit(asked: c.EditOccurrence, ticket: Ticket, context: Context) -> list[Event]:
    """Change what one wrote; a manager, what anybody of the desk wrote. The old text stays in history."""
    if asked.occurrence > len(ticket.said):
        raise Refused("no_such_occurrence", number=ticket.number, occurrence=asked.occurrence)
    said = ticket.said[asked.occurrence - 1]
    if said.author != context.by.key and context.by.role != "manager":
        raise Refused("not_the_author", number=ticket.number)
    return [
        l.OccurrenceEdited(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            occurrence=asked.occurrence,
            text=asked.text,
            public=said.public,
        )
    ]


def await_customer(asked: c.AwaitCustomer, ticket: Ticket, context: Context) -> list[Event]:
    """Ask for what the desk cannot go on without: a public word of a person, so it can be the first answer."""
    access.must_lead_to("waiting_customer", ticket)
    awaited = l.CustomerAwaited(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        text=asked.text,
        attachments=asked.attachments,
        waiting=ticket.waiting + 1,
        first=not ticket.answered,
        occurrence=len(ticket.said) + 1,
    )
    return [*taken_by_author(asked.ticket_id, ticket, context), awaited]


def resume(asked: c.ResumeTicket, ticket: Ticket, context: Context) -> list[Event]:
    """Go on with a ticket that waited for the customer or for a third party."""
    if ticket.status == "in_progress":
        return []
    access.must_be_open(ticket)
    if ticket.status not in ("waiting_customer", "on_hold"):
        raise Refused("not_waiting", number=ticket.number, status=ticket.status)
    resumed = l.TicketResumed(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        previous=ticket.status,
        because="analyst",
    )
    return [*taken_by_author(asked.ticket_id, ticket, context), resumed]


def _mentioned(text: str, directory: Directory) -> tuple[Key, ...]:
    keys = (found.rstrip(".+-_") for found in _MENTION.findall(text))
    return tuple(dict.fromkeys(key for key in keys if directory.get(Analyst, key) is not None))
