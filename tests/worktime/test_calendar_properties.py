"""Laws of business time on any calendar, and agreement with a reference that walks minute by minute."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from worktime.calendar import Calendar
from worktime.shifts import WEEKDAYS

ZERO, MINUTE = timedelta(), timedelta(minutes=1)
CLOCK_CHANGES = {
    "America/Sao_Paulo": ["2018-02-18", "2018-11-04", "2019-02-17", "2026-03-02"],
    "Europe/Berlin": ["2026-03-29", "2026-10-25"],
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "Asia/Tehran": ["2016-03-21", "2016-09-21"],
    "UTC": ["2026-12-31"],
}


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def shifts(draw: st.DrawFn) -> list[list[str]]:
    """Up to three shifts. In the hours in which clocks change, only full hours: there the reference is exact."""
    minutes = st.one_of(st.integers(0, 24).map(lambda hour: hour * 60), st.integers(4 * 60, 23 * 60))
    cuts = sorted(draw(st.sets(minutes, max_size=6)))
    return [[clock(opens), clock(closes)] for opens, closes in zip(cuts[::2], cuts[1::2], strict=False)]


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    zone = draw(st.sampled_from(sorted(CLOCK_CHANGES)))
    around = datetime.fromisoformat(draw(st.sampled_from(CLOCK_CHANGES[zone]))).date()
    days = st.integers(-4, 8).map(lambda offset: (around + timedelta(days=offset)).isoformat())
    weekly = {day: draw(shifts()) for day in WEEKDAYS}
    weekly[draw(st.sampled_from(WEEKDAYS))] = [["09:00", "17:00"]]
    return {
        "key": around.isoformat(),
        "version": 1,
        "time_zone": zone,
        "weekly": weekly,
        "closed": sorted(draw(st.sets(days, max_size=2))),
        "special": draw(st.dictionaries(days, shifts(), max_size=2)),
    }


@st.composite
def questions(draw: st.DrawFn) -> tuple[Calendar, datetime]:
    """A calendar and an instant within some days of a change of its clock."""
    calendar = Calendar.from_record(draw(records()))
    near = datetime.fromisoformat(calendar.key).replace(tzinfo=UTC)
    return calendar, near + timedelta(microseconds=draw(st.integers(-3 * 86_400_000_000, 3 * 86_400_000_000)))


works = st.integers(0, 40 * 3_600_000_000).map(lambda microseconds: timedelta(microseconds=microseconds))
whiles = st.integers(0, 9 * 86_400_000_000).map(lambda microseconds: timedelta(microseconds=microseconds))


class Reference:
    """Reads the record by itself: an instant is worked when the wall clock shows a posted hour."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record, self.zone = record, ZoneInfo(record["time_zone"])

    def works(self, at: datetime) -> bool:
        local = at.astimezone(self.zone)
        day, reading = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
        posted = self.record["weekly"][WEEKDAYS[local.weekday()]]
        if day in self.record["closed"]:
            posted = []
        posted = self.record["special"].get(day, posted)
        return any(opens <= reading < closes for opens, closes in posted)

    def elapsed(self, start: datetime, end: datetime, pauses: list[tuple[datetime, datetime]]) -> timedelta:
        minutes = ((start + MINUTE * index) for index in range((end - start) // MINUTE))
        return MINUTE * sum(self.works(m) and not any(a <= m < b for a, b in pauses) for m in minutes)

    def due(self, start: datetime, working: timedelta, latest: datetime) -> datetime | None:
        minute = start
        while minute < latest:
            working -= MINUTE * self.works(minute)
            minute += MINUTE
            if working == ZERO:
                return minute
        return None


@settings(max_examples=60, deadline=None)
@given(records(), st.integers(-3 * 1_440, 1_440), st.integers(0, 5 * 1_440), st.integers(1, 1_500), st.data())
def test_a_minute_by_minute_reference_agrees(
    record: dict[str, Any], offset: int, length: int, minutes: int, data: st.DataObject
) -> None:
    calendar, reference = Calendar.from_record(record), Reference(record)
    start = datetime.fromisoformat(record["key"]).replace(tzinfo=UTC) + offset * MINUTE
    end = start + length * MINUTE
    edges = sorted(data.draw(st.lists(st.integers(-100, length + 100), max_size=6)))
    pauses = [(start + a * MINUTE, start + b * MINUTE) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    assert calendar.elapsed(start, end) == reference.elapsed(start, end, [])
    assert calendar.elapsed(start, end, pauses) == reference.elapsed(start, end, pauses)
    due = reference.due(start, minutes * MINUTE, start + 5 * 1_440 * MINUTE)
    if due is None:
        assert calendar.due(start, minutes * MINUTE) > start + 5 * 1_440 * MINUTE
    else:
        assert calendar.due(start, minutes * MINUTE) == due


@settings(deadline=None)
@given(questions(), works)
def test_due_and_elapsed_are_inverse(question: tuple[Calendar, datetime], working: timedelta) -> None:
    calendar, start = question
    due = calendar.due(start, working)
    assert calendar.elapsed(start, due) == working
    if working:
        assert calendar.elapsed(start, due - timedelta.resolution) == working - timedelta.resolution


@settings(deadline=None)
@given(questions(), works)
def test_the_latest_start_leaves_just_the_time_needed(
    question: tuple[Calendar, datetime], working: timedelta
) -> None:
    calendar, end = question
    start = calendar.latest_start(end, working)
    assert calendar.elapsed(start, end) == working
    if working:
        assert calendar.elapsed(start + timedelta.resolution, end) == working - timedelta.resolution


@settings(deadline=None)
@given(questions(), whiles, whiles)
def test_elapsed_adds_up(question: tuple[Calendar, datetime], first: timedelta, second: timedelta) -> None:
    calendar, start = question
    middle, end = start + first, start + first + second
    assert calendar.elapsed(start, end) == calendar.elapsed(start, middle) + calendar.elapsed(middle, end)
    spans = calendar.open_spans(start, end)
    assert sum((closes - opens for opens, closes in spans), ZERO) == calendar.elapsed(start, end)


@settings(deadline=None)
@given(questions(), whiles, works, works)
def test_later_or_more_work_is_never_due_earlier(
    question: tuple[Calendar, datetime], later: timedelta, working: timedelta, more: timedelta
) -> None:
    calendar, start = question
    due = calendar.due(start, working)
    assert calendar.due(start + later, working) >= due
    assert calendar.due(start, working + more) >= due
    assert due >= start


@settings(deadline=None)
@given(questions(), works, st.lists(st.tuples(whiles, whiles), max_size=4))
def test_a_clock_with_pauses_runs_just_its_budget(
    question: tuple[Calendar, datetime], working: timedelta, lengths: list[tuple[timedelta, timedelta]]
) -> None:
    calendar, start = question
    pauses = [(start + after, start + after + length) for after, length in lengths]
    due = calendar.due(start, working, pauses)
    assert calendar.elapsed(start, due, pauses) == working
    assert due >= calendar.due(start, working)


@settings(deadline=None)
@given(questions(), works, whiles, whiles)
def test_resuming_with_what_remains_is_the_same_as_the_pause(
    question: tuple[Calendar, datetime], working: timedelta, after: timedelta, length: timedelta
) -> None:
    calendar, start = question
    paused, resumed = start + after, start + after + length
    remaining = working - calendar.elapsed(start, paused)
    if remaining > ZERO:
        assert calendar.due(start, working, [(paused, resumed)]) == calendar.due(resumed, remaining)
    else:
        assert calendar.due(start, working, [(paused, resumed)]) == calendar.due(start, working)


@settings(deadline=None)
@given(questions(), works, st.data())
def test_a_pause_in_closed_time_moves_nothing(
    question: tuple[Calendar, datetime], working: timedelta, data: st.DataObject
) -> None:
    calendar, start = question
    spans = calendar.open_spans(start, start + timedelta(days=15))
    closed = [(spans[index][1], spans[index + 1][0]) for index in range(len(spans) - 1)]
    pauses = data.draw(st.lists(st.sampled_from(closed), max_size=4)) if closed else []
    assert calendar.due(start, working, pauses) == calendar.due(start, working)


@settings(deadline=None)
@given(records())
def test_a_record_survives_the_round_trip(record: dict[str, Any]) -> None:
    calendar = Calendar.from_record(record)
    assert Calendar.from_record(calendar.to_record()) == calendar
