"""An answer by e-mail that was read after the requester had written again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from contracts import lifecycle as l
from contracts.envelope import Event
from journal.testing import Spec
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    FACTS,
    MARTA,
    OPEN,
    RECEIVED,
    answered,
    assigned,
    attempted,
    come_of,
    reopened,
    replied,
    resolved,
)
from tests.lifecycle.test_answering_by_mail import mailed
from tests.lifecycle.test_contesting import DISMISSED

ANSWERED = OPEN.given(assigned(), answered())
BEFORE, AFTER = RECEIVED - timedelta(minutes=5), RECEIVED + timedelta(minutes=5)


def published(state: Spec[Ticket]) -> l.AnswerPublished:
    events = state.when(mailed(), facts=FACTS)
    assert isinstance(events, list)
    assert isinstance(events[-1], l.AnswerPublished)
    return events[-1]


def written(at: datetime) -> list[Event]:
    """A message of the requester, received then."""
    events = ANSWERED.when(replied(received_at=at), facts=FACTS)
    assert isinstance(events, list)
    return events


@pytest.mark.parametrize(("heard_at", "told"), [(BEFORE, None), (RECEIVED, None), (AFTER, AFTER)])
def test_it_says_that_the_requester_has_written_since(heard_at: datetime, told: datetime | None) -> None:
    assert published(ANSWERED.given(*written(heard_at))).asked_again_at == told


def test_of_several_since_the_first_is_told_that_nobody_has_answered() -> None:
    again = AFTER + timedelta(minutes=5)
    heard = ANSWERED.given(*written(AFTER))
    both = heard.given(*written(again))
    meanwhile = heard.given(answered(at=AFTER + timedelta(minutes=1)), *written(again))
    assert (published(both).asked_again_at, published(meanwhile).asked_again_at) == (AFTER, again)


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        (lambda at: answered(at=at), None),
        (lambda at: attempted(0, at=at, channel="phone"), None),
        (lambda at: attempted(0, at=at, channel="email"), AFTER),
        (lambda at: attempted(1, at=at), AFTER),
    ],
)
def test_what_was_answered_meanwhile_does_not_wait_again(
    meanwhile: Callable[[datetime], Event], told: datetime | None
) -> None:
    state = ANSWERED.given(*written(AFTER), meanwhile(AFTER + timedelta(minutes=1)))
    assert published(state).asked_again_at == told


def test_a_demand_that_was_dismissed_does_not_wait_again() -> None:
    reopened_again = (resolved(), reopened(at=AFTER), DISMISSED, reopened(by=MARTA))
    assert published(ANSWERED.given(*reopened_again)).asked_again_at is None


def test_a_reopening_after_it_can_still_be_dismissed() -> None:
    for at, still in ((AFTER, True), (BEFORE, False)):
        state = ANSWERED.given(resolved(), reopened(at=at))
        assert come_of(state.given(published(state))).contested is still
