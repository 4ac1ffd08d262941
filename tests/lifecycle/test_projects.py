"""Projects: plan, decision, changed plans, activities, and that nothing is worked on without approval."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Actor, Command
from journal.errors import Refused
from journal.testing import Spec
from services.lifecycle.facts import Facts
from services.lifecycle.project import NO_PROJECT
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    ANA,
    APPROVED,
    ASK_APPROVAL,
    AWAIT,
    AWAITING_APPROVAL,
    BRUNO,
    CAIO,
    CONTRACT,
    DISMISS,
    FACTS,
    HOLD,
    LIA,
    MARTA,
    NUMBER,
    OPEN,
    OTTO,
    PLAN,
    PLANNED,
    PROJECT,
    QUEUED,
    RESOLVE,
    RESUME,
    RIVAL,
    STATES,
    TICKET,
    TICKET_CLOSED,
    TICKET_RESOLVED,
    TODAY,
    approved,
    assigned,
    awaited,
    closed,
    come_of,
    directory,
    do,
    happened,
    marked,
    not_allowed,
    plan,
    planned,
    reopened,
    requested,
    resolved,
    status_of,
    then,
    ticket,
)

WRITE = c.PlanProject(ticket_id=TICKET, plan=PLAN)
LONGER = plan("Levantar", "Trocar", "Testar")
CHANGE = c.PlanProject(ticket_id=TICKET, plan=LONGER)
OF_QUEUE = ticket.given(QUEUED.model_copy(update={"classification": "project"}))


def approve(revision: int = 1) -> c.ApproveProject:
    return c.ApproveProject(ticket_id=TICKET, revision=revision, text="Pode começar")


def send_back(revision: int = 1) -> c.SendBackProject:
    return c.SendBackProject(ticket_id=TICKET, revision=revision, reason="Falta prazo")


def reject(revision: int = 1) -> c.RejectProject:
    return c.RejectProject(ticket_id=TICKET, revision=revision, reason="Caro demais")


def mark(activity: int, *, done: bool = True) -> c.MarkActivity:
    return c.MarkActivity(ticket_id=TICKET, activity=activity, done=done)


DECISIONS = [approve(), send_back(), reject()]


def named(command: object) -> str:
    return type(command).__name__


# The plan


def test_a_plan_holds_activities_resources_stakeholders_and_a_schedule() -> None:
    whole = PLAN.model_copy(
        update={
            "resources": (l.Resource(name="Servidor", detail="2 GB"),),
            "stakeholders": (l.Stakeholder(name="Contabilidade", role="usa"),),
            "milestones": (l.Milestone(title="Em produção", on=TODAY),),
        }
    )
    assert do(PROJECT, c.PlanProject(ticket_id=TICKET, plan=whole)) == [planned(the_plan=whole)]


def test_whoever_plans_a_project_of_the_queue_answers_for_it() -> None:
    assert do(OF_QUEUE, WRITE) == [assigned(), planned()]


def test_only_a_project_is_planned_asked_for_and_marked() -> None:
    refused = Refused("not_a_project", number=NUMBER, classification="question")
    for command in (WRITE, ASK_APPROVAL, mark(1)):
        assert do(OPEN, command) == refused


def test_the_same_plan_again_is_no_change() -> None:
    for story in (PLANNED, AWAITING_APPROVAL, APPROVED):
        assert do(story, WRITE) == []


def test_each_plan_counts_as_a_revision() -> None:
    assert do(PLANNED, CHANGE) == [planned(2, LONGER)]


@pytest.mark.parametrize("owner", ["nada", "ivo", "ana"])
def test_an_activity_is_owned_by_somebody_who_works_here(owner: str) -> None:
    command = c.PlanProject(ticket_id=TICKET, plan=plan("Levantar", owner=owner))
    assert do(PROJECT, command) == Refused("no_such_analyst", analyst=owner)


def test_an_activity_is_owned_by_who_is_away_today_too() -> None:
    assert isinstance(do(PROJECT, c.PlanProject(ticket_id=TICKET, plan=plan("Depois", owner="tomas"))), list)


@pytest.mark.parametrize(
    "wrong",
    [
        {"activities": []},
        {
            "activities": [
                {"id": 1, "title": "A", "owner": "bruno", "starts_on": "2026-03-03", "ends_on": "2026-03-02"}
            ]
        },
        {
            "activities": [
                {"id": 1, "title": "A", "owner": "bruno", "starts_on": "2026-03-02", "ends_on": "2026-03-02"}
            ]
            * 2
        },
        {"objective": ""},
    ],
    ids=["no activity", "ends before it starts", "one id twice", "no objective"],
)
def test_a_plan_that_makes_no_sense_is_malformed(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        l.Plan.model_validate({**PLAN.model_dump(), **wrong})


# Asking for the decision


def test_a_decision_is_asked_for_a_plan() -> None:
    asked = ASK_APPROVAL.model_copy(update={"text": "Até sexta"})
    assert do(PLANNED, asked) == [requested(text="Até sexta")]
    assert status_of(then(PLANNED, asked)) == "awaiting_approval"


def test_without_a_plan_there_is_nothing_to_decide_on() -> None:
    assert do(PROJECT, ASK_APPROVAL) == Refused("no_plan", number=NUMBER)


def test_whoever_asks_for_a_project_of_the_queue_answers_for_it() -> None:
    assert do(OF_QUEUE.given(planned()), ASK_APPROVAL) == [assigned(), requested()]
    by_rule = OF_QUEUE.given(assigned("lia", status="open"), planned())
    assert do(by_rule, ASK_APPROVAL) == [requested(previous="open")]


def test_what_was_approved_is_not_asked_for_again() -> None:
    assert do(APPROVED, ASK_APPROVAL) == Refused("already_approved", number=NUMBER)


# The decision


@pytest.mark.parametrize(
    "by", [MARTA, OTTO, CAIO], ids=["a manager", "another manager", "the contract's approver"]
)
def test_managers_and_the_contracts_approvers_decide(by: Actor) -> None:
    assert do(AWAITING_APPROVAL, approve(), by) == [approved(by=by, text="Pode começar")]
    back = happened(l.ProjectSentBack, by=by, revision=1, reason="Falta prazo")
    assert do(AWAITING_APPROVAL, send_back(), by) == [back]
    no = happened(l.ProjectRejected, by=by, revision=1, reason="Caro demais")
    end = closed("rejected", "awaiting_approval", by=by, text="Caro demais")
    assert do(AWAITING_APPROVAL, reject(), by) == [no, end]


@pytest.mark.parametrize("command", DECISIONS, ids=named)
def test_nobody_else_decides(command: Command) -> None:
    for by in (BRUNO, LIA, RIVAL):
        assert do(AWAITING_APPROVAL, command, by) == not_allowed(by)
    assert do(AWAITING_APPROVAL, command, ANA) == Refused("not_an_approver", number=NUMBER)


def test_the_approvers_are_those_of_the_contract_as_it_stands_now() -> None:
    changed = Facts(
        directory(("contract", "serra-2026", CONTRACT.model_copy(update={"approvers": ("ana",)})))
    )
    assert isinstance(do(AWAITING_APPROVAL, approve(), ANA, facts=changed), list)
    assert do(AWAITING_APPROVAL, approve(), CAIO, facts=changed) == Refused("not_an_approver", number=NUMBER)


def test_a_contract_that_ended_still_names_its_approvers() -> None:
    ended = directory()
    ended.put("contract", "serra-2026", 2, False, CONTRACT)
    assert isinstance(do(AWAITING_APPROVAL, approve(), CAIO, facts=Facts(ended)), list)


def test_without_a_contract_in_the_directory_only_managers_decide() -> None:
    terms = come_of(PROJECT).pinned.model_copy(update={"contract": "outro"})
    queued = QUEUED.model_copy(update={"classification": "project", "terms": terms})
    story = ticket.given(queued, *AWAITING_APPROVAL.history[1:])
    assert do(story, approve(), CAIO) == Refused("not_an_approver", number=NUMBER)


@pytest.mark.parametrize("command", DECISIONS, ids=named)
def test_who_asked_does_not_decide(command: Command) -> None:
    asked = PLANNED.given(requested(by=MARTA))
    assert do(asked, command, MARTA) == Refused("own_request", number=NUMBER)
    assert isinstance(do(asked, command, OTTO), list)


def test_a_contact_whose_key_reads_as_the_askers_is_somebody_else() -> None:
    namesake = Actor(role="analyst", key="caio")
    assert isinstance(do(PLANNED.given(requested(by=namesake)), approve(), CAIO), list)


@pytest.mark.parametrize("command", DECISIONS, ids=named)
@pytest.mark.parametrize("status", ["open", "in_progress", "waiting_customer", "on_hold", "resolved"])
def test_only_what_is_asked_for_is_decided_on(status: str, command: Command) -> None:
    refused = Refused("not_awaiting_approval", number=NUMBER, status=status)
    assert do(STATES[status], command, MARTA) == refused


@pytest.mark.parametrize("command", [approve(2), send_back(2), reject(2)], ids=named)
def test_the_plan_that_is_decided_on_is_the_newest(command: Command) -> None:
    assert do(AWAITING_APPROVAL, command, MARTA) == Refused("plan_moved", number=NUMBER, revision=1)


def test_approving_twice_does_nothing() -> None:
    assert do(APPROVED, approve(), OTTO) == []


def test_the_desk_itself_may_decide() -> None:
    assert isinstance(AWAITING_APPROVAL.when(approve(), by=SYSTEM, facts=FACTS), list)


def test_what_was_sent_back_is_changed_and_asked_for_again() -> None:
    back = then(AWAITING_APPROVAL, send_back(), MARTA)
    assert status_of(back) == "in_progress"
    assert do(back, CHANGE) == [planned(2, LONGER)]
    again = then(then(back, CHANGE), ASK_APPROVAL)
    assert isinstance(do(again, approve(2), MARTA), list)


def test_what_was_rejected_is_closed() -> None:
    no = then(AWAITING_APPROVAL, reject(), MARTA)
    assert (come_of(no).status, come_of(no).closed_because) == ("closed", "rejected")
    assert do(no, approve(), MARTA) == TICKET_CLOSED


# A changed plan


def test_a_plan_changed_after_its_approval_asks_for_approval_again() -> None:
    assert do(APPROVED, CHANGE) == [planned(2, LONGER), requested(2)]
    changed = then(APPROVED, CHANGE)
    assert status_of(changed) == "awaiting_approval"
    assert do(changed, approve(1), MARTA) == Refused("plan_moved", number=NUMBER, revision=2)
    assert status_of(then(changed, approve(2), MARTA)) == "in_progress"


def test_a_plan_changed_while_it_is_decided_on_is_asked_for_by_who_changed_it() -> None:
    assert do(AWAITING_APPROVAL, CHANGE, MARTA) == [
        planned(2, LONGER, by=MARTA),
        requested(2, previous="awaiting_approval", by=MARTA),
    ]
    changed = then(AWAITING_APPROVAL, CHANGE, MARTA)
    assert do(changed, approve(2), MARTA) == Refused("own_request", number=NUMBER)
    assert isinstance(do(changed, approve(2), OTTO), list)


@pytest.mark.parametrize("wait", [AWAIT, HOLD], ids=named)
def test_a_plan_changed_while_others_are_waited_for_is_asked_for_once_work_goes_on(wait: Command) -> None:
    waits = then(APPROVED, wait)
    assert do(waits, CHANGE) == [planned(2, LONGER)]
    goes_on = then(then(waits, CHANGE), RESUME)
    assert do(goes_on, RESOLVE) == Refused("project_not_approved", number=NUMBER)
    assert status_of(then(goes_on, ASK_APPROVAL)) == "awaiting_approval"


def test_what_was_done_stays_done_in_a_changed_plan_while_its_activity_is_in_it() -> None:
    done = APPROVED.given(marked(1, "Levantar"), marked(2, "Trocar"))
    assert come_of(then(done, CHANGE)).project.done == {1, 2}
    shorter = c.PlanProject(ticket_id=TICKET, plan=plan("Levantar"))
    assert come_of(then(done, shorter)).project.done == {1}


# Progress


def test_an_activity_is_marked_done_and_not_done_after_all() -> None:
    assert do(APPROVED, mark(2)) == [marked(2, "Trocar")]
    done = then(APPROVED, mark(2))
    assert do(done, mark(2)) == []
    assert do(done, mark(2, done=False)) == [marked(2, "Trocar", done=False)]
    assert come_of(then(done, mark(2, done=False))).project.open_activities == 2


def test_nothing_is_marked_before_the_plan_is_approved() -> None:
    refused = Refused("project_not_approved", number=NUMBER)
    for story in (
        PLANNED,
        AWAITING_APPROVAL,
        then(APPROVED, CHANGE),
        then(AWAITING_APPROVAL, send_back(), MARTA),
    ):
        assert do(story, mark(1)) == refused


def test_what_the_plan_does_not_have_is_not_marked() -> None:
    assert do(APPROVED, mark(3)) == Refused("no_such_activity", number=NUMBER, activity=3)
    assert do(PROJECT, mark(1)) == Refused("no_such_activity", number=NUMBER, activity=1)


def test_a_project_waits_with_its_activities_open() -> None:
    assert status_of(then(APPROVED, AWAIT)) == "waiting_customer"
    assert do(then(APPROVED, AWAIT), mark(1)) == [marked(1, "Levantar")]


# Resolving


@pytest.mark.parametrize(
    "story", [PROJECT, PLANNED, OF_QUEUE], ids=["no plan", "not approved", "in the queue"]
)
def test_a_project_is_not_resolved_before_it_was_approved(story: Spec[Ticket]) -> None:
    assert do(story, RESOLVE) == Refused("project_not_approved", number=NUMBER)


def test_a_project_is_not_resolved_with_activities_open() -> None:
    assert do(APPROVED, RESOLVE) == Refused("activities_open", number=NUMBER, count=2)
    one = then(APPROVED, mark(1))
    assert do(one, RESOLVE) == Refused("activities_open", number=NUMBER, count=1)
    assert do(then(one, mark(2)), RESOLVE) == [resolved(first=True)]


def test_a_resolved_project_is_not_planned_or_marked() -> None:
    end = APPROVED.given(marked(1, "Levantar"), marked(2, "Trocar"), resolved())
    for command in (CHANGE, mark(1, done=False)):
        assert do(end, command) == TICKET_RESOLVED


def test_a_closed_project_is_neither() -> None:
    for command in (CHANGE, mark(1, done=False), ASK_APPROVAL, *DECISIONS):
        assert do(APPROVED.given(closed()), command, MARTA) in (TICKET_CLOSED, [])
    assert do(APPROVED.given(closed()), CHANGE) == TICKET_CLOSED


def test_a_ticket_without_a_project_has_none_of_it() -> None:
    assert come_of(OPEN).project == NO_PROJECT
    assert NO_PROJECT.open_activities == 0
    assert not NO_PROJECT.may_be_worked
    assert come_of(APPROVED.given(awaited())).project == come_of(APPROVED).project


def test_a_contested_project_is_not_dismissed_back_to_resolved_while_something_of_it_is_to_be_done() -> None:
    done = APPROVED.given(marked(1, "Levantar"), marked(2, "Trocar"), resolved(first=True))
    contested = done.given(reopened())
    assert status_of(then(contested, DISMISS)) == "resolved"
    undone = contested.given(marked(2, "Trocar", done=False))
    assert do(undone, DISMISS) == Refused("activities_open", number=NUMBER, count=1)
    replanned = contested.given(planned(2, LONGER))
    assert do(replanned, DISMISS) == Refused("project_not_approved", number=NUMBER)
