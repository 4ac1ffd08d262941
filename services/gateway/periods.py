"""A period that a person chooses by its dates. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from figures.attainment import Period

DAYS_MAX = 366
"""Dates of one period. Source: judgement: each of its tickets' clocks is read, and a year has no more."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A period in the desk's time zone; `wrong` says why what was typed is none, and this month stands instead."""

    period: Period
    wrong: Literal["", "date", "crossed", "long"] = ""

    @property
    def since(self) -> datetime:
        """Its first instant."""
        return datetime.combine(self.period.first, time(), self.period.zone)

    @property
    def until(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.period.last + timedelta(days=1), time(), self.period.zone)


def chosen(first: str, last: str, today: date, zone: ZoneInfo) -> Chosen:
    """From one date as typed to another, both inclusive; this month up to today where neither is."""
    month = Period(today.replace(day=1), today, zone)
    try:
        since = date.fromisoformat(first) if first else month.first
        until = date.fromisoformat(last) if last else max(today, since)
    except ValueError:
        return Chosen(month, "date")
    if not _YEARS[0] <= since.year <= until.year <= _YEARS[1]:
        return Chosen(month, "crossed" if until < since else "date")
    if until < since:
        return Chosen(month, "crossed")
    if (until - since).days >= DAYS_MAX:
        return Chosen(month, "long")
    return Chosen(Period(since, until, zone))


_YEARS = (1900, 2999)
"""Beyond them no desk has tickets, and instants cannot be had in every time zone."""
