"""A clock explained: what counted, what did not, and the arithmetic; in numbers that agree with the clock's own."""

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import sla
from contracts.commands import Explanation
from contracts.directory import PauseReason
from contracts.envelope import Event
from contracts.lifecycle import ReopeningDismissed
from contracts.sla import Clock
from contracts.words import Classification, Criticality, Priority
from journal.errors import Refused
from services.sla.clocks import ZERO, Terms
from services.sla.decider import SLA
from services.sla.explaining import explain
from services.sla.wording import _WORDS, duration
from tests.sla.lives import (
    PINNED,
    TICKET,
    after,
    answered,
    approval_asked,
    approved,
    attempted,
    awaited,
    closed,
    dismissed,
    held,
    import_finished,
    local,
    phases,
    queued,
    reclassified,
    reopened,
    replied,
    resolved,
    resumed,
    rung,
    told,
    undone,
    went_on,
)
from tests.sla.test_rebasing import rebased

FRIDAY = local("2026-03-06 17:00")
MONDAY = local("2026-03-09 09:00")
TUESDAY = local("2026-03-10 14:00")
THURSDAY = local("2026-03-12 09:45")
DAY = timedelta(days=1)


def explained(
    history: tuple[Event, ...], clock: Clock, at: datetime, cycle: int | None = None
) -> Explanation:
    return explain(TICKET, history, clock, cycle, at, PINNED)


class TestAClockThatWasPaused:
    history = told(queued(FRIDAY), held(MONDAY), went_on(TUESDAY))
    told = explained(history, "first_response", local("2026-03-11 09:00"))

    def test_what_counted(self) -> None:
        first, second = self.told.runs
        assert (first.starts_at, first.ends_at, first.counted_s) == (FRIDAY, MONDAY, 90 * 60)
        assert first.spans == (
            (FRIDAY, local("2026-03-06 17:30")), (local("2026-03-09 08:00"), MONDAY),
        )  # fmt: skip
        assert (second.ends_at, second.counted_s) == (None, (210 + 60) * 60)
        assert {(run.calendar, run.calendar_version) for run in self.told.runs} == {("padrao", 1)}

    def test_what_did_not(self) -> None:
        (pause,) = self.told.pauses
        assert (pause.starts_at, pause.ends_at, pause.reason) == (MONDAY, TUESDAY, "on_hold")
        assert pause.spared_s == (105 + 270 + 165 + 60) * 60

    def test_the_arithmetic(self) -> None:
        assert (self.told.target_s, self.told.elapsed_s, self.told.remaining_s) == (
            1440 * 60, 360 * 60, 1080 * 60,
        )  # fmt: skip
        assert self.told.due_at == local("2026-03-13 14:45")

    def test_in_portuguese(self) -> None:
        assert self.told.words["pt-BR"] == (
            "Primeira resposta: meta de 24 h de expediente, de sex 06/03/2026 17:00 em diante, "
            "pela política padrao versão 1 (dúvida, prioridade normal).",
            "Correu de sex 06/03/2026 17:00 a seg 09/03/2026 09:00: contou 1 h 30 min, "
            "pelo calendário padrao versão 1.",
            "Ficou parado de seg 09/03/2026 09:00 a ter 10/03/2026 14:00, em espera por um terceiro: "
            "10 h de expediente que não contaram.",
            "Corre desde ter 10/03/2026 14:00: contou 4 h 30 min até qua 11/03/2026 09:00, "
            "pelo calendário padrao versão 1.",
            "Contou ao todo 1 h 30 min + 4 h 30 min = 6 h.",
            "Meta de 24 h, menos 6 h que contaram: restam 18 h.",
            "Vence em sex 13/03/2026 14:45.",
        )

    def test_in_english(self) -> None:
        assert self.told.words["en"][1:3] == (
            "Ran from Fri 2026-03-06 17:00 to Mon 2026-03-09 09:00: 1 h 30 min counted, "
            "by calendar padrao version 1.",
            "Stood still from Mon 2026-03-09 09:00 to Tue 2026-03-10 14:00, on hold for a third party: "
            "10 h of working time did not count.",
        )


class TestEachOutcome:
    def last(self, history: tuple[Event, ...], clock: Clock, at: datetime = TUESDAY) -> str:
        return explained(history, clock, at).words["en"][-1]

    def test_paused(self) -> None:
        told_ = explained(told(queued(FRIDAY), held(MONDAY)), "first_response", TUESDAY)
        assert (told_.due_at, told_.state, told_.pauses[0].ends_at) == (None, "paused", None)
        assert told_.words["en"][-1].startswith("While it stands still")

    def test_met_and_stopped_and_ended(self) -> None:
        history = told(queued(FRIDAY, "whole"), awaited(MONDAY, first=True))
        assert self.last(history, "first_response") == "Met on Mon 2026-03-09 09:00."
        assert self.last(after(history, closed(TUESDAY)), "resolution") == (
            "Stopped for good on Tue 2026-03-10 14:00."
        )
        silent = explained(rung(history, "customer_silence", 3), "customer_silence", THURSDAY + 9 * DAY)
        assert silent.words["en"][-1] == "Reached its end on Mon 2026-03-16 09:00."
        assert (silent.elapsed_s, silent.remaining_s, silent.business) == (7 * 86400, 0, False)

    def test_breached_and_counting_on(self) -> None:
        history = rung(told(queued(FRIDAY, "quiet")), "first_response", 1)
        told_ = explained(history, "first_response", THURSDAY + timedelta(minutes=15))
        assert told_.words["en"][-2:] == (
            "24 h 15 min counted less the target of 24 h: 15 min over the target.",
            "Breached on Thu 2026-03-12 09:45, noticed on Thu 2026-03-12 09:45:01; this verdict stays.",
        )
        assert told_.breached_at == THURSDAY

    def test_lapsed_before_it_was_imported(self) -> None:
        history = told(import_finished(THURSDAY + DAY, "open", FRIDAY, policy="padrao"))
        assert self.last(history, "first_response", THURSDAY + DAY).startswith("It had run out on Thu 2026")

    def test_reclassified(self) -> None:
        history = after(told(queued(FRIDAY, "graded")), reclassified(MONDAY, classification="incident"))
        told_ = explained(history, "first_response", MONDAY)
        assert [(each.because, each.target_s) for each in told_.targets] == [
            ("started", 86_400), ("reclassified", 28_800),
        ]  # fmt: skip
        assert (
            "Reclassified on Mon 2026-03-09 09:00: the target became 8 h of working time (incident"
            in (told_.words["en"][2])
        )

    def test_a_dismissed_reopening_leaves_no_trace_in_what_counted(self) -> None:
        history = told(
            queued(FRIDAY, "whole"),
            resolved(MONDAY, first=True),
            reopened(TUESDAY),
            dismissed(TUESDAY + DAY, MONDAY),
        )
        told_ = explained(history, "resolution", TUESDAY + DAY)
        assert (told_.elapsed_s, len(told_.runs), told_.pauses) == (5400, 1, ())

    def test_an_earlier_cycle_can_be_asked_for(self) -> None:
        history = told(
            queued(FRIDAY), awaited(MONDAY, first=True), resumed(TUESDAY), awaited(TUESDAY, waiting=2)
        )
        assert explained(history, "customer_silence", TUESDAY).cycle == 2
        assert explained(history, "customer_silence", TUESDAY, 1).ended_at == TUESDAY

    @pytest.mark.parametrize(
        ("history", "code"), [((), "no_such_ticket"), (told(queued(FRIDAY)), "no_such_clock")]
    )
    def test_what_is_not_there(self, history: tuple[Event, ...], code: str) -> None:
        with pytest.raises(Refused, match=code):
            explained(history, "auto_close", MONDAY)


class TestWords:
    def test_every_sentence_is_there_in_both_languages(self) -> None:
        assert _WORDS["pt-BR"].keys() == _WORDS["en"].keys()

    def test_every_word_of_the_contracts_has_one(self) -> None:
        reasons = {*get_args(PauseReason), "met"}
        words = {
            *get_args(Clock),
            *reasons,
            *(f"classification.{value}" for value in get_args(Classification)),
            *(f"priority.{value}" for value in get_args(Priority)),
            *(f"criticality.{value}" for value in get_args(Criticality)),
        }
        assert words <= _WORDS["en"].keys()

    @pytest.mark.parametrize(
        ("seconds", "text"), [(0, "0 min"), (59, "59 s"), (3600, "1 h"), (90_061, "25 h 1 min 1 s")]
    )
    def test_durations(self, seconds: int, text: str) -> None:
        assert duration(seconds) == text


DEEDS: list[Any] = [
    lambda at, n: answered(at, first=n == 0),
    lambda at, _: held(at),
    lambda at, _: went_on(at),
    lambda at, n: awaited(at, waiting=n + 1),
    lambda at, _: replied(at),
    lambda at, _: resumed(at),
    lambda at, _: approval_asked(at),
    lambda at, _: approved(at),
    lambda at, n: resolved(at, resolution=n + 1),
    lambda at, n: reopened(at, resolution=max(n, 1)),
    lambda at, n: attempted(at, 3 + n),
    lambda at, n: reclassified(at, classification=("incident", "question")[n % 2]),
    lambda at, n: reclassified(at, priority=("urgent", "low")[n % 2]),
    lambda at, _: closed(at),
    lambda at, _: undone(at, at, "no_contact", "open"),
    lambda at, n: dismissed(at, resolved_at=at, resolution=n),
    "rebased",
    "rung",
]
TERMS = [Terms("padrao", 2, policy, 1) for policy in ("padrao", "whole", "graded", "unpausing", "incidents")]


def _done(deed: Any, history: tuple[Event, ...], at: datetime, count: int) -> tuple[Event, ...]:
    """The history after a deed; a reopening that is dismissed is that of the last resolution."""
    if deed == "rebased":
        return (*history, *rebased(history, at, TERMS[count % len(TERMS)]))
    if deed == "rung":
        waiting = [(each.next_at, clock) for clock, each in SLA.fold(history).cycles.items() if each.next_at]
        return rung(history, min(waiting)[1], 1) if waiting and min(waiting)[0] <= at else history
    cause = deed(at, count)
    if isinstance(cause, ReopeningDismissed):
        closing = SLA.fold(history).cycles.get("auto_close")
        if closing is None or closing.phase != "met":
            return history
        resolved_at = closing.since - closing.elapsed
        cause = cause.model_copy(update={"resolved_at": resolved_at, "resolution": closing.number})
    return after(history, cause)


@settings(max_examples=150, deadline=None)
@given(
    policy=st.sampled_from(["padrao", "whole", "graded", "unpausing", "incidents"]),
    deeds=st.lists(st.tuples(st.sampled_from(range(len(DEEDS))), st.integers(0, 60 * 48)), max_size=14),
)
def test_whatever_happened_the_explanation_agrees_with_the_clock(
    policy: str, deeds: list[tuple[int, int]]
) -> None:
    history, at = told(queued(FRIDAY, policy)), FRIDAY
    for count, (deed, minutes) in enumerate(deeds):
        at += timedelta(minutes=minutes)
        history = _done(DEEDS[deed], history, at, count)
    at += timedelta(hours=3)
    clocks = SLA.fold(history)
    was_rebased = any(isinstance(e, sla.CircumstancesNoted) and e.because == "rebased" for e in history)
    for clock, cycle in clocks.cycles.items():
        told_ = explained(history, clock, at)
        assert (told_.state, told_.target_s) == (cycle.phase, cycle.target // timedelta(seconds=1))
        assert told_.elapsed_s == sum(run.counted_s for run in told_.runs)
        if was_rebased and cycle.judged:
            continue  # it is told by the versions that it was judged by
        if cycle.phase in ("paused", "met"):
            assert told_.elapsed_s == cycle.elapsed // timedelta(seconds=1)
        if cycle.phase == "running" and clocks.terms is not None:
            elapsed = cycle.elapsed + PINNED.measure(clock, clocks.terms).elapsed(cycle.since, at)
            assert told_.elapsed_s == elapsed // timedelta(seconds=1)
            assert told_.due_at == cycle.due_at
            if not cycle.judged and told_.remaining_s:
                left = PINNED.measure(clock, clocks.terms).elapsed(at, cycle.due_at)
                assert timedelta(seconds=told_.remaining_s) == max(left, ZERO)
        assert {len(words) for words in told_.words.values()} == {len(told_.words["en"])}
    assert phases(history).keys() == clocks.cycles.keys()
    assert any(isinstance(event, sla.ClockStarted) for event in history)
