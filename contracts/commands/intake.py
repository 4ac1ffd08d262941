"""Commands of intake."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts.commands.said import Attachments, Said
from contracts.envelope import Channel, Command, Key, Subject, Text
from contracts.imported import ImportedTicket
from contracts.words import Classification

IMPORTED_MAX = 500
"""Tickets of one request of an import. Source: judgement; a request holds 1 MiB."""


class SubmitTicket(Command, owner="intake"):
    """Open a ticket: by the requester on the web, or by the analyst who answers the phone for a caller.

    `follows` is a closed ticket of the same customer that this one takes up again.
    """

    channel: Channel
    requester: Key
    application: Key
    subject: Annotated[Subject, Field(min_length=1)]
    text: Said
    classification: Classification = "question"
    attachments: Attachments = ()
    follows: UUID | None = None


class SubmitReply(Command, owner="intake"):
    """A requester writes on a ticket in the portal."""

    ticket_id: UUID
    text: Said
    attachments: Attachments = ()


class AcceptParked(Command, owner="intake"):
    """Open the parked message as a ticket of a registered contact: its clock counts from the receipt.

    With `ticket_id` it is the contact's reply on that ticket of the same customer.
    """

    submission_id: UUID
    requester: Key
    application: Key
    ticket_id: UUID | None = None


class RejectParked(Command, owner="intake"):
    """Refuse the parked message for a reason that is kept."""

    submission_id: UUID
    detail: Annotated[Text, Field(min_length=1, max_length=1000)]
    spam: bool = False


class ImportTickets(Command, owner="intake"):
    """Bring tickets of the desk's earlier system here, with their history; one that is here already is left.

    All or none. `dry_run` says what would be refused, and brings none.
    """

    tickets: Annotated[tuple[ImportedTicket, ...], Field(min_length=1, max_length=IMPORTED_MAX)]
    dry_run: bool = False
