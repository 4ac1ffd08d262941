"""Of whatever pauses, resumes and reclassifies a clock: its arithmetic is exact to the microsecond."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.clocks import ZERO, Terms
from tests.sla.lives import PINNED, after, cycle_of, held, local, queued, reclassified, told, went_on

FRIDAY = local("2026-03-06 17:00")
CLOSED_TIMES = [
    (local("2026-03-06 17:30"), local("2026-03-09 08:00")),
    (local("2026-03-09 10:45"), local("2026-03-09 13:00")),
    (local("2026-03-10 17:30"), local("2026-03-11 08:00")),
]
GAP = st.timedeltas(min_value=ZERO, max_value=timedelta(hours=30))


@settings(deadline=None)
@given(opened=GAP, closed=st.sampled_from(CLOSED_TIMES), ends=st.tuples(*[st.floats(0, 1)] * 2))
def test_a_pause_in_closed_time_moves_no_due_instant(
    opened: timedelta, closed: tuple[datetime, datetime], ends: tuple[float, float]
) -> None:
    begins, lasts = closed[0], closed[1] - closed[0]
    history = told(queued(min(FRIDAY + opened, begins), "whole"))
    first, last = sorted(ends)
    paused = after(history, held(begins + lasts * first), went_on(begins + lasts * last))
    for clock in ("first_response", "resolution"):
        assert cycle_of(paused, clock).due_at == cycle_of(history, clock).due_at


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["hold", "resume", "incident", "question", "urgent"]), GAP), max_size=10
    )
)
def test_target_is_what_has_elapsed_and_what_remains(deeds: list[tuple[str, timedelta]]) -> None:
    history, at = told(queued(FRIDAY, "graded")), FRIDAY
    elapsed, calendar = ZERO, PINNED.calendar(Terms("padrao", 1, "graded", 1))
    waits = False
    for deed, gap in deeds:
        elapsed += ZERO if waits else calendar.elapsed(at, at + gap)
        at += gap
        if deed == "hold":
            history, waits = after(history, held(at)), True
        elif deed == "resume":
            history, waits = after(history, went_on(at)), False
        elif deed == "urgent":
            history = after(history, reclassified(at, priority=deed))
        else:
            history = after(history, reclassified(at, classification=deed))
        cycle = cycle_of(history, "first_response")
        if cycle.judged or elapsed >= cycle.target:
            return
        assert (cycle.phase == "paused") == waits
        if waits:
            assert cycle.elapsed == elapsed
        else:
            assert calendar.elapsed(at, cycle.due_at) == cycle.target - elapsed
