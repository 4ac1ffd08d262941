"""Events of notifications, owned by notifier: one stream a notification, one notification a recipient."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field

from contracts.envelope import Actor, Email, Event, Instant, Key, Language, PersonName

Template = Literal[
    "opened",
    "answered",
    "awaiting_customer",
    "reminder",
    "resumed",
    "resolved",
    "reopened",
    "closed",
    "parked",
    "assigned",
    "requester_replied",
    "reopened_analyst",
    "warning",
    "breach",
    "bounce",
    "held",
    "reclassified",
    "awaiting_approval",
    "approval_wanted",
    "approved",
    "sent_back",
    "rejected",
    "mentioned",
    "loop",
    "suspended",
    "answer_refused",
]
Cap = Literal["address_on_ticket", "address", "ticket"]
"""What was counted when automatic e-mails were too many: those to one address about one ticket, those to one
address that acknowledge tickets which came by e-mail, or the occasions of one ticket."""
ADDRESS_SUSPENDED: Final = "address_suspended"
"""The `error` of what was given up unsent, since its address is suspended."""


class NotificationRequested(Event, owner="notifier"):
    """An e-mail is owed to one recipient. `message_id` stays the same whatever is sent again.

    `facts` is what the template says, as data: number, subject, text, due instant, links, names. It leaves
    at `not_before`, or sooner if something must follow it; what is said on the ticket until then joins its
    e-mail: `bundled_into` names the notification that says this one too, which is never sent by itself.
    An alert that waits for working hours has a `not_before` too; nothing joins it or sends it sooner.
    `answerable_by` is the analyst whose answer to this e-mail is published on the ticket, as the e-mail says.
    """

    notification_id: UUID
    ticket_id: UUID | None
    template: Template
    recipient: Email
    recipient_name: PersonName = ""
    language: Language
    message_id: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = True
    facts: dict[str, Any] = Field(default_factory=dict)
    not_before: Instant | None = None
    bundled_into: UUID | None = None
    answerable_by: Key | None = None
    at: Instant


class NotificationSuppressed(Event, owner="notifier"):
    """Not sent, to stop a loop: too many automatic e-mails went, as `cap` counts them.

    `count` is how many went within the hour before. An alert, never silence.
    """

    notification_id: UUID
    ticket_id: UUID | None
    template: Template
    recipient: Email
    count: int
    cap: Cap = "address_on_ticket"
    at: Instant


class NotificationSent(Event, owner="notifier"):
    """The mail server accepted it at `at`, on this attempt (from 1).

    `unsettled` attempts began before it whose end nobody recorded, since their sender died: the recipient's
    server may have had the same e-mail, with the same Message-ID, before.
    """

    notification_id: UUID
    ticket_id: UUID | None
    message_id: str
    attempt: int
    at: Instant
    response: Annotated[str, Field(max_length=500)] = ""
    unsettled: int = 0


class NotificationFailed(Event, owner="notifier"):
    """An attempt failed for now; the next one is at `retry_at`."""

    notification_id: UUID
    ticket_id: UUID | None
    attempt: int
    at: Instant
    retry_at: Instant
    error: Annotated[str, Field(max_length=500)]


class NotificationAbandoned(Event, owner="notifier"):
    """No further attempt: refused for good, or tried for too long. Shown on the ticket."""

    notification_id: UUID
    ticket_id: UUID | None
    attempt: int
    at: Instant
    error: Annotated[str, Field(max_length=500)]


class NotificationWithdrawn(Event, owner="notifier"):
    """Not sent, or tried no more: the clock that it warns of was met, or stopped, before it left.

    Should a sender have had it in hand, `NotificationSent` still follows.
    """

    notification_id: UUID
    ticket_id: UUID | None
    at: Instant
    because: Literal["met", "stopped"]


class NotificationRetried(Event, owner="notifier"):
    """A person asked to send an abandoned one again."""

    notification_id: UUID
    ticket_id: UUID | None
    at: Instant
    by: Actor


class AddressBounced(Event, owner="notifier"):
    """An e-mail of the desk came back for good from this address, in small letters, or was refused by its server.

    `status` is the server's, as in RFC 3463, if it said one. Its stream is the address's.
    """

    address: Email
    notification_id: UUID
    ticket_id: UUID | None
    status: Annotated[str, Field(max_length=20)] = ""
    at: Instant


class AddressSuspended(Event, owner="notifier"):
    """So many different e-mails came back that the desk writes to this address no more, until it is restored.

    `ticket_id` is the ticket of the last of them. An alert, never silence.
    """

    address: Email
    ticket_id: UUID | None
    bounces: int
    status: Annotated[str, Field(max_length=20)] = ""
    at: Instant


class AddressRestored(Event, owner="notifier"):
    """A person says that the address takes mail again; what came back before counts no longer."""

    address: Email
    at: Instant
    by: Actor
    reason: Annotated[str, Field(max_length=1000)]
