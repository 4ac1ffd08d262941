"""What a decision about a ticket needs to know, and how each event changes it."""

from datetime import UTC, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from contracts import lifecycle as l
from contracts.envelope import Event
from contracts.intake import Terms
from contracts.words import Classification, CloseReason, Criticality, Level, Priority, Severity, Status
from services.lifecycle.project import NO_PROJECT, Project, project_after

NEVER = datetime.min.replace(tzinfo=UTC)
"""When a ticket that is not there was opened."""


class Said(NamedTuple):
    """What the desk wrote, as far as editing it goes: by whom, and whether requesters see it."""

    author: str
    public: bool


class Ticket(NamedTuple):
    """A ticket as far as its rules look; counts are of what happened so far.

    A named tuple, since replaying a history copies it at every event (measured: a third of the time of
    `dataclasses.replace`).
    """

    status: Status | Literal["absent"] = "absent"
    number: str = ""
    opened_at: datetime = NEVER
    channel: str = ""
    customer: str = ""
    requester: str = ""
    application: str = ""
    area: str = ""
    terms: Terms | None = None
    analyst: str | None = None
    kind: str | None = None
    classification: Classification = "question"
    level: Level = "N1"
    priority: Priority = "normal"
    criticality: Criticality | None = None
    severity: Severity | None = None
    by_hand: bool = False
    """Whether a person set the priority, so that it no longer follows from the matrix."""
    answered: bool = False
    said: tuple[Said, ...] = ()
    """What the desk wrote, by occurrence from 1."""
    resolution: int = 0
    resolved_at: datetime | None = None
    waiting: int = 0
    contested: bool = False
    """Reopened by the customer, and nothing was said by the desk since: the reopening may be dismissed."""
    score: tuple[int, int, str] | None = None
    """The rated resolution, its score and comment."""
    attempted_at: datetime | None = None
    """The last attempt at contact, whatever came of it."""
    unanswered: tuple[datetime, ...] = ()
    """The attempts at contact without an answer in a row since the customer last wrote."""
    splits: int = 0
    merged_into: UUID | None = None
    merged_number: str = ""
    links: tuple[tuple[UUID, str, l.Link], ...] = ()
    """The other ticket, its number, and what this one has to do with it."""
    project: Project = NO_PROJECT
    closed_at: datetime | None = None
    closed_because: CloseReason | None = None
    closed_by_clock: bool = False
    closed_from: Status | None = None

    @property
    def pinned(self) -> Terms:
        """The versions that its answer is measured by. Raises LookupError for a ticket that is not there."""
        if self.terms is None:
            raise LookupError("a ticket that is not there pins no terms")
        return self.terms


SILENT = frozenset(
    event.topic
    for event in (
        l.AutomaticReplyAdded,
        l.BounceAdded,
        l.LateReplyReceived,
        l.TicketAbsorbed,
        l.ImportFinished,
        l.OccurrenceEdited,
    )
)
"""Occurrences that no rule looks back at."""


def evolve(ticket: Ticket, event: Event) -> Ticket:
    """The ticket after an event."""
    match event:
        case l.TicketQueued():
            return _queued(event)
        case l.TicketAssigned():
            return ticket._replace(analyst=event.analyst, status=event.status)
        case l.TicketReturned():
            return ticket._replace(analyst=None)
        case l.TicketReclassified():
            changed = {change.field: change.new for change in event.changes}
            return ticket._replace(**changed, by_hand=event.by_hand)  # type: ignore[arg-type]
        case l.AnswerPublished():
            return _spoken(ticket, event, public=True)._replace(answered=True, contested=False)
        case l.NoteAdded():
            return _spoken(ticket, event, public=False)
        case l.ReplyAdded():
            return ticket._replace(unanswered=()) if event.verified and ticket.unanswered else ticket
        case l.ContactAttempted():
            return _attempted(ticket, event)
        case l.TicketSplit():
            return ticket._replace(splits=ticket.splits + 1)
        case l.TicketMerged():
            return ticket._replace(merged_into=event.into, merged_number=event.into_number)
        case l.TicketLinked():
            return ticket._replace(links=(*ticket.links, (event.other, event.other_number, event.link)))
        case l.TicketUnlinked():
            kept = tuple(link for link in ticket.links if link[0] != event.other)
            return ticket._replace(links=kept)
        case (
            l.ProjectPlanned()
            | l.ApprovalRequested()
            | l.ProjectApproved()
            | l.ProjectSentBack()
            | l.ProjectRejected()
            | l.ActivityMarked()
        ):
            return _of_project(ticket, event)
    return _of_status(ticket, event)


def _queued(event: l.TicketQueued) -> Ticket:
    return Ticket(
        status="open",
        number=event.number,
        opened_at=event.opened_at,
        channel=event.channel,
        customer=event.customer,
        requester=event.requester,
        application=event.application,
        area=event.area,
        terms=event.terms,
        kind=event.kind,
        classification=event.classification,
        level=event.level,
        priority=event.priority,
        criticality=event.criticality,
        severity=event.severity,
    )


def _of_status(ticket: Ticket, event: Event) -> Ticket:
    match event:
        case l.CustomerAwaited():
            spoken = _spoken(ticket, event, public=True)
            return spoken._replace(
                status="waiting_customer", waiting=event.waiting, answered=True, contested=False
            )
        case l.TicketHeld():
            return ticket._replace(status="on_hold")
        case l.TicketResumed():
            return ticket._replace(status="in_progress")
        case l.TicketResolved():
            return _spoken(ticket, event, public=True)._replace(
                status="resolved",
                resolution=event.resolution,
                resolved_at=event.at,
                answered=True,
                contested=False,
            )
        case l.TicketReopened():
            contested = event.by.role == "requester"
            unanswered = () if contested else ticket.unanswered
            return ticket._replace(status="in_progress", contested=contested, unanswered=unanswered)
        case l.ReopeningDismissed():
            return ticket._replace(status="resolved", contested=False)
        case l.TicketClosed():
            return ticket._replace(
                status="closed",
                closed_at=event.at,
                closed_because=event.reason,
                closed_by_clock=event.by.role == "system" and not event.imported,
                closed_from=event.previous,
            )
        case l.ClosureUndone():
            return ticket._replace(
                status="in_progress",
                closed_at=None,
                closed_because=None,
                closed_by_clock=False,
                closed_from=None,
            )
        case l.ResolutionRated():
            return ticket._replace(score=(event.resolution, event.score, event.comment))
    return ticket


def _attempted(ticket: Ticket, event: l.ContactAttempted) -> Ticket:
    return ticket._replace(
        attempted_at=event.at,
        unanswered=(*ticket.unanswered, event.at) if event.attempt else (),
        answered=ticket.answered or event.first,
    )


def _of_project(ticket: Ticket, event: Event) -> Ticket:
    project = project_after(ticket.project, event)
    match event:
        case l.ApprovalRequested():
            return ticket._replace(project=project, status="awaiting_approval")
        case l.ProjectApproved() | l.ProjectSentBack():
            return ticket._replace(project=project, status="in_progress")
    return ticket._replace(project=project)


def _spoken(
    ticket: Ticket,
    event: l.AnswerPublished | l.NoteAdded | l.CustomerAwaited | l.TicketResolved,
    *,
    public: bool,
) -> Ticket:
    # Events from before occurrences were counted bear 0; they count as they come.
    return ticket._replace(said=(*ticket.said, Said(event.by.key, public)))
