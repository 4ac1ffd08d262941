"""Ties favour the customer: a message received at or before the instant at which a clock closed a ticket.

Source: domain page, Clocks, rule 9.
"""

from datetime import timedelta

import pytest

from contracts import lifecycle as l
from contracts.envelope import SYSTEM
from journal.testing import Spec
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    ANA,
    CLOSED,
    FACTS,
    IN_PROGRESS,
    MERGED,
    RECEIVED,
    RESOLVED,
    STATES,
    SUBMISSION,
    WAITING,
    attempted,
    closed,
    come_of,
    deadline,
    happened,
    replied,
)

DUE = RECEIVED + timedelta(days=7)
JUST_BEFORE, JUST_AFTER = DUE - timedelta(microseconds=1), DUE + timedelta(microseconds=1)
THRICE = [attempted(n, at=RECEIVED + timedelta(hours=n)) for n in (1, 2, 3)]


def closed_by_clock(reason: l.CloseReason, previous: l.Status) -> Spec[Ticket]:
    before = {"no_contact": IN_PROGRESS.given(*THRICE)}.get(reason, STATES[previous])
    return before.given(closed(reason, previous, by=SYSTEM, at=DUE))


BY_CLOCK: list[tuple[l.CloseReason, l.Status]] = [
    ("resolved", "resolved"),
    ("customer_silent", "waiting_customer"),
    ("no_contact", "in_progress"),
]


@pytest.mark.parametrize("at", [JUST_BEFORE, DUE], ids=["before", "at the instant"])
@pytest.mark.parametrize(("reason", "previous"), BY_CLOCK)
def test_a_message_received_in_time_undoes_the_closure(
    reason: l.CloseReason, previous: l.Status, at: object
) -> None:
    story = closed_by_clock(reason, previous)
    events = story.when(replied(received_at=at), facts=FACTS)
    assert isinstance(events, list)
    undone = happened(l.ClosureUndone, at=at, by=ANA, closed_at=DUE, reason=reason, previous=previous)  # type: ignore[arg-type]
    added, *rest = events
    assert isinstance(added, l.ReplyAdded)
    assert (added.late, rest) == (False, [undone])
    after = come_of(story.given(*events))
    assert after.status == "in_progress"
    assert after.unanswered == ()
    assert (after.closed_at, after.closed_because, after.closed_from) == (None, None, None)


@pytest.mark.parametrize(("reason", "previous"), BY_CLOCK)
def test_a_message_received_after_it_goes_on_to_a_new_ticket(
    reason: l.CloseReason, previous: l.Status
) -> None:
    story = closed_by_clock(reason, previous)
    events = story.when(replied(received_at=JUST_AFTER), facts=FACTS)
    assert isinstance(events, list)
    late = happened(l.LateReplyReceived, at=JUST_AFTER, by=ANA, submission_id=SUBMISSION, application="notas")
    assert events[1:] == [late]
    assert come_of(story.given(*events)).status == "closed"


def test_what_a_person_closed_stays_closed() -> None:
    events = CLOSED.when(replied(received_at=RECEIVED), facts=FACTS)
    assert isinstance(events, list)
    assert isinstance(events[1], l.LateReplyReceived)
    merged = MERGED.when(replied(received_at=RECEIVED), facts=FACTS)
    assert isinstance(merged, list)
    assert isinstance(merged[1], l.LateReplyReceived)


def test_an_unverified_message_undoes_nothing() -> None:
    story = closed_by_clock("resolved", "resolved")
    events = story.when(replied(verified=False, received_at=JUST_BEFORE), facts=FACTS)
    assert isinstance(events, list)
    (added,) = events
    assert isinstance(added, l.ReplyAdded)
    assert added.late


def test_undone_once_the_next_message_is_an_ordinary_one() -> None:
    story = closed_by_clock("customer_silent", "waiting_customer")
    events = story.when(replied(received_at=JUST_BEFORE), facts=FACTS)
    assert isinstance(events, list)
    again = story.given(*events).when(replied(received_at=DUE), facts=FACTS)
    assert isinstance(again, list)
    assert [type(event) for event in again] == [l.ReplyAdded]


def test_the_clock_that_closed_it_does_not_close_it_again() -> None:
    for story, clock in ((RESOLVED, "auto_close"), (WAITING, "customer_silence")):
        ended = story.when(deadline(clock, 1), facts=FACTS)  # type: ignore[arg-type]
        assert isinstance(ended, list)
        closed_then = story.given(*ended)
        undone = closed_then.when(replied(received_at=JUST_BEFORE), facts=FACTS)
        assert isinstance(undone, list)
        assert closed_then.given(*undone).when(deadline(clock, 1), facts=FACTS) == []  # type: ignore[arg-type]


def test_what_the_earlier_system_closed_stays_closed() -> None:
    imported = closed(by=SYSTEM, at=DUE).model_copy(update={"imported": True})
    events = RESOLVED.given(imported).when(replied(received_at=JUST_BEFORE), facts=FACTS)
    assert isinstance(events, list)
    assert isinstance(events[1], l.LateReplyReceived)
