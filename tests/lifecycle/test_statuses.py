"""The table of statuses, whole: which command leads where, and that nothing else leads anywhere.

Source: domain page, Working a ticket.
"""

from typing import get_args

import pytest

from contracts import commands as c
from contracts.envelope import Actor, Command
from contracts.lifecycle import TRANSITIONS, Status
from journal.errors import Refused
from journal.testing import Spec
from services.lifecycle.decider import BY_COMMAND
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    ANA,
    APPROVE,
    APPROVED,
    ASK_APPROVAL,
    AWAIT,
    AWAITING_APPROVAL,
    BRUNO,
    CAIO,
    DISMISS,
    EVERYBODY,
    HOLD,
    IN_PROGRESS,
    MARTA,
    MERGED,
    NUMBER,
    OPEN,
    OTHER_NUMBER,
    PLAN,
    PLANNED,
    PROJECT,
    QUEUED,
    REOPEN,
    RESOLVE,
    RESOLVED,
    RESUME,
    STATES,
    TAKE,
    TICKET,
    TICKET_CLOSED,
    WITHDRAW,
    come_of,
    do,
    planned,
    resolved,
    status_of,
    then,
    ticket,
)

STATUSES = get_args(Status)
OPEN_PROJECT = ticket.given(QUEUED.model_copy(update={"classification": "project"}), planned())
SEND_BACK = c.SendBackProject(ticket_id=TICKET, revision=1, reason="Falta prazo")
WAYS: list[tuple[Status, Status, Spec[Ticket], Command, Actor]] = [
    ("open", "in_progress", OPEN, TAKE, BRUNO),
    ("open", "waiting_customer", OPEN, AWAIT, BRUNO),
    ("open", "on_hold", OPEN, HOLD, BRUNO),
    ("open", "awaiting_approval", OPEN_PROJECT, ASK_APPROVAL, BRUNO),
    ("open", "resolved", OPEN, RESOLVE, BRUNO),
    ("open", "closed", OPEN, WITHDRAW, ANA),
    ("in_progress", "waiting_customer", IN_PROGRESS, AWAIT, BRUNO),
    ("in_progress", "on_hold", IN_PROGRESS, HOLD, BRUNO),
    ("in_progress", "awaiting_approval", PLANNED, ASK_APPROVAL, BRUNO),
    ("in_progress", "resolved", IN_PROGRESS, RESOLVE, BRUNO),
    ("in_progress", "closed", IN_PROGRESS, WITHDRAW, ANA),
    ("waiting_customer", "in_progress", STATES["waiting_customer"], RESUME, BRUNO),
    ("waiting_customer", "resolved", STATES["waiting_customer"], RESOLVE, BRUNO),
    ("waiting_customer", "closed", STATES["waiting_customer"], WITHDRAW, ANA),
    ("on_hold", "in_progress", STATES["on_hold"], RESUME, BRUNO),
    ("on_hold", "resolved", STATES["on_hold"], RESOLVE, BRUNO),
    ("on_hold", "closed", STATES["on_hold"], WITHDRAW, ANA),
    ("awaiting_approval", "in_progress", AWAITING_APPROVAL, APPROVE, MARTA),
    ("awaiting_approval", "in_progress", AWAITING_APPROVAL, SEND_BACK, MARTA),
    ("awaiting_approval", "closed", AWAITING_APPROVAL, WITHDRAW, ANA),
    ("resolved", "in_progress", RESOLVED, REOPEN, ANA),
    ("resolved", "closed", RESOLVED, WITHDRAW, ANA),
]
"""How each line of the table comes about."""

AIMS: dict[Status, tuple[Command, ...]] = {
    "in_progress": (TAKE, RESUME),
    "waiting_customer": (AWAIT,),
    "on_hold": (HOLD,),
    "resolved": (RESOLVE,),
    "closed": (WITHDRAW,),
}
"""The commands that ask for a status; a decision on a plan is asked for projects alone, below."""


@pytest.mark.parametrize(("source", "to", "story", "command", "by"), WAYS)
def test_each_line_of_the_table_has_its_way(
    source: Status, to: Status, story: Spec[Ticket], command: Command, by: Actor
) -> None:
    assert come_of(story).status == source
    assert come_of(then(story, command, by)).status == to


def test_no_line_of_the_table_is_without_a_way() -> None:
    assert {(source, to) for source, to, *_ in WAYS} == {
        (source, to) for source, targets in TRANSITIONS.items() for to in targets
    }


def test_the_table_is_the_one_of_the_page() -> None:
    assert {
        "open": {"in_progress", "waiting_customer", "on_hold", "awaiting_approval", "resolved", "closed"},
        "in_progress": {"waiting_customer", "on_hold", "awaiting_approval", "resolved", "closed"},
        "waiting_customer": {"in_progress", "resolved", "closed"},
        "on_hold": {"in_progress", "resolved", "closed"},
        "awaiting_approval": {"in_progress", "closed"},
        "resolved": {"in_progress", "closed"},
        "closed": set(),
    } == TRANSITIONS


NO_WAY = {
    ("waiting_customer", "waiting_customer"),
    ("waiting_customer", "on_hold"),
    ("on_hold", "waiting_customer"),
    ("on_hold", "on_hold"),
    ("awaiting_approval", "waiting_customer"),
    ("awaiting_approval", "on_hold"),
    ("awaiting_approval", "resolved"),
    ("resolved", "waiting_customer"),
    ("resolved", "on_hold"),
}
"""Every pair of the table's living statuses that is not in it, as far as a command asks for the second one."""


@pytest.mark.parametrize(("source", "to"), sorted(NO_WAY))
def test_a_pair_that_is_not_in_the_table_is_refused(source: Status, to: Status) -> None:
    refused = Refused("no_such_transition", number=NUMBER, status=source, to=to)
    for command in AIMS[to]:
        assert do(STATES[source], command) == refused


def test_the_pairs_that_are_refused_are_all_that_are_not_in_the_table() -> None:
    asked_for: set[Status] = {"waiting_customer", "on_hold", "resolved"}
    missing = {(s, to) for s in STATUSES if s != "closed" for to in asked_for if to not in TRANSITIONS[s]}
    assert missing - {("resolved", "resolved")} == NO_WAY
    assert do(RESOLVED, RESOLVE) == []


@pytest.mark.parametrize("status", ["waiting_customer", "on_hold", "resolved"])
def test_a_decision_is_asked_for_from_open_and_in_progress_alone(status: Status) -> None:
    story = {
        "waiting_customer": then(PLANNED, AWAIT),
        "on_hold": then(PLANNED, HOLD),
        "resolved": then(APPROVED.given(planned(2)), AWAIT).given(resolved(occurrence=2)),
    }[status]
    refused = Refused("no_such_transition", number=NUMBER, status=status, to="awaiting_approval")
    assert do(story, ASK_APPROVAL) == refused


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [
        (RESUME, "open", "not_waiting"),
        (RESUME, "awaiting_approval", "not_waiting"),
        (RESUME, "resolved", "not_waiting"),
        (TAKE, "resolved", "ticket_resolved"),
        (REOPEN, "open", "not_resolved"),
        (REOPEN, "in_progress", "not_resolved"),
        (REOPEN, "waiting_customer", "not_resolved"),
        (REOPEN, "on_hold", "not_resolved"),
        (REOPEN, "awaiting_approval", "not_resolved"),
        (APPROVE, "open", "not_awaiting_approval"),
        (APPROVE, "in_progress", "not_awaiting_approval"),
        (APPROVE, "waiting_customer", "not_awaiting_approval"),
        (APPROVE, "on_hold", "not_awaiting_approval"),
        (APPROVE, "resolved", "not_awaiting_approval"),
        (DISMISS, "open", "nothing_to_dismiss"),
        (DISMISS, "in_progress", "nothing_to_dismiss"),
        (DISMISS, "resolved", "nothing_to_dismiss"),
    ],
)
def test_what_leads_on_from_one_status_alone_is_refused_in_others(
    command: Command, status: Status, code: str
) -> None:
    refused = do(STATES[status], command, MARTA)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.facts["number"]) == (code, NUMBER)


SOME_OF_EACH: list[Command] = [
    *(command for commands in AIMS.values() for command in commands),
    *(REOPEN, DISMISS, ASK_APPROVAL, APPROVE, SEND_BACK),
    c.AssignTicket(ticket_id=TICKET, analyst="lia"),
    c.ReturnTicket(ticket_id=TICKET, reason="Férias"),
    c.ReclassifyTicket(ticket_id=TICKET, analyst="lia", level="N2", classification="incident"),
    c.PublishAnswer(ticket_id=TICKET, text="Olá"),
    c.AddNote(ticket_id=TICKET, text="Ligar"),
    c.EditOccurrence(ticket_id=TICKET, occurrence=1, text="Outro texto"),
    c.LogContact(ticket_id=TICKET, channel="phone", outcome="no_answer"),
    c.RejectProject(ticket_id=TICKET, revision=1, reason="Caro"),
    c.PlanProject(ticket_id=TICKET, plan=PLAN),
    c.MarkActivity(ticket_id=TICKET, activity=1),
    c.RateResolution(ticket_id=TICKET, resolution=1, score=5),
    c.SplitTicket(ticket_id=TICKET, subject="Outra", text="Outra coisa"),
    *(
        c.CloseTicket(ticket_id=TICKET, reason=reason)
        for reason in ("resolved", "third_party", "out_of_contract")
    ),
    c.MergeTicket(ticket_id=TICKET, into=TICKET),
    c.LinkTickets(ticket_id=TICKET, other=TICKET),
    c.UnlinkTickets(ticket_id=TICKET, other=TICKET),
]


def test_every_command_of_lifecycle_is_tried_below() -> None:
    assert {type(command) for command in SOME_OF_EACH} == set(BY_COMMAND)


@pytest.mark.parametrize("command", SOME_OF_EACH, ids=lambda command: type(command).__name__)
@pytest.mark.parametrize("status", STATES)
def test_no_command_of_anybody_leads_out_of_the_table(status: Status, command: Command) -> None:
    for story in (STATES[status], *([APPROVED, PROJECT, OPEN_PROJECT] if status == "open" else [])):
        before = status_of(story)
        for by in EVERYBODY:
            outcome = do(story, command, by)
            after = before if isinstance(outcome, Refused) else status_of(story.given(*outcome))
            assert after == before or after in TRANSITIONS[before]


@pytest.mark.parametrize("command", SOME_OF_EACH, ids=lambda command: type(command).__name__)
def test_nothing_is_done_on_a_ticket_that_is_not_there(command: Command) -> None:
    for by in EVERYBODY:
        assert do(ticket, command, by) == Refused("no_such_ticket")


STILL_DONE = (c.AddNote, c.EditOccurrence, c.LinkTickets, c.UnlinkTickets, c.CloseTicket)
"""On a closed ticket too: what leaves it as it is. To close it again does nothing."""


@pytest.mark.parametrize(
    "command",
    [command for command in SOME_OF_EACH if not isinstance(command, STILL_DONE)],
    ids=lambda command: type(command).__name__,
)
def test_a_closed_ticket_is_not_worked_on(command: Command) -> None:
    by = {c.RateResolution: ANA, c.ApproveProject: MARTA, c.SendBackProject: CAIO, c.RejectProject: CAIO}.get(
        type(command), BRUNO
    )
    if not isinstance(command, c.MergeTicket):
        assert do(STATES["closed"], command, by) == TICKET_CLOSED


@pytest.mark.parametrize(
    "command", [TAKE, RESUME, AWAIT, HOLD, RESOLVE, REOPEN], ids=lambda each: type(each).__name__
)
def test_of_a_merged_ticket_the_one_that_lives_is_named(command: Command) -> None:
    assert do(MERGED, command) == Refused("ticket_merged", number=NUMBER, into=OTHER_NUMBER)


def test_asking_again_for_a_decision_that_is_awaited_does_nothing() -> None:
    assert do(AWAITING_APPROVAL, ASK_APPROVAL) == []
