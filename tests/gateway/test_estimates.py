"""About when a waiting ticket is answered: counted by hand here."""

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.estimates import ANSWERS_MIN, answer_about, pace
from worktime.calendar import Calendar
from worktime.shifts import parse_shifts

WORKDAY = parse_shifts([("08:00", "12:00"), ("13:00", "17:00")])
CALENDAR = Calendar("sp", 1, "America/Sao_Paulo", weekly=(*(WORKDAY,) * 5, (), ()))
CLOSED = Calendar("never", 1, "America/Sao_Paulo", weekly=((),) * 7)


def at(text: str) -> datetime:
    """A local instant of São Paulo, three hours behind UTC."""
    return (datetime.fromisoformat(text) + timedelta(hours=3)).replace(tzinfo=UTC)


FRIDAY_TO_MONDAY = [
    at("2026-03-06 15:00"), at("2026-03-06 16:00"), at("2026-03-06 16:30"), at("2026-03-09 08:30"), at("2026-03-09 10:00"),
]  # fmt: skip
"""Two working hours on Friday and two on Monday: four gaps of an hour each."""


def test_pace_is_counted_in_working_time() -> None:
    assert pace(FRIDAY_TO_MONDAY, CALENDAR) == timedelta(hours=1)
    assert pace(FRIDAY_TO_MONDAY[::-1], CALENDAR) == timedelta(hours=1)


@pytest.mark.parametrize(
    "answers",
    [
        [],
        FRIDAY_TO_MONDAY[: ANSWERS_MIN - 1],
        [at("2026-03-07 10:00")] * ANSWERS_MIN,
        [at("2026-03-09 10:00")] * ANSWERS_MIN,
    ],
)
def test_there_is_no_pace_where_nothing_tells_it(answers: list[datetime]) -> None:
    assert pace(answers, CALENDAR) is None


def test_no_pace_without_working_time() -> None:
    assert pace(FRIDAY_TO_MONDAY, CLOSED) is None


@pytest.mark.parametrize(
    ("now", "place", "expected"),
    [
        ("2026-03-09 08:00", 1, "2026-03-09 09:00"),
        ("2026-03-09 11:30", 1, "2026-03-09 13:30"),
        ("2026-03-06 16:00", 3, "2026-03-09 10:00"),
        ("2026-03-07 12:00", 8, "2026-03-09 17:00"),
    ],
)
def test_the_answer_comes_after_those_before_it(now: str, place: int, expected: str) -> None:
    assert answer_about(at(now), place, timedelta(hours=1), CALENDAR) == at(expected)
