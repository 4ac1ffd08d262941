"""The clock `unreachable`: the third attempt in a row that nobody answered, and 48 hours from the opening."""

from datetime import datetime, timedelta

import pytest

from contracts import sla
from contracts.sla import Stage
from services.sla.clocks import END
from tests.sla.lives import (
    LATENCY,
    after,
    answered,
    attempted,
    closed,
    cycle_of,
    fact,
    local,
    phases,
    queued,
    reached,
    replied,
    resolved,
    rung,
    said,
    told,
)

OPENED = local("2026-03-06 17:00")
IN_48_HOURS = local("2026-03-08 17:00")
HOUR = timedelta(hours=1)
TWICE = told(queued(OPENED, "whole"), attempted(OPENED + HOUR, 1), attempted(OPENED + 2 * HOUR, 2))


class TestItsEnd:
    def test_two_attempts_start_nothing(self) -> None:
        assert "unreachable" not in phases(TWICE)

    def test_the_third_starts_it_towards_48_elapsed_hours_from_the_opening(self) -> None:
        at = OPENED + 3 * HOUR
        history = after(TWICE, attempted(at, 3))
        assert history[-1] == fact(
            sla.ClockStarted, "unreachable", at,
            number="2026-000001", target_s=45 * 3600, business=False, due_at=IN_48_HOURS,
            calendar="padrao", calendar_version=1, sla_policy="whole", sla_policy_version=1,
            next=Stage(stage=END, at=IN_48_HOURS),
        )  # fmt: skip

    @pytest.mark.parametrize("third_at", [IN_48_HOURS, IN_48_HOURS + 30 * HOUR])
    def test_after_48_hours_it_is_due_with_the_third_attempt(self, third_at: datetime) -> None:
        history = rung(after(TWICE, attempted(third_at, 3)), "unreachable", 1)
        assert history[-1] == fact(
            sla.DeadlineReached, "unreachable", third_at, detected_at=third_at + LATENCY, attempts=3
        )

    def test_a_fourth_attempt_moves_nothing(self) -> None:
        history = after(TWICE, attempted(OPENED + 3 * HOUR, 3))
        assert after(history, attempted(OPENED + 5 * HOUR, 4)) == history

    def test_it_warns_of_nothing_and_no_wait_pauses_it(self) -> None:
        history = after(TWICE, attempted(OPENED + 3 * HOUR, 3))
        assert cycle_of(history, "unreachable").next_stage == END


class TestWhatEndsIt:
    third = after(TWICE, attempted(OPENED + 3 * HOUR, 3))
    at = OPENED + 4 * HOUR

    def test_a_message_of_the_requester_meets_it_and_three_more_start_it_again(self) -> None:
        history = after(self.third, replied(self.at))
        assert history[-1] == fact(sla.ClockMet, "unreachable", self.at, elapsed_s=3600, late=False)
        again = after(history, *(attempted(self.at + n * HOUR, n) for n in (1, 2, 3)))
        assert (cycle_of(again, "unreachable").number, phases(again)["unreachable"]) == (2, "running")

    def test_a_message_of_an_unknown_sender_does_not(self) -> None:
        assert after(self.third, replied(self.at, verified=False)) == self.third

    @pytest.mark.parametrize("channel", ["phone", "email", "web"])
    def test_reaching_somebody_meets_it(self, channel: str) -> None:
        history = after(self.third, reached(self.at, channel))
        assert said(history[len(self.third) :]) == ["unreachable met"]

    def test_resolving_and_closing_stop_it(self) -> None:
        assert phases(after(self.third, resolved(self.at, first=True)))["unreachable"] == "stopped"
        assert phases(after(self.third, closed(self.at)))["unreachable"] == "stopped"

    def test_an_answer_does_not(self) -> None:
        assert phases(after(self.third, answered(self.at, first=True)))["unreachable"] == "running"


class TestReachedByPhone:
    def test_is_the_first_answer_when_lifecycle_says_so(self) -> None:
        history = after(TWICE, reached(OPENED + 3 * HOUR, first=True))
        assert said(history[len(TWICE) :]) == ["first_response met"]

    def test_answers_what_the_requester_asked_since(self) -> None:
        asked = after(TWICE, answered(OPENED + 3 * HOUR, first=True), replied(OPENED + 4 * HOUR))
        assert phases(after(asked, reached(OPENED + 5 * HOUR)))["next_response"] == "met"
        assert phases(after(asked, reached(OPENED + 5 * HOUR, "email")))["next_response"] == "running"
