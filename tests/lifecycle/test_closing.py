"""The eight reasons to close, each with who or what closes for it, and from where."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import SYSTEM, Actor
from contracts.lifecycle import CloseReason
from journal.errors import Refused
from services.lifecycle.ending import CLOSED_BY_HAND
from tests.lifecycle.stories import (
    ANA,
    AUDITOR,
    AWAITING_APPROVAL,
    BRUNO,
    CAIO,
    CLOSED,
    FACTS,
    LIVE,
    MARTA,
    NUMBER,
    RECEIVED,
    RESOLVED,
    STATES,
    TICKET,
    WAITING,
    attempted,
    awaited,
    closed,
    come_of,
    deadline,
    do,
    not_allowed,
    reopened,
    resolved,
    resumed,
    ticket,
)
from tests.lifecycle.test_joining import MERGE, beside

DUE = RECEIVED + timedelta(days=7)
THRICE = [attempted(n, at=RECEIVED + timedelta(hours=n)) for n in (1, 2, 3)]


def close(reason: str, text: str = "") -> c.CloseTicket:
    return c.CloseTicket.model_validate({"ticket_id": TICKET, "reason": reason, "text": text})


def reason_of(events: object) -> tuple[str, str]:
    """Why and from where the last of these events closed the ticket."""
    assert isinstance(events, list)
    end: Any = events[-1]
    assert isinstance(end, l.TicketClosed)
    return end.reason, end.previous


EIGHT: dict[CloseReason, tuple[str, object]] = {
    "resolved": ("resolved", RESOLVED.when(deadline("auto_close", 1), facts=FACTS)),
    "no_contact": ("open", STATES["open"].given(*THRICE).when(deadline("unreachable", 1), facts=FACTS)),
    "customer_silent": ("waiting_customer", WAITING.when(deadline("customer_silence", 1), facts=FACTS)),
    "third_party": ("on_hold", do(STATES["on_hold"], close("third_party"))),
    "merged": ("in_progress", do(STATES["in_progress"], MERGE, facts=beside())),
    "withdrawn": ("open", do(STATES["open"], close("withdrawn"), ANA)),
    "rejected": (
        "awaiting_approval",
        do(AWAITING_APPROVAL, c.RejectProject(ticket_id=TICKET, revision=1, reason="Caro"), MARTA),
    ),
    "out_of_contract": ("in_progress", do(STATES["in_progress"], close("out_of_contract"))),
}


@pytest.mark.parametrize("reason", get_args(CloseReason))
def test_each_of_the_eight_reasons_comes_about(reason: CloseReason) -> None:
    previous, events = EIGHT[reason]
    assert reason_of(events) == (reason, previous)


@pytest.mark.parametrize(
    ("reason", "who"),
    [
        ("withdrawn", {ANA.key, CAIO.key, BRUNO.key, MARTA.key}),
        ("resolved", {ANA.key, CAIO.key, BRUNO.key, MARTA.key}),
        ("out_of_contract", {BRUNO.key, MARTA.key}),
        ("third_party", {BRUNO.key, MARTA.key}),
        ("no_contact", set()),
        ("customer_silent", set()),
        ("merged", set()),
        ("rejected", set()),
    ],
)
def test_who_closes_by_hand_for_which_reason(reason: CloseReason, who: set[str]) -> None:
    story = {"resolved": RESOLVED, "third_party": STATES["on_hold"]}.get(reason, STATES["in_progress"])
    for by in (ANA, CAIO, BRUNO, MARTA):
        if by.key in who:
            assert do(story, close(reason), by) == [closed(reason, come_of(story).status, by=by)]  # type: ignore[arg-type]
        else:
            assert do(story, close(reason), by) == Refused("close_reason_not_by_hand", reason=reason)
    assert do(story, close(reason), AUDITOR) == not_allowed(AUDITOR)
    assert (reason in CLOSED_BY_HAND) == bool(who)


@pytest.mark.parametrize("status", LIVE)
@pytest.mark.parametrize("by", [ANA, BRUNO], ids=["requester", "analyst"])
def test_a_ticket_is_withdrawn_or_out_of_contract_from_wherever_it_stands(
    status: l.Status, by: Actor
) -> None:
    assert do(STATES[status], close("withdrawn"), by) == [closed("withdrawn", status, by=by)]
    assert do(STATES[status], close("out_of_contract"), BRUNO) == [
        closed("out_of_contract", status, by=BRUNO)
    ]


@pytest.mark.parametrize("status", [status for status in LIVE if status != "resolved"])
def test_only_a_resolved_ticket_closes_as_resolved(status: str) -> None:
    refused = Refused("not_resolved", number=NUMBER, status=status)
    assert do(STATES[status], close("resolved")) == refused
    assert do(RESOLVED, close("resolved"), ANA) == [closed()]


def test_closing_says_why() -> None:
    text = "Não precisamos mais"
    assert do(STATES["in_progress"], close("withdrawn", text), ANA) == [
        closed("withdrawn", "in_progress", text=text)
    ]


@pytest.mark.parametrize("reason", get_args(CloseReason))
def test_closing_twice_does_nothing(reason: CloseReason) -> None:
    assert do(CLOSED, close(reason)) == []
    assert come_of(CLOSED).closed_because == "resolved"


def test_a_ninth_reason_is_none() -> None:
    with pytest.raises(ValueError, match="reason"):
        close("boredom")


CLOCKS: list[tuple[str, sla.Clock, int, CloseReason | None]] = [
    ("resolved", "auto_close", 1, "resolved"),
    ("waiting_customer", "customer_silence", 1, "customer_silent"),
    ("resolved", "auto_close", 2, None),
    ("waiting_customer", "customer_silence", 2, None),
    ("resolved", "customer_silence", 1, None),
    ("waiting_customer", "auto_close", 1, None),
    ("open", "auto_close", 1, None),
    ("in_progress", "customer_silence", 1, None),
    ("on_hold", "customer_silence", 1, None),
    ("awaiting_approval", "auto_close", 1, None),
    ("closed", "auto_close", 1, None),
    ("closed", "customer_silence", 1, None),
    ("in_progress", "first_response", 1, None),
    ("in_progress", "next_response", 1, None),
    ("in_progress", "resolution", 1, None),
]


@pytest.mark.parametrize(("status", "clock", "cycle", "reason"), CLOCKS)
def test_a_clock_closes_only_what_it_was_started_for(
    status: l.Status, clock: sla.Clock, cycle: int, reason: CloseReason | None
) -> None:
    expected = [closed(reason, status, by=SYSTEM, at=DUE)] if reason else []
    assert STATES[status].when(deadline(clock, cycle), facts=FACTS) == expected


@pytest.mark.parametrize("clock", ["auto_close", "customer_silence", "unreachable"])
def test_a_clock_closes_nothing_that_is_not_there(clock: sla.Clock) -> None:
    assert ticket.when(deadline(clock, 1), facts=FACTS) == []


def test_the_timer_of_an_earlier_wait_or_resolution_does_nothing() -> None:
    waits_again = WAITING.given(resumed(), awaited(2, occurrence=2))
    assert waits_again.when(deadline("customer_silence", 1), facts=FACTS) == []
    assert waits_again.when(deadline("customer_silence", 2), facts=FACTS) != []
    resolved_again = RESOLVED.given(reopened(), resolved(2, occurrence=2))
    assert resolved_again.when(deadline("auto_close", 1), facts=FACTS) == []
    assert resolved_again.when(deadline("auto_close", 2), facts=FACTS) != []


def test_a_clock_closes_as_of_its_due_instant_however_late_it_rang() -> None:
    events = RESOLVED.when(deadline("auto_close", 1), now=DUE + timedelta(days=3), facts=FACTS)
    assert events == [closed("resolved", "resolved", by=SYSTEM, at=DUE)]
