"""The rules of the domain page, Clocks, one by one: given what lifecycle told, when, then."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from contracts.sla import Clock, Stage
from journal.errors import NotYet, Refused
from journal.testing import spec
from services.sla.clocks import END
from services.sla.decider import SLA
from services.sla.moving import TimerFired
from tests.sla.lives import (
    BRUNO,
    LATENCY,
    PINNED,
    TICKET,
    answered,
    awaited,
    closed,
    fact,
    local,
    phases,
    queued,
    reopened,
    replied,
    resolved,
    resumed,
    rung,
    said,
    then,
    timer,
    told,
)

FRIDAY = local("2026-03-06 17:00")
THURSDAY = local("2026-03-12 09:45")
MONDAY = local("2026-03-09 08:00")


def started(clock: Clock, at: datetime, minutes: int, due: str, following: Stage, cycle: int = 1) -> Event:
    return fact(
        sla.ClockStarted, clock, at, cycle,
        number="2026-000001", target_s=minutes * 60, business=clock.endswith(("response", "resolution")),
        due_at=local(due), calendar="padrao", calendar_version=1, sla_policy="whole", sla_policy_version=1,
        next=following, classification="question", priority="normal",
    )  # fmt: skip


class TestFirstResponse:
    def test_starts_when_opened_in_working_time(self) -> None:
        event = then((), queued(FRIDAY, "whole"), FRIDAY)[0]
        half = Stage(stage=50, at=local("2026-03-10 14:30"))
        assert event == started("first_response", FRIDAY, 1440, "2026-03-12 09:45", half)

    def test_starts_once(self) -> None:
        assert then(told(queued(FRIDAY)), queued(FRIDAY), FRIDAY) == []

    @pytest.mark.parametrize("first", [answered, awaited, resolved])
    def test_is_met_by_the_first_answer_of_any_form(self, first: Any) -> None:
        at = MONDAY + timedelta(hours=1)
        events = then(told(queued(FRIDAY)), first(at, first=True), at)
        assert events[0] == fact(sla.ClockMet, "first_response", at, elapsed_s=90 * 60, late=False)

    def test_at_the_due_instant_is_in_time(self) -> None:
        events = then(told(queued(FRIDAY)), answered(THURSDAY, first=True), THURSDAY)
        assert events == [fact(sla.ClockMet, "first_response", THURSDAY, elapsed_s=86400, late=False)]

    def test_warns_at_each_stage_then_breaches_once(self) -> None:
        history = rung(told(queued(FRIDAY)), "first_response", 4)
        half, three_quarters, ninety = (
            local("2026-03-10 14:30"), local("2026-03-11 13:15"), local("2026-03-11 16:51"),
        )  # fmt: skip

        def warned(stage: int, at: datetime, following: Stage) -> Event:
            return fact(
                sla.ClockWarned, "first_response", at,
                stage=stage, detected_at=at + LATENCY, next=following, due_at=THURSDAY,
            )  # fmt: skip

        assert history[1:] == (
            warned(50, half, Stage(stage=75, at=three_quarters)),
            warned(75, three_quarters, Stage(stage=90, at=ninety)),
            warned(90, ninety, Stage(stage=END, at=THURSDAY)),
            fact(sla.ClockBreached, "first_response", THURSDAY, detected_at=THURSDAY + LATENCY),
        )
        assert SLA.fold(history).cycles["first_response"].next_at is None

    def test_met_after_a_breach_is_late(self) -> None:
        at = THURSDAY + timedelta(minutes=15)
        history = rung(told(queued(FRIDAY, "quiet")), "first_response", 1)
        assert then(history, answered(at, first=True), at) == [
            fact(sla.ClockMet, "first_response", at, elapsed_s=86400 + 900, late=True)
        ]

    def test_a_breach_that_no_timer_saw_is_said_before_what_ended_the_clock(self) -> None:
        at = THURSDAY + timedelta(minutes=15)
        now = at + timedelta(hours=5)
        assert then(told(queued(FRIDAY)), answered(at, first=True), now) == [
            fact(sla.ClockBreached, "first_response", THURSDAY, detected_at=now),
            fact(sla.ClockMet, "first_response", at, elapsed_s=86400 + 900, late=True),
        ]
        assert [type(event) for event in then(told(queued(FRIDAY)), closed(at), now)] == [
            sla.ClockBreached,
            sla.ClockStopped,
        ]

    def test_a_breach_is_not_rewritten_by_an_answer_that_was_in_time_after_all(self) -> None:
        at = THURSDAY - timedelta(seconds=1)
        history = rung(told(queued(FRIDAY, "quiet")), "first_response", 1)
        events = then(history, answered(at, first=True), THURSDAY + LATENCY)
        assert events == [fact(sla.ClockMet, "first_response", at, elapsed_s=86399, late=False)]
        assert SLA.fold((*history, *events)).cycles["first_response"].breached

    def test_closing_stops_it(self) -> None:
        events = then(told(queued(FRIDAY)), closed(MONDAY, "merged"), MONDAY)
        assert events == [fact(sla.ClockStopped, "first_response", MONDAY, reason="merged")]

    def test_a_reply_of_the_requester_neither_meets_nor_pauses_it(self) -> None:
        assert then(told(queued(FRIDAY, "whole")), replied(MONDAY), MONDAY) == []

    def test_waits_for_a_policy_that_has_not_arrived(self) -> None:
        with pytest.raises(NotYet):
            then((), queued(FRIDAY, version=2), FRIDAY)


class TestNextResponse:
    begun = told(queued(FRIDAY, "whole"), answered(MONDAY, first=True))

    def test_starts_with_what_the_requester_says_after_the_first_answer(self) -> None:
        at = local("2026-03-09 09:00")
        following = Stage(stage=50, at=local("2026-03-09 13:15"))
        assert then(self.begun, replied(at), at) == [
            started("next_response", at, 240, "2026-03-09 15:15", following)
        ]

    def test_a_policy_may_do_without_it(self) -> None:
        history = told(queued(FRIDAY), answered(MONDAY, first=True))
        (noted,) = then(history, replied(MONDAY), MONDAY)
        assert isinstance(noted, sla.CircumstancesNoted)

    def test_the_oldest_unanswered_message_counts(self) -> None:
        history = (*self.begun, *then(self.begun, replied(MONDAY), MONDAY))
        assert then(history, replied(MONDAY + timedelta(hours=1)), MONDAY) == []

    @pytest.mark.parametrize("ignored", [{"verified": False}, {"late": True}])
    def test_not_with_an_unknown_sender_nor_after_the_end(self, ignored: dict[str, bool]) -> None:
        assert then(self.begun, replied(MONDAY, **ignored), MONDAY) == []

    @pytest.mark.parametrize("answer", [answered, awaited, resolved])
    def test_is_met_by_the_next_public_answer_and_starts_anew(self, answer: Any) -> None:
        at = local("2026-03-09 09:00")
        history = (*self.begun, *then(self.begun, replied(MONDAY), MONDAY))
        events = then(history, answer(at), at)
        assert events[0] == fact(sla.ClockMet, "next_response", at, elapsed_s=3600, late=False)
        again = then((*history, *events), replied(at), at)
        assert ("next_response", 2) in {(e.clock, e.cycle) for e in again if isinstance(e, sla.ClockStarted)}

    @pytest.mark.parametrize(("by", "starts"), [("requester", True), ("analyst", False)])
    def test_contesting_a_resolution_asks_again(self, by: str, starts: bool) -> None:
        history = told(queued(FRIDAY, "whole"), resolved(MONDAY, first=True))
        contested = reopened(MONDAY, by=BRUNO.model_copy(update={"role": by}))
        events = then(history, contested, MONDAY)
        assert starts == any(isinstance(e, sla.ClockStarted) and e.clock == "next_response" for e in events)


class TestResolution:
    def test_pauses_for_the_customer_and_goes_on_with_what_remains(self) -> None:
        asked, back = local("2026-03-09 09:00"), local("2026-03-11 09:00")
        history = told(queued(FRIDAY, "whole"), awaited(asked, first=True))
        paused = [event for event in history if isinstance(event, sla.ClockPaused)]
        assert paused == [
            fact(
                sla.ClockPaused, "resolution", asked,
                elapsed_s=5400, remaining_s=2400 * 60 - 5400, reason="waiting_customer",
            )
        ]  # fmt: skip
        # 2,310 minutes after Wed 09:00 (6 h 15 min left of it): 4 more whole days, 195 of the next: Wed 13:30.
        assert then(history, resumed(back), back)[-1] == fact(
            sla.ClockResumed, "resolution", back, remaining_s=2400 * 60 - 5400,
            due_at=local("2026-03-18 13:30"), next=Stage(stage=50, at=local("2026-03-13 15:15")),
        )  # fmt: skip

    @pytest.mark.parametrize("microseconds", [0, 400_000, 999_999])
    def test_a_pause_without_working_time_moves_no_due_instant(self, microseconds: int) -> None:
        at = FRIDAY + timedelta(microseconds=microseconds)
        history = told(
            queued(at, "whole"),
            awaited(local("2026-03-06 18:00"), first=True),
            resumed(local("2026-03-09 07:00")),
        )
        dues = {
            e.due_at
            for e in history
            if isinstance(e, sla.ClockStarted | sla.ClockResumed) and e.clock == "resolution"
        }
        assert len(dues) == 1

    def test_a_pause_and_a_reply_that_was_received_before_it_count_nothing_twice(self) -> None:
        asked = local("2026-03-09 09:00")
        history = told(queued(FRIDAY, "whole"), awaited(asked, first=True))
        event = then(history, resumed(asked - timedelta(minutes=20)), asked + LATENCY)[-1]
        assert isinstance(event, sla.ClockResumed)
        assert (event.at, event.remaining_s) == (asked, 2400 * 60 - 5400)

    def test_a_warning_that_has_gone_out_does_not_go_out_again_after_a_pause(self) -> None:
        history = rung(told(queued(FRIDAY, "whole")), "resolution", 1)
        asked = timer(history, "resolution").due_at - timedelta(hours=1)
        for cause in (awaited(asked, first=True), resumed(asked + timedelta(days=3))):
            history += tuple(then(history, cause, cause.at))
        assert SLA.fold(history).cycles["resolution"].next_stage == 75

    def test_reopening_continues_it_and_resolving_again_meets_it_with_the_sum(self) -> None:
        first, contested, again = (local(f"2026-03-{day} 09:00") for day in ("09", "12", "13"))
        history = told(
            queued(FRIDAY, "whole"), resolved(first, first=True), reopened(contested), resolved(again, 2)
        )
        of_resolution = [e for e in history if getattr(e, "clock", "") == "resolution"][1:]
        assert [type(event).__name__ for event in of_resolution] == ["ClockMet", "ClockResumed", "ClockMet"]
        assert of_resolution[0] == fact(sla.ClockMet, "resolution", first, elapsed_s=5400, late=False)
        assert of_resolution[2] == fact(
            sla.ClockMet, "resolution", again, elapsed_s=5400 + (7 * 60 + 15) * 60, late=False
        )

    def test_breached_it_goes_on_counting_and_is_met_late_without_a_second_breach(self) -> None:
        history = rung(told(queued(FRIDAY, "whole"), answered(MONDAY, first=True)), "resolution", 4)
        due = SLA.fold(history).cycles["resolution"].due_at
        for cause in (
            awaited(due + timedelta(minutes=5)), resumed(due + timedelta(days=1)), resolved(due + timedelta(days=2)),
        ):  # fmt: skip
            history += tuple(then(history, cause, cause.at))
        mine = [event for event in history if getattr(event, "clock", "") == "resolution"]
        assert sum(isinstance(event, sla.ClockBreached) for event in mine) == 1
        assert isinstance(mine[-1], sla.ClockMet)
        assert mine[-1].late
        assert [e.next for e in mine if isinstance(e, sla.ClockResumed)] == [None]


class TestCustomerSilence:
    asked = local("2026-03-09 16:00")
    history = told(queued(FRIDAY), awaited(asked, waiting=1, first=True))

    def test_reminds_at_three_and_six_days_then_reaches_its_end_at_seven(self) -> None:
        days = {n: self.asked + timedelta(days=n) for n in (3, 6, 7)}
        assert rung(self.history, "customer_silence", 3)[len(self.history) :] == (
            fact(
                sla.ReminderDue, "customer_silence", days[3],
                stage=1, detected_at=days[3] + LATENCY, due_at=days[7], next=Stage(stage=2, at=days[6]),
            ),
            fact(
                sla.ReminderDue, "customer_silence", days[6],
                stage=2, detected_at=days[6] + LATENCY, due_at=days[7], next=Stage(stage=END, at=days[7]),
            ),
            fact(sla.DeadlineReached, "customer_silence", days[7], detected_at=days[7] + LATENCY),
        )  # fmt: skip

    @pytest.mark.parametrize("cause", [replied, resumed])
    def test_a_reply_meets_it(self, cause: Any) -> None:
        at = self.asked + timedelta(days=1)
        met, goes_on, *_ = then(self.history, cause(at), at)
        assert met == fact(sla.ClockMet, "customer_silence", at, elapsed_s=86400, late=False)
        assert isinstance(goes_on, sla.CircumstancesNoted)

    def test_an_unverified_reply_does_not(self) -> None:
        assert then(self.history, replied(self.asked, verified=False), self.asked) == []

    def test_resolving_and_closing_stop_it(self) -> None:
        at = self.asked + timedelta(days=1)
        stopped = fact(sla.ClockStopped, "customer_silence", at, reason="resolved")
        assert stopped in then(self.history, resolved(at), at)
        assert then(self.history, closed(at), at) == [
            fact(sla.ClockStopped, "customer_silence", at, reason="withdrawn")
        ]

    def test_each_wait_is_a_cycle_of_its_own(self) -> None:
        back = self.asked + timedelta(hours=1)
        history = told(
            queued(FRIDAY), awaited(self.asked, first=True), resumed(back), awaited(back, waiting=2)
        )
        assert [e.cycle for e in history if isinstance(e, sla.ClockStarted)] == [1, 1, 2]
        old = timer(self.history, "customer_silence")
        assert then(history, old, old.due_at) == []

    def test_what_ended_stays_ended(self) -> None:
        history = rung(self.history, "customer_silence", 3)
        at = self.asked + timedelta(days=8)
        assert then(history, closed(at, "customer_silent"), at) == []
        assert said(then(history, replied(at), at)) == []


class TestAutoClose:
    done = local("2026-03-09 16:00")
    history = told(queued(FRIDAY), resolved(done, first=True))

    def test_ends_seven_calendar_days_after_the_resolution(self) -> None:
        week = self.done + timedelta(days=7)
        assert rung(self.history, "auto_close", 1)[-1] == fact(
            sla.DeadlineReached, "auto_close", week, detected_at=week + LATENCY
        )

    def test_reopening_meets_it_and_the_next_resolution_is_the_next_cycle(self) -> None:
        at = self.done + timedelta(days=1)
        events = then(self.history, reopened(at), at)
        assert events[0] == fact(sla.ClockMet, "auto_close", at, elapsed_s=86400, late=False)
        assert said(events) == ["auto_close met"]
        again = then((*self.history, *events), resolved(at, 2), at)
        assert [(e.clock, e.cycle) for e in again if isinstance(e, sla.ClockStarted)] == [("auto_close", 2)]

    def test_closing_stops_it(self) -> None:
        assert then(self.history, closed(self.done, "resolved"), self.done) == [
            fact(sla.ClockStopped, "auto_close", self.done, reason="resolved")
        ]


class TestTimers:
    def test_nothing_happens_when_the_clock_does_not_run(self) -> None:
        history = told(queued(FRIDAY))
        due = timer(history, "first_response")
        for ending in (answered(MONDAY, first=True), closed(MONDAY)):
            assert then((*history, *then(history, ending, MONDAY)), due, due.due_at) == []

    def test_nothing_happens_when_a_pause_has_moved_the_clock(self) -> None:
        history = told(queued(FRIDAY, "whole"))
        due = timer(history, "resolution")
        for cause in (awaited(MONDAY, first=True), resumed(MONDAY + timedelta(days=1))):
            history += tuple(then(history, cause, cause.at))
            assert then(history, due, due.due_at) == []

    def test_nothing_happens_twice(self) -> None:
        history = told(queued(FRIDAY))
        due = timer(history, "first_response")
        assert then(rung(history, "first_response", 1), due, due.due_at) == []

    @pytest.mark.parametrize(
        ("clock", "stage", "closes"),
        [
            ("auto_close", END, True),
            ("customer_silence", END, True),
            ("unreachable", END, True),
            ("customer_silence", 2, False),
            ("resolution", END, False),
        ],
    )
    def test_a_ticket_closes_at_the_end_of_a_clock_of_elapsed_time(
        self, clock: Any, stage: int, closes: bool
    ) -> None:
        assert TimerFired(TICKET, clock, 1, stage, MONDAY).closes is closes

    def test_nothing_happens_for_a_ticket_that_was_never_queued(self) -> None:
        assert then((), TimerFired(TICKET, "auto_close", 1, END, MONDAY), MONDAY) == []
        assert then((), replied(MONDAY), MONDAY) == []


def test_a_whole_life_leaves_no_clock_running() -> None:
    day = timedelta(days=1)
    history = told(
        queued(FRIDAY, "whole"), answered(MONDAY, first=True), replied(MONDAY + day),
        awaited(MONDAY + 2 * day), replied(MONDAY + 3 * day), resumed(MONDAY + 3 * day),
        resolved(MONDAY + 4 * day), reopened(MONDAY + 5 * day), closed(MONDAY + 6 * day),
    )  # fmt: skip
    assert phases(history) == {
        "first_response": "met", "resolution": "stopped", "next_response": "stopped",
        "customer_silence": "met", "auto_close": "met",
    }  # fmt: skip


def test_what_is_no_cause_of_a_clock_is_refused() -> None:
    note = l.NoteAdded(ticket_id=TICKET, at=MONDAY, by=BRUNO, text="x")
    assert spec(SLA).when(note, facts=PINNED) == Refused("unknown_command")
