"""Events of intake: each inbound message ends in exactly one disposition, and each event here is one."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.envelope import (
    Actor,
    Attachment,
    Channel,
    Email,
    Event,
    Frozen,
    Instant,
    Key,
    PersonalSubject,
    PersonalText,
    PersonName,
    Sha256,
)
from contracts.imported import ImportedTicket
from contracts.words import Classification, Relation

ParkReason = Literal[
    "unknown_sender",
    "no_contract",
    "no_application",
    "unreadable",
    "invalid",
    "over_limit",
    "unauthenticated",
]
"""`unauthenticated`: the desk's mail server found that the sender is not who he says (DMARC)."""
RejectReason = Literal["not_support", "spam", "invalid", "over_limit", "forbidden", "desk_own_mail"]
MESSAGE_ID_MAX = 1_000
"""Characters of a Message-ID. Source: RFC 5322 section 2.1.1, no line is longer than 998."""
DISPOSITIONS = ("opened", "appended", "duplicate", "auto_reply", "bounce", "parked", "rejected")


class Terms(Frozen):
    """The versions pinned when a ticket opens: later edits of them touch only later tickets."""

    contract: Key
    contract_version: int
    sla_policy: Key
    sla_policy_version: int
    calendar: Key
    calendar_version: int


class MailboxPlace(Frozen):
    """Where a message lay in a mailbox at another server: how far each was read follows from these."""

    mailbox: Annotated[str, Field(max_length=1000)]
    uid_validity: int
    uid: int


class Delivered(Frozen):
    """One inbound message as it arrived.

    `raw` is the address of its bytes where it was mail, `html` that of its body where that was HTML; `quoted`
    the part that repeats earlier mail;
    `received_at` the server's receipt instant. `original_sender` wrote first what `sender` passes on.
    `envelope_from` and `envelope_to` are what SMTP gave it with (the first empty for `<>`, the second its
    first twenty recipients); both are empty where no envelope came with it, as from a mailbox at another
    server, where it lay at `place`. `notes` are codes of what was damaged, guessed or cut in reading it.
    """

    channel: Channel
    via: str = Field(max_length=200)
    received_at: Instant
    sender: Email
    sender_name: PersonName = ""
    original_sender: Email = ""
    original_sender_name: PersonName = ""
    subject: PersonalSubject = ""
    text: PersonalText = ""
    quoted: PersonalText = ""
    attachments: tuple[Attachment, ...] = ()
    raw: Sha256 | None = None
    html: Sha256 | None = None
    message_id: Annotated[str, Field(max_length=MESSAGE_ID_MAX)] = ""
    references: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    envelope_from: Email = ""
    envelope_to: Annotated[tuple[Email, ...], Field(max_length=20)] = ()
    place: MailboxPlace | None = None
    notes: Annotated[tuple[Annotated[str, Field(max_length=50)], ...], Field(max_length=50)] = ()


class TicketRegistered(Event, owner="intake"):
    """Disposition `opened`: the submission is a ticket with a number and its terms."""

    ticket_id: UUID
    number: str
    delivered: Delivered
    customer: Key
    requester: Key
    application: Key
    area: Key
    terms: Terms
    classification: Classification = "question"
    analyst: Key | None = None
    linked_to: UUID | None = None
    relation: Relation | None = None
    by: Actor


class TicketImported(Event, owner="intake"):
    """A ticket of the desk's earlier system has a number here; its steps are told as they were."""

    ticket_id: UUID
    number: str
    ticket: ImportedTicket
    customer: Key
    area: Key
    terms: Terms
    at: Instant
    by: Actor


class ReplyReceived(Event, owner="intake"):
    """Disposition `appended`: a person's reply belongs to `ticket_id`; unverified ones reopen nothing."""

    ticket_id: UUID
    submission_id: UUID
    delivered: Delivered
    verified: bool
    requester: Key | None = None
    by: Actor


class AnalystReplyReceived(Event, owner="intake"):
    """Disposition `appended`: `by` has answered a notification that went to them alone, which proves who wrote.

    It is their public answer on `ticket_id`, if the rules of answers allow it (lifecycle decides). The text is what stands
    above the first quote; `written_below` what of the rest they wrote too, as far as can be told.
    """

    ticket_id: UUID
    submission_id: UUID
    delivered: Delivered
    written_below: PersonalText = ""
    by: Actor


class AutomaticReplyReceived(Event, owner="intake"):
    """Disposition `auto_reply`: kept with the ticket, collapsed; touches no clock and no status."""

    ticket_id: UUID | None
    delivered: Delivered
    reason: str


class BounceReceived(Event, owner="intake"):
    """Disposition `bounce`: a delivery report; `notification_id` is the notification that failed, if known.

    `permanent`: the address itself is gone, nothing will ever reach it; only of a report that came to the signed
    return path of that notification, since anybody can write the others.
    """

    ticket_id: UUID | None
    notification_id: UUID | None
    delivered: Delivered
    recipient: Email = ""
    status: Annotated[str, Field(max_length=20)] = ""
    diagnostic: Annotated[str, Field(max_length=1000)] = ""
    permanent: bool = False


class DuplicateReceived(Event, owner="intake"):
    """Disposition `duplicate`: the same message once more; the first one counts.

    Where the first was taken for a machine's, or its sender was not believed, and this copy is a person's, what
    became of it follows in the same stream and counts instead.
    """

    received_at: Instant
    via: str
    raw: Sha256 | None = None
    place: MailboxPlace | None = None


class SubmissionParked(Event, owner="intake"):
    """Disposition `parked`: a person decides; nothing of it is lost meanwhile.

    `match` is the ticket that it seems to belong to, which nothing proves.
    """

    submission_id: UUID
    delivered: Delivered
    reason: ParkReason
    detail: Annotated[str, Field(max_length=1000)] = ""
    application: Key | None = None
    match: UUID | None = None


class SubmissionRejected(Event, owner="intake"):
    """Disposition `rejected`, at once or after parking, with the reason that the sender may be told."""

    submission_id: UUID
    delivered: Delivered
    reason: RejectReason
    detail: Annotated[str, Field(max_length=1000)] = ""
    by: Actor
