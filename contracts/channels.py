"""What a channel publishes on `channel.<name>.<Event>`; README.md beside this file tells how."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import (
    ATTACHMENTS_MAX,
    Attachment,
    Channel,
    Email,
    Event,
    Instant,
    Key,
    PersonalSubject,
    PersonalText,
)

SubmissionId = Annotated[str, Field(min_length=1, max_length=200)]
"""The channel's own id of what it hands in: the same id twice is the same submission."""


class TicketOpened(Event, owner="channel"):
    """Somebody asks the desk for something.

    `requester` is the e-mail address of a registered contact. `received_at` is left out by channels
    that hand in at once: the desk's receipt instant counts then, never the sender's clock.
    """

    submission_id: SubmissionId
    channel: Channel
    requester: Email
    subject: PersonalSubject
    text: PersonalText
    application: Key | None = None
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=ATTACHMENTS_MAX)] = ()
    received_at: Instant | None = None


class RequesterReplied(Event, owner="channel"):
    """A requester adds to a ticket that exists; `number` as in `2026-000123`."""

    submission_id: SubmissionId
    channel: Channel
    requester: Email
    number: Annotated[str, Field(pattern=r"^\d{4}-\d{6,}$")]
    text: PersonalText
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=ATTACHMENTS_MAX)] = ()
    received_at: Instant | None = None
