"""A reopening that was dismissed, and a closure that was undone: what the clocks say then."""

from datetime import timedelta

import pytest

from contracts import sla
from contracts.sla import Stage
from figures.lives import Runs
from services.sla.clocks import END
from services.sla.decider import SLA
from services.sla.stretches import Stretch, course, of_cycle
from tests.sla.lives import (
    after,
    answered,
    attempted,
    awaited,
    closed,
    cycle_of,
    dismissed,
    fact,
    held,
    local,
    phases,
    queued,
    reclassified,
    reopened,
    replied,
    resolved,
    rung,
    said,
    told,
    undone,
)

FRIDAY = local("2026-03-06 17:00")
MONDAY = local("2026-03-09 09:00")
DAY = timedelta(days=1)
WEEK = 7 * DAY


class TestADismissedReopening:
    resolved = told(queued(FRIDAY, "whole"), resolved(MONDAY, first=True))
    thanked = after(resolved, replied(MONDAY + DAY), reopened(MONDAY + DAY))

    def test_the_reopening_ran_three_clocks(self) -> None:
        assert phases(self.thanked) == {
            "first_response": "met", "resolution": "running", "auto_close": "met", "next_response": "running",
        }  # fmt: skip

    def test_the_resolution_is_met_as_it_was_and_its_seven_days_come_back(self) -> None:
        at = MONDAY + DAY + timedelta(hours=1)
        history = after(self.thanked, dismissed(at, MONDAY))
        assert history[len(self.thanked) :] == (
            fact(sla.ClockMet, "resolution", MONDAY, elapsed_s=5400, late=False),
            fact(sla.ClockStopped, "next_response", at, reason="dismissed"),
            fact(
                sla.ClockRestored, "auto_close", at,
                due_at=MONDAY + WEEK, next=Stage(stage=END, at=MONDAY + WEEK),
            ),
        )  # fmt: skip
        assert cycle_of(rung(history, "auto_close", 1), "auto_close").phase == "ended"

    def test_seven_days_that_are_over_ring_at_once(self) -> None:
        # Reopened on the sixth day, dismissed on the tenth.
        thanked = after(self.resolved, reopened(MONDAY + 6 * DAY))
        history = after(thanked, dismissed(MONDAY + 10 * DAY, MONDAY))
        assert cycle_of(history, "auto_close").next_at == MONDAY + WEEK
        assert rung(history, "auto_close", 1)[-1].at == MONDAY + WEEK  # type: ignore[attr-defined]

    def test_contested_again_everything_goes_on_as_from_the_resolution(self) -> None:
        at = MONDAY + 3 * DAY
        history = after(self.thanked, dismissed(MONDAY + 2 * DAY, MONDAY), replied(at), reopened(at))
        assert cycle_of(history, "resolution").elapsed == timedelta(minutes=90)
        assert (cycle_of(history, "next_response").number, phases(history)["next_response"]) == (2, "running")
        assert fact(sla.ClockMet, "auto_close", at, elapsed_s=3 * 86400, late=False) in history

    def test_what_had_elapsed_is_that_of_the_resolution_even_after_a_pause(self) -> None:
        history = after(self.thanked, held(MONDAY + 2 * DAY), dismissed(MONDAY + 3 * DAY, MONDAY))
        assert cycle_of(history, "resolution").elapsed == timedelta(minutes=90)
        assert SLA.fold(history).waits is None

    def test_a_message_at_the_very_instant_of_the_dismissal_is_a_new_one(self) -> None:
        at = MONDAY + DAY
        history = after(self.thanked, dismissed(at, MONDAY), replied(at), reopened(at))
        assert (cycle_of(history, "next_response").number, phases(history)["next_response"]) == (2, "running")

    def test_a_verdict_that_was_given_meanwhile_stays(self) -> None:
        breached = rung(self.thanked, "resolution", 4)
        history = after(breached, dismissed(MONDAY + 30 * DAY, MONDAY))
        assert cycle_of(history, "resolution").breached
        met = [event for event in history if isinstance(event, sla.ClockMet) and event.clock == "resolution"]
        assert [event.late for event in met] == [False, False]

    @pytest.mark.parametrize("reclassified_first", [True, False])
    def test_a_resolution_that_began_in_it_stops_without_a_verdict(self, reclassified_first: bool) -> None:
        done = told(queued(FRIDAY, "graded"), resolved(MONDAY, first=True))
        at = MONDAY + DAY
        deeds = [reclassified(at, classification="incident"), reopened(at)]
        thanked = after(done, *(deeds if reclassified_first else reversed(deeds)))
        assert phases(thanked)["resolution"] == "running"
        history = after(thanked, dismissed(at + 30 * DAY, MONDAY))
        assert (phases(history)["resolution"], phases(history)["auto_close"]) == ("stopped", "running")
        assert cycle_of(history, "resolution").next_at is None
        assert not any(isinstance(event, sla.ClockBreached) for event in history)
        again = after(history, reopened(at + 31 * DAY))
        assert (cycle_of(again, "resolution").number, phases(again)["resolution"]) == (2, "running")

    def test_a_resolution_that_stopped_in_it_is_met_as_it_was(self) -> None:
        begun = told(queued(FRIDAY, "graded", classification="incident"), resolved(MONDAY, first=True))
        at = MONDAY + DAY
        thanked = after(begun, reclassified(at, classification="question"), reopened(at))
        assert phases(thanked)["resolution"] == "stopped"
        history = after(thanked, dismissed(at, MONDAY))
        assert fact(sla.ClockMet, "resolution", MONDAY, elapsed_s=5400, late=False) == history[-2]
        runs = Runs()
        for event in history:
            runs.hear(event)
        assert runs.of["resolution", 1].verdict == "met"
        assert course(of_cycle(history, "resolution", 1)) == [Stretch(FRIDAY, MONDAY)]

    def test_a_resolution_that_had_stopped_before_stays_stopped(self) -> None:
        begun = told(queued(FRIDAY, "graded", classification="incident"), resolved(MONDAY, first=True))
        lost = after(begun, reopened(MONDAY + DAY), reclassified(MONDAY + DAY, classification="question"))
        at = MONDAY + 2 * DAY
        history = after(lost, resolved(at, 2), reopened(at + DAY), dismissed(at + DAY, at, 2))
        assert (phases(history)["resolution"], phases(history)["auto_close"]) == ("stopped", "running")

    def test_attempts_at_contact_since_come_to_nothing(self) -> None:
        history = after(self.thanked, attempted(MONDAY + 2 * DAY, 3), dismissed(MONDAY + 3 * DAY, MONDAY))
        assert phases(history)["unreachable"] == "stopped"

    def test_another_resolution_is_not_touched(self) -> None:
        again = after(self.thanked, resolved(MONDAY + 2 * DAY, 2))
        history = after(again, dismissed(MONDAY + 3 * DAY, MONDAY, resolution=1))
        assert cycle_of(history, "auto_close") == cycle_of(again, "auto_close")

    def test_a_policy_without_resolution_has_only_the_days_come_back(self) -> None:
        history = told(queued(FRIDAY), resolved(MONDAY, first=True), reopened(MONDAY + DAY))
        assert said(after(history, dismissed(MONDAY + DAY, MONDAY))[len(history) :]) == [
            "auto_close restored"
        ]


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
