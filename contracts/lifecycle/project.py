"""A project's plan and its approval.

Source: domain page, Working a ticket, Project.
"""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.envelope import Frozen, Key, Name, Text
from contracts.lifecycle.statuses import OfTicket
from contracts.words import Status

ACTIVITIES_MAX = 200
"""Activities of one plan. Source: judgement: what is larger is several projects."""
_Title = Annotated[str, Field(min_length=1, max_length=200)]


class Activity(Frozen):
    """A piece of work with an owner; `id` names it within its project, whatever its plan becomes."""

    id: Annotated[int, Field(ge=1)]
    title: _Title
    owner: Key
    starts_on: date
    ends_on: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError("an activity ends before it starts")
        return self


class Resource(Frozen):
    """What the project needs: people, machines, licences."""

    name: _Title
    detail: Name = ""


class Stakeholder(Frozen):
    """Who has a stake in the project, and which."""

    name: _Title
    role: Name = ""


class Milestone(Frozen):
    """A date of the schedule by which something stands."""

    title: _Title
    on: date


class Plan(Frozen):
    """What is to be done, by whom, with what, until when."""

    objective: Annotated[Text, Field(min_length=1)]
    activities: Annotated[tuple[Activity, ...], Field(min_length=1, max_length=ACTIVITIES_MAX)]
    resources: Annotated[tuple[Resource, ...], Field(max_length=100)] = ()
    stakeholders: Annotated[tuple[Stakeholder, ...], Field(max_length=100)] = ()
    milestones: Annotated[tuple[Milestone, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if len({activity.id for activity in self.activities}) < len(self.activities):
            raise ValueError("two activities of a plan bear one id")
        return self


class ProjectPlanned(OfTicket, owner="lifecycle"):
    """The project's plan, whole; `revision` counts its plans from 1, and only an approved one is worked on."""

    plan: Plan
    revision: Annotated[int, Field(ge=1)]


class ApprovalRequested(OfTicket, owner="lifecycle"):
    """Status `awaiting_approval`: a manager, or an approver of the customer's contract, decides on the plan."""

    revision: int
    previous: Status
    text: Text = ""


class ProjectApproved(OfTicket, owner="lifecycle"):
    """Status `in_progress`: the plan of that revision may be worked on."""

    revision: int
    text: Text = ""


class ProjectSentBack(OfTicket, owner="lifecycle"):
    """Status `in_progress`: the plan of that revision is to be changed and asked for again."""

    revision: int
    reason: Text


class ProjectRejected(OfTicket, owner="lifecycle"):
    """The project will not be done; `TicketClosed` with reason `rejected` follows."""

    revision: int
    reason: Text


class ActivityMarked(OfTicket, owner="lifecycle"):
    """An activity of the approved plan is done, or is not after all."""

    activity: int
    title: Name
    done: bool
