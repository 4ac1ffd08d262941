"""Posted hours laid on the absolute time line, one UTC year at a time, on demand. Pure.

A wall-clock time that a change to daylight saving skips is read with the offset before the gap, one that
comes twice is the first of the two. What lies between the two ends counts as it really passes: a shift
across the gap is an hour shorter, one across the repeated hour an hour longer.
Source: RFC 5545 section 3.3.5 (and PEP 495, `fold=0`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from worktime.shifts import DAY, WEEKDAYS, Shifts
from worktime.spans import Span, clip

YEAR_MIN, YEAR_MAX = 2, 9998
"""Years whose neighbours `datetime` can still express. Source: `datetime.MINYEAR`, `MAXYEAR`."""

YEARS_KEPT = 128
"""Laid-out years a timeline remembers: about 60 kB each with two shifts a working day.
Source: measured; above `calendar.SPAN_YEARS`, so that one long question lays out each year once."""

ZERO = timedelta()


def utc(at: datetime) -> datetime:
    """The same instant in UTC.

    Raises:
        ValueError: a naive datetime, which is no instant.
    """
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise ValueError(f"not an instant, it lacks a time zone: {at!r}")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class WorkingYear:
    """The working time of one UTC year: shift i opens at `opens[i]`, after `worked[i]` of the year's work.

    `worked` has one entry more than `opens`, the year's total.
    """

    opens: list[datetime]
    worked: list[timedelta]

    @property
    def total(self) -> timedelta:
        """All working time of the year."""
        return self.worked[-1]

    def worked_by(self, at: datetime) -> timedelta:
        """Working time from the start of the year to `at`."""
        shift = bisect_right(self.opens, at)
        if shift == 0:
            return ZERO
        return min(self.worked[shift - 1] + (at - self.opens[shift - 1]), self.worked[shift])

    def first_instant(self, worked: timedelta) -> datetime:
        """The first instant by which `worked` (0 < worked ≤ total) is done: a closing, never the next opening."""
        shift = bisect_left(self.worked, worked) - 1
        return self.opens[shift] + (worked - self.worked[shift])

    def last_instant(self, worked: timedelta) -> datetime:
        """The last instant by which no more than `worked` (0 ≤ worked < total) is done: an opening, never a closing."""
        shift = bisect_right(self.worked, worked) - 1
        return self.opens[shift] + (worked - self.worked[shift])

    def opening(self, at: datetime) -> datetime | None:
        """`at` itself within a shift, else the next opening; None when the year has no more."""
        shift = bisect_right(self.opens, at)
        if shift and at - self.opens[shift - 1] < self.worked[shift] - self.worked[shift - 1]:
            return at
        return self.opens[shift] if shift < len(self.opens) else None

    def spans(self) -> list[Span]:
        """The year's working time, in order."""
        return [
            (opens, opens + (self.worked[shift + 1] - self.worked[shift]))
            for shift, opens in enumerate(self.opens)
        ]


class Timeline:
    """The working years of one calendar, laid out when first asked for; at most `YEARS_KEPT` are remembered."""

    __slots__ = ("_dates", "_weekly", "_years", "zone")

    def __init__(self, time_zone: str, weekly: tuple[Shifts, ...], dates: Mapping[date, Shifts]) -> None:
        """Raises ValueError for an unknown time zone, or a week that has not seven days."""
        if len(weekly) != len(WEEKDAYS):
            raise ValueError(f"a week has seven days, not {len(weekly)}")
        try:
            self.zone = ZoneInfo(time_zone)
        except (KeyError, ValueError, OSError) as unknown:  # absent, malformed, a folder of zones
            raise ValueError(f"unknown time zone: {time_zone!r}") from unknown
        self._weekly = weekly
        self._dates = dates
        self._years: dict[int, WorkingYear] = {}

    def shifts_on(self, day: date) -> Shifts:
        """The shifts posted for a local date: its own, else its weekday's."""
        own = self._dates.get(day)
        return self._weekly[day.weekday()] if own is None else own

    def year(self, number: int) -> WorkingYear:
        """The working time of a UTC year.

        Raises:
            OverflowError: a year outside `YEAR_MIN` to `YEAR_MAX`.
        """
        year = self._years.get(number)
        return self._lay_out(number) if year is None else year

    def utc(self, day: date, wall: timedelta) -> datetime:
        """The instant at which the local clock of `day` shows `wall` (0 to 24 h after midnight)."""
        return (datetime.combine(day, time.min, self.zone) + wall).astimezone(UTC)

    def _lay_out(self, number: int) -> WorkingYear:
        if not YEAR_MIN <= number <= YEAR_MAX:
            raise OverflowError(f"year {number}: calendars answer for the years {YEAR_MIN} to {YEAR_MAX}")
        start, end = datetime(number, 1, 1, tzinfo=UTC), datetime(number + 1, 1, 1, tzinfo=UTC)
        # A local date reaches into the UTC year from the day before it to the day after it.
        days = range(start.toordinal() - 1, end.toordinal() + 1)
        spans = clip((span for day in days for span in self._spans_of(date.fromordinal(day))), start, end)
        worked = accumulate((closes - opens for opens, closes in spans), initial=ZERO)
        year = WorkingYear([opens for opens, _ in spans], list(worked))
        while len(self._years) >= YEARS_KEPT:
            self._years.pop(next(iter(self._years)), None)
        self._years[number] = year
        return year

    def _spans_of(self, day: date) -> list[Span]:
        shifts = self.shifts_on(day)
        if not shifts:
            return []
        # Clipped to its own date, so that a date the zone skipped whole (Samoa, 2011-12-30) leaves nothing.
        spans = ((self.utc(day, shift.opens), self.utc(day, shift.closes)) for shift in shifts)
        return clip(spans, self.utc(day, ZERO), self.utc(day, DAY))
