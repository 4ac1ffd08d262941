"""Take, assign, answer, note, wait for the customer, go on: who may, in which status, and what follows."""

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts.envelope import Actor, Command
from journal.errors import Refused
from journal.testing import NOON
from tests.lifecycle.stories import (
    ANA,
    AUDITOR,
    BRUNO,
    CLOSED,
    DIRECTORY,
    FILE,
    IN_PROGRESS,
    MARTA,
    NOBODY,
    NUMBER,
    ON_HOLD,
    OPEN,
    RESOLVED,
    STATES,
    TICKET,
    WAITING,
    answered,
    assigned,
    awaited,
    resumed,
    ticket,
)

TAKE = c.TakeTicket(ticket_id=TICKET)
ASSIGN = c.AssignTicket(ticket_id=TICKET, analyst="lia", reason="Conhece o caso")
ANSWER = c.PublishAnswer(ticket_id=TICKET, text="Olá")
NOTE = c.AddNote(ticket_id=TICKET, text="Ligar amanhã", attachments=(FILE,))
AWAIT = c.AwaitCustomer(ticket_id=TICKET, text="Qual nota?")
RESUME = c.ResumeTicket(ticket_id=TICKET)
COMMANDS = [TAKE, ASSIGN, ANSWER, NOTE, AWAIT, RESUME]
NOTED = l.NoteAdded(ticket_id=TICKET, at=NOON, by=BRUNO, text="Ligar amanhã", attachments=(FILE,))
TO_LIA = assigned("lia", previous="bruno", reason="Conhece o caso")


def moved(to: str, status: str) -> Refused:
    return Refused("no_such_transition", number=NUMBER, status=status, to=to)


CLOSED_ALREADY = Refused("ticket_closed", number=NUMBER)
RESOLVED_ALREADY = Refused("ticket_resolved", number=NUMBER)

RULES: list[tuple[Command, dict[str, object]]] = [
    (
        TAKE,
        {
            "open": [assigned()],
            "in_progress": [],
            "waiting_customer": [],
            "on_hold": [],
            "resolved": RESOLVED_ALREADY,
            "closed": CLOSED_ALREADY,
        },
    ),
    (
        ASSIGN,
        {
            "open": [assigned("lia", reason="Conhece o caso")],
            "in_progress": [TO_LIA],
            "waiting_customer": [TO_LIA.model_copy(update={"status": "waiting_customer"})],
            "on_hold": [TO_LIA.model_copy(update={"status": "on_hold"})],
            "resolved": [TO_LIA.model_copy(update={"status": "resolved"})],
            "closed": CLOSED_ALREADY,
        },
    ),
    (
        ANSWER,
        {
            "open": [assigned(), answered()],
            "in_progress": [answered()],
            "waiting_customer": [answered(first=False)],
            "on_hold": [answered()],
            "resolved": RESOLVED_ALREADY,
            "closed": CLOSED_ALREADY,
        },
    ),
    (NOTE, {status: [NOTED] for status in STATES if status != "absent"}),
    (
        AWAIT,
        {
            "open": [assigned(), awaited(first=True)],
            "in_progress": [awaited(first=True)],
            "waiting_customer": moved("waiting_customer", "waiting_customer"),
            "on_hold": moved("waiting_customer", "on_hold"),
            "resolved": moved("waiting_customer", "resolved"),
            "closed": CLOSED_ALREADY,
        },
    ),
    (
        RESUME,
        {
            "open": moved("in_progress", "open"),
            "in_progress": [],
            "waiting_customer": [resumed()],
            "on_hold": moved("in_progress", "on_hold"),
            "resolved": moved("in_progress", "resolved"),
            "closed": CLOSED_ALREADY,
        },
    ),
]


@pytest.mark.parametrize(
    ("command", "status", "expected"),
    [
        pytest.param(command, status, expected, id=f"{type(command).__name__}-{status}")
        for command, by_status in RULES
        for status, expected in by_status.items()
    ],
)
def test_what_a_command_does_in_each_status(command: Command, status: str, expected: object) -> None:
    assert STATES[status].when(command, by=BRUNO, facts=DIRECTORY) == expected


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_nothing_is_done_on_a_ticket_that_is_not_there(command: Command) -> None:
    assert ticket.when(command, by=BRUNO, facts=DIRECTORY) == Refused("no_such_ticket")


@pytest.mark.parametrize("by", [ANA, AUDITOR, NOBODY], ids=lambda by: by.role + " " + by.key)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_only_the_desk_works_on_tickets(command: Command, by: Actor) -> None:
    for state in (OPEN, IN_PROGRESS, WAITING, RESOLVED, CLOSED):
        assert state.when(command, by=by, facts=DIRECTORY) == Refused("not_allowed", role=by.role)


def test_a_manager_may_work_too() -> None:
    taken = assigned("marta", by=MARTA)
    assert OPEN.when(TAKE, by=MARTA, facts=DIRECTORY) == [taken]


@pytest.mark.parametrize("analyst", ["ninguem", "ivo"], ids=["unknown", "auditor"])
def test_a_ticket_goes_only_to_who_works(analyst: str) -> None:
    command = ASSIGN.model_copy(update={"analyst": analyst})
    for state in (OPEN, IN_PROGRESS, RESOLVED):
        assert state.when(command, by=BRUNO, facts=DIRECTORY) == Refused("no_such_analyst", analyst=analyst)


def test_an_analyst_without_a_record_cannot_answer_from_the_queue() -> None:
    stranger = Actor(role="analyst", key="stranger")
    for command in (TAKE, ANSWER, AWAIT):
        refused = Refused("no_such_analyst", analyst="stranger")
        assert OPEN.when(command, by=stranger, facts=DIRECTORY) == refused


def test_assigning_to_whom_it_is_already_does_nothing() -> None:
    command = ASSIGN.model_copy(update={"analyst": "bruno"})
    for state in (IN_PROGRESS, WAITING, RESOLVED, ON_HOLD):
        assert state.when(command, by=MARTA, facts=DIRECTORY) == []


def test_only_the_first_public_word_is_the_first_answer() -> None:
    later = IN_PROGRESS.given(answered())
    assert later.when(ANSWER, by=BRUNO, facts=DIRECTORY) == [answered(first=False)]
    assert later.given(NOTED).when(AWAIT, by=BRUNO, facts=DIRECTORY) == [awaited()]
    assert IN_PROGRESS.given(NOTED).when(ANSWER, by=BRUNO, facts=DIRECTORY) == [answered()]
    assert later.given(answered(first=False)).when(AWAIT, by=BRUNO, facts=DIRECTORY) == [awaited()]


def test_each_wait_is_counted() -> None:
    again = WAITING.given(resumed())
    assert again.when(AWAIT, by=BRUNO, facts=DIRECTORY) == [awaited(2)]


def test_an_answer_keeps_its_files() -> None:
    events = IN_PROGRESS.when(ANSWER.model_copy(update={"attachments": (FILE,)}), by=BRUNO, facts=DIRECTORY)
    assert events == [answered().model_copy(update={"attachments": (FILE,)})]
