"""What a page offers on a ticket: whatever the policy permits this person and the ticket's rules do not forbid. Pure.

The services decide; this only spares people what they would be refused. Which role may ask for what is in
contracts/policy.py, where a ticket may go in `contracts.lifecycle.TRANSITIONS`.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from contracts import commands as c
from contracts.envelope import Command
from contracts.lifecycle import TRANSITIONS, CloseReason, Status
from contracts.policy import scope
from services.gateway.roles import Person, may_see
from services.gateway.situation import Situation

Action = Literal[
    "take", "answer", "note", "await", "resolve", "reply", "reopen",
    "acknowledge", "resume", "hold", "contact", "assign", "return", "reclassify", "split", "merge", "link", "unlink", "edit",
    "plan", "request_approval", "approve", "send_back", "reject", "mark", "dismiss", "withdraw", "close", "follow",
]  # fmt: skip
"""What a person may do on a ticket's page, in the order in which the page offers it."""

Holds = Callable[[Situation, Person], bool]
"""Whether the ticket, as it stands, allows it to this person."""


def _to(status: Status) -> Holds:
    return lambda now, _: status in TRANSITIONS[_status(now)]


def _not(*statuses: Status) -> Holds:
    return lambda now, _: now.ticket.status not in statuses


def _only(*statuses: Status) -> Holds:
    return lambda now, _: now.ticket.status in statuses


def _all(*rules: Holds) -> Holds:
    return lambda now, person: all(rule(now, person) for rule in rules)


def _of_staff(_: Situation, person: Person) -> bool:
    return person.is_staff


def _of_requester(_: Situation, person: Person) -> bool:
    return not person.is_staff


def _project(now: Situation, _: Person) -> bool:
    return now.ticket.classification == "project"


def _not_theirs_yet(now: Situation, person: Person) -> bool:
    return now.ticket.analyst != person.key or now.ticket.status == "open"


def _has_analyst(now: Situation, _: Person) -> bool:
    return now.ticket.analyst is not None


def _contested(now: Situation, _: Person) -> bool:
    return now.ticket.contested


def _alerted(now: Situation, _: Person) -> bool:
    return bool(now.alerts)


def _linked(now: Situation, _: Person) -> bool:
    return bool(now.links)


def _wrote(now: Situation, person: Person) -> bool:
    return any(may_edit(person, each.author) for each in now.said.values())


def _unapproved_plan(now: Situation, _: Person) -> bool:
    return now.plan is not None and not now.ticket.may_be_worked


def _approved_plan(now: Situation, _: Person) -> bool:
    return now.ticket.may_be_worked


def _decides(now: Situation, person: Person) -> bool:
    """Source: domain page, Working a ticket, Project: approver is not the one who asked."""
    if person.key == now.ticket.asked_by:
        return False
    return person.is_staff or person.key in now.approvers


def may_edit(person: Person, author: str) -> bool:
    """Whether this person may edit what that author wrote: their own; a manager, everybody's."""
    return person.is_staff and (author == person.key or person.role == "manager")


_LIVE = _not("resolved", "closed")
_OPEN = _not("closed")
_DECISION = _all(_only("awaiting_approval"), _decides)

OFFERS: Mapping[Action, tuple[type[Command], Holds]] = {
    "take": (c.TakeTicket, _all(_LIVE, _not_theirs_yet)),
    "answer": (c.PublishAnswer, _LIVE),
    "note": (c.AddNote, lambda *_: True),
    "await": (c.AwaitCustomer, _to("waiting_customer")),
    "resolve": (c.ResolveTicket, _to("resolved")),
    "reply": (c.SubmitReply, _LIVE),
    "reopen": (c.ReopenTicket, _only("resolved")),
    "acknowledge": (c.AcknowledgeAlert, _alerted),
    "resume": (c.ResumeTicket, _only("waiting_customer", "on_hold")),
    "hold": (c.HoldTicket, _to("on_hold")),
    "contact": (c.LogContact, _LIVE),
    "assign": (c.AssignTicket, _OPEN),
    "return": (c.ReturnTicket, _all(_LIVE, _has_analyst)),
    "reclassify": (c.ReclassifyTicket, _OPEN),
    "split": (c.SplitTicket, _OPEN),
    "merge": (c.MergeTicket, _to("closed")),
    "link": (c.LinkTickets, lambda *_: True),
    "unlink": (c.UnlinkTickets, _linked),
    "edit": (c.EditOccurrence, _wrote),
    "plan": (c.PlanProject, _all(_project, _LIVE)),
    "request_approval": (
        c.RequestApproval,
        _all(_project, _to("awaiting_approval"), _unapproved_plan),
    ),
    "approve": (c.ApproveProject, _DECISION),
    "send_back": (c.SendBackProject, _DECISION),
    "reject": (c.RejectProject, _DECISION),
    "mark": (c.MarkActivity, _all(_project, _LIVE, _not("awaiting_approval"), _approved_plan)),
    "dismiss": (c.DismissReopening, _all(_only("in_progress"), _contested)),
    "withdraw": (c.CloseTicket, _all(_of_requester, _LIVE)),
    "close": (c.CloseTicket, lambda now, person: bool(close_reasons(now, person))),
    "follow": (c.SubmitTicket, _all(_of_requester, _only("closed"))),
}
"""By action, the command behind it and when the page offers it."""

NOT_ON_TICKET_PAGES: Mapping[type[Command], str] = {
    c.RateResolution: "the page of the rating link, which the requester's ticket page leads to",
}
"""Lifecycle's commands that no action of the ticket's page sends, and where they are."""


def offered(now: Situation, person: Person) -> tuple[Action, ...]:
    """What this person may do on a ticket as it stands, in the order of the page."""
    if not may_see(person, now.ticket):
        return ()
    return tuple(
        action
        for action, (command, holds) in OFFERS.items()
        if scope(person.actor, command) is not None and holds(now, person)
    )


_CLOSING: Mapping[CloseReason, Holds] = {
    "resolved": _only("resolved"),
    "third_party": _all(_of_staff, _only("on_hold")),
    "withdrawn": _all(_of_staff, _OPEN),
    "out_of_contract": _all(_of_staff, _OPEN),
}
"""Reasons that a person may close for. Source: domain page, Resolve, contest, rate, close."""


def close_reasons(now: Situation, person: Person) -> list[CloseReason]:
    """For what this person may close the ticket as it stands. A requester's own withdrawal is an action apart."""
    return [reason for reason, holds in _CLOSING.items() if holds(now, person)]


def _status(now: Situation) -> Status:
    status: Status = now.ticket.status  # type: ignore[assignment] # the views keep what lifecycle said
    return status
