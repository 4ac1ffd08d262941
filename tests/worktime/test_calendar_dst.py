"""Business time where the clock on the wall jumps: daylight saving, a skipped date, local mean time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from worktime.calendar import Calendar
from worktime.shifts import WEEKDAYS

HOUR = timedelta(hours=1)


def calendar(zone: str, *shifts: list[str], days: tuple[str, ...] = WEEKDAYS) -> Calendar:
    week = {day: list(shifts) for day in days}
    return Calendar.from_record({"key": "dst", "version": 1, "time_zone": zone, "weekly": week})


def at(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def spans_on(day: str, zone: str, *shifts: list[str]) -> list[tuple[str, str]]:
    """The working time of one local date, as UTC clock readings."""
    midnight = at(f"{day} 00:00", zone)
    following = at(f"{datetime.fromisoformat(day).date() + timedelta(days=1)} 00:00", zone)
    spans = calendar(zone, *shifts).open_spans(midnight, following)
    return [(f"{start:%H:%M}", f"{end:%H:%M}") for start, end in spans]


def hours_on(day: str, zone: str, *shifts: list[str]) -> float:
    midnight = at(f"{day} 00:00", zone)
    following = at(f"{datetime.fromisoformat(day).date() + timedelta(days=1)} 00:00", zone)
    return calendar(zone, *shifts).elapsed(midnight, following) / HOUR


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2018-11-04", "America/Sao_Paulo", 23),  # 00:00 becomes 01:00
        ("2019-02-16", "America/Sao_Paulo", 25),  # 24:00 becomes 23:00
        ("2019-02-17", "America/Sao_Paulo", 24),
        ("2019-11-03", "America/Sao_Paulo", 24),  # Brazil has changed no clock since
        ("2026-03-29", "Europe/Berlin", 23),
        ("2026-10-25", "Europe/Berlin", 25),
        ("2026-04-05", "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_desk_that_never_closes_works_the_hours_that_really_pass(day: str, zone: str, hours: float) -> None:
    assert hours_on(day, zone, ["00:00", "24:00"]) == hours


def test_a_weekend_that_changes_the_clock_in_sao_paulo_moves_no_local_deadline() -> None:
    desk = calendar("America/Sao_Paulo", ["08:00", "10:45"], ["13:00", "17:30"], days=WEEKDAYS[:5])
    assert desk.due(at("2018-11-02 17:00", desk.time_zone), HOUR) == datetime(2018, 11, 5, 10, 30, tzinfo=UTC)
    assert desk.due(at("2019-02-15 17:00", desk.time_zone), HOUR) == datetime(2019, 2, 18, 11, 30, tzinfo=UTC)
    assert desk.due(at("2026-02-13 17:00", desk.time_zone), HOUR) == datetime(2026, 2, 16, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shift", "span"),
    [
        (["00:00", "06:00"], ("23:00", "04:00")),  # the gap within: five hours
        (["01:00", "02:00"], ("00:00", "01:00")),  # ends as the gap begins
        (["03:00", "04:00"], ("01:00", "02:00")),  # begins as the gap ends
        (["01:00", "02:30"], ("00:00", "01:30")),  # 02:30 is read with the offset before the gap
        (["02:30", "05:00"], ("01:30", "03:00")),
    ],
)
def test_a_shift_across_the_skipped_hour_of_berlin(shift: list[str], span: tuple[str, str]) -> None:
    assert spans_on("2026-03-29", "Europe/Berlin", shift) == [span]


def test_a_shift_swallowed_by_the_skipped_hour_is_not_worked() -> None:
    assert spans_on("2026-03-29", "Europe/Berlin", ["02:30", "03:15"]) == []


def test_shifts_that_the_skipped_hour_pushes_into_each_other_count_once() -> None:
    assert spans_on("2026-03-29", "Europe/Berlin", ["01:00", "02:45"], ["03:00", "04:00"]) == [
        ("00:00", "02:00")
    ]


@pytest.mark.parametrize(
    ("shift", "span"),
    [
        (["00:00", "06:00"], ("22:00", "05:00")),  # the repeated hour within: seven hours
        (["01:00", "02:30"], ("23:00", "00:30")),  # the first of two 02:30
        (["02:15", "02:45"], ("00:15", "00:45")),
        (["02:30", "04:00"], ("00:30", "03:00")),
    ],
)
def test_a_shift_across_the_repeated_hour_of_berlin(shift: list[str], span: tuple[str, str]) -> None:
    assert spans_on("2026-10-25", "Europe/Berlin", shift) == [span]


def test_a_deadline_inside_the_repeated_hour_tells_the_two_apart() -> None:
    desk = calendar("Europe/Berlin", ["00:00", "24:00"])
    start = at("2026-10-25 01:30", "Europe/Berlin")
    assert desk.due(start, HOUR) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert desk.due(start, 2 * HOUR) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_date_that_samoa_skipped_is_not_worked_on_another_date() -> None:
    desk = calendar("Pacific/Apia", ["09:00", "17:00"], days=WEEKDAYS[:5])
    thursday, monday = at("2011-12-29 00:00", desk.time_zone), at("2012-01-02 00:00", desk.time_zone)
    assert desk.elapsed(thursday, monday) == 8 * HOUR


def test_local_mean_time_counts_its_odd_seconds() -> None:
    desk = calendar("America/Sao_Paulo", ["08:00", "17:30"])
    assert desk.next_opening(datetime(1913, 7, 1, tzinfo=UTC)) == datetime(1913, 7, 1, 11, 6, 28, tzinfo=UTC)
