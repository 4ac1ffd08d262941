"""One inbound message, whatever its channel: what decisions about it need, and how events change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts import intake as i
from contracts.commands import AcceptParked
from contracts.envelope import Actor, Event, Key
from contracts.intake import Delivered
from contracts.lifecycle import Classification
from services.intake.mail.entered import Entered

Disposition = Literal["opened", "appended", "duplicate", "auto_reply", "bounce", "parked", "rejected"]

DETAIL_MAX = 1_000
"""Characters of what is to be known about a message. Source: contracts/intake.py, `detail`."""

Sort = Literal["human", "auto_reply", "bounce"]
"""Who wrote it: a person, a machine that answers, or the post, which `Arrival.bounced` then tells of."""


def submission_stream(origin: str, identity: str) -> UUID:
    """The stream of one message: `origin` is the channel's name or `mail`, `identity` what it calls it."""
    return uuid5(NAMESPACE_URL, f"atendimento:submission:{origin}:{identity}")


def imported_stream(reference: str) -> UUID:
    """The stream, and the ticket, of what the earlier system called `reference`."""
    return uuid5(NAMESPACE_URL, f"atendimento:import:{reference}")


def late_ticket(submission_id: UUID) -> UUID:
    """The id of the ticket that a reply opens when its own ticket was closed already."""
    return uuid5(submission_id, "late")


@dataclass(frozen=True, slots=True)
class Match:
    """The ticket that a message belongs to, as intake knows it, and whether a signature proves it.

    Of a merged ticket, the one that it goes on as. `undone_until` is the instant at which a clock closed
    it: what was received up to then undoes the closure. `application` is unknown of tickets from before it was kept.
    """

    ticket_id: UUID
    number: str
    customer: Key
    closed: bool
    proven: bool
    undone_until: datetime | None = None
    application: Key | None = None

    def had_ended(self, at: datetime) -> bool:
        """Whether what was received then came too late for this ticket. Source: domain page, Clocks, rule 9."""
        return self.closed and (self.undone_until is None or at > self.undone_until)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a mail says if it is the answer of one of `analysts`, whose own notifications about its ticket it answers.

    `delivered` is the mail with only that as its text which stands above the first quote; `written_below` what else they
    wrote, between or below what is quoted.
    """

    analysts: tuple[Key, ...]
    delivered: Delivered
    written_below: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the door, with everything that was looked up for it; the decider does the rest.

    `application` is what it is about; where it says nothing, `rather` is what it is about if a contract covers
    that, else an application of `area`. `asked` says that a person waits for the answer and can be told no; what arrives otherwise is parked.
    `as_duplicate` says that the same message once more is an arrival of its own (mail), not a redelivery;
    `named` that its channel itself names the ticket, where mail only leaves traces; `follows` is the closed
    ticket that a new one takes up again. `invalid` says why it is of no form that could be taken in;
    `parked` that a person must look at it for that reason, whatever it says, and `detail` what is to be
    known about it. `unauthenticated` says why its sender is not believed to be who he says; `answer` is what
    it would be as an analyst's; `entered` is its row in the ledger of mail.
    """

    submission_id: UUID
    delivered: Delivered
    by: Actor
    sort: Sort = "human"
    sort_reason: str = ""
    match: Match | None = None
    follows: Match | None = None
    requester: Key | None = None
    application: Key | None = None
    rather: Key | None = None
    area: Key | None = None
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
    unauthenticated: str = ""
    answer: Answer | None = None
    entered: Entered | None = None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A person takes a message in, on the ticket `match` where they named one."""

    command: AcceptParked
    match: Match | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a message: `event` is the one that said so."""

    disposition: Disposition | Literal["absent"] = "absent"
    event: Event | None = None

    def answer(self, submission_id: str) -> dict[str, Any]:
        """What the channel is told, the same however often it asks; of a late reply what became of it since."""
        event = self.event
        return {
            "submission_id": submission_id,
            "disposition": self.disposition,
            "ticket_id": str(ticket) if (ticket := getattr(event, "ticket_id", None)) else None,
            "number": getattr(event, "number", None),
            "reason": getattr(event, "reason", ""),
            "detail": getattr(event, "detail", ""),
        }


DISPOSITIONS_OF: Mapping[type[Event], Disposition] = {
    i.TicketRegistered: "opened",
    i.ReplyReceived: "appended",
    i.AnalystReplyReceived: "appended",
    i.AutomaticReplyReceived: "auto_reply",
    i.BounceReceived: "bounce",
    i.SubmissionParked: "parked",
    i.SubmissionRejected: "rejected",
}
"""What an event says became of its message; `DuplicateReceived` says `duplicate` of a message that came before."""


def evolve(submission: Submission, event: Event) -> Submission:
    """The submission after an event: the last disposition but `duplicate`, which changes nothing."""
    if isinstance(event, i.TicketImported):
        # The whole history of a ticket would be kept in memory, for nobody.
        return Submission("opened")
    disposition = DISPOSITIONS_OF.get(type(event))
    return submission if disposition is None else Submission(disposition, event)
