"""An answer by e-mail that was read after the requester had written again."""

from datetime import timedelta

import pytest

from contracts import lifecycle as l
from journal.testing import Spec
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    FACTS,
    OPEN,
    RECEIVED,
    answered,
    assigned,
    come_of,
    reopened,
    replied,
    resolved,
)
from tests.lifecycle.test_answering_by_mail import mailed

ANSWERED = OPEN.given(assigned(), answered())
BEFORE, AFTER = RECEIVED - timedelta(minutes=5), RECEIVED + timedelta(minutes=5)


def published(state: Spec[Ticket]) -> l.AnswerPublished:
    events = state.when(mailed(), facts=FACTS)
    assert isinstance(events, list)
    assert isinstance(events[-1], l.AnswerPublished)
    return events[-1]


@pytest.mark.parametrize(("heard_at", "told"), [(BEFORE, None), (RECEIVED, None), (AFTER, AFTER)])
def test_it_says_that_the_requester_has_written_since(heard_at: object, told: object) -> None:
    heard = ANSWERED.when(replied(received_at=heard_at), facts=FACTS)
    assert isinstance(heard, list)
    assert published(ANSWERED.given(*heard)).asked_again_at == told


def test_a_reopening_after_it_can_still_be_dismissed() -> None:
    for at, still in ((AFTER, True), (BEFORE, False)):
        state = ANSWERED.given(resolved(), reopened(at=at))
        assert come_of(state.given(published(state))).contested is still
