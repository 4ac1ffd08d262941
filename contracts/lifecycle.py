"""Events of the ticket, owned by lifecycle."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.envelope import (
    Actor,
    Attachment,
    Channel,
    Event,
    Instant,
    Key,
    PersonalSubject,
    PersonalText,
    PersonName,
    Sha256,
    Text,
)
from contracts.intake import Terms

Status = Literal[
    "open", "in_progress", "awaiting_approval", "waiting_customer", "on_hold", "resolved", "closed"
]
Classification = Literal["question", "request", "project", "incident"]
Priority = Literal["low", "normal", "high", "urgent"]
CloseReason = Literal[
    "resolved",
    "no_contact",
    "customer_silent",
    "third_party",
    "merged",
    "withdrawn",
    "rejected",
    "out_of_contract",
]


class TicketQueued(Event, owner="lifecycle"):
    """The ticket exists for the desk: status `open`, in the queue of its area.

    `opened_at` is the receipt instant, from which every clock of the ticket counts.
    """

    ticket_id: UUID
    number: str
    opened_at: Instant
    channel: Channel
    customer: Key
    requester: Key
    application: Key
    area: Key
    terms: Terms
    classification: Classification
    priority: Priority = "normal"
    subject: PersonalSubject
    text: PersonalText
    quoted: PersonalText = ""
    attachments: tuple[Attachment, ...] = ()
    raw: Sha256 | None = None
    message_id: str = ""
    linked_to: UUID | None = None
    by: Actor


class _OfTicket(Event):
    """What every later event of a ticket says: which ticket, when it happened, and who did it."""

    ticket_id: UUID
    at: Instant
    by: Actor


class TicketAssigned(_OfTicket, owner="lifecycle"):
    """`analyst` answers for the ticket from now on; `status` is what it became."""

    analyst: Key
    previous: Key | None = None
    reason: Text = ""
    status: Status


class AnswerPublished(_OfTicket, owner="lifecycle"):
    """A public occurrence of the desk, by a person: the requester sees it. `first` says first answer."""

    text: Text
    attachments: tuple[Attachment, ...] = ()
    first: bool


class NoteAdded(_OfTicket, owner="lifecycle"):
    """An internal occurrence: analysts see it, the requester never does."""

    text: Text
    attachments: tuple[Attachment, ...] = ()


class ReplyAdded(_OfTicket, owner="lifecycle"):
    """A requester's message on the ticket; `verified` false where the sender could not be known.

    `at` is the receipt instant; `late` when the ticket was closed already: LateReplyReceived follows.
    """

    channel: Channel
    verified: bool
    late: bool = False
    sender: PersonName
    text: PersonalText
    quoted: PersonalText = ""
    attachments: tuple[Attachment, ...] = ()
    raw: Sha256 | None = None
    message_id: str = ""


class AutomaticReplyAdded(_OfTicket, owner="lifecycle"):
    """An automatic reply, kept collapsed; it counts for nothing."""

    sender: PersonName
    text: PersonalText
    raw: Sha256 | None = None
    reason: str


class BounceAdded(_OfTicket, owner="lifecycle"):
    """One of the desk's e-mails could not be delivered; the analyst must find another way."""

    recipient: PersonName
    status: str
    diagnostic: PersonalText
    raw: Sha256 | None = None
    notification_id: UUID | None = None


class CustomerAwaited(_OfTicket, owner="lifecycle"):
    """Status `waiting_customer`: the desk cannot go on without what `text` asks for.

    The question is a public occurrence of a person, so it can be the `first` answer. `waiting` counts
    the waits of this ticket from 1.
    """

    text: Text
    waiting: Annotated[int, Field(ge=1)]
    first: bool


class TicketResumed(_OfTicket, owner="lifecycle"):
    """Status `in_progress` again after waiting; `because` of a reply or of the analyst."""

    previous: Status
    because: Literal["requester_replied", "analyst"]


class TicketResolved(_OfTicket, owner="lifecycle"):
    """Status `resolved`: `text` is the answer; until closing the requester may contest it and rates it.

    `resolution` counts the resolutions of this ticket from 1; a rating belongs to one of them.
    """

    text: Text
    resolution: Annotated[int, Field(ge=1)]
    first: bool


class TicketReopened(_OfTicket, owner="lifecycle"):
    """Status `in_progress` again: the requester contests the resolution, by e-mail or portal."""

    resolution: int
    via: Channel
    reason: PersonalText = ""


class TicketClosed(_OfTicket, owner="lifecycle"):
    """Status `closed`, for good; a later reply opens a new linked ticket.

    `at` is when it took effect, which for clocks is their due instant.
    """

    reason: CloseReason
    previous: Status
    text: Text = ""


class ResolutionRated(_OfTicket, owner="lifecycle"):
    """1 (worst) to 5 (best) and a comment, one a resolution; a correction replaces the one before."""

    resolution: int
    score: Annotated[int, Field(ge=1, le=5)]
    comment: PersonalText = ""
    corrected: bool = False


class LateReplyReceived(_OfTicket, owner="lifecycle"):
    """A reply reached a closed ticket: intake opens a new one, linked to this."""

    submission_id: UUID
