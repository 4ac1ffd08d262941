"""The column "pauses" of the domain page, Clocks: which clocks stand still while a ticket waits, and for what."""

from datetime import timedelta
from typing import Any

import pytest

from contracts import sla
from services.sla.decider import SLA
from tests.sla.lives import (
    after,
    answered,
    approval_asked,
    approved,
    awaited,
    cycle_of,
    held,
    local,
    phases,
    queued,
    replied,
    resolved,
    resumed,
    said,
    sent_back,
    told,
    went_on,
)

FRIDAY = local("2026-03-06 17:00")
MONDAY = local("2026-03-09 09:00")
DAY = timedelta(days=1)
ANSWERED = told(queued(FRIDAY, "whole"), answered(MONDAY, first=True))


class TestHeldForAThirdParty:
    def test_every_clock_of_working_time_stands_still(self) -> None:
        history = told(queued(FRIDAY, "whole"), held(MONDAY))
        assert phases(history) == {"first_response": "paused", "resolution": "paused"}
        assert {event.reason for event in history if isinstance(event, sla.ClockPaused)} == {"on_hold"}

    def test_it_goes_on_when_the_ticket_does(self) -> None:
        history = told(queued(FRIDAY, "whole"), held(MONDAY), went_on(MONDAY + DAY))
        assert phases(history) == {"first_response": "running", "resolution": "running"}

    def test_a_reply_meanwhile_starts_a_clock_that_stands_still(self) -> None:
        history = after(ANSWERED, held(MONDAY), replied(MONDAY + DAY))
        assert said(history[-2:]) == ["next_response started", "next_response paused"]
        assert cycle_of(history, "next_response").elapsed == timedelta()
        back = after(history, went_on(MONDAY + 2 * DAY))
        assert cycle_of(back, "next_response").due_at == local("2026-03-11 15:15")

    def test_a_reply_neither_resumes_nor_starts_anything_twice(self) -> None:
        history = after(ANSWERED, held(MONDAY), replied(MONDAY + DAY))
        assert after(history, replied(MONDAY + 2 * DAY)) == history

    def test_resolved_from_there_and_reopened_the_next_reply_counts(self) -> None:
        history = after(ANSWERED, held(MONDAY), resolved(MONDAY + DAY))
        assert phases(history)["resolution"] == "met"
        assert phases(after(history, replied(MONDAY + 2 * DAY)))["next_response"] == "running"

    def test_it_is_noted_though_the_policy_starts_no_clock_meanwhile(self) -> None:
        history = after(told(queued(FRIDAY), answered(MONDAY, first=True)), held(MONDAY))
        assert SLA.fold(history).waits == "on_hold"
        assert SLA.fold(after(history, went_on(MONDAY + DAY))).waits is None


class TestAwaitingTheCustomer:
    def test_the_question_answers_and_the_resolution_stands_still(self) -> None:
        history = after(ANSWERED, replied(MONDAY), awaited(MONDAY + DAY))
        assert phases(history) == {
            "first_response": "met", "next_response": "met", "resolution": "paused",
            "customer_silence": "running",
        }  # fmt: skip

    def test_the_reply_ends_the_wait_before_it_starts_a_clock(self) -> None:
        history = after(ANSWERED, awaited(MONDAY))
        back = after(history, replied(MONDAY + DAY))
        assert said(back[len(history) :]) == [
            "customer_silence met", "resolution resumed", "next_response started",
        ]  # fmt: skip
        assert after(back, resumed(MONDAY + DAY)) == back


class TestAwaitingApproval:
    @pytest.mark.parametrize("decision", [approved, sent_back])
    def test_the_resolution_stands_still_until_it_is_decided(self, decision: Any) -> None:
        history = after(ANSWERED, replied(MONDAY), approval_asked(MONDAY))
        assert (phases(history)["resolution"], phases(history)["next_response"]) == ("paused", "running")
        assert phases(after(history, decision(MONDAY + DAY)))["resolution"] == "running"


class TestThePolicySaysWhatPauses:
    begun = told(queued(FRIDAY, "unpausing"))

    def test_a_first_response_that_nothing_pauses(self) -> None:
        history = after(self.begun, held(MONDAY))
        assert phases(history) == {"first_response": "running", "resolution": "paused"}

    def test_a_resolution_that_the_customer_does_not_pause(self) -> None:
        assert phases(after(self.begun, awaited(MONDAY, first=True)))["resolution"] == "running"

    def test_a_next_response_that_approval_pauses(self) -> None:
        history = after(self.begun, answered(MONDAY, first=True), approval_asked(MONDAY), replied(MONDAY))
        assert phases(history)["next_response"] == "paused"
        assert phases(after(history, approved(MONDAY + DAY)))["next_response"] == "running"
