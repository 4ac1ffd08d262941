"""Closed dates of the desk: Brazil, Minas Gerais, optional days by name, municipal days by hand."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from worktime.holidays import holidays_between


def test_the_national_holidays_of_a_year_have_their_portuguese_names() -> None:
    closed = holidays_between(2026, 2026)
    assert closed[date(2026, 9, 7)] == "Independência do Brasil"
    assert closed[date(2026, 4, 3)] == "Sexta-feira Santa"
    assert date(2026, 2, 17) not in closed
    assert list(closed) == sorted(closed)


def test_a_state_has_holidays_of_its_own() -> None:
    assert date(2026, 7, 9) in holidays_between(2026, 2026, state="SP")
    assert date(2026, 7, 9) not in holidays_between(2026, 2026, state="MG")


def test_optional_days_are_kept_by_name() -> None:
    closed = holidays_between(2026, 2027, optional=["Carnaval", "Corpus Christi"])
    assert {
        date(2026, 2, 16),
        date(2026, 2, 17),
        date(2026, 6, 4),
        date(2027, 2, 9),
        date(2027, 5, 27),
    } <= closed.keys()
    assert date(2026, 2, 18) not in closed


def test_municipal_days_come_every_year_or_once() -> None:
    closed = holidays_between(2026, 2027, municipal=["08-15", "2026-05-04"])
    assert {date(2026, 8, 15), date(2027, 8, 15), date(2026, 5, 4)} <= closed.keys()
    assert closed[date(2026, 8, 15)] == "Feriado municipal"
    assert date(2027, 5, 4) not in closed


def test_a_day_that_is_both_keeps_the_national_name() -> None:
    assert holidays_between(2026, 2026, municipal=["09-07"])[date(2026, 9, 7)] == "Independência do Brasil"


def test_what_the_package_does_not_know_is_refused_in_words() -> None:
    with pytest.raises(ValueError, match="no optional days: Carnival; there are Carnaval"):
        holidays_between(2026, 2026, optional=["Carnival"])
    with pytest.raises(ValueError, match="XX"):
        holidays_between(2026, 2026, state="XX")
    with pytest.raises(ValueError, match="from 1890 to 2100"):
        holidays_between(2026, 2101)
    with pytest.raises(ValueError, match="day is out of range"):
        holidays_between(2026, 2026, municipal=["02-30"])


def test_the_package_is_loaded_only_when_a_calendar_is_made() -> None:
    check = "import sys, worktime.calendar, worktime.holidays; assert 'holidays' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True, cwd=Path(__file__).parents[2])
