"""What a channel publishes on `channel.<name>.<Event>`; README.md beside this file tells how."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from contracts.envelope import (
    ATTACHMENTS_MAX,
    Channel,
    Email,
    Event,
    Frozen,
    HandedIn,
    Instant,
    Key,
    PersonalSubject,
    PersonalText,
)

SubmissionId = Annotated[str, Field(min_length=1, max_length=200)]
"""The channel's own id of what it hands in: the same id twice is the same submission."""
RECEIVED_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
"""No desk has received anything before; from here on every time zone can show every instant."""


def _received(instant: datetime) -> datetime:
    if instant < RECEIVED_SINCE:
        raise ValueError(f"nothing was received before {RECEIVED_SINCE:%Y-%m-%d}")
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the last instant in UTC") from None


Received = Annotated[Instant, AfterValidator(_received)]


class TicketOpened(Event, owner="channel"):
    """Somebody asks the desk for something.

    `requester` is the e-mail address of a registered contact. `received_at` is left out by channels
    that hand in at once: the desk's receipt instant counts then, never the sender's clock. `attachments`
    name files in the desk's own store, which channels of others cannot write to yet: they leave it out.
    """

    submission_id: SubmissionId
    channel: Channel
    requester: Email
    subject: PersonalSubject
    text: PersonalText
    application: Key | None = None
    attachments: Annotated[tuple[HandedIn, ...], Field(max_length=ATTACHMENTS_MAX)] = ()
    received_at: Received | None = None


class RequesterReplied(Event, owner="channel"):
    """A requester adds to a ticket that exists; `number` as in `2026-000123`."""

    submission_id: SubmissionId
    channel: Channel
    requester: Email
    number: Annotated[str, Field(pattern=r"^\d{4}-\d{6,}$")]
    text: PersonalText
    attachments: Annotated[tuple[HandedIn, ...], Field(max_length=ATTACHMENTS_MAX)] = ()
    received_at: Received | None = None


class Confirmation(Frozen):
    """What became of a submission, told on `Confirm-To` once it is safe here; the same however often asked.

    But for a reply that came too late for its ticket: `appended` as far as intake knew, it is `opened` once it has a
    ticket of its own. `submission_id` is empty where the message could not be read. `ticket_id` and `number` where there is a
    ticket, `reason` where there is none (yet), `detail` in words what is wrong with a message of the wrong form.
    """

    submission_id: Annotated[str, Field(max_length=200)]
    disposition: Literal["opened", "appended", "parked", "rejected"]
    ticket_id: UUID | None = None
    number: str | None = None
    reason: str = ""
    detail: str = ""
