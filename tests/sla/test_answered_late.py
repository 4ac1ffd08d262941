"""An answer by e-mail that was read late: it is none to what the requester wrote after it had come."""

from datetime import datetime

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from tests.sla.lives import (
    BRUNO,
    TICKET,
    after,
    answered,
    awaited,
    cycle_of,
    held,
    local,
    phases,
    queued,
    replied,
    told,
)

OPENED = local("2026-03-09 08:00")
FIRST = local("2026-03-09 08:10")
ASKED = local("2026-03-09 08:30")
CAME = local("2026-03-09 09:00")
ASKED_AGAIN = local("2026-03-09 09:05")
ANSWERED_SINCE = local("2026-03-09 09:10")
SINCE = (queued(OPENED, "whole"), answered(FIRST, first=True))


def late(*, first: bool = False, asked_again_at: datetime | None = ASKED_AGAIN) -> l.AnswerPublished:
    return l.AnswerPublished(
        ticket_id=TICKET,
        at=CAME,
        by=BRUNO,
        text="x",
        first=first,
        channel="email",
        asked_again_at=asked_again_at,
    )


@pytest.mark.parametrize("meanwhile", [(), (held(local("2026-03-09 09:10")),)])
def test_what_was_asked_after_it_came_still_waits(meanwhile: tuple[Event, ...]) -> None:
    history = told(*SINCE, replied(ASKED_AGAIN), *meanwhile, late())
    waiting = cycle_of(history, "next_response")
    assert (waiting.number, waiting.phase) == (1, "paused" if meanwhile else "running")
    assert waiting.started_at == ASKED_AGAIN


def test_it_answers_what_was_asked_before_and_what_was_asked_after_begins_to_wait() -> None:
    history = told(*SINCE, replied(ASKED), replied(ASKED_AGAIN), late())
    met = [event for event in history if isinstance(event, sla.ClockMet)][-1]
    assert (met.clock, met.cycle, met.at) == ("next_response", 1, CAME)
    waiting = cycle_of(history, "next_response")
    assert (waiting.number, waiting.phase, waiting.started_at) == (2, "running", ASKED_AGAIN)
    assert waiting.due_at == local("2026-03-09 15:20"), "240 working minutes after it was asked"


def test_it_is_the_first_answer_and_the_newer_message_waits_for_the_next() -> None:
    history = told(queued(OPENED, "whole"), replied(ASKED_AGAIN), late(first=True))
    assert cycle_of(history, "first_response").met == (CAME - OPENED, False, CAME)
    assert cycle_of(history, "next_response").started_at == ASKED_AGAIN


def test_where_nothing_newer_was_said_it_is_an_answer_like_any() -> None:
    history = told(*SINCE, replied(ASKED), late(asked_again_at=None))
    assert phases(history)["next_response"] == "met"


@pytest.mark.parametrize("meanwhile", [answered(ANSWERED_SINCE), awaited(ANSWERED_SINCE)])
def test_what_was_asked_after_it_came_and_was_answered_otherwise_does_not_wait_again(
    meanwhile: Event,
) -> None:
    history = told(*SINCE, replied(ASKED_AGAIN), meanwhile)
    assert after(history, late()) == history
