"""Tickets of the desk's earlier system: nothing of their past fires, and what is still to run starts from it."""

from datetime import timedelta
from typing import Any

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from services.sla.clocks import END
from tests.sla.lives import (
    LATENCY,
    after,
    answered,
    awaited,
    closed,
    cycle_of,
    import_finished,
    local,
    phases,
    queued,
    reopened,
    replied,
    resolved,
    said,
    then,
    told,
    went_on,
)

OPENED = local("2026-03-06 17:00")
HALF = local("2026-03-10 14:30")
"""Half of 24 working hours after OPENED."""
DUE = local("2026-03-12 09:45")
DAY = timedelta(days=1)


def brought(at: Any, status: l.Status = "open", **more: Any) -> tuple[Event, ...]:
    return told(import_finished(at, status, OPENED, **more))


@pytest.mark.parametrize(
    "event", [queued(OPENED, imported=True), answered(OPENED), closed(OPENED), replied(OPENED)]
)
def test_what_was_imported_moves_nothing(event: Event) -> None:
    history = told(queued(OPENED, "whole"))
    told_as_imported = event.model_copy(update={"imported": True})
    assert then((), told_as_imported, OPENED) == []
    assert then(history, told_as_imported, OPENED) == []


class TestAnUnansweredTicket:
    def test_its_clocks_count_from_its_own_opening(self) -> None:
        history = brought(OPENED + DAY)
        assert (cycle_of(history, "first_response").since, cycle_of(history, "first_response").due_at) == (
            OPENED, DUE,
        )  # fmt: skip
        assert phases(history) == {"first_response": "running", "resolution": "running"}

    def test_warnings_of_before_do_not_go_out(self) -> None:
        history = brought(HALF + LATENCY)
        assert cycle_of(history, "first_response").next_stage == 75
        # At the instant itself it is not past yet.
        assert cycle_of(brought(HALF), "first_response").next_stage == 50

    def test_one_that_ran_out_before_has_no_timer_and_gets_no_verdict(self) -> None:
        history = brought(DUE + DAY, policy="padrao")
        clock = cycle_of(history, "first_response")
        assert (clock.next_at, clock.lapsed, clock.breached) == (None, True, False)
        (met,) = then(history, answered(DUE + 2 * DAY, first=True), DUE + 2 * DAY)
        assert isinstance(met, sla.ClockMet)
        assert not met.late
        assert said(then(history, closed(DUE + 2 * DAY), DUE + 2 * DAY)) == ["first_response stopped"]

    def test_at_its_end_it_rings(self) -> None:
        assert cycle_of(brought(DUE, policy="quiet"), "first_response").next_stage == END

    def test_it_lives_on_as_any_other(self) -> None:
        history = after(
            brought(OPENED + DAY), answered(OPENED + 2 * DAY, first=True), replied(OPENED + 3 * DAY)
        )
        assert phases(history)["next_response"] == "running"

    def test_it_is_brought_once(self) -> None:
        history = brought(OPENED + DAY)
        assert then(history, import_finished(OPENED + DAY, "open", OPENED), OPENED + DAY) == []


class TestAnAnsweredTicket:
    def test_has_no_first_response_but_a_next_one(self) -> None:
        history = brought(OPENED + DAY, "in_progress", answered=True)
        assert phases(history) == {"resolution": "running"}
        assert phases(after(history, replied(OPENED + 2 * DAY)))["next_response"] == "running"

    def test_with_a_policy_that_starts_nothing_it_is_known_all_the_same(self) -> None:
        history = brought(OPENED + DAY, "in_progress", answered=True, policy="padrao")
        assert phases(history) == {}
        assert phases(after(history, resolved(OPENED + 2 * DAY))) == {"auto_close": "running"}


class TestAWaitingTicket:
    asked = OPENED + DAY

    def waiting(self, at: Any) -> tuple[Event, ...]:
        return brought(at, "waiting_customer", answered=True, waiting=2, waiting_since=self.asked)

    def test_silence_counts_from_the_question(self) -> None:
        history = self.waiting(self.asked + 2 * DAY)
        silence = cycle_of(history, "customer_silence")
        assert (silence.number, silence.due_at, silence.next_stage) == (2, self.asked + 7 * DAY, 1)
        assert cycle_of(history, "resolution").elapsed == timedelta(minutes=30)

    def test_reminders_of_before_do_not_go_out(self) -> None:
        assert cycle_of(self.waiting(self.asked + 4 * DAY), "customer_silence").next_stage == 2

    def test_silence_that_ran_out_before_closes_nothing_and_a_reply_ends_it(self) -> None:
        history = self.waiting(self.asked + 8 * DAY)
        assert cycle_of(history, "customer_silence").next_at is None
        back = after(history, replied(self.asked + 9 * DAY))
        assert phases(back) == {
            "resolution": "running", "customer_silence": "met", "next_response": "running",
        }  # fmt: skip

    def test_the_next_wait_is_the_next_cycle(self) -> None:
        back = after(self.waiting(self.asked + DAY), replied(self.asked + DAY), awaited(self.asked + DAY, 3))
        assert cycle_of(back, "customer_silence").number == 3

    @pytest.mark.parametrize("status", ["on_hold", "awaiting_approval"])
    def test_held_it_stands_from_the_import_on(self, status: l.Status) -> None:
        history = brought(OPENED + DAY * 3, status, answered=True)
        assert phases(history) == {"resolution": "paused"}
        assert cycle_of(history, "resolution").since == OPENED + DAY * 3
        assert phases(after(history, went_on(OPENED + DAY * 4))) == {"resolution": "running"}


class TestAResolvedTicket:
    done = local("2026-03-09 09:00")

    def resolved(self, at: Any, **more: Any) -> tuple[Event, ...]:
        return brought(at, "resolved", answered=True, resolution=1, resolved_at=self.done, **more)

    def test_its_seven_days_count_from_the_resolution(self) -> None:
        history = self.resolved(self.done + DAY)
        assert (cycle_of(history, "auto_close").number, cycle_of(history, "auto_close").next_at) == (
            1, self.done + 7 * DAY,
        )  # fmt: skip
        assert cycle_of(history, "resolution").elapsed == timedelta(minutes=90)

    def test_days_that_were_over_close_nothing(self) -> None:
        assert cycle_of(self.resolved(self.done + 8 * DAY), "auto_close").next_at is None

    def test_contested_its_resolution_goes_on(self) -> None:
        history = after(self.resolved(self.done + DAY), reopened(self.done + 2 * DAY))
        assert (phases(history)["resolution"], phases(history)["auto_close"]) == ("running", "met")

    def test_a_resolution_that_was_late_there_is_not_judged_here(self) -> None:
        history = self.resolved(OPENED + 60 * DAY, policy="whole")
        assert "resolution breached" not in said(history)
        assert said(after(history, reopened(OPENED + 61 * DAY))[len(history) :])[:2] == [
            "auto_close met", "resolution resumed",
        ]  # fmt: skip


def test_a_closed_ticket_has_no_clocks() -> None:
    assert brought(OPENED + DAY, "closed", answered=True) == ()
