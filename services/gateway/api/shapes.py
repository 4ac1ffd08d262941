"""What the API answers: tickets, with what belongs to one, as plain data. Instants are UTC, names are keys."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel

from contracts.envelope import Actor, Attachment
from contracts.lifecycle import Change, Link, Plan
from services.gateway.clock_rows import ClockRow
from services.gateway.estimates import Estimate
from services.gateway.reading import Listed
from services.gateway.roles import Person
from services.gateway.situation import Situation
from services.gateway.timeline import Moment

INNER = ("kind", "level", "severity", "by_hand", "attempts", "contested", "asked_by", "warned")
"""How the desk organises itself: null for requesters."""
CLOCKS_OF_REQUESTERS = ("first_response", "resolution")
"""The clocks that requesters see, as on their page."""


class TicketView(BaseModel):
    """A ticket as it stands. What only the desk knows is null for requesters."""

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
    level: str | None
    priority: str
    by_hand: bool | None
    criticality: str | None
    severity: str | None
    channel: str
    subject: str
    opened_at: datetime
    answered_at: datetime | None
    active_at: datetime
    resolution: int
    score: int | None
    closed_because: str | None
    linked_to: UUID | None
    relation: str | None
    merged_into: UUID | None
    third_party: str | None
    expected_on: date | None
    attempts: int | None
    contested: bool | None
    imported: bool
    reference: str
    due_at: datetime | None = None
    breached: bool = False
    warned: bool | None = False

    @classmethod
    def of(cls, listed: Listed, person: Person) -> Self:
        """As that person may see it."""
        view = cls.model_validate(listed.ticket, from_attributes=True)
        of_clocks = {"due_at": listed.due_at, "breached": listed.breached, "warned": listed.warned}
        inner = {} if person.reads_all else {name: None for name in INNER if name in cls.model_fields}
        return view.model_copy(update={**of_clocks, **inner})


class TicketList(BaseModel):
    """One page of tickets; `next`, given as `after`, asks for the following one."""

    tickets: list[TicketView]
    next: str
    more: bool


class ProjectView(BaseModel):
    """A project as far as it has come; `approved` is the newest revision of its plan that was approved."""

    plan: Plan
    revision: int
    approved: int
    done: list[int]

    @classmethod
    def of(cls, situation: Situation) -> Self | None:
        """None where there is no plan."""
        if situation.plan is None:
            return None
        row = situation.ticket
        return cls(
            plan=situation.plan, revision=row.revision, approved=row.approved, done=row.activities_done
        )


class LinkView(BaseModel):
    """Another ticket, and what this one has to do with it."""

    ticket_id: UUID
    number: str
    link: Link


class MergedView(BaseModel):
    """A ticket that was merged into this one, or into one that was."""

    ticket_id: UUID
    number: str


class ClockView(BaseModel):
    """A clock in its latest cycle; `due_at` while it runs, `remaining_s` while it is paused.

    `lapsed`: it ran out before its ticket was imported, and is never late.
    """

    clock: str
    cycle: int
    state: str
    target_s: int
    due_at: datetime | None
    remaining_s: int | None
    breached_at: datetime | None
    late: bool
    lapsed: bool
    calendar: str
    calendar_version: int
    sla_policy: str
    sla_policy_version: int

    @classmethod
    def all_of(cls, clocks: Sequence[ClockRow], person: Person) -> list[Self]:
        """Those that the person may see."""
        return [
            cls.model_validate(clock, from_attributes=True)
            for clock in clocks
            if person.reads_all or clock.clock in CLOCKS_OF_REQUESTERS
        ]


class EstimateView(BaseModel):
    """An estimate, never a promise: the place in the queue, and about when the first answer will be given."""

    place: int
    answer_at: datetime | None

    @classmethod
    def of(cls, found: Estimate | None) -> Self | None:
        """None where nothing is estimated."""
        return cls(place=found.place, answer_at=found.answer_at) if found else None


class VersionView(BaseModel):
    """A text as it read before it was edited. `plain`: it is not Markdown."""

    text: str
    plain: bool
    at: datetime
    by: Actor


class MomentView(BaseModel):
    """One occurrence of a ticket; requesters are given the public ones.

    `of` is the number of the merged ticket that it happened on, "" on this one; `earlier` are the texts
    before it was edited. `plain`: the text is not Markdown; `html`: its page shows the mail as it came.
    """

    name: str
    at: datetime
    side: str
    by: Actor
    text: str
    plain: bool
    quoted: str
    of: str
    imported: bool
    earlier: list[VersionView]
    changes: tuple[Change, ...]
    facts: dict[str, Any]
    attachments: tuple[Attachment, ...]
    html: bool

    @classmethod
    def of_moment(cls, moment: Moment) -> Self:
        """The same as data."""
        earlier = [
            VersionView(text=each.text, plain=each.plain, at=each.at, by=each.by) for each in moment.earlier
        ]
        same = {name: getattr(moment, name) for name in cls.model_fields if name not in ("earlier", "html")}
        return cls(**same, earlier=earlier, html=moment.html is not None)


class TicketDetail(TicketView):
    """A ticket with its occurrences, clocks, project, links, and the tickets that were merged into it."""

    clocks: list[ClockView]
    estimate: EstimateView | None
    project: ProjectView | None
    links: list[LinkView]
    absorbed: list[MergedView]
    moments: list[MomentView]


class CannedView(BaseModel):
    """A text to start an answer from, its blanks filled in from the ticket."""

    key: str
    title: str
    text: str
