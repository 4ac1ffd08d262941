"""A project: its plan, the decision on it, its activities. Pure.

Source: domain page, Working a ticket, Project.
"""

from typing import NamedTuple

from contracts import lifecycle as l
from contracts.envelope import Event
from contracts.lifecycle import Plan


class Project(NamedTuple):
    """What a ticket's project has come to. `revision` counts plans from 1; 0: there is none yet."""

    plan: Plan | None = None
    revision: int = 0
    approved: int = 0
    """The newest plan that was approved; work goes on while it is the newest of all."""
    asked_by: str = ""
    """Who asked for approval last; they may not give it."""
    done: frozenset[int] = frozenset()
    """Activities that are done, by id."""

    @property
    def may_be_worked(self) -> bool:
        """Whether the newest plan was approved."""
        return self.revision > 0 and self.approved == self.revision

    @property
    def open_activities(self) -> int:
        """How many activities of the plan are still to be done."""
        return sum(each.id not in self.done for each in self.plan.activities) if self.plan else 0


NO_PROJECT = Project()


def project_after(project: Project, event: Event) -> Project:
    """The project after one of its events."""
    match event:
        case l.ProjectPlanned():
            kept = project.done & {activity.id for activity in event.plan.activities}
            return project._replace(plan=event.plan, revision=event.revision, done=kept)
        case l.ApprovalRequested():
            return project._replace(asked_by=event.by.key)
        case l.ProjectApproved():
            return project._replace(approved=event.revision)
        case l.ActivityMarked():
            done = project.done | {event.activity} if event.done else project.done - {event.activity}
            return project._replace(done=done)
    return project
