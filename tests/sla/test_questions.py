"""A question of the customer that waits for an answer while the policy has no clock for it, and the clock that it gains."""

from datetime import timedelta
from typing import Any

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from contracts.sla import Stage
from services.sla.decider import SLA
from services.sla.explaining import explain
from services.sla.rebasing import effect
from tests.sla.lives import (
    BRUNO,
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
    reached,
    reclassified,
    reopened,
    replied,
    resolved,
    rung,
    said,
    told,
    undone,
    went_on,
)
from tests.sla.test_rebasing import rebased

FRIDAY = local("2026-03-06 17:00")
MONDAY = local("2026-03-09 09:00")
TUESDAY = local("2026-03-10 09:00")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = 7 * DAY
ANSWERED = told(queued(FRIDAY, "incidents"), answered(MONDAY, first=True))
"""A question, of which no next response is promised; one is of incidents, within 240 minutes."""
ASKED = after(ANSWERED, replied(MONDAY + HOUR))


def gained(history: tuple[Event, ...], at: Any = TUESDAY) -> tuple[Event, ...]:
    return after(history, reclassified(at, classification="incident"))


def lost(history: tuple[Event, ...], at: Any = TUESDAY) -> tuple[Event, ...]:
    return after(history, reclassified(at, classification="question"))


def waits(history: tuple[Event, ...]) -> bool:
    """Whether a question waits without a clock."""
    return SLA.fold(history).asked_at is not None


class TestAQuestionWithoutAClock:
    def test_is_noted_once(self) -> None:
        (noted,) = ASKED[len(ANSWERED) :]
        assert isinstance(noted, sla.CircumstancesNoted)
        assert (noted.because, noted.asked_at, noted.answered) == ("waits", MONDAY + HOUR, True)
        assert after(ASKED, replied(MONDAY + 2 * HOUR)) == ASKED

    def test_is_none_before_the_first_answer(self) -> None:
        assert not waits(told(queued(FRIDAY, "incidents"), replied(MONDAY)))

    def test_where_the_policy_has_the_clock_nothing_more_is_written(self) -> None:
        history = told(queued(FRIDAY, "whole"), answered(MONDAY, first=True))
        for cause in (replied(MONDAY), answered(TUESDAY), replied(TUESDAY), closed(TUESDAY)):
            more = after(history, cause)
            assert all(isinstance(event, sla.OfClock) for event in more[len(history) :])
            history = more

    @pytest.mark.parametrize("deed", [answered, awaited, resolved, reached, closed])
    def test_waits_no_more_once_it_is_answered_or_the_ticket_ends(self, deed: Any) -> None:
        assert not waits(after(ASKED, deed(TUESDAY)))

    @pytest.mark.parametrize("deed", [lambda at: reached(at, "email"), held, lambda at: attempted(at, 1)])
    def test_waits_on_whatever_else_happens(self, deed: Any) -> None:
        assert waits(after(ASKED, deed(TUESDAY)))

    def test_once_contested_and_dismissed_waits_no_more(self) -> None:
        done = after(ANSWERED, resolved(TUESDAY))
        contested = after(done, replied(TUESDAY + DAY), reopened(TUESDAY + DAY))
        assert waits(contested)
        assert not waits(after(contested, dismissed(TUESDAY + DAY, TUESDAY)))

    def test_waits_again_when_the_closure_is_undone(self) -> None:
        begun = after(ASKED, attempted(TUESDAY, 3))
        gone = after(rung(begun, "unreachable", 1), closed(TUESDAY, "no_contact"))
        assert not waits(gone)
        assert waits(after(gone, replied(TUESDAY), undone(TUESDAY, TUESDAY, "no_contact", "in_progress")))

    def test_of_a_merged_ticket_is_none_that_a_rebase_could_find(self) -> None:
        merged = after(ASKED, closed(TUESDAY, "merged"))
        assert "next_response started" not in said(rebased(merged, TUESDAY))


class TestTheClockThatItGains:
    def test_counts_from_then_on_and_says_when_the_question_came(self) -> None:
        history = gained(ASKED)
        due = local("2026-03-10 15:15")
        assert history[-1] == fact(
            sla.ClockStarted, "next_response", TUESDAY,
            number="2026-000001", target_s=240 * 60, business=True, due_at=due,
            next=Stage(stage=50, at=local("2026-03-10 13:15")), classification="incident", priority="normal",
            calendar="padrao", calendar_version=1, sla_policy="incidents", sla_policy_version=1,
            asked_at=MONDAY + HOUR,
        )  # fmt: skip
        assert not waits(history)
        breached = rung(history, "next_response", 2)
        assert breached[-1].at == due  # type: ignore[attr-defined]

    def test_is_none_where_nobody_asked_or_the_answer_came_before(self) -> None:
        for history in (ANSWERED, after(ASKED, answered(MONDAY + 2 * HOUR))):
            assert "next_response" not in phases(gained(history))

    def test_is_met_by_the_answer_and_the_next_question_has_its_own(self) -> None:
        history = after(gained(ASKED), answered(TUESDAY + HOUR))
        assert cycle_of(history, "next_response").elapsed == HOUR
        again = after(history, replied(TUESDAY + 2 * HOUR))
        assert (cycle_of(again, "next_response").number, cycle_of(again, "next_response").asked_at) == (
            2,
            None,
        )

    def test_stands_still_while_the_ticket_waits(self) -> None:
        history = gained(after(ASKED, held(MONDAY + 2 * HOUR)))
        assert said(history[-2:]) == ["next_response started", "next_response paused"]
        back = after(history, went_on(TUESDAY + DAY))
        assert cycle_of(back, "next_response").due_at == local("2026-03-11 15:15")

    def test_lost_it_stops_and_the_question_waits_for_the_next_that_it_gains(self) -> None:
        history = lost(gained(ASKED), TUESDAY + HOUR)
        assert (phases(history)["next_response"], SLA.fold(history).asked_at) == ("stopped", MONDAY + HOUR)
        again = gained(history, TUESDAY + 2 * HOUR)
        cycle = cycle_of(again, "next_response")
        assert (cycle.number, cycle.phase, cycle.elapsed) == (2, "running", timedelta())
        assert (cycle.started_at, cycle.asked_at) == (TUESDAY + 2 * HOUR, MONDAY + HOUR)

    @pytest.mark.parametrize("paused", [True, False])
    def test_one_that_it_had_from_the_question_on_is_lost_and_gained_in_the_same_way(
        self, paused: bool
    ) -> None:
        begun = told(queued(FRIDAY, "incidents", classification="incident"), answered(MONDAY, first=True))
        asked = after(begun, replied(MONDAY + HOUR), *([held(MONDAY + HOUR)] if paused else []))
        history = lost(asked)
        assert SLA.fold(history).asked_at == MONDAY + HOUR
        assert cycle_of(gained(history, TUESDAY + HOUR), "next_response").number == 2
        assert (
            cycle_of(gained(after(history, answered(TUESDAY)), TUESDAY + HOUR), "next_response").number == 1
        )

    def test_the_loss_of_another_clock_leaves_the_question_waiting(self) -> None:
        begun = told(queued(FRIDAY, "graded", classification="incident"), answered(MONDAY, first=True))
        history = lost(after(begun, replied(MONDAY)))
        assert (phases(history)["resolution"], SLA.fold(history).asked_at) == ("stopped", MONDAY)

    def test_a_reclassification_while_it_was_resolved_counts_from_the_contest_on(self) -> None:
        at = TUESDAY + DAY
        done = after(ASKED, resolved(MONDAY + 2 * HOUR), reclassified(TUESDAY, classification="incident"))
        assert "next_response" not in phases(done)
        history = after(done, replied(at), reopened(at))
        assert (cycle_of(history, "next_response").number, cycle_of(history, "next_response").started_at) == (
            1,
            at,
        )

    def test_a_reclassification_while_it_was_resolved_counts_from_the_undoing_on(self) -> None:
        done = after(ASKED, resolved(MONDAY + 2 * HOUR), reclassified(TUESDAY, classification="incident"))
        at = MONDAY + 2 * HOUR + WEEK
        gone = after(rung(done, "auto_close", 1), closed(at, "resolved"))
        history = after(gone, replied(at), undone(at, at, "resolved", "resolved"))
        assert (cycle_of(history, "next_response").started_at, phases(history)["next_response"]) == (
            at,
            "running",
        )


class TestARebase:
    def test_starts_the_clock_that_only_the_new_policy_has_and_the_preview_names_it(self) -> None:
        events = rebased(ASKED, TUESDAY)
        history = (*ASKED, *events)
        cycle = cycle_of(history, "next_response")
        assert (cycle.started_at, cycle.target, cycle.asked_at) == (
            TUESDAY, timedelta(minutes=60), MONDAY + HOUR,
        )  # fmt: skip
        shown = {each.clock: each for each in effect(TICKET, SLA.fold(ASKED), events).clocks}
        assert (shown["next_response"].due_at, shown["next_response"].previous_target_s) == (cycle.due_at, 0)

    def test_that_takes_the_clock_away_lets_the_question_wait(self) -> None:
        begun = told(queued(FRIDAY, "whole"), answered(MONDAY, first=True), replied(MONDAY + HOUR))
        without = (*begun, *rebased(begun, TUESDAY, PINNED.newest("incidents")))
        assert (phases(without)["next_response"], SLA.fold(without).asked_at) == ("stopped", MONDAY + HOUR)
        assert [e.because for e in without if isinstance(e, sla.CircumstancesNoted)] == ["rebased", "waits"]
        again = gained(without, TUESDAY + HOUR)
        assert (cycle_of(again, "next_response").number, phases(again)["next_response"]) == (2, "running")

    def test_starts_one_that_stands_still_for_what_the_new_policy_says(self) -> None:
        history = after(ASKED, held(MONDAY + 2 * HOUR))
        assert phases((*history, *rebased(history, TUESDAY)))["next_response"] == "paused"
        unpausing = (*history, *rebased(history, TUESDAY, PINNED.newest("unpausing")))
        assert phases(unpausing)["next_response"] == "running"


class TestAnAnswerThatWasReadLate:
    CAME = MONDAY + 2 * HOUR

    def late(self, asked_again_at: Any = None) -> l.AnswerPublished:
        return l.AnswerPublished(
            ticket_id=TICKET, at=self.CAME, by=BRUNO, text="x", first=False, channel="email",
            asked_again_at=asked_again_at,
        )  # fmt: skip

    def test_ends_the_waiting_of_what_was_asked_before(self) -> None:
        assert not waits(after(ASKED, self.late()))

    def test_leaves_what_was_asked_after_it_came(self) -> None:
        at = self.CAME + HOUR
        history = after(ANSWERED, replied(at))
        assert after(history, self.late(at)) == history
        assert SLA.fold(after(ASKED, replied(at), self.late(at))).asked_at == at

    def test_asks_nothing_again_that_was_answered_meanwhile(self) -> None:
        at = self.CAME + HOUR
        history = after(ASKED, replied(at), answered(at + HOUR))
        assert after(history, self.late(at)) == history

    def test_to_what_was_asked_before_it_meets_the_clock_that_was_gained_meanwhile(self) -> None:
        met = cycle_of(after(gained(ASKED), self.late()), "next_response")
        assert (met.phase, met.elapsed) == ("met", timedelta())

    def test_leaves_a_clock_gained_after_it_was_asked_again(self) -> None:
        at = self.CAME + HOUR
        history = gained(after(ASKED, replied(at)))
        assert after(history, self.late(at)) == history

    def test_meets_a_clock_gained_before_it_was_asked_again_and_that_has_its_own(self) -> None:
        at = TUESDAY + HOUR
        history = after(gained(ASKED), replied(at), self.late(at))
        cycle = cycle_of(history, "next_response")
        assert (cycle.number, cycle.started_at, cycle.asked_at) == (2, at, None)


class TestItsExplanation:
    at = local("2026-03-10 10:00")

    def test_says_since_when_the_question_waited_and_that_it_counts_from_the_gain_on(self) -> None:
        told_ = explain(TICKET, gained(ASKED), "next_response", None, self.at, PINNED)
        assert (told_.asked_at, told_.elapsed_s, told_.remaining_s) == (MONDAY + HOUR, 3600, 180 * 60)
        assert told_.words["en"] == (
            "The question came on Mon 2026-03-09 10:00; it counts only since Tue 2026-03-10 09:00, when it got this target.",
            "Next response: target 4 h of working time, from Tue 2026-03-10 09:00 on, "
            "by policy incidents version 1 (incident, normal priority).",
            "Has run since Tue 2026-03-10 09:00: 1 h counted up to Tue 2026-03-10 10:00, by calendar padrao version 1.",
            "Counted in all: 1 h.",
            "Target of 4 h less 1 h counted: 3 h left.",
            "Due on Tue 2026-03-10 15:15.",
        )
        assert told_.words["pt-BR"][:2] == (
            "A pergunta é de seg 09/03/2026 10:00; só conta desde ter 10/03/2026 09:00, quando passou a ter esta meta.",
            "Próxima resposta: meta de 4 h de expediente, de ter 10/03/2026 09:00 em diante, "
            "pela política incidents versão 1 (incidente, prioridade normal).",
        )

    def test_of_the_one_that_was_lost_is_its_own(self) -> None:
        history = gained(lost(gained(ASKED), TUESDAY + HOUR), TUESDAY + 2 * HOUR)
        first = explain(TICKET, history, "next_response", 1, self.at + DAY, PINNED)
        assert (first.state, first.ended_at, first.elapsed_s) == ("stopped", TUESDAY + HOUR, 3600)
        assert [each.because for each in first.targets] == ["started"]

    def test_of_a_later_question_says_nothing_of_the_earlier_one(self) -> None:
        history = after(gained(ASKED), answered(TUESDAY + HOUR), replied(TUESDAY + 2 * HOUR))
        told_ = explain(TICKET, history, "next_response", None, TUESDAY + 3 * HOUR, PINNED)
        assert (told_.cycle, told_.asked_at) == (2, None)
        assert told_.words["en"][0].startswith("Next response: target 4 h")


def test_a_journal_from_before_questions_were_noted_has_none() -> None:
    older = [event.model_dump(mode="json", exclude={"asked_at"}) for event in gained(ASKED)]
    read = [type(event).model_validate(data) for event, data in zip(gained(ASKED), older, strict=True)]
    assert SLA.fold(tuple(read)).asked_at is None
