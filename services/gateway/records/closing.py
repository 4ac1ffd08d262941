"""Calendars whose list of closed dates comes to its end: from then on holidays would count as working time. Pure."""

from datetime import date, timedelta

from contracts.directory import Calendar, SlaPolicy
from journal.directory import Directory
from worktime.holidays import holidays_between

AHEAD = timedelta(days=90)
"""How long before a year its closed dates are missed. Source: judgement: targets of some weeks reach into it."""


YEARS_MAX = 10
"""Years filled in at once. Source: judgement: holidays change by law, and are known for some years."""


def ends_on(calendar: Calendar, today: date) -> date | None:
    """The last closed date, where none is in the year of 90 days from now, or later; None for one without any."""
    last = max(calendar.closed, default=None)
    return last if last is not None and last.year < (today + AHEAD).year else None


def ending(directory: Directory, today: date) -> dict[str, date]:
    """The calendars that a policy in use names and whose closed dates come to their end, with the last one."""
    used = {policy.calendar for _, policy in directory.all(SlaPolicy)}
    found = {key: ends_on(calendar, today) for key, calendar in directory.all(Calendar) if key in used}
    return {key: last for key, last in found.items() if last is not None}


def holidays_of(country: str, state: str, first: str, last: str) -> list[date]:
    """The holidays of a country, and of a state of it where one is typed, from one year to another.

    Raises:
        ValueError: no such country or state, no such years, or too many of them.
    """
    years = int(first), int(last)
    if not 0 <= years[1] - years[0] < YEARS_MAX:
        raise ValueError(f"from {first} to {last}")
    return list(holidays_between(*years, country=country.upper(), state=state.upper() or None))
