"""What is said on a ticket, and what its mail brings."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.envelope import (
    Attachment,
    Channel,
    Email,
    Instant,
    Key,
    PersonalText,
    PersonName,
    Sha256,
    Text,
)
from contracts.lifecycle.statuses import OfTicket


class AnswerPublished(OfTicket, owner="lifecycle"):
    """A public occurrence of the desk, by a person: the requester sees it. `first` says first answer.

    `occurrence` counts what the desk wrote on this ticket from 1; 0 in events before they were counted.
    `channel` is how the answer came to the desk; of one by e-mail `at` is the receipt instant, and `quoted` and
    `raw` are for the desk alone: they repeat a notification to the analyst. `asked_again_at` is when the requester
    wrote first of what was after `at`, recorded before, and not answered meanwhile: the answer is not to that.
    """

    text: Text
    attachments: tuple[Attachment, ...] = ()
    first: bool
    occurrence: int = 0
    channel: Channel = "web"
    quoted: PersonalText = ""
    raw: Sha256 | None = None
    asked_again_at: Instant | None = None


class NoteAdded(OfTicket, owner="lifecycle"):
    """An internal occurrence: analysts see it, the requester never does. The mentioned are told."""

    text: Text
    attachments: tuple[Attachment, ...] = ()
    occurrence: int = 0
    mentions: tuple[Key, ...] = ()


class OccurrenceEdited(OfTicket, owner="lifecycle"):
    """What the desk wrote reads differently from now on; what it said before stays in history.

    `occurrence` is the number of the answer, note, question or resolution; `public` whether requesters see it.
    """

    occurrence: Annotated[int, Field(ge=1)]
    text: Text
    public: bool


class ReplyAdded(OfTicket, owner="lifecycle"):
    """A requester's message on the ticket; `verified` false where the sender could not be known.

    `at` is the receipt instant; `late` when the ticket was closed already: LateReplyReceived follows.
    `sender_address` is the one that the mail came from, empty where it was no mail.
    `refused` is the code of the rule that kept what an analyst answered by e-mail from being published: it
    is unverified then, for the desk alone.
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
    sender_address: Email = ""
    refused: Annotated[str, Field(max_length=50)] = ""


class AutomaticReplyAdded(OfTicket, owner="lifecycle"):
    """An automatic reply, kept collapsed; it counts for nothing."""

    sender: PersonName
    text: PersonalText
    raw: Sha256 | None = None
    reason: str


class BounceAdded(OfTicket, owner="lifecycle"):
    """One of the desk's e-mails could not be delivered; the analyst must find another way.

    `permanent`: the address itself is gone, nothing will ever reach it, as intake's `BounceReceived` says.
    """

    recipient: PersonName
    status: str
    diagnostic: PersonalText
    raw: Sha256 | None = None
    notification_id: UUID | None = None
    permanent: bool = False


class ContactAttempted(OfTicket, owner="lifecycle"):
    """The desk tried to speak to the customer; `at` is when.

    `attempt` is the number of attempts without an answer in a row since the customer last wrote, this one
    included; 0 when somebody was reached. `first`: reached by phone, which was the first answer.
    """

    channel: Channel
    outcome: Literal["reached", "no_answer"]
    person: PersonName = ""
    text: Text = ""
    attempt: Annotated[int, Field(ge=0)]
    first: bool = False


class LateReplyReceived(OfTicket, owner="lifecycle"):
    """A reply reached a closed ticket: intake opens a new one, linked to this, about the same `application`."""

    submission_id: UUID
    application: Key | None = None
