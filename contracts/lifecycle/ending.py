"""Resolve, contest, rate, close."""

from typing import Annotated

from pydantic import Field

from contracts.envelope import Attachment, Channel, Instant, PersonalText, Text
from contracts.lifecycle.statuses import OfTicket
from contracts.words import CloseReason, Status


class TicketResolved(OfTicket, owner="lifecycle"):
    """Status `resolved`: `text` is the answer; until closing the requester may contest it and rates it.

    `resolution` counts the resolutions of this ticket from 1; a rating belongs to one of them.
    """

    text: Text
    attachments: tuple[Attachment, ...] = ()
    resolution: Annotated[int, Field(ge=1)]
    first: bool
    occurrence: int = 0


class TicketReopened(OfTicket, owner="lifecycle"):
    """Status `in_progress` again: the requester contests the resolution, by e-mail or portal."""

    resolution: int
    via: Channel
    reason: PersonalText = ""
    attachments: tuple[Attachment, ...] = ()


class ReopeningDismissed(OfTicket, owner="lifecycle"):
    """Status `resolved` again: the message that contested the resolution only said thanks.

    The resolution of `resolved_at` stands, and with it the days after which it closes.
    """

    resolution: int
    resolved_at: Instant
    reason: Text = ""


class TicketClosed(OfTicket, owner="lifecycle"):
    """Status `closed`, for good; a later reply opens a new linked ticket.

    `at` is when it took effect, which for clocks is their due instant.
    """

    reason: CloseReason
    previous: Status
    text: Text = ""


class ClosureUndone(OfTicket, owner="lifecycle"):
    """Status `in_progress` again: a message received at or before the instant at which a clock closed the ticket.

    `at` is when that message was received. Source: domain page, Clocks, rule 9.
    """

    closed_at: Instant
    reason: CloseReason
    previous: Status


class ResolutionRated(OfTicket, owner="lifecycle"):
    """1 (worst) to 5 (best) and a comment, one a resolution; a correction replaces the one before."""

    resolution: int
    score: Annotated[int, Field(ge=1, le=5)]
    comment: PersonalText = ""
    corrected: bool = False
