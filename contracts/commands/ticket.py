"""Commands of lifecycle: working a ticket to its end."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.commands.said import Attachments, Comment, OnTicket, Said, Why
from contracts.envelope import Channel, Instant, Key, Name, Subject, Text
from contracts.words import Classification, CloseReason, Criticality, Level, Link, Priority, Severity


class TakeTicket(OnTicket, owner="lifecycle"):
    """The analyst takes the ticket from the queue: it is theirs, and work begins."""


class AssignTicket(OnTicket, owner="lifecycle"):
    """Hand the ticket to an analyst, for a reason that is kept; one who is absent or of other areas needs a reason."""

    analyst: Key
    reason: Text = ""


class ReturnTicket(OnTicket, owner="lifecycle"):
    """Put the ticket back into the queue of its area."""

    reason: Why


class ReclassifyTicket(OnTicket, owner="lifecycle"):
    """Set right what the ticket is; what is left out stays.

    `priority` sets it by hand, for a reason; `by_matrix` lets it follow from criticality and severity again.
    """

    analyst: Key | None = None
    area: Key | None = None
    kind: Key | None = None
    classification: Classification | None = None
    level: Level | None = None
    priority: Priority | None = None
    criticality: Criticality | None = None
    severity: Severity | None = None
    by_matrix: bool = False
    reason: Comment = ""


class PublishAnswer(OnTicket, owner="lifecycle"):
    """Answer in public: the requester is told by e-mail."""

    text: Said
    attachments: Attachments = ()


class AddNote(OnTicket, owner="lifecycle"):
    """Note something that only the desk sees; `@key` tells that analyst."""

    text: Said
    attachments: Attachments = ()


class EditOccurrence(OnTicket, owner="lifecycle"):
    """Change the text of what one wrote; managers, of what anybody of the desk wrote."""

    occurrence: Annotated[int, Field(ge=1)]
    text: Said


class AwaitCustomer(OnTicket, owner="lifecycle"):
    """Ask the customer for something the desk cannot go on without."""

    text: Said
    attachments: Attachments = ()


class HoldTicket(OnTicket, owner="lifecycle"):
    """Wait for a third party until an expected local date; `text` is told to the requester."""

    third_party: Annotated[Name, Field(min_length=1)]
    expected_on: date
    text: Text = ""


class ResumeTicket(OnTicket, owner="lifecycle"):
    """Go on with a ticket that waited."""


class LogContact(OnTicket, owner="lifecycle"):
    """Say that one tried to speak to the customer, and whether somebody was reached; `at` is now when left out."""

    channel: Channel
    outcome: Literal["reached", "no_answer"]
    at: Instant | None = None
    person: Name = ""
    text: Text = ""


class ResolveTicket(OnTicket, owner="lifecycle"):
    """Say that the demand is answered."""

    text: Said
    attachments: Attachments = ()


class ReopenTicket(OnTicket, owner="lifecycle"):
    """Contest a resolution."""

    text: Said
    attachments: Attachments = ()


class DismissReopening(OnTicket, owner="lifecycle"):
    """The message that reopened the ticket only says thanks: the resolution stands."""

    reason: Comment = ""


class CloseTicket(OnTicket, owner="lifecycle"):
    """End the ticket for good, for a reason."""

    reason: CloseReason
    text: Text = ""


class RateResolution(OnTicket, owner="lifecycle"):
    """Rate a resolution, 1 (worst) to 5 (best); a second rating of the same one corrects the first."""

    resolution: Annotated[int, Field(ge=1)]
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Text = ""


class SplitTicket(OnTicket, owner="lifecycle"):
    """Make a second demand a ticket of its own; application and classification are this one's when left out."""

    subject: Annotated[Subject, Field(min_length=1)]
    text: Said
    application: Key | None = None
    classification: Classification | None = None


class MergeTicket(OnTicket, owner="lifecycle"):
    """Let this ticket go on as another of the same customer; one that was merged itself stands for its heir."""

    into: UUID
    reason: Comment = ""


class LinkTickets(OnTicket, owner="lifecycle"):
    """Say what this ticket has to do with another."""

    other: UUID
    link: Link = "related"


class UnlinkTickets(OnTicket, owner="lifecycle"):
    """Take a link back."""

    other: UUID
