"""What a decision about a ticket needs to know, and how each event changes it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from contracts import lifecycle as l
from contracts.envelope import EVENTS, Event
from contracts.intake import Terms
from contracts.words import Classification, CloseReason, Criticality, Level, Priority, Severity, Status
from services.lifecycle.project import NO_PROJECT, Project, project_after

NEVER = datetime.min.replace(tzinfo=UTC)
"""When a ticket that is not there was opened."""
ASKED_MAX = 50
"""Messages in a row that nobody answers. Source: our choice, more than anyone writes in the minutes a mailbox takes."""


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
    heard_at: datetime | None = None
    """When the customer last wrote, by a message that is known to be theirs."""
    asked: tuple[datetime, ...] = ()
    """When they wrote what the desk has not answered since: the last `ASKED_MAX` such messages."""
    unanswered: tuple[datetime, ...] = ()
    """The attempts at contact without an answer in a row since the customer last wrote, or the ticket was resolved."""
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


def evolve(ticket: Ticket, event: Event) -> Ticket:
    """The ticket after an event."""
    after = _AFTER.get(type(event))
    return after(ticket, event) if after is not None else ticket


def _queued(_: Ticket, event: l.TicketQueued) -> Ticket:
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


def _assigned(ticket: Ticket, event: l.TicketAssigned) -> Ticket:
    return ticket._replace(analyst=event.analyst, status=event.status)


def _returned(ticket: Ticket, _: l.TicketReturned) -> Ticket:
    return ticket._replace(analyst=None)


def _reclassified(ticket: Ticket, event: l.TicketReclassified) -> Ticket:
    changed = {change.field: change.new for change in event.changes}
    return ticket._replace(**changed, by_hand=event.by_hand)  # type: ignore[arg-type]


def _said(
    ticket: Ticket,
    event: l.AnswerPublished | l.NoteAdded | l.CustomerAwaited | l.TicketResolved,
    *,
    public: bool = True,
) -> tuple[Said, ...]:
    # Events from before occurrences were counted bear 0; they count as they come.
    return (*ticket.said, Said(event.by.key, public))


def _answered(ticket: Ticket, event: l.AnswerPublished) -> Ticket:
    contested = ticket.contested and event.asked_again_at is not None
    return ticket._replace(
        said=_said(ticket, event), answered=True, contested=contested, asked=_asked_after(event.at, ticket)
    )


def _asked_after(at: datetime, ticket: Ticket) -> tuple[datetime, ...]:
    """What is not answered yet by an answer of that instant."""
    return tuple(asked_at for asked_at in ticket.asked if asked_at > at)


def _asked(ticket: Ticket, at: datetime) -> tuple[datetime, ...]:
    return (*ticket.asked, at)[-ASKED_MAX:]


def _noted(ticket: Ticket, event: l.NoteAdded) -> Ticket:
    return ticket._replace(said=_said(ticket, event, public=False))


def _replied(ticket: Ticket, event: l.ReplyAdded) -> Ticket:
    if not event.verified:
        return ticket
    heard_at = max(event.at, ticket.heard_at or event.at)
    return ticket._replace(unanswered=(), heard_at=heard_at, asked=_asked(ticket, event.at))


def _attempted(ticket: Ticket, event: l.ContactAttempted) -> Ticket:
    spoken = event.outcome == "reached" and event.channel == "phone"
    return ticket._replace(
        attempted_at=event.at,
        unanswered=(*ticket.unanswered, event.at) if event.attempt else (),
        answered=ticket.answered or event.first,
        asked=_asked_after(event.at, ticket) if spoken else ticket.asked,
    )


def _awaited(ticket: Ticket, event: l.CustomerAwaited) -> Ticket:
    return ticket._replace(
        status="waiting_customer",
        said=_said(ticket, event),
        waiting=event.waiting,
        answered=True,
        contested=False,
        asked=(),
    )


def _held(ticket: Ticket, _: l.TicketHeld) -> Ticket:
    return ticket._replace(status="on_hold")


def _resumed(ticket: Ticket, _: l.TicketResumed) -> Ticket:
    return ticket._replace(status="in_progress")


def _resolved(ticket: Ticket, event: l.TicketResolved) -> Ticket:
    return ticket._replace(
        status="resolved",
        said=_said(ticket, event),
        resolution=event.resolution,
        resolved_at=event.at,
        answered=True,
        contested=False,
        unanswered=(),
        asked=(),
    )


def _reopened(ticket: Ticket, event: l.TicketReopened) -> Ticket:
    if event.by.role != "requester":
        return ticket._replace(status="in_progress", contested=False)
    return ticket._replace(
        status="in_progress",
        contested=True,
        unanswered=(),
        heard_at=event.at,
        asked=_asked(ticket, event.at),
    )


def _dismissed(ticket: Ticket, _: l.ReopeningDismissed) -> Ticket:
    return ticket._replace(status="resolved", contested=False, unanswered=(), asked=())


def _rated(ticket: Ticket, event: l.ResolutionRated) -> Ticket:
    return ticket._replace(score=(event.resolution, event.score, event.comment))


def _closed(ticket: Ticket, event: l.TicketClosed) -> Ticket:
    return ticket._replace(
        status="closed",
        closed_at=event.at,
        closed_because=event.reason,
        closed_by_clock=event.by.role == "system" and not event.imported,
        closed_from=event.previous,
    )


def _undone(ticket: Ticket, _: l.ClosureUndone) -> Ticket:
    return ticket._replace(
        status="in_progress", closed_at=None, closed_because=None, closed_by_clock=False, closed_from=None
    )


def _split(ticket: Ticket, _: l.TicketSplit) -> Ticket:
    return ticket._replace(splits=ticket.splits + 1)


def _merged(ticket: Ticket, event: l.TicketMerged) -> Ticket:
    return ticket._replace(merged_into=event.into, merged_number=event.into_number)


def _linked(ticket: Ticket, event: l.TicketLinked) -> Ticket:
    return ticket._replace(links=(*ticket.links, (event.other, event.other_number, event.link)))


def _unlinked(ticket: Ticket, event: l.TicketUnlinked) -> Ticket:
    return ticket._replace(links=tuple(link for link in ticket.links if link[0] != event.other))


def _of_project(ticket: Ticket, event: Event) -> Ticket:
    return ticket._replace(project=project_after(ticket.project, event))


def _asked_for(ticket: Ticket, event: l.ApprovalRequested) -> Ticket:
    return ticket._replace(status="awaiting_approval", project=project_after(ticket.project, event))


def _decided(ticket: Ticket, event: l.ProjectApproved | l.ProjectSentBack) -> Ticket:
    return ticket._replace(status="in_progress", project=project_after(ticket.project, event))


_AFTER: dict[type[Event], Callable[[Ticket, Any], Ticket]] = {
    l.TicketQueued: _queued,
    l.TicketAssigned: _assigned,
    l.TicketReturned: _returned,
    l.TicketReclassified: _reclassified,
    l.AnswerPublished: _answered,
    l.NoteAdded: _noted,
    l.ReplyAdded: _replied,
    l.ContactAttempted: _attempted,
    l.CustomerAwaited: _awaited,
    l.TicketHeld: _held,
    l.TicketResumed: _resumed,
    l.TicketResolved: _resolved,
    l.TicketReopened: _reopened,
    l.ReopeningDismissed: _dismissed,
    l.ResolutionRated: _rated,
    l.TicketClosed: _closed,
    l.ClosureUndone: _undone,
    l.TicketSplit: _split,
    l.TicketMerged: _merged,
    l.TicketLinked: _linked,
    l.TicketUnlinked: _unlinked,
    l.ProjectPlanned: _of_project,
    l.ActivityMarked: _of_project,
    l.ApprovalRequested: _asked_for,
    l.ProjectApproved: _decided,
    l.ProjectSentBack: _decided,
}
"""How each event changes a ticket. By type, since a replay asks for every entry of a journal."""

SILENT = frozenset(
    topic for topic, form in EVENTS.items() if form.owner == "lifecycle" and form not in _AFTER
)
"""The events that no rule looks back at."""
