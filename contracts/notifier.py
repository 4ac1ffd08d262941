"""Events of notifications, owned by notifier: one stream a notification, one notification a recipient."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from contracts.envelope import Actor, Email, Event, Instant, Language, PersonName

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
]


class NotificationRequested(Event, owner="notifier"):
    """An e-mail is owed to one recipient. `message_id` stays the same whatever is sent again.

    `facts` is what the template says, as data: number, subject, text, due instant, links, names.
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
    at: Instant


class NotificationSuppressed(Event, owner="notifier"):
    """Not sent, to stop a loop: too many automatic e-mails went to this address about this ticket.

    `count` is how many went within the hour before. An alert, never silence.
    """

    notification_id: UUID
    ticket_id: UUID | None
    template: Template
    recipient: Email
    count: int
    at: Instant


class NotificationSent(Event, owner="notifier"):
    """The mail server accepted it at `at`, on this attempt (from 1)."""

    notification_id: UUID
    ticket_id: UUID | None
    message_id: str
    attempt: int
    at: Instant
    response: Annotated[str, Field(max_length=500)] = ""


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


class NotificationRetried(Event, owner="notifier"):
    """A person asked to send an abandoned one again."""

    notification_id: UUID
    ticket_id: UUID | None
    at: Instant
    by: Actor
