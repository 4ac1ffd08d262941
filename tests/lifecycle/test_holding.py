"""Waiting for a third party, and going on after a wait."""

from datetime import date, timedelta

import pytest

from contracts import commands as c
from journal.errors import Refused
from journal.testing import NOON
from tests.lifecycle.stories import (
    BRUNO,
    HOLD,
    NUMBER,
    ON_HOLD,
    OPEN,
    RESUME,
    STATES,
    TICKET,
    TICKET_CLOSED,
    TODAY,
    WAITING,
    assigned,
    closed,
    come_of,
    do,
    held,
    resumed,
    then,
)


def no_way(status: str) -> Refused:
    return Refused("no_such_transition", number=NUMBER, status=status, to="on_hold")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", [assigned(), held()]),
        ("in_progress", [held()]),
        ("waiting_customer", no_way("waiting_customer")),
        ("on_hold", no_way("on_hold")),
        ("awaiting_approval", no_way("awaiting_approval")),
        ("resolved", no_way("resolved")),
        ("closed", TICKET_CLOSED),
    ],
)
def test_holding_in_each_status(status: str, expected: object) -> None:
    assert do(STATES[status], HOLD) == expected


def test_a_hold_names_the_third_party_the_date_and_what_the_requester_is_told() -> None:
    command = HOLD.model_copy(update={"text": "A prefeitura responde até lá."})
    assert do(STATES["in_progress"], command) == [
        held().model_copy(update={"text": "A prefeitura responde até lá."})
    ]


def test_a_ticket_given_by_rule_that_a_colleague_holds_was_open() -> None:
    given = OPEN.given(assigned("lia", status="open"))
    assert do(given, HOLD) == [held("open")]


@pytest.mark.parametrize("party", ["", None])
def test_a_hold_without_a_third_party_is_malformed(party: object) -> None:
    with pytest.raises(ValueError, match="third_party"):
        c.HoldTicket.model_validate({"ticket_id": TICKET, "third_party": party, "expected_on": TODAY})


def test_the_expected_date_is_not_over_yet_in_the_desks_time_zone() -> None:
    refused = Refused("expected_in_the_past", expected_on="2026-03-02")
    evening = NOON + timedelta(hours=14, minutes=59)  # 23:59 in São Paulo, the 3rd in UTC
    assert isinstance(do(OPEN, HOLD, now=evening), list)
    assert do(OPEN, HOLD, now=evening + timedelta(minutes=1)) == refused
    earlier = HOLD.model_copy(update={"expected_on": date(2026, 3, 1)})
    assert do(OPEN, earlier) == Refused("expected_in_the_past", expected_on="2026-03-01")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("in_progress", []),
        ("waiting_customer", [resumed()]),
        ("on_hold", [resumed(previous="on_hold")]),
        ("open", Refused("not_waiting", number=NUMBER, status="open")),
        ("awaiting_approval", Refused("not_waiting", number=NUMBER, status="awaiting_approval")),
        ("resolved", Refused("not_waiting", number=NUMBER, status="resolved")),
        ("closed", TICKET_CLOSED),
    ],
)
def test_going_on_in_each_status(status: str, expected: object) -> None:
    assert do(STATES[status], RESUME) == expected


def test_after_a_wait_work_is_in_progress() -> None:
    assert come_of(then(ON_HOLD, RESUME)).status == "in_progress"
    assert come_of(then(WAITING, RESUME)).status == "in_progress"


def test_from_a_hold_it_closes_for_the_third_party() -> None:
    command = c.CloseTicket(ticket_id=TICKET, reason="third_party", text="Só a prefeitura resolve.")
    assert do(ON_HOLD, command) == [
        closed("third_party", "on_hold", by=BRUNO, text="Só a prefeitura resolve.")
    ]


@pytest.mark.parametrize(
    "status", ["open", "in_progress", "waiting_customer", "awaiting_approval", "resolved"]
)
def test_from_elsewhere_it_does_not(status: str) -> None:
    command = c.CloseTicket(ticket_id=TICKET, reason="third_party")
    assert do(STATES[status], command) == Refused("not_on_hold", number=NUMBER, status=status)
