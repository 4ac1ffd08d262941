"""Waiting: for the customer, for a third party, and going on."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from contracts.envelope import Attachment, Name, Text
from contracts.lifecycle.statuses import OfTicket
from contracts.words import Status


class CustomerAwaited(OfTicket, owner="lifecycle"):
    """Status `waiting_customer`: the desk cannot go on without what `text` asks for.

    The question is a public occurrence of a person, so it can be the `first` answer. `waiting` counts
    the waits of this ticket from 1.
    """

    text: Text
    attachments: tuple[Attachment, ...] = ()
    waiting: Annotated[int, Field(ge=1)]
    first: bool
    occurrence: int = 0


class TicketHeld(OfTicket, owner="lifecycle"):
    """Status `on_hold`: a third party has to act first; `expected_on` is the local date it promised.

    The requester is told; a change of status, never an answer.
    """

    third_party: Name
    expected_on: date
    text: Text = ""
    previous: Status


class TicketResumed(OfTicket, owner="lifecycle"):
    """Status `in_progress` again after waiting; `because` of a reply or of the analyst."""

    previous: Status
    because: Literal["requester_replied", "analyst"]
