"""A closure that was undone: what the clocks say then, and how their course reads."""

from datetime import timedelta

import pytest

from services.sla.decider import SLA
from services.sla.stretches import Stretch, course, of_cycle
from tests.sla.lives import (
    after,
    answered,
    attempted,
    awaited,
    closed,
    cycle_of,
    held,
    local,
    phases,
    queued,
    reclassified,
    reopened,
    replied,
    resolved,
    rung,
    told,
    undone,
)

FRIDAY = local("2026-03-06 17:00")
MONDAY = local("2026-03-09 09:00")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = 7 * DAY


class TestAnUndoneClosure:
    def test_of_a_resolved_ticket_is_a_reopening(self) -> None:
        done = told(queued(FRIDAY, "whole"), resolved(MONDAY, first=True))
        at = MONDAY + WEEK
        gone = after(rung(done, "auto_close", 1), closed(at, "resolved"))
        back = after(gone, replied(at), undone(at, at, "resolved", "resolved"))
        contested = after(done, replied(at), reopened(at))
        assert {**phases(back), "auto_close": "met"} == phases(contested)
        assert cycle_of(back, "resolution").due_at == cycle_of(contested, "resolution").due_at

    @pytest.mark.parametrize(
        ("was", "became", "phase"), [("incident", "question", "stopped"), ("question", "incident", "running")]
    )
    def test_of_a_resolved_ticket_heeds_what_it_was_reclassified_to(
        self, was: str, became: str, phase: str
    ) -> None:
        done = told(queued(FRIDAY, "graded", classification=was), resolved(MONDAY, first=True))
        done = after(done, reclassified(MONDAY + DAY, classification=became))
        at = MONDAY + WEEK
        gone = after(rung(done, "auto_close", 1), closed(at, "resolved"))
        back = after(gone, replied(at), undone(at, at, "resolved", "resolved"))
        assert phases(back)["resolution"] == phase
        contested = after(done, replied(at), reopened(at))
        assert cycle_of(back, "resolution") == cycle_of(contested, "resolution")

    @pytest.mark.parametrize("waiting", [False, True])
    def test_of_a_ticket_nobody_could_be_reached_for_lets_every_clock_go_on(self, waiting: bool) -> None:
        begun = told(queued(FRIDAY, "whole"), attempted(MONDAY, 3))
        begun = after(begun, held(MONDAY)) if waiting else begun
        end = cycle_of(begun, "unreachable").due_at
        gone = after(rung(begun, "unreachable", 1), closed(end, "no_contact"))
        assert set(phases(gone).values()) == {"stopped", "ended"}
        at = end - timedelta(minutes=1)
        back = after(gone, replied(at), undone(at, end, "no_contact", "open"))
        assert phases(back) == {
            "first_response": "running", "resolution": "running", "unreachable": "ended"
        }  # fmt: skip
        reference = after(begun, replied(at))
        if not waiting:
            assert cycle_of(back, "resolution").due_at == cycle_of(reference, "resolution").due_at

    def test_a_message_that_waited_for_an_answer_waits_on(self) -> None:
        begun = told(
            queued(FRIDAY, "whole"), answered(MONDAY, first=True), replied(MONDAY), attempted(MONDAY, 3)
        )
        end = cycle_of(begun, "unreachable").due_at
        gone = after(rung(begun, "unreachable", 1), closed(end, "no_contact"))
        back = after(gone, replied(end), undone(end, end, "no_contact", "in_progress"))
        assert cycle_of(back, "next_response").number == 1
        assert cycle_of(back, "next_response").due_at == cycle_of(begun, "next_response").due_at

    def test_a_verdict_stays_and_its_clock_goes_on_without_a_timer(self) -> None:
        begun = rung(told(queued(FRIDAY, "quiet")), "first_response", 1)
        at = local("2026-03-13 09:00")
        gone = after(begun, attempted(at, 3), closed(at, "no_contact"))
        back = after(gone, undone(at, at, "no_contact", "open"))
        assert (phases(back)["first_response"], cycle_of(back, "first_response").next_at) == ("running", None)

    def test_what_was_stopped_before_the_closure_stays_stopped(self) -> None:
        begun = told(queued(FRIDAY, "graded", classification="incident"))
        lost = after(begun, reclassified(MONDAY, classification="question"), attempted(MONDAY + DAY, 3))
        end = cycle_of(lost, "unreachable").due_at
        gone = after(rung(lost, "unreachable", 1), closed(end, "no_contact"))
        back = after(gone, undone(end, end, "no_contact", "open"))
        assert (phases(back)["resolution"], phases(back)["first_response"]) == ("stopped", "running")

    def test_a_silence_that_was_stopped_is_over(self) -> None:
        begun = told(queued(FRIDAY, "whole"), attempted(MONDAY, 3), awaited(MONDAY, first=True))
        end = cycle_of(begun, "unreachable").due_at
        gone = after(rung(begun, "unreachable", 1), closed(end, "no_contact"))
        back = after(gone, replied(end), undone(end, end, "no_contact", "waiting_customer"))
        assert phases(back)["customer_silence"] == "stopped"
        assert phases(back)["resolution"] == "running"


class TestTheCourseOfAClock:
    def test_restored_it_ran_all_the_time(self) -> None:
        gone = told(queued(FRIDAY), attempted(MONDAY, 3), closed(MONDAY + DAY, "no_contact"))
        back = after(gone, undone(MONDAY + DAY, MONDAY + DAY, "no_contact", "open"))
        events = of_cycle(back, "first_response", 1)
        assert course(events) == [Stretch(FRIDAY)]

    def test_met_as_it_started_it_had_not_run(self) -> None:
        history = told(queued(FRIDAY, "whole"), resolved(FRIDAY, first=True), reopened(MONDAY))
        assert course(of_cycle(history, "resolution", 1)) == [Stretch(MONDAY)]

    def test_warnings_are_no_part_of_it(self) -> None:
        warned = rung(told(queued(FRIDAY)), "first_response", 1)
        assert course(of_cycle(warned, "first_response", 1)) == [Stretch(FRIDAY)]


def test_what_another_service_says_changes_no_clock() -> None:
    clocks = SLA.fold(told(queued(FRIDAY)))
    assert SLA.evolve(clocks, closed(MONDAY)) is clocks
