"""Tickets that come of others, go on as others, or have to do with each other; the end of an import."""

from uuid import UUID

from contracts.envelope import Channel, Instant, Key, PersonalSubject, PersonalText, Text
from contracts.intake import Terms
from contracts.lifecycle.statuses import OfTicket
from contracts.words import Classification, Criticality, Link, Priority, Status


class TicketSplit(OfTicket, owner="lifecycle"):
    """A second demand becomes a ticket of its own: intake registers `new_ticket_id`.

    It keeps the opening instant, the channel, the requester and the terms of this one.
    """

    new_ticket_id: UUID
    opened_at: Instant
    channel: Channel
    customer: Key
    requester: Key
    application: Key
    classification: Classification
    terms: Terms
    subject: PersonalSubject
    text: PersonalText


class TicketMerged(OfTicket, owner="lifecycle"):
    """This ticket goes on as another, which lives; `TicketClosed` with reason `merged` follows."""

    into: UUID
    into_number: str
    reason: Text = ""


class TicketAbsorbed(OfTicket, owner="lifecycle"):
    """Another ticket was merged into this one: its requester takes part from now on, its history stays its own."""

    merged: UUID
    merged_number: str
    requester: Key


class TicketLinked(OfTicket, owner="lifecycle"):
    """This ticket has to do with another: `link` says what, seen from this one. Both say so."""

    other: UUID
    other_number: str
    link: Link


class TicketUnlinked(OfTicket, owner="lifecycle"):
    """The link was a mistake."""

    other: UUID
    other_number: str
    link: Link


class ImportFinished(OfTicket, owner="lifecycle"):
    """The history that was imported ends here: what follows happened on this desk.

    For a ticket that is not closed the clocks that are still to run start from its own past: `opened_at`,
    `waiting_since`, `resolved_at`. What ran out before `at` fires nothing.
    """

    number: str
    status: Status
    opened_at: Instant
    answered: bool
    waiting: int = 0
    waiting_since: Instant | None = None
    resolution: int = 0
    resolved_at: Instant | None = None
    terms: Terms
    classification: Classification
    priority: Priority
    criticality: Criticality | None = None
