"""Who may see what, what a ticket's page offers to whom, and that no command of lifecycle is out of reach."""

from dataclasses import replace
from typing import get_args
from uuid import uuid4

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts.envelope import COMMANDS, Role
from contracts.lifecycle import TRANSITIONS, Status
from contracts.policy import RULES, scope
from journal.directory import Directory
from services.gateway.acts import _TYPED, ABOUT_ANOTHER, WITH_FILES
from services.gateway.api.calls import BY_PEOPLE
from services.gateway.logins import Login
from services.gateway.offers import NOT_ON_TICKET_PAGES, OFFERS, Action, close_reasons, offered
from services.gateway.roles import Person, may_see, person_of
from services.gateway.rows import TicketRow, queued
from services.gateway.situation import Situation, Written
from tests.gateway.books import ANA as ANA_ACTOR
from tests.gateway.books import RECORDS, START, TERMS

TICKET = uuid4()
STATUSES = get_args(Status)


def person(role: Role, key: str = "bia", customer: str | None = None) -> Person:
    return Person(f"{key}@x.example", role, key, key.title(), "pt-BR", customer)


BIA, CAIO = person("requester", "bia", "aurora"), person("requester", "caio", "serra")
ANA, MARA, RUI = person("analyst", "ana"), person("manager", "mara"), person("auditor", "rui")
PLAN = l.Plan(
    objective="x",
    activities=(l.Activity(id=1, title="y", owner="ana", starts_on=START.date(), ends_on=START.date()),),
)


def ticket(status: str = "open", analyst: str | None = None, **more: object) -> TicketRow:
    event = l.TicketQueued(
        ticket_id=TICKET, number="2026-000001", opened_at=START, channel="email", customer="aurora",
        requester="bia", application="nota", area="fiscal", terms=TERMS, classification="question",
        subject="Nota", text="", by=ANA_ACTOR,
    )  # fmt: skip
    return replace(queued(event), status=status, analyst=analyst, **more)  # type: ignore[arg-type]


def on(status: str = "open", analyst: str | None = None, **more: object) -> Situation:
    return Situation(ticket(status, analyst, **more))


@pytest.mark.parametrize(
    ("who", "sees"), [(BIA, True), (CAIO, False), (ANA, True), (MARA, True), (RUI, True)]
)
def test_requesters_see_their_company_and_the_desk_sees_all(who: Person, sees: bool) -> None:
    assert may_see(who, ticket()) is sees


def test_a_requester_without_a_company_sees_nothing() -> None:
    assert not may_see(person("requester"), ticket())


@pytest.mark.parametrize("status", STATUSES)
def test_auditors_and_strangers_are_offered_nothing(status: str) -> None:
    assert offered(on(status), RUI) == ()
    assert offered(on(status), CAIO) == ()


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("who", [BIA, ANA, MARA])
def test_nothing_is_offered_that_the_policy_does_not_permit(who: Person, status: str) -> None:
    assert all(scope(who.actor, OFFERS[action][0]) for action in offered(on(status, "ana"), who))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    ("action", "leads_to"), [("await", "waiting_customer"), ("hold", "on_hold"), ("resolve", "resolved")]
)
def test_what_moves_a_ticket_is_offered_where_the_table_lets_it_go(
    action: Action, leads_to: Status, status: Status
) -> None:
    assert (action in offered(on(status), ANA)) is (leads_to in TRANSITIONS[status])


WORKING = ("answer", "note")
ANYWHERE = ("contact", "assign", "reclassify", "split", "merge", "link")


@pytest.mark.parametrize(
    ("who", "now", "expected"),
    [
        (ANA, on("open"), {"take", *WORKING, "await", "resolve", "hold", *ANYWHERE, "close"}),
        (ANA, on("in_progress", "ana"), {*WORKING, "await", "resolve", "hold", "return", *ANYWHERE, "close"}),
        (ANA, on("waiting_customer", "ana"), {*WORKING, "resume", "resolve", "return", *ANYWHERE, "close"}),
        (ANA, on("on_hold", "ana"), {*WORKING, "resume", "resolve", "return", *ANYWHERE, "close"}),
        (MARA, on("resolved", "ana"), {"note", "reopen", "close", *ANYWHERE} - {"contact"}),
        (ANA, on("closed", "ana"), {"note", "link"}),
        (BIA, on("open"), {"reply", "withdraw"}),
        (BIA, on("resolved"), {"reopen", "close"}),
        (BIA, on("closed"), {"follow"}),
    ],
)
def test_what_is_offered_follows_the_status(who: Person, now: Situation, expected: set[Action]) -> None:
    assert set(offered(now, who)) == expected


def test_one_takes_from_a_colleague_but_not_what_one_works_on() -> None:
    assert "take" in offered(on("open", "ana"), ANA)  # given by the area's rule, not begun
    assert "take" not in offered(on("in_progress", "ana"), ANA)
    assert "take" in offered(on("in_progress", "mara"), ANA)


def test_an_alert_is_acknowledged_while_it_stands() -> None:
    assert "acknowledge" in offered(replace(on("open"), alerts=("first_response",)), ANA)
    assert "acknowledge" not in offered(on("open"), ANA)


def test_a_reopening_is_dismissed_only_while_it_is_contested() -> None:
    assert "dismiss" in offered(on("in_progress", "ana", contested=True), ANA)
    assert "dismiss" not in offered(on("in_progress", "ana"), ANA)


@pytest.mark.parametrize(
    ("status", "who", "reasons"),
    [
        ("in_progress", ANA, ["withdrawn", "out_of_contract"]),
        ("on_hold", ANA, ["third_party", "withdrawn", "out_of_contract"]),
        ("resolved", ANA, ["resolved", "withdrawn", "out_of_contract"]),
        ("resolved", BIA, ["resolved"]),
        ("in_progress", BIA, []),
        ("closed", ANA, []),
    ],
)
def test_reasons_to_close_follow_the_status(status: str, who: Person, reasons: list[str]) -> None:
    assert close_reasons(on(status, "ana"), who) == reasons


def project(status: str, **more: object) -> Situation:
    row = ticket(status, "ana", classification="project", **more)
    return Situation(row, plan=PLAN, approvers=("bia",))


def test_a_projects_actions_follow_its_plan_and_its_decision() -> None:
    fresh = project("in_progress", revision=1)
    assert {"plan", "request_approval"} <= set(offered(fresh, ANA))
    assert "mark" not in offered(fresh, ANA)
    approved = project("in_progress", revision=1, approved=1)
    assert "mark" in offered(approved, ANA)
    assert "request_approval" not in offered(approved, ANA)
    assert not {"plan", "mark", "request_approval"} & set(offered(on("in_progress", "ana"), ANA))


def test_who_decides_on_a_project() -> None:
    asked = project("awaiting_approval", revision=1, asked_by="mara")
    deciding = {"approve", "send_back", "reject"}
    luiz = person("manager", "luiz")
    found = {who.key: deciding & set(offered(asked, who)) for who in (ANA, MARA, luiz, BIA)}
    assert found == {"ana": set(), "mara": set(), "luiz": deciding, "bia": deciding}
    colleague = person("requester", "duda", "aurora")
    assert not deciding & set(offered(asked, colleague))  # whom the contract does not name


def test_one_edits_ones_own_words_and_a_manager_everybodys() -> None:
    now = replace(on("closed"), said={"m": Written(1, "ana", "x")})
    assert "edit" in offered(now, ANA)
    assert "edit" in offered(now, MARA)
    assert "edit" not in offered(now, person("analyst", "leo"))


def test_every_command_of_lifecycle_is_reached_from_a_page_and_over_http() -> None:
    owned = {form for form in COMMANDS.values() if form.owner == "lifecycle" and RULES.get(form)}
    on_pages = {command for command, _ in OFFERS.values()} | NOT_ON_TICKET_PAGES.keys()
    assert owned - on_pages == set()
    assert owned - set(BY_PEOPLE) == set()


def test_every_action_has_its_form() -> None:
    assert OFFERS.keys() == set(get_args(Action))
    assert OFFERS.keys() - _TYPED.keys() == {"plan", "follow"}  # pages of their own
    for action, names in _TYPED.items():
        fields = OFFERS[action][0].model_fields
        assert set(names) <= fields.keys(), action
        assert ("attachments" in fields) is (action in WITH_FILES), action
        required = {name for name, field in fields.items() if field.is_required()} - {"ticket_id", "reason"}
        assert required - set(names) - {ABOUT_ANOTHER.get(action)} == set(), action


def test_only_what_the_desk_alone_sends_is_out_of_reach() -> None:
    assert set(COMMANDS.values()) - set(BY_PEOPLE) == {c.ImportTickets}


@pytest.mark.parametrize(
    ("role", "key", "known"),
    [
        ("requester", "bia", True),
        ("requester", "ana", False),
        ("analyst", "ana", True),
        ("manager", "ana", False),  # the directory says analyst
        ("auditor", "rui", True),
        ("analyst", "nobody", False),
    ],
)
def test_the_directory_has_the_last_word_on_who_somebody_is(role: Role, key: str, known: bool) -> None:
    directory = Directory()
    for kind, record_key, record in RECORDS:
        directory.put(kind, record_key, 1, True, record)
    found = person_of(Login("x@x.example", role, key), directory)
    assert (found is not None) is known
    if key == "ana":
        directory.put("analyst", "ana", 2, False, RECORDS[6][2])
        assert person_of(Login("x@x.example", role, key), directory) is None
