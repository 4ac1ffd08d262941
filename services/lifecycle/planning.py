"""A project's plan, the decision on it, and its progress. Pure.

Work does not begin before a manager of the desk, or an approver of the customer's contract, has approved the
plan; whoever asked may not decide. Source: domain page, Working a ticket, Project.
"""

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Contract
from contracts.envelope import Event
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.assigning import begun, taken_by_author, works_here
from services.lifecycle.ending import closed
from services.lifecycle.facts import Facts
from services.lifecycle.ticket import Ticket


def plan(asked: c.PlanProject, ticket: Ticket, context: Context) -> list[Event]:
    """A plan, or a changed one: one that was approved before, or is being decided on, has to be approved again.

    While the ticket waits for somebody else that has to be asked for by command, once it goes on.
    """
    _must_be_a_project(ticket)
    access.must_not_be_resolved(ticket)
    for activity in asked.plan.activities:
        works_here(activity.owner, context.facts)
    project = ticket.project
    if asked.plan == project.plan:
        return []
    taken = taken_by_author(asked.ticket_id, ticket, context)
    planned = l.ProjectPlanned(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        plan=asked.plan,
        revision=project.revision + 1,
    )
    events: list[Event] = [*taken, planned]
    status = begun(ticket) if taken else ticket.status
    if status == "awaiting_approval" or (project.approved and status in ("open", "in_progress")):
        events.append(_requested(asked.ticket_id, project.revision + 1, status, "", context))
    return events


def request_approval(asked: c.RequestApproval, ticket: Ticket, context: Context) -> list[Event]:
    """Ask for the decision on the newest plan."""
    _must_be_a_project(ticket)
    project = ticket.project
    if project.plan is None:
        raise Refused("no_plan", number=ticket.number)
    if ticket.status == "awaiting_approval":
        return []
    if project.may_be_worked:
        raise Refused("already_approved", number=ticket.number)
    access.must_lead_to("awaiting_approval", ticket)
    taken = taken_by_author(asked.ticket_id, ticket, context)
    status = begun(ticket) if taken else ticket.status
    return [*taken, _requested(asked.ticket_id, project.revision, status, asked.text, context)]


def approve(asked: c.ApproveProject, ticket: Ticket, context: Context) -> list[Event]:
    """Let the work begin."""
    if ticket.project.approved == asked.revision == ticket.project.revision:
        return []
    _must_decide(asked.revision, ticket, context)
    return [
        l.ProjectApproved(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            revision=asked.revision,
            text=asked.text,
        )
    ]


def send_back(asked: c.SendBackProject, ticket: Ticket, context: Context) -> list[Event]:
    """Have the plan changed first."""
    _must_decide(asked.revision, ticket, context)
    return [
        l.ProjectSentBack(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            revision=asked.revision,
            reason=asked.reason,
        )
    ]


def reject(asked: c.RejectProject, ticket: Ticket, context: Context) -> list[Event]:
    """The project is not done: its ticket closes."""
    _must_decide(asked.revision, ticket, context)
    rejected = l.ProjectRejected(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        revision=asked.revision,
        reason=asked.reason,
    )
    return [rejected, closed(asked.ticket_id, "rejected", asked.reason, ticket, context)]


def mark(asked: c.MarkActivity, ticket: Ticket, context: Context) -> list[Event]:
    """An activity of the approved plan is done, or is not after all."""
    _must_be_a_project(ticket)
    access.must_not_be_resolved(ticket)
    project = ticket.project
    titles = {each.id: each.title for each in project.plan.activities} if project.plan else {}
    if asked.activity not in titles:
        raise Refused("no_such_activity", number=ticket.number, activity=asked.activity)
    if not project.may_be_worked:
        raise Refused("project_not_approved", number=ticket.number)
    if (asked.activity in project.done) == asked.done:
        return []
    return [
        l.ActivityMarked(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            activity=asked.activity,
            title=titles[asked.activity],
            done=asked.done,
        )
    ]


def _must_be_a_project(ticket: Ticket) -> None:
    access.must_be_open(ticket)
    if ticket.classification != "project":
        raise Refused("not_a_project", number=ticket.number, classification=ticket.classification)


def _must_decide(revision: int, ticket: Ticket, context: Context) -> None:
    """Refuse whoever asked, contacts that the contract does not name, and plans that are not the newest.

    Only the desk asks: a contact's key that reads as the asker's is somebody else's.
    """
    access.must_be_open(ticket)
    if ticket.status != "awaiting_approval":
        raise Refused("not_awaiting_approval", number=ticket.number, status=ticket.status)
    if revision != ticket.project.revision:
        raise Refused("plan_moved", number=ticket.number, revision=ticket.project.revision)
    if context.by.role == "requester":
        if context.by.key not in _approvers(ticket, context.facts):
            raise Refused("not_an_approver", number=ticket.number)
    elif context.by.key == ticket.project.asked_by:
        raise Refused("own_request", number=ticket.number)


def _approvers(ticket: Ticket, facts: Facts) -> tuple[str, ...]:
    """As the contract names them now: who may decide is a matter of today, not of the opening."""
    contract = facts.directory.known(Contract, ticket.pinned.contract)
    return contract.approvers if contract else ()


def _requested(
    ticket_id: object, revision: int, status: object, text: str, context: Context
) -> l.ApprovalRequested:
    return l.ApprovalRequested.model_validate(
        {
            "ticket_id": ticket_id,
            "at": context.now,
            "by": context.by,
            "revision": revision,
            "previous": status,
            "text": text,
        }
    )
