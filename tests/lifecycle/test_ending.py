"""Resolve, contest, rate, close, by hand and by clock."""

from datetime import timedelta
from typing import get_args

import pytest

from contracts import commands as c
from contracts import sla
from contracts.envelope import SYSTEM, Actor, Command
from contracts.lifecycle import CloseReason
from journal.errors import Refused
from tests.lifecycle.stories import (
    ANA,
    AUDITOR,
    BRUNO,
    CAIO,
    CLOSED,
    DIRECTORY,
    IN_PROGRESS,
    MARTA,
    NOBODY,
    NUMBER,
    ON_HOLD,
    OPEN,
    RECEIVED,
    RESOLVED,
    RIVAL,
    STATES,
    TICKET,
    WAITING,
    answered,
    assigned,
    awaited,
    closed,
    deadline,
    rated,
    reopened,
    resolved,
    resumed,
    ticket,
)

RESOLVE = c.ResolveTicket(ticket_id=TICKET, text="Feito")
REOPEN = c.ReopenTicket(ticket_id=TICKET, text="Ainda não")
CLOSE = c.CloseTicket(ticket_id=TICKET, reason="withdrawn")
RATE = c.RateResolution(ticket_id=TICKET, resolution=1, score=4)
COMMANDS = [RESOLVE, REOPEN, CLOSE, RATE]
CLOSED_ALREADY = Refused("ticket_closed", number=NUMBER)
LIVE = [status for status in STATES if status not in ("absent", "closed")]


def close(reason: str) -> c.CloseTicket:
    return c.CloseTicket.model_validate({"ticket_id": TICKET, "reason": reason})


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_nothing_is_done_on_a_ticket_that_is_not_there(command: Command) -> None:
    for by in (ANA, BRUNO):
        assert ticket.when(command, by=by, facts=DIRECTORY) == Refused("no_such_ticket")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", [assigned(), resolved(first=True)]),
        ("in_progress", [resolved(first=True)]),
        ("waiting_customer", [resolved()]),
        ("on_hold", [resolved(first=True)]),
        ("resolved", []),
        ("closed", CLOSED_ALREADY),
    ],
)
def test_resolving_in_each_status(status: str, expected: object) -> None:
    assert STATES[status].when(RESOLVE, by=BRUNO, facts=DIRECTORY) == expected


def test_a_second_resolution_counts_as_the_second() -> None:
    again = RESOLVED.given(reopened())
    assert again.when(RESOLVE, by=BRUNO, facts=DIRECTORY) == [resolved(2)]


def test_a_resolution_after_an_answer_is_not_the_first_answer() -> None:
    assert IN_PROGRESS.given(answered()).when(RESOLVE, by=BRUNO, facts=DIRECTORY) == [resolved()]


@pytest.mark.parametrize("by", [ANA, AUDITOR], ids=["requester", "auditor"])
def test_only_the_desk_resolves(by: Actor) -> None:
    assert IN_PROGRESS.when(RESOLVE, by=by, facts=DIRECTORY) == Refused("not_allowed", role=by.role)


@pytest.mark.parametrize("by", [ANA, CAIO, BRUNO, MARTA], ids=lambda by: by.key)
def test_a_resolution_is_contested_by_its_customer_or_the_desk(by: Actor) -> None:
    assert RESOLVED.when(REOPEN, by=by, facts=DIRECTORY) == [reopened(by=by)]


@pytest.mark.parametrize("by", [RIVAL, NOBODY, AUDITOR], ids=["another customer", "unknown", "auditor"])
@pytest.mark.parametrize("command", [REOPEN, CLOSE], ids=["reopen", "close"])
def test_nobody_else_contests_or_closes(command: Command, by: Actor) -> None:
    assert RESOLVED.when(command, by=by, facts=DIRECTORY) == Refused("not_allowed", role=by.role)


@pytest.mark.parametrize("status", ["open", "in_progress", "waiting_customer", "on_hold"])
def test_only_a_resolution_can_be_contested(status: str) -> None:
    refused = Refused("not_resolved", number=NUMBER, status=status)
    assert STATES[status].when(REOPEN, by=ANA, facts=DIRECTORY) == refused


def test_a_closed_ticket_is_not_reopened() -> None:
    assert CLOSED.when(REOPEN, by=ANA, facts=DIRECTORY) == CLOSED_ALREADY


@pytest.mark.parametrize("status", LIVE)
@pytest.mark.parametrize("by", [ANA, BRUNO], ids=lambda by: by.key)
def test_a_ticket_can_be_withdrawn_until_it_is_closed(status: str, by: Actor) -> None:
    previous = STATES[status].decider.fold(STATES[status].history).status
    expected = closed("withdrawn", previous, by=by)  # type: ignore[arg-type]
    assert STATES[status].when(CLOSE, by=by, facts=DIRECTORY) == [expected]


def test_closing_twice_does_nothing() -> None:
    for reason in get_args(CloseReason):
        assert CLOSED.when(close(reason), by=BRUNO, facts=DIRECTORY) == []


def test_only_a_resolved_ticket_closes_as_resolved() -> None:
    assert RESOLVED.when(close("resolved"), by=ANA, facts=DIRECTORY) == [closed()]
    refused = Refused("not_resolved", number=NUMBER, status="in_progress")
    assert IN_PROGRESS.when(close("resolved"), by=BRUNO, facts=DIRECTORY) == refused


def test_only_a_ticket_on_hold_closes_for_the_third_party() -> None:
    assert ON_HOLD.when(close("third_party"), by=BRUNO, facts=DIRECTORY) == [
        closed("third_party", "on_hold", by=BRUNO)
    ]
    refused = Refused("no_such_transition", number=NUMBER, status="in_progress", to="closed")
    assert IN_PROGRESS.when(close("third_party"), by=BRUNO, facts=DIRECTORY) == refused


@pytest.mark.parametrize(
    ("reason", "by", "allowed"),
    [
        (reason, by, allowed)
        for reason, who in {
            "withdrawn": "both",
            "resolved": "both",
            "out_of_contract": "desk",
            "third_party": "desk",
            "no_contact": "nobody",
            "customer_silent": "nobody",
            "merged": "nobody",
            "rejected": "nobody",
        }.items()
        for by, allowed in ((ANA, who == "both"), (BRUNO, who != "nobody"), (MARTA, who != "nobody"))
    ],
)
def test_who_closes_by_hand_for_which_reason(reason: CloseReason, by: Actor, allowed: bool) -> None:
    state = {"resolved": RESOLVED, "third_party": ON_HOLD}.get(reason, IN_PROGRESS)
    outcome = state.when(close(reason), by=by, facts=DIRECTORY)
    if allowed:
        assert isinstance(outcome, list)
        assert [event.topic for event in outcome] == ["lifecycle.TicketClosed.v1"]
    else:
        assert outcome == Refused("close_reason_not_by_hand", reason=reason)


def test_closing_says_why() -> None:
    command = CLOSE.model_copy(update={"text": "Não precisamos mais"})
    expected = closed("withdrawn", "in_progress", text="Não precisamos mais")
    assert IN_PROGRESS.when(command, by=ANA, facts=DIRECTORY) == [expected]


CLOCKS: list[tuple[str, sla.Clock, int, str | None]] = [
    ("resolved", "auto_close", 1, "resolved"),
    ("waiting_customer", "customer_silence", 1, "customer_silent"),
    ("resolved", "auto_close", 2, None),
    ("waiting_customer", "customer_silence", 2, None),
    ("resolved", "customer_silence", 1, None),
    ("waiting_customer", "auto_close", 1, None),
    ("open", "auto_close", 1, None),
    ("in_progress", "customer_silence", 1, None),
    ("closed", "auto_close", 1, None),
    ("absent", "auto_close", 1, None),
    ("in_progress", "first_response", 1, None),
]


@pytest.mark.parametrize(("status", "clock", "cycle", "reason"), CLOCKS)
def test_a_clock_closes_only_what_it_was_started_for(
    status: str, clock: sla.Clock, cycle: int, reason: CloseReason | None
) -> None:
    outcome = STATES[status].when(deadline(clock, cycle))
    if reason is None:
        assert outcome == []
    else:
        due = RECEIVED + timedelta(days=7)
        assert outcome == [closed(reason, status, by=SYSTEM, at=due)]  # type: ignore[arg-type]


def test_the_timer_of_an_earlier_wait_or_resolution_does_nothing() -> None:
    waits_again = WAITING.given(resumed(), awaited(2))
    assert waits_again.when(deadline("customer_silence", 1)) == []
    assert waits_again.when(deadline("customer_silence", 2)) != []
    resolved_again = RESOLVED.given(reopened(), resolved(2))
    assert resolved_again.when(deadline("auto_close", 1)) == []
    assert resolved_again.when(deadline("auto_close", 2)) != []


def test_a_rating_is_kept_corrected_and_changes_no_status() -> None:
    assert RESOLVED.when(RATE, by=ANA, facts=DIRECTORY) == [rated(4)]
    once = RESOLVED.given(rated(4))
    assert once.when(RATE, by=ANA, facts=DIRECTORY) == []
    better = RATE.model_copy(update={"score": 5, "comment": "Obrigada"})
    assert once.when(better, by=CAIO, facts=DIRECTORY) == [
        rated(5, comment="Obrigada", corrected=True, by=CAIO)
    ]
    assert once.decider.fold(once.history).status == "resolved"


def test_each_resolution_has_its_own_rating() -> None:
    second = RESOLVED.given(rated(1), reopened(), resolved(2))
    refused = Refused("not_the_latest_resolution", number=NUMBER)
    assert second.when(RATE, by=ANA, facts=DIRECTORY) == refused
    again = RATE.model_copy(update={"resolution": 2})
    assert second.when(again, by=ANA, facts=DIRECTORY) == [rated(4, resolution=2)]


def test_a_contested_resolution_can_still_be_rated() -> None:
    assert RESOLVED.given(reopened()).when(RATE, by=ANA, facts=DIRECTORY) == [rated(4)]


def test_ratings_end_with_closing() -> None:
    assert CLOSED.when(RATE, by=ANA, facts=DIRECTORY) == CLOSED_ALREADY


def test_what_was_not_resolved_is_not_rated() -> None:
    assert OPEN.when(RATE, by=ANA, facts=DIRECTORY) == Refused("not_the_latest_resolution", number=NUMBER)


@pytest.mark.parametrize("by", [BRUNO, MARTA, AUDITOR, RIVAL, NOBODY], ids=lambda by: f"{by.role} {by.key}")
def test_only_the_customer_rates(by: Actor) -> None:
    assert RESOLVED.when(RATE, by=by, facts=DIRECTORY) == Refused("not_allowed", role=by.role)
