"""Who may see and do what: the table of the domain page, "Who does what"."""

from typing import Any
from uuid import uuid4

import pytest

from contracts import commands as c
from contracts.envelope import COMMANDS, Command, Role
from journal.directory import Directory
from services.gateway.logins import Login
from services.gateway.roles import MAY_SEND, Person, actions, may_see, may_send, person_of
from services.gateway.rows import TicketRow
from tests.gateway.books import RECORDS, START

TICKET = uuid4()


def person(role: Role, key: str = "bia", customer: str | None = None) -> Person:
    return Person(f"{key}@x.example", role, key, key.title(), "pt-BR", customer)


BIA, CAIO = person("requester", "bia", "aurora"), person("requester", "caio", "serra")
ANA, MARA, RUI = person("analyst", "ana"), person("manager", "mara"), person("auditor", "rui")


def ticket(status: str = "open", analyst: str | None = None) -> TicketRow:
    return TicketRow(
        TICKET, "2026-000001", status, "fiscal", analyst, "aurora", "bia", "nota", "question", "normal", 2,
        "email", "Nota", START, None, 0, None, None, None, START,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "sees"), [(BIA, True), (CAIO, False), (ANA, True), (MARA, True), (RUI, True)]
)
def test_requesters_see_their_company_and_the_desk_sees_all(who: Person, sees: bool) -> None:
    assert may_see(who, ticket()) is sees


def test_a_requester_without_a_company_sees_nothing() -> None:
    assert not may_see(person("requester"), ticket())


@pytest.mark.parametrize("status", ["open", "in_progress", "awaiting_approval", "waiting_customer", "on_hold", "resolved", "closed"])  # fmt: skip
def test_auditors_and_strangers_are_offered_nothing(status: str) -> None:
    assert actions(RUI, ticket(status)) == ()
    assert actions(CAIO, ticket(status)) == ()


@pytest.mark.parametrize(
    ("who", "status", "offered"),
    [
        (ANA, "open", ("take", "answer", "note", "await", "resolve", "assign", "close")),
        (ANA, "waiting_customer", ("answer", "note", "resume", "resolve", "assign", "close")),
        (MARA, "resolved", ("note", "reopen", "close")),
        (ANA, "closed", ("note",)),
        (BIA, "open", ("reply", "withdraw")),
        (BIA, "resolved", ("reopen", "close")),
        (BIA, "closed", ("reply",)),
    ],
)
def test_what_is_offered_follows_the_status(who: Person, status: str, offered: tuple[str, ...]) -> None:
    assert actions(who, ticket(status)) == offered


def test_one_does_not_take_what_one_has() -> None:
    assert "take" not in actions(ANA, ticket("open", analyst="ana"))


def form(command: type[Command]) -> Command:
    values: dict[str, Any] = {
        "ticket_id": TICKET, "text": "x", "analyst": "ana", "reason": "withdrawn", "resolution": 1, "score": 5,
        "submission_id": TICKET, "requester": "bia", "application": "nota", "detail": "x", "channel": "phone",
        "subject": "x", "kind": "area", "key": "fiscal", "record": {}, "notification_id": TICKET,
    }  # fmt: skip
    return command.model_validate({name: values[name] for name in command.model_fields if name in values})


@pytest.mark.parametrize("command", sorted(MAY_SEND, key=str))
def test_an_auditor_may_send_nothing(command: type[Command]) -> None:
    assert not may_send(RUI, form(command))
    assert may_send(MARA, form(command)) is (command not in (c.SubmitReply, c.RateResolution))


def test_requesters_speak_for_themselves_on_the_web_and_nowhere_else() -> None:
    own = c.SubmitTicket(channel="web", requester="bia", application="nota", subject="x", text="y")
    assert may_send(BIA, own)
    assert not may_send(CAIO, own)
    assert not may_send(BIA, own.model_copy(update={"channel": "phone"}))
    assert not may_send(BIA, own.model_copy(update={"channel": "email"}))
    assert not may_send(ANA, own)
    assert may_send(ANA, own.model_copy(update={"channel": "phone"}))


@pytest.mark.parametrize(
    "command", [c.PublishAnswer, c.AddNote, c.TakeTicket, c.AcceptParked, c.DefineRecord]
)
def test_requesters_do_not_do_the_desks_work(command: type[Command]) -> None:
    assert not may_send(BIA, form(command))


def test_every_command_of_the_services_that_people_use_is_in_the_table() -> None:
    owned = {kind for kind in COMMANDS.values() if kind.owner in ("lifecycle", "intake", "directory")}
    assert {kind for kind in owned if "DeadLetter" not in kind.__name__} - MAY_SEND.keys() == set()


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
    found = person_of(Login("x@x.example", role, key, START), directory)
    assert (found is not None) is known
    if key == "ana":
        directory.put("analyst", "ana", 2, False, RECORDS[6][2])
        assert person_of(Login("x@x.example", role, key, START), directory) is None
