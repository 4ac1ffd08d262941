"""A manager is told before a calendar's closed dates run out."""

from datetime import date

import pytest

from contracts.directory import Calendar, SlaPolicy
from journal.directory import Directory
from services.gateway.records.closing import ending, ends_on

HOURS = {"mon": (("08:00", "17:00"),)}


def calendar(*closed: str) -> Calendar:
    return Calendar.model_validate({"time_zone": "America/Sao_Paulo", "weekly": HOURS, "closed": closed})


@pytest.mark.parametrize(
    ("closed", "today", "expected"),
    [
        (["2026-12-25"], "2026-10-02", None),
        (["2026-12-25"], "2026-10-03", "2026-12-25"),
        (["2026-12-25", "2027-01-01"], "2026-12-31", None),
        (["2025-12-25"], "2026-01-01", "2025-12-25"),
        ([], "2026-12-31", None),  # a desk that never closes
    ],
)
def test_closed_dates_are_missed_90_days_before_their_year(
    closed: list[str], today: str, expected: str | None
) -> None:
    found = ends_on(calendar(*closed), date.fromisoformat(today))
    assert found == (date.fromisoformat(expected) if expected else None)


def test_only_calendars_that_a_policy_names_are_told_of() -> None:
    directory = Directory()
    for key in ("used", "unused"):
        directory.put("calendar", key, 1, True, calendar("2026-12-25"))
    directory.put("sla_policy", "std", 1, True, SlaPolicy(name="Padrão", calendar="used"))
    assert ending(directory, date(2026, 11, 1)) == {"used": date(2026, 12, 25)}
