"""One inbound message, whatever its channel: what decisions about it need, and how events change it."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts import intake as i
from contracts.envelope import Actor, Event, Key
from contracts.intake import Delivered
from contracts.lifecycle import Classification

Disposition = Literal["opened", "appended", "duplicate", "auto_reply", "bounce", "parked", "rejected"]

DETAIL_MAX = 1_000
"""Characters of what is to be known about a message. Source: contracts/intake.py, `detail`."""

Sort = Literal["human", "auto_reply", "bounce"]
"""Who wrote it: a person, a machine that answers, or the post, which `Arrival.bounced` then tells of."""


def submission_stream(origin: str, identity: str) -> UUID:
    """The stream of one message: `origin` is the channel's name or `mail`, `identity` what it calls it."""
    return uuid5(NAMESPACE_URL, f"atendimento:submission:{origin}:{identity}")


def late_ticket(submission_id: UUID) -> UUID:
    """The id of the ticket that a reply opens when its own ticket was closed already."""
    return uuid5(submission_id, "late")


@dataclass(frozen=True, slots=True)
class Match:
    """The ticket that a message belongs to, as intake knows it, and whether a signature proves it."""

    ticket_id: UUID
    customer: Key
    closed: bool
    proven: bool


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the door, with everything that was looked up for it; the decider does the rest.

    `asked` says that a person waits for the answer and can be told no; what arrives otherwise is parked.
    `as_duplicate` says that the same message once more is an arrival of its own (mail), not a redelivery;
    `named` that its channel itself names the ticket, where mail only leaves traces. `invalid` says why it
    is of no form that could be taken in; `parked` that a person must look at it for that reason, whatever
    it says, and `detail` what is to be known about it.
    """

    submission_id: UUID
    delivered: Delivered
    by: Actor
    sort: Sort = "human"
    sort_reason: str = ""
    match: Match | None = None
    requester: Key | None = None
    application: Key | None = None
    classification: Classification = "question"
    analyst: Key | None = None
    asked: bool = False
    as_duplicate: bool = False
    desk_own: bool = False
    named: bool = False
    invalid: str = ""
    parked: i.ParkReason | None = None
    detail: str = ""
    bounced: i.BounceReceived | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a message: `event` is the one that said so."""

    disposition: Disposition | Literal["absent"] = "absent"
    event: Event | None = None

    def answer(self, submission_id: str) -> dict[str, Any]:
        """What the channel is told, the same however often it asks."""
        event = self.event
        return {
            "submission_id": submission_id,
            "disposition": self.disposition,
            "ticket_id": str(ticket) if (ticket := getattr(event, "ticket_id", None)) else None,
            "number": getattr(event, "number", None),
            "reason": getattr(event, "reason", ""),
            "detail": getattr(event, "detail", ""),
        }


_DISPOSITION: dict[type[Event], Disposition] = {
    i.TicketRegistered: "opened",
    i.ReplyReceived: "appended",
    i.AutomaticReplyReceived: "auto_reply",
    i.BounceReceived: "bounce",
    i.SubmissionParked: "parked",
    i.SubmissionRejected: "rejected",
}


def evolve(submission: Submission, event: Event) -> Submission:
    """The submission after an event: the last disposition but `duplicate`, which changes nothing."""
    disposition = _DISPOSITION.get(type(event))
    return submission if disposition is None else Submission(disposition, event)
