"""A reopening that was dismissed: what the clocks say then."""

from datetime import timedelta

import pytest

from contracts import sla
from contracts.envelope import Event
from contracts.sla import Stage
from figures.lives import Runs
from services.sla.clocks import END
from services.sla.decider import SLA
from services.sla.explaining import explain
from services.sla.stretches import Stretch, course, of_cycle
from tests.sla.lives import (
    PINNED,
    TICKET,
    after,
    attempted,
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
)

FRIDAY = local("2026-03-06 17:00")
MONDAY = local("2026-03-09 09:00")
HOUR = timedelta(hours=1)
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

    def test_seven_days_that_rang_while_the_reopening_was_on_its_way_ring_again(self) -> None:
        in_time = MONDAY + WEEK - timedelta(seconds=1)
        rang = after(rung(self.resolved, "auto_close", 1), reopened(in_time))
        assert phases(rang)["auto_close"] == "ended"
        history = after(rang, dismissed(MONDAY + WEEK + HOUR, MONDAY))
        assert cycle_of(history, "auto_close").next_at == MONDAY + WEEK
        again = rung(history, "auto_close", 1)
        assert again[-1] == rung(self.resolved, "auto_close", 1)[-1]

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
        assert fact(sla.ClockMet, "resolution", MONDAY, elapsed_s=5400, late=False) == history[len(thanked)]
        runs = Runs()
        for event in history:
            runs.hear(event)
        assert runs.of["resolution", 1].verdict == "met"
        assert course(of_cycle(history, "resolution", 1)) == [Stretch(FRIDAY, MONDAY)]

    def lost_and_gained(self) -> tuple[Event, ...]:
        """An incident that was resolved, reopened, and taken for a question for an hour, long enough to begin anew."""
        begun = told(queued(FRIDAY, "graded", classification="incident"), resolved(MONDAY, first=True))
        at = MONDAY + DAY
        lost = after(begun, reopened(at), reclassified(at + HOUR, classification="question"))
        return after(lost, reclassified(at + 2 * HOUR, classification="incident"))

    def test_a_resolution_that_stopped_and_began_anew_in_it_is_met_as_it_was(self) -> None:
        gained = self.lost_and_gained()
        assert (cycle_of(gained, "resolution").number, phases(gained)["resolution"]) == (2, "running")
        at = MONDAY + 2 * DAY
        history = after(gained, dismissed(at, MONDAY))
        of_clocks = tuple(event for event in history[len(gained) :] if isinstance(event, sla.OfClock))
        assert of_clocks == (
            fact(sla.ClockStopped, "resolution", at, 2, reason="dismissed"),
            fact(sla.ClockMet, "resolution", MONDAY, elapsed_s=5400, late=False, target_s=960 * 60),
            fact(
                sla.ClockRestored, "auto_close", at,
                due_at=MONDAY + WEEK, next=Stage(stage=END, at=MONDAY + WEEK),
            ),
        )  # fmt: skip
        runs = Runs()
        for event in history:
            runs.hear(event)
        assert [runs.of["resolution", cycle].verdict for cycle in (1, 2)] == ["met", "stopped"]
        assert course(of_cycle(history, "resolution", 1)) == [Stretch(FRIDAY, MONDAY)]
        assert explain(TICKET, history, "resolution", None, at, PINNED).cycle == 1

    def test_contested_again_that_resolution_goes_on_and_no_number_comes_twice(self) -> None:
        at = MONDAY + 3 * DAY
        history = after(self.lost_and_gained(), dismissed(MONDAY + 2 * DAY, MONDAY), reopened(at))
        assert (cycle_of(history, "resolution").number, phases(history)["resolution"]) == (1, "running")
        assert cycle_of(history, "resolution").elapsed == timedelta(minutes=90)
        history = after(
            history,
            reclassified(at + HOUR, classification="question"),
            reclassified(at + 2 * HOUR, classification="incident"),
        )
        assert (cycle_of(history, "resolution").number, phases(history)["resolution"]) == (3, "running")
        history = after(history, dismissed(at + 3 * HOUR, MONDAY))
        assert (cycle_of(history, "resolution").number, phases(history)["resolution"]) == (1, "met")

    def test_breaches_of_both_stay_and_are_said_again_of_the_one_that_stands_again(self) -> None:
        late = MONDAY + 4 * DAY
        begun = rung(told(queued(FRIDAY, "graded", classification="incident")), "resolution", 2)
        due = cycle_of(begun, "resolution").due_at
        deeds = [
            resolved(late, first=True),
            reopened(late),
            reclassified(late, classification="question"),
            reclassified(late, classification="incident"),
        ]
        gained = rung(after(begun, *deeds), "resolution", 2)
        history = after(gained, dismissed(late + 30 * DAY, late))
        met = next(event for event in history[len(gained) :] if isinstance(event, sla.ClockMet))
        assert (met.cycle, met.late, met.breached_at) == (1, True, due)
        assert cycle_of(history, "resolution").breached
        breaches = [event for event in history if isinstance(event, sla.ClockBreached)]
        assert [one.cycle for one in breaches if one.clock == "resolution"] == [1, 2]

    def test_a_resolution_of_its_own_time_is_not_what_stood_before_it(self) -> None:
        at = MONDAY + 2 * DAY
        again = after(
            self.lost_and_gained(),
            reclassified(at, classification="question"),
            resolved(at, 2),
            reopened(at + DAY),
            reclassified(at + DAY, classification="incident"),
        )
        assert cycle_of(again, "resolution").number == 3
        history = after(again, dismissed(at + DAY, at, 2))
        assert (cycle_of(history, "resolution").number, phases(history)["resolution"]) == (3, "stopped")

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
