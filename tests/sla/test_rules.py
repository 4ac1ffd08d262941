"""The ten rules of the domain page, Clocks, in their order: given what lifecycle told, when, then."""

from datetime import timedelta
from typing import Any

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.sla import Stage
from services.sla.clocks import END
from services.sla.subscribers import CONCERNING
from tests.sla.lives import (
    LATENCY,
    PINNED,
    SAO_PAULO,
    after,
    answered,
    approval_asked,
    approved,
    attempted,
    awaited,
    closed,
    cycle_of,
    fact,
    held,
    local,
    phases,
    queued,
    reclassified,
    reopened,
    replied,
    resolved,
    resumed,
    rung,
    said,
    then,
    timer,
    told,
    undone,
    went_on,
)

FRIDAY = local("2026-03-06 17:00")
MONDAY = local("2026-03-09 09:00")
"""90 working minutes after FRIDAY."""
THURSDAY = local("2026-03-12 09:45")
"""1,440 working minutes after FRIDAY."""
DAY = timedelta(days=1)


class Test1TheTargetIs24BusinessHoursOrWhatThePolicySaysOfSuchATicket:
    def test_24_business_hours(self) -> None:
        assert cycle_of(told(queued(FRIDAY)), "first_response").due_at == THURSDAY

    @pytest.mark.parametrize(
        ("ticket", "minutes"),
        [
            ({}, 1440),
            ({"priority": "urgent"}, 240),
            ({"classification": "incident"}, 480),
            ({"classification": "incident", "priority": "urgent"}, 120),
            ({"classification": "incident", "criticality": "critical"}, 90),
            # Two that name as much fit: the first of them.
            ({"classification": "incident", "priority": "urgent", "criticality": "critical"}, 120),
            ({"classification": "project", "criticality": "critical"}, 1440),
        ],
    )
    def test_the_target_that_names_most(self, ticket: dict[str, Any], minutes: int) -> None:
        history = told(queued(FRIDAY, "graded", **ticket))
        assert cycle_of(history, "first_response").target == timedelta(minutes=minutes)

    def test_a_resolution_is_promised_where_a_target_says_so(self) -> None:
        assert said(told(queued(FRIDAY, "graded"))) == ["first_response started"]
        incident = told(queued(FRIDAY, "graded", classification="incident"))
        assert said(incident) == ["first_response started", "resolution started"]
        assert cycle_of(incident, "resolution").target == timedelta(minutes=960)

    def test_the_event_says_what_chose_the_target(self) -> None:
        (event,) = told(queued(FRIDAY, "graded", priority="urgent", criticality="low"))
        assert isinstance(event, sla.ClockStarted)
        assert (event.classification, event.priority, event.criticality) == ("question", "urgent", "low")


class Test2ElapsedIsWorkingTimeThatRan:
    def test_paused_it_has_no_due_instant_only_what_remains(self) -> None:
        history = told(queued(FRIDAY))
        assert then(history, held(MONDAY), MONDAY)[0] == fact(
            sla.ClockPaused, "first_response", MONDAY,
            elapsed_s=5400, remaining_s=81_000, reason="on_hold",
        )  # fmt: skip
        assert cycle_of(after(history, held(MONDAY)), "first_response").next_at is None

    def test_resumed_it_is_due_after_what_remains_in_working_time(self) -> None:
        back = local("2026-03-10 14:00")
        # 1,350 minutes: 210 on Tuesday, 435 on Wednesday and Thursday, 270 on Friday.
        assert then(told(queued(FRIDAY), held(MONDAY)), went_on(back), back)[-1] == fact(
            sla.ClockResumed, "first_response", back, remaining_s=81_000,
            due_at=local("2026-03-13 14:45"), next=Stage(stage=50, at=local("2026-03-11 17:15")),
        )  # fmt: skip

    @pytest.mark.parametrize("microseconds", [0, 1, 999_999])
    def test_a_pause_that_covers_no_working_time_moves_nothing(self, microseconds: int) -> None:
        opened = FRIDAY + timedelta(microseconds=microseconds)
        history = told(queued(opened, "whole"))
        paused = after(history, held(local("2026-03-06 17:30")), went_on(local("2026-03-09 08:00")))
        for clock in ("first_response", "resolution"):
            before, later = cycle_of(history, clock), cycle_of(paused, clock)
            assert (before.due_at, before.next_at) == (later.due_at, later.next_at)

    @pytest.mark.parametrize(
        ("due", "back", "then_due"),
        [
            ("2026-03-12 09:45", "2026-03-13 09:45", "2026-03-13 09:45"),  # now + nothing
            ("2026-03-12 09:45", "2026-03-13 19:00", "2026-03-16 08:00"),  # in working time
            ("2026-03-12 17:30", "2026-03-13 07:00", "2026-03-12 17:30"),  # no working time in between
        ],
    )
    def test_a_pause_at_the_due_instant_itself(self, due: str, back: str, then_due: str) -> None:
        opened = FRIDAY if due.endswith("09:45") else local("2026-03-09 15:15")
        begun = told(queued(opened, "quiet"))
        assert cycle_of(begun, "first_response").due_at == local(due)
        history = after(begun, held(local(due)), went_on(local(back)))
        assert cycle_of(history, "first_response").due_at == local(then_due)


class Test3ReclassifyingKeepsElapsedAndReplacesTheTarget:
    begun = told(queued(FRIDAY, "graded"))
    incident = reclassified(MONDAY, classification="incident")

    def test_what_remains_is_the_new_target_less_what_has_elapsed(self) -> None:
        noted, retargeted, started = then(self.begun, self.incident, MONDAY)
        assert isinstance(noted, sla.CircumstancesNoted)
        assert (noted.classification, noted.because, noted.reason) == ("incident", "reclassified", "visto")
        assert retargeted == fact(
            sla.ClockRetargeted, "first_response", MONDAY,
            target_s=480 * 60, previous_target_s=1440 * 60, elapsed_s=5400, remaining_s=390 * 60,
            due_at=local("2026-03-10 08:15"), previous_due_at=THURSDAY,
            next=Stage(stage=50, at=local("2026-03-09 13:45")),
        )  # fmt: skip
        assert isinstance(started, sla.ClockStarted)
        assert (started.clock, started.at, started.due_at) == (
            "resolution", MONDAY, local("2026-03-11 10:30"),
        )  # fmt: skip

    @pytest.mark.parametrize(("at", "elapsed_min"), [("09:30", 120), ("10:00", 150)])
    def test_where_nothing_remains_it_breaches_now(self, at: str, elapsed_min: int) -> None:
        now = local(f"2026-03-09 {at}")
        cause = reclassified(now, classification="incident", priority="urgent")
        retargeted, breached = then(self.begun, cause, now + LATENCY)[1:3]
        assert isinstance(retargeted, sla.ClockRetargeted)
        assert (retargeted.due_at, retargeted.previous_due_at) == (now, THURSDAY)
        assert (retargeted.elapsed_s, retargeted.remaining_s) == (elapsed_min * 60, 0)
        assert breached == fact(
            sla.ClockBreached, "first_response", now, detected_at=now + LATENCY, cause="reclassified"
        )

    def test_breached_so_it_has_no_timer_and_is_met_late(self) -> None:
        history = after(
            self.begun, reclassified(local("2026-03-09 10:00"), classification="incident", priority="urgent")
        )
        assert cycle_of(history, "first_response").next_at is None
        met = then(history, answered(local("2026-03-09 10:01"), first=True), THURSDAY)[0]
        assert isinstance(met, sla.ClockMet)
        assert met.late

    def test_a_paused_clock_has_its_target_replaced_too(self) -> None:
        paused = after(self.begun, held(MONDAY))
        retargeted = then(paused, reclassified(MONDAY + DAY, classification="incident"), MONDAY + DAY)[1]
        assert isinstance(retargeted, sla.ClockRetargeted)
        assert (retargeted.due_at, retargeted.previous_due_at, retargeted.next) == (None, None, None)
        assert retargeted.remaining_s == 390 * 60
        history = after(paused, reclassified(MONDAY + DAY, classification="incident"), went_on(MONDAY + DAY))
        assert cycle_of(history, "first_response").due_at == local("2026-03-11 08:15")
        assert cycle_of(history, "resolution").phase == "running"

    def test_a_paused_clock_of_which_nothing_remains_breaches_now(self) -> None:
        at = MONDAY + DAY
        history = after(
            self.begun, held(MONDAY), reclassified(at, classification="incident", criticality="critical")
        )
        assert fact(
            sla.ClockBreached, "first_response", at, detected_at=at + LATENCY, cause="reclassified"
        ) in history  # fmt: skip
        back = after(history, went_on(at + DAY))
        assert (cycle_of(back, "first_response").due_at, cycle_of(back, "first_response").next_at) == (
            at,
            None,
        )
        assert isinstance(met := after(back, answered(at + DAY, first=True))[-1], sla.ClockMet)
        assert met.late

    def test_a_resolution_that_starts_in_a_wait_stands_still_from_the_first(self) -> None:
        history = after(told(queued(FRIDAY, "graded"), held(MONDAY)), self.incident)
        assert phases(history) == {"first_response": "paused", "resolution": "paused"}
        assert cycle_of(history, "resolution").elapsed == timedelta()

    def test_warnings_that_the_new_target_has_passed_do_not_go_out(self) -> None:
        at = local("2026-03-09 16:30")  # 375 minutes: 78 % of 480
        history = after(self.begun, reclassified(at, classification="incident"))
        assert cycle_of(history, "first_response").next_stage == END
        assert cycle_of(after(history, held(at), went_on(at)), "first_response").next_stage == END

    @pytest.mark.parametrize("change", [{"area": "fiscal"}, {"severity": "total"}, {"analyst": "lia"}])
    def test_what_chooses_no_target_changes_nothing(self, change: dict[str, str]) -> None:
        assert then(self.begun, reclassified(MONDAY, **change), MONDAY) == []

    def test_what_leads_to_the_same_target_moves_no_clock(self) -> None:
        events = then(self.begun, reclassified(MONDAY, priority="low"), MONDAY)
        assert said(events) == []
        # But it is remembered: the next change builds on it.
        history = after(self.begun, reclassified(MONDAY, priority="urgent"), self.incident)
        assert cycle_of(history, "first_response").target == timedelta(minutes=120)
        assert then(history, reclassified(MONDAY, classification="incident"), MONDAY) == []

    def test_a_target_that_the_ticket_loses_stops_its_clock(self) -> None:
        begun = told(queued(FRIDAY, "graded", classification="incident"))
        history = after(begun, reclassified(MONDAY, classification="question"))
        assert history[-1] == fact(sla.ClockStopped, "resolution", MONDAY, reason="reclassified")
        again = after(history, self.incident)
        assert cycle_of(again, "resolution").number == 2

    def test_a_verdict_stays_and_one_that_no_timer_saw_is_given_first(self) -> None:
        late = THURSDAY + DAY
        unseen = then(self.begun, reclassified(late, classification="incident"), late)
        assert said(unseen)[0] == "first_response breached"
        assert not any(isinstance(event, sla.ClockRetargeted) for event in unseen)
        judged = rung(self.begun, "first_response", 2)
        assert said(then(judged, reclassified(late, classification="incident"), late)) == [
            "resolution started"
        ]

    def test_reclassified_while_resolved_it_holds_from_the_reopening_on(self) -> None:
        begun = told(queued(FRIDAY, "graded", classification="incident"), resolved(MONDAY, first=True))
        history = after(begun, reclassified(MONDAY + DAY, classification="question"))
        assert phases(history)["resolution"] == "met"
        back = after(history, reopened(MONDAY + 2 * DAY))
        assert phases(back)["resolution"] == "stopped"
        resolved_without = told(queued(FRIDAY, "graded"), resolved(MONDAY, first=True))
        history = after(resolved_without, self.incident)
        assert "resolution" not in phases(history)
        assert phases(after(history, reopened(MONDAY + DAY)))["resolution"] == "running"


class Test4PolicyAndCalendarArePinned:
    def test_a_newer_policy_does_not_touch_a_ticket(self) -> None:
        assert PINNED.newest("whole").sla_policy_version == 2
        (_, resolution) = told(queued(FRIDAY, "whole"))
        assert isinstance(resolution, sla.ClockStarted)
        assert (resolution.sla_policy_version, resolution.target_s) == (1, 2400 * 60)

    def test_later_clocks_go_by_what_was_pinned_too(self) -> None:
        history = told(queued(FRIDAY, "whole"), answered(MONDAY, first=True), replied(MONDAY))
        assert cycle_of(history, "next_response").target == timedelta(minutes=240)

    # On purpose: test_rebasing.py.


class Test5ABreachFiresOnceAndIsNeverRewritten:
    def test_at_the_due_instant_though_seen_later(self) -> None:
        history, seen = told(queued(FRIDAY, "quiet")), THURSDAY + 3 * DAY
        assert then(history, timer(history, "first_response"), seen) == [
            fact(
                sla.ClockBreached, "first_response", THURSDAY, detected_at=seen, cause="time",
                alert_at=local("2026-03-16 08:00"),
            )
        ]  # fmt: skip

    def test_nothing_that_follows_breaches_again_or_moves_the_due_instant(self) -> None:
        history = rung(told(queued(FRIDAY, "quiet")), "first_response", 1)
        later = after(
            history, held(THURSDAY + DAY), reclassified(THURSDAY + DAY, priority="urgent"),
            went_on(THURSDAY + 2 * DAY), answered(THURSDAY + 3 * DAY, first=True),
        )  # fmt: skip
        assert said(later[len(history) :]) == [
            "first_response paused", "first_response resumed", "first_response met",
        ]  # fmt: skip
        assert cycle_of(later, "first_response").due_at == THURSDAY


class Test6WarningsComeInWorkingHoursOnceAStage:
    @pytest.mark.parametrize("opened", ["2026-03-06 17:29", "2026-03-07 03:00", "2026-03-09 12:00"])
    def test_each_stage_is_an_instant_of_work(self, opened: str) -> None:
        history = rung(told(queued(local(opened))), "first_response", 4)
        warned = [event for event in history if isinstance(event, sla.ClockWarned)]
        assert [event.stage for event in warned] == [50, 75, 90]
        for event in warned:
            at = event.at.astimezone(SAO_PAULO)
            assert at.weekday() < 5
            assert "08:00" <= f"{at:%H:%M}" <= "10:45" or "13:00" <= f"{at:%H:%M}" <= "17:30"

    def test_one_that_a_pause_overtook_is_said_at_its_own_instant(self) -> None:
        history = told(queued(FRIDAY))
        half = cycle_of(history, "first_response").next_at
        assert half is not None
        at = half + timedelta(milliseconds=100)
        events = then(history, held(at), at)
        assert said(events) == ["first_response warned", "first_response paused"]
        assert (events[0].at, events[0].stage) == (half, 50)  # type: ignore[attr-defined]
        back = after((*history, *events), went_on(at + DAY))
        assert cycle_of(back, "first_response").next_stage == 75
        # At the very instant of the pause its timer rings after the resume, as of any other stage.
        assert said(then(history, held(half), half)) == ["first_response paused"]


class Test7ReopeningContinuesTheResolution:
    def test_with_what_had_elapsed_when_it_was_resolved(self) -> None:
        history = told(queued(FRIDAY, "whole"), resolved(MONDAY, first=True), reopened(MONDAY + DAY))
        resumed_ = [event for event in history if isinstance(event, sla.ClockResumed)]
        assert [(event.clock, event.cycle, event.remaining_s) for event in resumed_] == [
            ("resolution", 1, 2400 * 60 - 5400)
        ]

    @pytest.mark.parametrize("reason", ["withdrawn", "merged", "third_party"])
    def test_closing_and_merging_stop_every_clock_that_runs_or_waits(self, reason: l.CloseReason) -> None:
        history = told(queued(FRIDAY, "whole"), held(MONDAY), closed(MONDAY + DAY, reason))
        assert said(history[-2:]) == ["first_response stopped", "resolution stopped"]
        assert {event.reason for event in history if isinstance(event, sla.ClockStopped)} == {reason}

    def test_resolving_stops_the_clocks_that_would_close_the_ticket(self) -> None:
        history = told(
            queued(FRIDAY), attempted(MONDAY, 3), awaited(MONDAY, first=True), resolved(MONDAY + DAY)
        )
        assert phases(history) == {
            "first_response": "met", "unreachable": "stopped", "customer_silence": "stopped",
            "auto_close": "running",
        }  # fmt: skip


class Test8ATimerOfAnotherCycleDoesNothing:
    def test_of_an_earlier_wait(self) -> None:
        history = told(queued(FRIDAY), awaited(MONDAY, first=True))
        old = timer(history, "customer_silence")
        history = after(history, resumed(MONDAY + DAY), awaited(MONDAY + DAY, waiting=2))
        assert then(history, old, old.due_at) == []

    def test_of_a_due_instant_that_has_moved(self) -> None:
        history = told(queued(FRIDAY, "graded"))
        old = timer(history, "first_response")
        history = after(history, reclassified(MONDAY, priority="urgent"))
        assert then(history, old, old.due_at) == []


class Test9TiesFavourTheCustomer:
    asked = told(queued(FRIDAY, "whole"), awaited(MONDAY, first=True))
    end = MONDAY + 7 * DAY

    @pytest.mark.parametrize("early", [timedelta(), timedelta(seconds=1), 2 * DAY])
    def test_a_reply_in_time_undoes_the_closure_and_the_clocks_stand_as_at_the_reply(
        self, early: timedelta
    ) -> None:
        at = self.end - early
        silent = rung(self.asked, "customer_silence", 3)
        gone = after(silent, closed(self.end, "customer_silent"))
        assert phases(gone)["resolution"] == "stopped"
        back = after(gone, replied(at), undone(at, self.end, "customer_silent", "waiting_customer"))
        in_time = after(self.asked, replied(at), resumed(at))
        for clock in ("resolution", "next_response"):
            mine, others = cycle_of(back, clock), cycle_of(in_time, clock)
            assert (mine.phase, mine.due_at, mine.elapsed, mine.next_at) == (
                "running", others.due_at, others.elapsed, others.next_at,
            )  # fmt: skip

    def test_that_an_end_was_reached_stays_in_history(self) -> None:
        gone = after(rung(self.asked, "customer_silence", 3), closed(self.end, "customer_silent"))
        back = after(
            gone, replied(self.end), undone(self.end, self.end, "customer_silent", "waiting_customer")
        )
        assert phases(back)["customer_silence"] == "ended"

    # That inbound mail is read first: test_hearing.py. Other closures: test_undoing.py.


class Test10AnEstimateNeverChangesTheTarget:
    @pytest.mark.parametrize(
        "event", [l.TicketAssigned, l.TicketReturned, l.NoteAdded, l.AutomaticReplyAdded]
    )
    def test_what_moves_a_ticket_in_the_queue_moves_no_clock(self, event: Any) -> None:
        assert event.topic not in CONCERNING


def test_a_project_that_awaits_approval_pauses_its_resolution_alone() -> None:
    history = told(queued(FRIDAY, "whole"), approval_asked(MONDAY))
    assert phases(history) == {"first_response": "running", "resolution": "paused"}
    assert phases(after(history, approved(MONDAY + DAY)))["resolution"] == "running"
