"""The policy's business time: golden table, ties, pauses, and what a calendar refuses."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from worktime.calendar import SPAN_YEARS, Calendar, NoWorkingTime
from worktime.shifts import WEEKDAYS
from worktime.timeline import YEARS_KEPT

DESK: dict[str, Any] = {
    "key": "desk",
    "version": 1,
    "time_zone": "America/Sao_Paulo",
    "weekly": {day: [["08:00", "10:45"], ["13:00", "17:30"]] for day in ("mon", "tue", "wed", "thu", "fri")},
}
DAY_OF_POLICY = timedelta(minutes=1_440)
HOUR = timedelta(hours=1)


def desk(**changes: Any) -> Calendar:
    return Calendar.from_record(DESK | changes)


def local(text: str, zone: str = "America/Sao_Paulo") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-03-02 08:00", "2026-03-05 10:15"),
        ("2026-03-06 17:00", "2026-03-12 09:45"),
        ("2026-03-02 10:45", "2026-03-05 15:15"),
        ("2026-03-02 11:30", "2026-03-05 15:15"),
    ],
)
def test_the_golden_table_of_the_policy(opened: str, due: str) -> None:
    assert desk().due(local(opened), DAY_OF_POLICY) == local(due)
    assert desk().elapsed(local(opened), local(due)) == DAY_OF_POLICY


def test_a_day_of_the_desk_has_seven_hours_and_a_quarter() -> None:
    assert desk().elapsed(local("2026-03-02 00:00"), local("2026-03-03 00:00")) == timedelta(
        hours=7, minutes=15
    )


def test_a_deadline_on_closing_time_is_the_closing_and_not_the_next_opening() -> None:
    assert desk().due(local("2026-03-02 08:00"), timedelta(minutes=165)) == local("2026-03-02 10:45")
    assert desk().due(local("2026-03-06 16:30"), HOUR) == local("2026-03-06 17:30")


def test_work_that_must_be_done_by_an_instant_begins_at_an_opening_and_not_the_closing_before_it() -> None:
    assert desk().latest_start(local("2026-03-02 17:30"), timedelta(hours=4, minutes=30)) == local(
        "2026-03-02 13:00"
    )
    assert desk().latest_start(local("2026-03-09 08:15"), timedelta(minutes=30)) == local("2026-03-06 17:15")


def test_nothing_to_do_is_due_at_once_or_when_the_desk_opens() -> None:
    assert desk().due(local("2026-03-02 09:00"), timedelta()) == local("2026-03-02 09:00")
    assert desk().due(local("2026-03-02 10:45"), timedelta()) == local("2026-03-02 13:00")
    assert desk().latest_start(local("2026-03-02 09:00"), timedelta()) == local("2026-03-02 09:00")
    assert desk().latest_start(local("2026-03-02 08:00"), timedelta()) == local("2026-02-27 17:30")


def test_the_closing_instant_is_closed_and_the_opening_instant_is_open() -> None:
    assert desk().is_open(local("2026-03-02 08:00"))
    assert desk().is_open(local("2026-03-02 10:44:59.999999"))
    assert not desk().is_open(local("2026-03-02 10:45"))
    assert desk().next_opening(local("2026-03-02 10:45")) == local("2026-03-02 13:00")
    assert desk().next_opening(local("2026-03-06 17:30")) == local("2026-03-09 08:00")


def test_microseconds_are_kept() -> None:
    start = local("2026-03-02 08:00:00.000001")
    assert desk().due(start, timedelta(minutes=165)) == local("2026-03-02 13:00:00.000001")
    assert desk().elapsed(start, local("2026-03-02 13:00")) == timedelta(minutes=165, microseconds=-1)


def test_a_holiday_is_not_worked_and_a_special_day_has_its_own_hours() -> None:
    calendar = desk(
        closed=["2026-03-03"],
        special={"2026-03-04": [["09:00", "10:00"]], "2026-03-07": [["10:00", "12:00"]]},
    )
    assert calendar.due(local("2026-03-02 17:00"), HOUR) == local("2026-03-04 09:30")
    assert calendar.next_opening(local("2026-03-06 18:00")) == local("2026-03-07 10:00")


def test_a_desk_opened_on_purpose_works_on_a_holiday() -> None:
    calendar = desk(closed=["2026-03-03"], special={"2026-03-03": [["08:00", "09:00"]]})
    assert calendar.elapsed(local("2026-03-03 00:00"), local("2026-03-04 00:00")) == HOUR


def test_a_pause_shifts_the_deadline_by_the_working_time_it_covers() -> None:
    lunch_and_an_hour = (local("2026-03-02 10:00"), local("2026-03-02 13:15"))
    overlapping = (local("2026-03-02 13:00"), local("2026-03-02 13:30"))
    start = local("2026-03-02 09:00")
    assert desk().due(start, 2 * HOUR, [lunch_and_an_hour]) == local("2026-03-02 14:15")
    assert desk().due(start, 2 * HOUR, [overlapping, lunch_and_an_hour]) == local("2026-03-02 14:30")
    assert desk().elapsed(start, local("2026-03-02 14:30"), [overlapping, lunch_and_an_hour]) == 2 * HOUR


@pytest.mark.parametrize(
    ("paused", "resumed"),
    [
        ("2026-03-02 10:45", "2026-03-02 13:00"),  # lunch
        ("2026-03-02 17:30", "2026-03-03 08:00"),  # the night
        ("2026-03-02 14:00", "2026-03-05 10:00"),  # begins as the deadline comes
        ("2026-02-27 09:00", "2026-03-02 09:00"),  # over before the start
    ],
)
def test_a_pause_that_covers_no_working_time_of_the_clock_moves_nothing(paused: str, resumed: str) -> None:
    due = desk().due(local("2026-03-02 09:15"), timedelta(hours=2, minutes=30))
    assert due == local("2026-03-02 14:00")
    pause = (local(paused), local(resumed))
    assert desk().due(local("2026-03-02 09:15"), timedelta(hours=2, minutes=30), [pause]) == due


def test_a_pause_within_a_pause_counts_once() -> None:
    whole, within = (
        (local("2026-03-02 08:30"), local("2026-03-02 10:30")),
        (local("2026-03-02 09:00"), local("2026-03-02 09:30")),
    )
    assert desk().due(local("2026-03-02 08:00"), HOUR, [whole, within]) == local("2026-03-02 13:15")


def test_days_are_counted_in_working_days_at_the_same_local_time() -> None:
    calendar = desk(closed=["2026-03-09"], special={"2026-03-11": [["14:00", "15:00"]]})
    assert calendar.add_days(local("2026-03-06 09:00"), 1) == local("2026-03-10 09:00")
    assert calendar.add_days(local("2026-03-06 09:00"), 2) == local("2026-03-11 14:00")
    assert calendar.add_days(local("2026-03-07 12:00"), 0) == local("2026-03-10 08:00")


def test_open_spans_show_what_elapsed_counts() -> None:
    assert desk().open_spans(local("2026-03-06 10:00"), local("2026-03-09 09:00")) == [
        (local("2026-03-06 10:00"), local("2026-03-06 10:45")),
        (local("2026-03-06 13:00"), local("2026-03-06 17:30")),
        (local("2026-03-09 08:00"), local("2026-03-09 09:00")),
    ]


def test_work_runs_across_the_turn_of_the_year() -> None:
    always = desk(
        time_zone="UTC",
        weekly={day: [["00:00", "24:00"]] for day in WEEKDAYS},
    )
    eve = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert always.due(eve, 24 * HOUR) == eve + 24 * HOUR
    assert always.due(eve, 12 * HOUR) == eve + 12 * HOUR
    assert always.latest_start(eve + 24 * HOUR, 24 * HOUR) == eve
    assert always.open_spans(eve, eve + 24 * HOUR) == [(eve, eve + 24 * HOUR)]


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Tokyo", "Pacific/Kiritimati"])
def test_no_hour_is_lost_where_the_year_of_utc_turns_within_a_local_day(zone: str) -> None:
    posted = [["06:00", "12:00"], ["13:00", "23:00"]]
    calendar = desk(time_zone=zone, weekly=dict.fromkeys(WEEKDAYS, posted))
    assert calendar.elapsed(local("2026-12-30 00:00", zone), local("2027-01-03 00:00", zone)) == 4 * 16 * HOUR
    assert calendar.due(local("2026-12-31 06:00", zone), 20 * HOUR) == local("2027-01-01 10:00", zone)


def test_work_may_begin_at_the_first_opening_of_a_year() -> None:
    assert desk().latest_start(local("2026-01-01 09:00"), HOUR) == local("2026-01-01 08:00")


def test_an_aware_instant_of_any_zone_is_understood_and_answered_in_utc() -> None:
    start = datetime(2026, 3, 2, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert desk().due(start, DAY_OF_POLICY).tzinfo is UTC
    assert desk().due(start, DAY_OF_POLICY) == local("2026-03-05 10:15")


NAIVE = datetime(2026, 3, 2, 8)  # noqa: DTZ001 - what must be refused
AWARE = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_a_naive_datetime_is_no_instant() -> None:
    asks: list[Callable[[], object]] = [
        lambda: desk().due(NAIVE, HOUR),
        lambda: desk().elapsed(NAIVE, AWARE),
        lambda: desk().elapsed(AWARE, NAIVE),
        lambda: desk().latest_start(NAIVE, HOUR),
        lambda: desk().next_opening(NAIVE),
        lambda: desk().due(AWARE, HOUR, [(AWARE, NAIVE)]),
    ]
    for ask in asks:
        with pytest.raises(ValueError, match="lacks a time zone"):
            ask()


def test_negative_work_and_backward_pauses_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        desk().due(AWARE, -HOUR)
    with pytest.raises(ValueError, match="not negative"):
        desk().latest_start(AWARE, -HOUR)
    with pytest.raises(ValueError, match="ends before it begins"):
        desk().due(AWARE, HOUR, [(AWARE + HOUR, AWARE)])
    with pytest.raises(ValueError, match="forward"):
        desk().add_days(AWARE, -1)


def test_nothing_has_elapsed_when_the_end_comes_first() -> None:
    assert desk().elapsed(AWARE + 24 * HOUR, AWARE) == timedelta()


def test_a_calendar_without_working_time_says_so() -> None:
    never = desk(weekly={})
    asks: list[Callable[[], object]] = [
        lambda: never.due(AWARE, HOUR),
        lambda: never.due(AWARE, timedelta()),
        lambda: never.latest_start(AWARE, HOUR),
        lambda: never.next_opening(AWARE),
        lambda: never.add_days(AWARE, 1),
    ]
    for ask in asks:
        with pytest.raises(NoWorkingTime):
            ask()
    assert never.elapsed(AWARE, AWARE + 365 * 24 * HOUR) == timedelta()


def test_a_calendar_of_one_single_opening_ends_with_it() -> None:
    once = desk(weekly={}, special={"2026-03-02": [["08:00", "09:00"]]})
    assert once.due(local("2026-01-01 00:00"), HOUR) == local("2026-03-02 09:00")
    with pytest.raises(NoWorkingTime):
        once.due(local("2026-01-01 00:00"), HOUR + timedelta.resolution)


@pytest.mark.parametrize("year", [1, 9999])
def test_the_first_and_the_last_year_are_refused_in_words(year: int) -> None:
    with pytest.raises(OverflowError, match="years 2 to 9998"):
        desk().due(datetime(year, 6, 1, tzinfo=UTC), HOUR)
    with pytest.raises(OverflowError, match="years 2 to 9998"):
        desk().next_opening(datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC))


def test_far_years_answer() -> None:
    assert desk().due(local("9998-06-01 08:00"), HOUR) == local("9998-06-01 09:00")
    assert desk().elapsed(datetime(2, 1, 1, tzinfo=UTC), datetime(3, 1, 1, tzinfo=UTC)) > 1_800 * HOUR


def test_a_question_longer_than_a_century_is_refused_and_not_computed() -> None:
    with pytest.raises(OverflowError, match=f"more than {SPAN_YEARS} years"):
        desk().elapsed(datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC))
    with pytest.raises(NoWorkingTime):
        desk().due(AWARE, timedelta.max / 2)


def test_answers_and_memory_do_not_depend_on_what_was_asked_before() -> None:
    used, fresh = desk(), desk()
    for year in range(1_500, 1_500 + 2 * YEARS_KEPT):
        used.next_opening(datetime(year, 1, 1, tzinfo=UTC))
    assert len(used._timeline._years) == YEARS_KEPT
    assert used.due(AWARE, DAY_OF_POLICY) == fresh.due(AWARE, DAY_OF_POLICY)


def test_a_record_comes_back_as_it_went() -> None:
    record = DESK | {
        "weekly": {day: DESK["weekly"].get(day, []) for day in WEEKDAYS},
        "closed": ["2026-04-21", "2026-09-07"],
        "special": {"2026-12-24": [["08:00", "10:45:30"]], "2026-12-31": []},
    }
    calendar = Calendar.from_record(record)
    assert calendar.to_record() == record
    assert Calendar.from_record(calendar.to_record()) == calendar
    assert hash(Calendar.from_record(record)) == hash(calendar)
    assert pickle.loads(pickle.dumps(calendar)) == calendar  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_zone": "America/Springfield"}, "unknown time zone"),
        ({"time_zone": "../etc/passwd"}, "unknown time zone"),
        ({"time_zone": "America"}, "unknown time zone"),
        ({"weekly": {"segunda": []}}, "weekdays are mon"),
        ({"weekly": {"mon": [["08:00", "24:01"]]}}, "no day reaches"),
        ({"weekly": {"mon": [["8h", "12h"]]}}, "HH:MM"),
        ({"weekly": {"mon": [["22:00", "06:00"]]}}, "closing must come after opening"),
        ({"weekly": {"mon": [["08:00", "08:00"]]}}, "closing must come after opening"),
        ({"weekly": {"mon": [["08:00", "12:00"], ["11:00", "13:00"]]}}, "overlap"),
        ({"weekly": {"mon": ["08:00"]}}, "a pair"),
        ({"closed": ["2026-02-30"]}, "day is out of range"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused_in_words(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        desk(**changes)


def test_a_record_that_lacks_something_says_what() -> None:
    with pytest.raises(ValueError, match="needs version, weekly"):
        Calendar.from_record({"key": "desk", "time_zone": "UTC"})
