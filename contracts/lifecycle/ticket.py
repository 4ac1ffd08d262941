"""What a ticket is, and who answers for it."""

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
    Sha256,
    Text,
)
from contracts.intake import Terms
from contracts.lifecycle.statuses import OfTicket
from contracts.words import (
    AssignmentRule,
    Classification,
    Criticality,
    Level,
    Priority,
    Relation,
    Severity,
    Status,
)


class TicketQueued(Event, owner="lifecycle"):
    """The ticket exists for the desk: status `open`, in the queue of its area.

    `opened_at` is the receipt instant, from which every clock of the ticket counts; a ticket split off
    another one keeps that one's. `relation` says why it is `linked_to` another. `reference` is what the
    system it was `imported` from called it. Criticality and severity are null until somebody assessed them.
    `sender_address` is the one that the requester's mail came from, empty where it was no mail.
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
    kind: Key | None = None
    level: Level = "N1"
    criticality: Criticality | None = None
    severity: Severity | None = None
    subject: PersonalSubject
    text: PersonalText
    quoted: PersonalText = ""
    attachments: tuple[Attachment, ...] = ()
    raw: Sha256 | None = None
    message_id: str = ""
    sender_address: Email = ""
    linked_to: UUID | None = None
    relation: Relation | None = None
    imported: bool = False
    reference: Annotated[str, Field(max_length=100)] = ""
    by: Actor


class TicketAssigned(OfTicket, owner="lifecycle"):
    """`analyst` answers for the ticket from now on; `status` is what it became.

    `rule` names the area's rule where nobody chose: work has not begun, the status stays `open`.
    """

    analyst: Key
    previous: Key | None = None
    reason: Text = ""
    status: Status
    rule: AssignmentRule | None = None


class TicketReturned(OfTicket, owner="lifecycle"):
    """Back in the queue of its area: nobody answers for it any more; its status stays."""

    previous: Key
    reason: Text = ""


Classified = Literal[
    "analyst", "area", "kind", "classification", "level", "priority", "criticality", "severity"
]
"""What of a ticket can be reclassified."""


class Change(Frozen):
    """One field's old and new value; null where there is none."""

    field: Classified
    old: Annotated[str, Field(max_length=100)] | None
    new: Annotated[str, Field(max_length=100)] | None


class TicketReclassified(OfTicket, owner="lifecycle"):
    """What the ticket is was set right: all that one command changed, a priority that followed included.

    `by_hand`: the priority was set by a person, and no longer follows from criticality and severity.
    """

    changes: Annotated[tuple[Change, ...], Field(min_length=1)]
    reason: Text = ""
    by_hand: bool = False
