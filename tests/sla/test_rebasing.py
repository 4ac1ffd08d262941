"""Counting tickets by newer versions on purpose (rule 4)."""

from datetime import timedelta
from typing import Any

import pytest

from contracts import sla
from contracts.envelope import Event
from contracts.sla import Clock
from journal.errors import Refused
from journal.testing import spec
from services.sla import stretches
from services.sla.clocks import Terms
from services.sla.decider import SLA
from services.sla.explaining import explain
from services.sla.rebasing import Rebase, effect
from tests.sla.lives import (
    MARTA,
    PINNED,
    TICKET,
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
    resumed,
    rung,
    said,
    told,
    went_on,
)

FRIDAY = local("2026-03-06 17:00")
MONDAY = local("2026-03-09 09:00")
TUESDAY = local("2026-03-10 09:00")
DAY = timedelta(days=1)
UNPAUSING = PINNED.newest("unpausing")
NEWEST = PINNED.newest("whole")
"""Version 2 of both: 60 minutes to the next response, 20 hours to the resolution, no work on Monday the 9th."""


def rebased(history: tuple[Event, ...], at: Any, terms: Terms = NEWEST) -> list[Event]:
    """What counting the ticket by those terms leads to."""
    runs: dict[Clock, Any] = {
        clock: stretches.ran(history, clock, cycle.number, at)
        for clock, cycle in SLA.fold(history).cycles.items()
    }
    waits, standing = stretches.waits(history, SLA.fold(history)), SLA.fold(history).standing
    stood = stretches.ran(history, "resolution", standing.number, at) if standing else []
    asked = Rebase(TICKET, terms, runs, "feriado esquecido", waits, stood)
    events = spec(SLA).given(*history).when(asked, now=at, by=MARTA, facts=PINNED)
    assert isinstance(events, list)
    return events


class TestItsClocks:
    begun = told(queued(FRIDAY, "whole"))

    def test_have_the_new_targets_and_what_elapsed_by_the_new_calendar(self) -> None:
        noted, first, resolution = rebased(self.begun, TUESDAY)
        assert isinstance(noted, sla.CircumstancesNoted)
        assert (noted.because, noted.by, noted.reason, noted.calendar_version, noted.sla_policy_version) == (
            "rebased", MARTA, "feriado esquecido", 2, 2,
        )  # fmt: skip
        versions: dict[str, Any] = {
            "calendar": "padrao",
            "calendar_version": 2,
            "sla_policy": "whole",
            "sla_policy_version": 2,
        }
        # 30 minutes on Friday, none on Monday, 60 on Tuesday.
        assert first == fact(
            sla.ClockRetargeted, "first_response", TUESDAY, cause="rebased", passed=0,
            target_s=1440 * 60, previous_target_s=1440 * 60, elapsed_s=5400, remaining_s=1350 * 60,
            due_at=local("2026-03-13 09:45"), previous_due_at=local("2026-03-12 09:45"),
            next=sla.Stage(stage=50, at=local("2026-03-11 14:30")), **versions,
        )  # fmt: skip
        assert isinstance(resolution, sla.ClockRetargeted)
        assert (resolution.target_s, resolution.previous_target_s) == (1200 * 60, 2400 * 60)

    def test_stand_as_if_they_had_been_pinned_at_the_opening(self) -> None:
        history = (*self.begun, *rebased(self.begun, TUESDAY))
        calendar = PINNED.calendar(NEWEST)
        targets: dict[Clock, int] = {"first_response": 1440, "resolution": 1200}
        for clock, minutes in targets.items():
            assert cycle_of(history, clock).due_at == calendar.due(FRIDAY, timedelta(minutes=minutes))

    def test_that_are_paused_stay_so(self) -> None:
        paused = after(self.begun, held(local("2026-03-09 10:00")))
        events = rebased(paused, TUESDAY)
        retargeted = [event for event in events if isinstance(event, sla.ClockRetargeted)]
        assert {(event.due_at, event.elapsed_s) for event in retargeted} == {(None, 30 * 60)}
        back = after((*paused, *events), went_on(TUESDAY))
        assert cycle_of(back, "first_response").due_at == local("2026-03-13 10:45")

    def test_breach_at_once_when_nothing_remains(self) -> None:
        at = local("2026-03-12 09:00")
        history = after(self.begun, answered(TUESDAY, first=True))
        events = rebased(history, at)
        assert said(events) == [
            "resolution retargeted"
        ]  # 3 days and a half: 1,200 minutes are not used up yet
        later = local("2026-03-13 10:00")
        events = rebased(history, later)
        assert said(events) == ["resolution retargeted", "resolution breached"]
        assert events[-1] == fact(sla.ClockBreached, "resolution", later, detected_at=later, cause="rebased")

    def test_keep_a_verdict_and_get_the_one_that_no_timer_saw(self) -> None:
        due = local("2026-03-12 09:45")
        judged = rung(told(queued(FRIDAY, "whole")), "first_response", 4)
        assert not any(
            getattr(event, "clock", "") == "first_response" for event in rebased(judged, due + DAY)
        )
        unseen = rebased(self.begun, due + DAY)
        assert said(unseen)[0] == "first_response breached"

    def test_that_close_the_ticket_have_their_new_ends(self) -> None:
        done = local("2026-03-09 09:00")
        history = told(queued(FRIDAY, "whole"), resolved(done, first=True))
        retargeted = rebased(history, done + DAY)[-1]
        assert isinstance(retargeted, sla.ClockRetargeted)
        assert (retargeted.clock, retargeted.due_at, retargeted.elapsed_s) == (
            "auto_close", done + 14 * DAY, 86_400,
        )  # fmt: skip
        third = local("2026-03-07 09:00")
        history = told(queued(FRIDAY, "whole"), attempted(third, 3))
        assert cycle_of((*history, *rebased(history, third)), "unreachable").due_at == FRIDAY + 4 * DAY

    def test_of_later_go_by_the_new_versions(self) -> None:
        answered_ = after(self.begun, answered(TUESDAY, first=True))
        history = (*answered_, *rebased(answered_, TUESDAY))
        asked = after(history, replied(TUESDAY))
        assert cycle_of(asked, "next_response").target == timedelta(minutes=60)

    def test_that_the_new_policy_does_without_stop_and_those_it_adds_start(self) -> None:
        events = rebased(self.begun, TUESDAY, PINNED.newest("padrao"))
        assert "resolution stopped" in said(events)
        history = told(queued(FRIDAY))
        assert said(rebased(history, TUESDAY))[-1] == "resolution started"

    def test_of_which_nothing_changes_are_not_moved(self) -> None:
        same_hours = Terms("padrao", 1, "whole", 2)
        running = rebased(self.begun, TUESDAY, same_hours)
        assert said(running) == ["resolution retargeted"]
        paused = rebased(after(self.begun, held(TUESDAY)), TUESDAY + DAY, same_hours)
        assert said(paused) == ["resolution retargeted"]

    def test_wait_for_what_the_ticket_waits_for(self) -> None:
        waiting = told(queued(FRIDAY), held(TUESDAY))
        assert phases((*waiting, *rebased(waiting, TUESDAY))) == {
            "first_response": "paused", "resolution": "paused",
        }  # fmt: skip
        answered_ = after(waiting, answered(TUESDAY, first=True))
        asked = after((*answered_, *rebased(answered_, TUESDAY + DAY)), replied(TUESDAY + DAY))
        assert (phases(asked)["next_response"], phases(asked)["resolution"]) == ("paused", "paused")
        assert set(phases(after(asked, went_on(TUESDAY + 2 * DAY))).values()) == {"met", "running"}

    @pytest.mark.parametrize(
        ("deed", "reason"), [(held, "on_hold"), (lambda at: awaited(at, first=True), "waiting_customer")]
    )
    def test_wait_too_where_an_older_journal_did_not_note_it(self, deed: Any, reason: str) -> None:
        noted = told(queued(FRIDAY), deed(TUESDAY))
        older = tuple(event for event in noted if not isinstance(event, sla.CircumstancesNoted))
        history = (*older, *rebased(older, TUESDAY))
        assert (SLA.fold(history).waits, phases(history)["resolution"]) == (reason, "paused")

    def test_stand_still_for_what_the_new_policy_says(self) -> None:
        waiting = after(self.begun, awaited(TUESDAY, first=True))
        history = (*waiting, *(events := rebased(waiting, TUESDAY + DAY, UNPAUSING)))
        assert phases(history)["resolution"] == "running"
        before = SLA.fold(waiting)
        changed = {each.clock: each for each in effect(TICKET, before, events).clocks}
        assert (changed["resolution"].state, changed["resolution"].due_at) == (
            "running", cycle_of(history, "resolution").due_at,
        )  # fmt: skip
        back = (*history, *rebased(history, TUESDAY + 2 * DAY))
        assert phases(back)["resolution"] == "paused"
        assert phases(after(back, resumed(TUESDAY + 2 * DAY)))["resolution"] == "running"

    def test_of_a_resolved_ticket_are_counted_anew_for_its_reopening(self) -> None:
        done = after(self.begun, resolved(TUESDAY, first=True))
        history = (*done, *rebased(done, TUESDAY + DAY))
        met = cycle_of(history, "resolution")
        assert (met.phase, met.elapsed, met.target) == (
            "met", timedelta(minutes=90), timedelta(minutes=1200),
        )  # fmt: skip
        opened = after(history, reopened(TUESDAY + 2 * DAY))
        assert "resolution retargeted" not in said(opened[len(history) :])
        contested = after(done, reopened(TUESDAY + DAY))
        later = (*contested, *rebased(contested, TUESDAY + 2 * DAY))
        assert (
            cycle_of(later, "resolution").due_at
            == cycle_of(after(history, reopened(TUESDAY + DAY)), "resolution").due_at
        )
        stands = after(later, dismissed(TUESDAY + 2 * DAY, TUESDAY))
        assert cycle_of(stands, "resolution").elapsed == timedelta(minutes=90)

    def test_that_were_met_with_nothing_worked_by_the_new_calendar_have_nothing_elapsed(self) -> None:
        opened = local("2026-03-09 08:00")
        done = told(queued(opened, "whole"), resolved(opened + DAY / 24, first=True))
        history = (*done, *rebased(done, TUESDAY))
        assert cycle_of(history, "resolution").elapsed == timedelta()
        running = after(done, reopened(opened + DAY / 12))
        stands = after((*running, *rebased(running, TUESDAY)), dismissed(TUESDAY, opened + DAY / 24))
        assert cycle_of(stands, "resolution").elapsed == timedelta()

    def test_that_are_met_keep_their_target_where_the_new_policy_has_none_and_count_by_its_calendar(
        self,
    ) -> None:
        done = after(self.begun, resolved(MONDAY, first=True))
        history = (*done, *rebased(done, TUESDAY, PINNED.newest("padrao")))
        met = cycle_of(history, "resolution")
        assert (met.phase, met.elapsed, met.target) == ("met", timedelta(minutes=30), timedelta(minutes=2400))
        told_ = explain(TICKET, history, "resolution", None, TUESDAY, PINNED)
        assert (told_.elapsed_s, told_.target_s) == (30 * 60, 2400 * 60)
        assert phases(after(history, reopened(TUESDAY)))["resolution"] == "stopped"

    def test_of_a_closed_ticket_stay_as_they_are(self) -> None:
        assert rebased(after(self.begun, closed(TUESDAY)), TUESDAY) == []

    @pytest.mark.parametrize("by_clock", [True, False])
    def test_of_one_that_closed_when_all_was_met_stay_as_they_are(self, by_clock: bool) -> None:
        done = told(queued(FRIDAY, "quiet"), resolved(MONDAY, first=True))
        ended = rung(done, "auto_close", 1) if by_clock else done
        history = after(ended, closed(MONDAY + 7 * DAY))
        assert rebased(history, MONDAY + 8 * DAY) == []

    def test_that_are_added_count_from_now_on_and_the_preview_names_them(self) -> None:
        history = told(queued(FRIDAY))
        events = rebased(history, TUESDAY)
        started = events[-1]
        assert isinstance(started, sla.ClockStarted)
        assert (started.clock, started.at) == ("resolution", TUESDAY)
        added = effect(TICKET, SLA.fold(history), events).clocks[-1]
        assert (added.clock, added.target_s, added.previous_target_s, added.state) == (
            "resolution", 1200 * 60, 0, "running",
        )  # fmt: skip

    def test_that_start_again_are_told_without_what_an_earlier_cycle_had(self) -> None:
        incident = told(queued(FRIDAY, "graded", classification="incident"))
        lost = after(incident, reclassified(TUESDAY, classification="question"))
        events = rebased(lost, TUESDAY + DAY)
        again = effect(TICKET, SLA.fold(lost), events).clocks[-1]
        assert (again.clock, again.cycle, again.target_s) == ("resolution", 2, 1200 * 60)
        assert (again.previous_target_s, again.previous_due_at) == (0, None)

    def test_nothing_changes_twice(self) -> None:
        history = (*self.begun, *rebased(self.begun, TUESDAY))
        assert rebased(history, TUESDAY + DAY) == []

    def test_the_explanation_counts_by_the_new_calendar(self) -> None:
        history = (*self.begun, *rebased(self.begun, TUESDAY))
        told_ = explain(TICKET, history, "first_response", None, TUESDAY, PINNED)
        assert (told_.elapsed_s, told_.remaining_s) == (5400, 1350 * 60)
        assert [run.calendar_version for run in told_.runs] == [2]
        assert told_.words["en"][-4].startswith(
            "Counted anew on Tue 2026-03-10 09:00 by policy whole version 2"
        )

    def test_the_explanation_counts_so_though_the_due_instant_did_not_move(self) -> None:
        begun = told(queued(TUESDAY, "whole"))
        calendar_only = Terms("padrao", 2, "whole", 1)
        history = (*begun, *rebased(begun, TUESDAY + DAY, calendar_only))
        assert said(history[len(begun) :]) == []
        told_ = explain(TICKET, history, "first_response", None, TUESDAY + DAY, PINNED)
        assert [run.calendar_version for run in told_.runs] == [2]
        assert [each.because for each in told_.targets] == ["started", "rebased"]
        assert told_.words["en"][2] == (
            "Counted anew on Wed 2026-03-11 09:00 by policy whole version 1: "
            "target 24 h of working time (question, normal priority)."
        )

    def test_the_explanation_of_what_was_rebased_while_resolved_names_the_rebase(self) -> None:
        done = after(self.begun, resolved(TUESDAY, first=True))
        history = after((*done, *rebased(done, TUESDAY)), reopened(TUESDAY + DAY))
        told_ = explain(TICKET, history, "resolution", None, TUESDAY + DAY, PINNED)
        assert [(each.because, each.sla_policy_version) for each in told_.targets] == [
            ("started", 1), ("rebased", 2),
        ]  # fmt: skip
        first = explain(TICKET, history, "first_response", None, TUESDAY + DAY, PINNED)
        assert [each.because for each in first.targets] == ["started"]

    def test_a_ticket_without_clocks_is_refused(self) -> None:
        asked = Rebase(TICKET, NEWEST, {}, "x")
        assert spec(SLA).when(asked, facts=PINNED) == Refused("no_such_ticket")

    def test_a_policy_that_nobody_has_is_refused(self) -> None:
        with pytest.raises(Refused, match="no_such_sla_policy"):
            PINNED.newest("none")


class TestAResolutionThatMayStandAgain:
    """It was met on the Monday that the newer calendar closes; reopened, lost, and in most cases gained again since."""

    terms = Terms("padrao", 2, "graded", 1)
    opened = told(queued(FRIDAY, "graded", classification="incident"), resolved(MONDAY, first=True))
    lost = after(opened, reopened(TUESDAY), reclassified(TUESDAY, classification="question"))
    gained = after(lost, reclassified(TUESDAY, classification="incident"))
    at = TUESDAY + timedelta(hours=1)

    def test_is_counted_anew_and_says_so_of_its_own_cycle(self) -> None:
        _, counted = rebased(self.gained, self.at, self.terms)
        assert counted == fact(
            sla.ClockRetargeted, "resolution", self.at, 1, cause="rebased", passed=0,
            target_s=960 * 60, previous_target_s=960 * 60, elapsed_s=30 * 60, remaining_s=930 * 60,
            due_at=None, previous_due_at=None, met_elapsed_us=30 * 60 * 1_000_000,
            calendar="padrao", calendar_version=2, sla_policy="graded", sla_policy_version=1,
        )  # fmt: skip
        history = (*self.gained, counted)
        assert cycle_of(history, "resolution")._replace(earlier=None) == (
            cycle_of(self.gained, "resolution")._replace(earlier=None)
        )

    @pytest.mark.parametrize("since", [lost, gained])
    def test_stands_as_it_was_met_by_the_new_calendar(self, since: tuple[Event, ...]) -> None:
        history = (*since, *rebased(since, self.at, self.terms))
        latest = cycle_of(history, "resolution").number
        assert explain(TICKET, history, "resolution", None, self.at, PINNED).cycle == latest
        stands = after(history, dismissed(self.at, MONDAY))
        met = next(event for event in stands[len(history) :] if isinstance(event, sla.ClockMet))
        assert (met.cycle, met.at, met.elapsed_s, met.late) == (1, MONDAY, 30 * 60, False)
        told_ = explain(TICKET, stands, "resolution", None, self.at, PINNED)
        assert (told_.cycle, told_.elapsed_s, told_.runs[0].calendar_version) == (1, 30 * 60, 2)
        again = after(stands, reclassified(TUESDAY + DAY, classification="incident"), reopened(TUESDAY + DAY))
        assert (cycle_of(again, "resolution").number, cycle_of(again, "resolution").elapsed) == (
            1, timedelta(minutes=30),
        )  # fmt: skip

    def test_has_the_target_of_the_new_policy_or_keeps_its_own_and_does_not_breach_by_it(self) -> None:
        for policy, minutes in (("whole", 1200), ("padrao", 960)):
            newest = PINNED.newest(policy)
            history = (*self.gained, *rebased(self.gained, self.at, newest))
            standing = SLA.fold(history).standing
            assert standing is not None
            assert (standing.number, standing.target) == (1, timedelta(minutes=minutes))
            assert not standing.breached

    def test_that_the_rebase_itself_stops_is_counted_anew_too(self) -> None:
        running = after(self.opened, reopened(TUESDAY))
        history = (*running, *rebased(running, self.at, PINNED.newest("padrao")))
        assert phases(history)["resolution"] == "stopped"
        stands = after(history, dismissed(self.at, MONDAY))
        assert cycle_of(stands, "resolution").elapsed == timedelta(minutes=30)
        assert explain(TICKET, stands, "resolution", None, self.at, PINNED).elapsed_s == 30 * 60

    def test_keeps_its_verdict(self) -> None:
        begun = rung(told(queued(FRIDAY, "graded", classification="incident")), "resolution", 2)
        late = local("2026-03-12 09:00")
        judged = after(
            begun, resolved(late, first=True), reopened(late), reclassified(late, classification="question")
        )
        events = rebased(judged, late + DAY, self.terms)
        assert "resolution retargeted" not in said(events)
        stands = after((*judged, *events), dismissed(late + DAY, late))
        met = stands[len(judged) + len(events)]
        assert isinstance(met, sla.ClockMet)
        assert met.late

    def test_of_which_nothing_changes_is_not_moved(self) -> None:
        tuesday = told(
            queued(TUESDAY, "graded", classification="incident"), resolved(TUESDAY + DAY, first=True)
        )
        at = TUESDAY + 2 * DAY
        lost = after(tuesday, reopened(at), reclassified(at, classification="question"))
        assert said(rebased(lost, at, self.terms)) == []

    def test_is_no_part_of_the_preview(self) -> None:
        events = rebased(self.gained, self.at, self.terms)
        assert effect(TICKET, SLA.fold(self.gained), events).clocks == ()
