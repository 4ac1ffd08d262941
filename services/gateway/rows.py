"""One ticket as the pages show it, and how each event of lifecycle changes it. Pure.

The views fold with these; the auditor's page folds a history up to an instant with the same.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, get_args
from uuid import UUID

from contracts import lifecycle as l
from contracts.envelope import Event

URGENCY: dict[str, int] = {"urgent": 0, "high": 1, "normal": 2, "low": 3}
"""Place of each priority in the queue. Source: domain page, Words."""


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A row of `views.tickets`, column by column.

    `third_party` and `expected_on` while it is on hold; `attempts` at contact without an answer in a row;
    `contested` while a reopening may be dismissed; `revision` and `approved` of a project's plan, 0 for
    none, `asked_by` whoever asked for approval last, and its activities by id.
    """

    ticket_id: UUID
    number: str
    status: str
    area: str
    analyst: str | None
    customer: str
    requester: str
    application: str
    classification: str
    kind: str | None
    level: str
    priority: str
    urgency: int
    by_hand: bool
    criticality: str | None
    severity: str | None
    channel: str
    subject: str
    opened_at: datetime
    answered_at: datetime | None
    resolution: int
    score: int | None
    closed_because: str | None
    linked_to: UUID | None
    relation: str | None
    merged_into: UUID | None
    third_party: str | None
    expected_on: date | None
    attempts: int
    contested: bool
    revision: int
    approved: int
    asked_by: str | None
    activities_open: list[int]
    activities_done: list[int]
    imported: bool
    reference: str
    contract: str
    calendar: str
    calendar_version: int
    active_at: datetime

    @property
    def may_be_worked(self) -> bool:
        """Whether the project's newest plan was approved."""
        return self.revision > 0 and self.approved == self.revision


def queued(event: l.TicketQueued) -> TicketRow:
    """A ticket that has just come into its queue."""
    same = (
        "ticket_id", "number", "area", "customer", "requester", "application", "classification", "kind",
        "level", "priority", "criticality", "severity", "channel", "subject", "opened_at", "linked_to",
        "relation", "imported", "reference",
    )  # fmt: skip
    taken: dict[str, Any] = {name: getattr(event, name) for name in same}
    return TicketRow(
        **taken,
        status="open",
        analyst=None,
        urgency=URGENCY[event.priority],
        by_hand=False,
        answered_at=None,
        resolution=0,
        score=None,
        closed_because=None,
        merged_into=None,
        third_party=None,
        expected_on=None,
        attempts=0,
        contested=False,
        revision=0,
        approved=0,
        asked_by=None,
        activities_open=[],
        activities_done=[],
        contract=event.terms.contract,
        calendar=event.terms.calendar,
        calendar_version=event.terms.calendar_version,
        active_at=event.opened_at,
    )


def ticket_after(row: TicketRow | None, event: Event) -> TicketRow | None:
    """The ticket after an event of lifecycle; None while it is not in any queue."""
    if isinstance(event, l.TicketQueued):
        return queued(event)
    if row is None or not isinstance(event, l.OfTicket):
        return row
    changes = _changes(row, event)
    active_at = row.active_at if isinstance(event, l.ImportFinished) else max(row.active_at, event.at)
    # One copy: replaying a million events, a second one costs more than the rest of the fold.
    return replace(row, **changes, active_at=active_at)


def _changes(row: TicketRow, event: l.OfTicket) -> dict[str, Any]:
    """What the event changes besides the instant of the last activity; each in one of these groups."""
    match event:
        case l.TicketAssigned():
            return {"analyst": event.analyst, "status": event.status}
        case l.TicketReturned():
            return {"analyst": None}
        case l.TicketReclassified():
            return _reclassified(event)
        case l.ResolutionRated():
            return {"score": event.score}
        case l.TicketMerged():
            return {"merged_into": event.into}
    if isinstance(event, _SAYING):
        return _said(row, event)
    return _of_project(row, event) if isinstance(event, _PROJECT) else _of_status(event)


def _reclassified(event: l.TicketReclassified) -> dict[str, Any]:
    changes: dict[str, Any] = {change.field: change.new for change in event.changes}
    if "priority" in changes:
        changes["urgency"] = URGENCY[changes["priority"]]
    return {**changes, "by_hand": event.by_hand}


_Saying = l.AnswerPublished | l.CustomerAwaited | l.TicketResolved | l.ReplyAdded | l.ContactAttempted
_SAYING = get_args(_Saying)


def _said(row: TicketRow, event: _Saying) -> dict[str, Any]:
    answered: dict[str, Any] = {"answered_at": row.answered_at or event.at, "contested": False}
    match event:
        case l.AnswerPublished():
            return answered
        case l.CustomerAwaited():
            return {**answered, "status": "waiting_customer"}
        case l.TicketResolved():
            return {**answered, "status": "resolved", "resolution": event.resolution, "score": None, **_ON}
        case l.ContactAttempted():
            first = {"answered_at": row.answered_at or event.at} if event.first else {}
            return {**first, "attempts": event.attempt}
        case l.ReplyAdded():
            return {"attempts": 0} if event.verified else {}


_ON: dict[str, Any] = {"third_party": None, "expected_on": None}
"""No longer on hold."""


def _of_status(event: l.OfTicket) -> dict[str, Any]:
    match event:
        case l.TicketHeld():
            return {"status": "on_hold", "third_party": event.third_party, "expected_on": event.expected_on}
        case l.TicketResumed():
            return {"status": "in_progress", **_ON}
        case l.TicketReopened():
            contested = event.by.role == "requester"
            return {"status": "in_progress", "contested": contested, **({"attempts": 0} if contested else {})}
        case l.ReopeningDismissed():
            return {"status": "resolved", "contested": False}
        case l.TicketClosed():
            return {"status": "closed", "closed_because": event.reason, **_ON}
        case l.ClosureUndone():
            return {"status": "in_progress", "closed_because": None}
    return {}


_Project = (
    l.ProjectPlanned
    | l.ApprovalRequested
    | l.ProjectApproved
    | l.ProjectSentBack
    | l.ProjectRejected
    | l.ActivityMarked
)
_PROJECT = get_args(_Project)


def _of_project(row: TicketRow, event: _Project) -> dict[str, Any]:
    match event:
        case l.ProjectPlanned():
            ids = [activity.id for activity in event.plan.activities]
            done = [each for each in ids if each in row.activities_done]
            still_open = [each for each in ids if each not in done]
            return {"revision": event.revision, "activities_open": still_open, "activities_done": done}
        case l.ApprovalRequested():
            return {"status": "awaiting_approval", "asked_by": event.by.key}
        case l.ProjectApproved():
            return {"status": "in_progress", "approved": event.revision}
        case l.ProjectSentBack():
            return {"status": "in_progress"}
        case l.ActivityMarked(done=True):
            return {
                "activities_open": [each for each in row.activities_open if each != event.activity],
                "activities_done": sorted({*row.activities_done, event.activity}),
            }
        case l.ActivityMarked():
            return {
                "activities_open": sorted({*row.activities_open, event.activity}),
                "activities_done": [each for each in row.activities_done if each != event.activity],
            }
    return {}
