"""Take, assign, hand over, give back: who answers for a ticket."""

from datetime import timedelta

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Analyst
from contracts.envelope import Actor, Command
from journal.errors import Refused
from journal.testing import NOON
from services.lifecycle.facts import Facts
from tests.lifecycle.stories import (
    ANSWER,
    AWAIT,
    AWAITING_APPROVAL,
    BRUNO,
    FACTS,
    HOLD,
    IN_PROGRESS,
    LIA,
    LIVE,
    MARTA,
    ON_HOLD,
    OPEN,
    QUEUED,
    RECEIVED,
    RESOLVE,
    RESOLVED,
    RESUME,
    STATES,
    TAKE,
    TICKET,
    TICKET_CLOSED,
    TICKET_RESOLVED,
    TOMAS,
    WAITING,
    answered,
    assigned,
    awaited,
    come_of,
    directory,
    do,
    happened,
    held,
    registered,
    resolved,
    resumed,
    then,
    ticket,
)

TO_LIA = c.AssignTicket(ticket_id=TICKET, analyst="lia", reason="Conhece o caso")
TO_TOMAS = c.AssignTicket(ticket_id=TICKET, analyst="tomas")
GIVE_BACK = c.ReturnTicket(ticket_id=TICKET, reason="Outra equipe")


def test_whoever_takes_a_ticket_answers_for_it_and_work_begins() -> None:
    assert do(OPEN, TAKE) == [assigned()]
    assert come_of(then(OPEN, TAKE))[:1] == ("in_progress",)
    assert come_of(then(OPEN, TAKE)).analyst == "bruno"


def test_a_manager_may_take_one_too() -> None:
    assert do(OPEN, TAKE, MARTA) == [assigned("marta", by=MARTA)]


def test_taking_from_another_says_from_whom() -> None:
    assert do(IN_PROGRESS, TAKE, LIA) == [assigned("lia", by=LIA, previous="bruno")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", [assigned("lia", reason="Conhece o caso")]),
        *(
            (status, [assigned("lia", reason="Conhece o caso", previous="bruno", status=status)])
            for status in ("in_progress", "waiting_customer", "on_hold", "awaiting_approval", "resolved")
        ),
        ("closed", TICKET_CLOSED),
    ],
)
def test_a_ticket_is_handed_over_in_every_status_that_lives(status: str, expected: object) -> None:
    assert do(STATES[status], TO_LIA) == expected


@pytest.mark.parametrize("command", [TAKE, GIVE_BACK], ids=["take", "give back"])
def test_what_is_resolved_is_neither_taken_nor_given_back(command: Command) -> None:
    assert do(RESOLVED, command, LIA) == TICKET_RESOLVED
    assert do(STATES["closed"], command, LIA) == TICKET_CLOSED


def test_assigning_to_whom_it_is_already_does_nothing() -> None:
    to_bruno = c.AssignTicket(ticket_id=TICKET, analyst="bruno")
    for status, story in LIVE.items():
        if status != "open":
            assert do(story, to_bruno, MARTA) == []
            assert status == "resolved" or do(story, TAKE) == []


def test_a_ticket_given_by_rule_begins_when_its_analyst_takes_it_not_when_it_is_given_again() -> None:
    given = OPEN.given(assigned(status="open"))
    to_bruno = c.AssignTicket(ticket_id=TICKET, analyst="bruno")
    assert do(given, to_bruno, MARTA) == []
    assert do(given, TAKE) == [assigned(previous="bruno")]
    assert do(given, to_bruno) == [assigned(previous="bruno")]


@pytest.mark.parametrize("analyst", ["ninguem", "ivo", "ana"], ids=["unknown", "auditor", "contact"])
def test_a_ticket_goes_only_to_who_works_here(analyst: str) -> None:
    command = c.AssignTicket(ticket_id=TICKET, analyst=analyst, reason="Por favor")
    for state in LIVE.values():
        assert do(state, command) == Refused("no_such_analyst", analyst=analyst)


def test_a_ticket_does_not_go_to_who_left() -> None:
    known = directory()
    known.put("analyst", "lia", 2, False, Analyst(name="Lia Souza", email="lia@desk.example"))
    refused = Refused("no_such_analyst", analyst="lia")
    assert do(OPEN, TO_LIA, facts=Facts(known)) == refused


def test_who_is_away_gets_a_ticket_only_for_a_reason() -> None:
    assert do(OPEN, TO_TOMAS) == Refused("analyst_absent", analyst="tomas", until="2026-03-06")
    for_a_reason = TO_TOMAS.model_copy(update={"reason": "Volta amanhã"})
    assert do(OPEN, for_a_reason) == [assigned("tomas", reason="Volta amanhã")]


def test_who_is_away_and_takes_a_ticket_is_there() -> None:
    assert do(OPEN, TAKE, TOMAS) == [assigned("tomas", by=TOMAS)]


def test_whoever_works_other_areas_gets_it_for_a_reason_only() -> None:
    to_rosa = c.AssignTicket(ticket_id=TICKET, analyst="rosa")
    assert do(OPEN, to_rosa) == Refused("not_of_area", analyst="rosa", area="fiscal")
    told = to_rosa.model_copy(update={"reason": "Conhece o caso"})
    assert do(OPEN, told) == [assigned("rosa", reason="Conhece o caso")]
    moved = c.ReclassifyTicket(ticket_id=TICKET, analyst="rosa", area="rh")
    assert isinstance(do(OPEN, moved), list)
    rosa = Actor(role="analyst", key="rosa", name="Rosa Melo")
    assert do(OPEN, TAKE, rosa) == [assigned("rosa", by=rosa)]


def test_a_manager_answers_for_every_area() -> None:
    assert do(OPEN, c.AssignTicket(ticket_id=TICKET, analyst="otto")) == [assigned("otto")]


def test_an_absence_ends_with_its_last_day_in_the_desks_time_zone() -> None:
    last_evening = NOON + timedelta(days=4, hours=14, minutes=59)  # Friday the 6th, 23:59 in São Paulo
    refused = do(OPEN, TO_TOMAS, now=last_evening)
    assert refused == Refused("analyst_absent", analyst="tomas", until="2026-03-06")
    assert isinstance(do(OPEN, TO_TOMAS, now=last_evening + timedelta(minutes=1)), list)


@pytest.mark.parametrize("status", ["in_progress", "waiting_customer", "on_hold", "awaiting_approval"])
def test_a_ticket_given_back_is_nobodys_and_keeps_its_status(status: str) -> None:
    returned = happened(l.TicketReturned, previous="bruno", reason="Outra equipe")
    assert do(STATES[status], GIVE_BACK) == [returned]
    after = come_of(then(STATES[status], GIVE_BACK))
    assert (after.analyst, after.status) == (None, status)


def test_what_nobody_has_is_not_given_back() -> None:
    assert do(OPEN, GIVE_BACK) == []


TOUCHES = [
    (ANSWER, answered(), answered(2, first=False)),
    (AWAIT, awaited(first=True), None),
    (HOLD, held(), None),
    (RESOLVE, resolved(first=True), resolved(occurrence=2)),
]


@pytest.mark.parametrize(("command", "event", "_"), TOUCHES)
def test_whoever_works_on_a_ticket_of_the_queue_answers_for_it(
    command: Command, event: l.OfTicket, _: object
) -> None:
    assert do(OPEN, command) == [assigned(), event]


def test_a_ticket_given_back_while_it_waits_belongs_to_who_goes_on() -> None:
    waits = then(WAITING, GIVE_BACK)
    assert do(waits, ANSWER) == [assigned(status="waiting_customer"), answered(2, first=False)]
    assert do(waits, RESUME, LIA) == [assigned("lia", by=LIA, status="waiting_customer"), resumed(by=LIA)]
    holds = then(ON_HOLD, GIVE_BACK)
    assert do(holds, RESUME) == [assigned(status="on_hold"), resumed(previous="on_hold")]
    assert do(then(AWAITING_APPROVAL, GIVE_BACK), ANSWER) == [
        assigned(status="awaiting_approval"),
        answered(),
    ]


def test_a_ticket_given_by_rule_begins_with_its_analysts_first_word() -> None:
    given = OPEN.given(assigned(status="open"))
    assert do(given, ANSWER) == [assigned(previous="bruno"), answered()]


def test_a_colleagues_answer_leaves_the_ticket_to_whose_it_is() -> None:
    assert do(IN_PROGRESS, ANSWER, LIA) == [answered(by=LIA)]
    given = OPEN.given(assigned(status="open"))
    assert do(given, ANSWER, LIA) == [answered(by=LIA)]


@pytest.mark.parametrize(
    "command", [TAKE, ANSWER, AWAIT, HOLD, RESOLVE], ids=lambda each: type(each).__name__
)
def test_who_has_no_record_answers_for_nothing(command: Command) -> None:
    stranger = Actor(role="analyst", key="stranger")
    assert do(OPEN, command, stranger) == Refused("no_such_analyst", analyst="stranger")


def test_a_phone_ticket_is_its_answerers_at_once_whatever_the_area() -> None:
    called = registered(analyst="lia", by=LIA, area="rh")
    queued = QUEUED.model_copy(update={"by": LIA, "area": "rh"})
    assert ticket.when(called, facts=FACTS) == [queued, assigned("lia", by=LIA, at=RECEIVED)]


def test_an_open_ticket_can_be_handed_to_somebody_before_work_begins_by_nobody_else() -> None:
    assert do(OPEN, TO_LIA, BRUNO) == [assigned("lia", by=BRUNO, reason="Conhece o caso")]
