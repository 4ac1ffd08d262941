"""Business time: when the desk works, when a deadline falls, how much working time has passed. Pure.

Instants are aware datetimes, answers are in UTC; amounts of working time are timedeltas, exact to the
microsecond. Shifts are half-open: at its closing instant the desk is closed. A deadline that falls exactly
on closing time is spelled as that closing, the first instant at which the work is due, and not as the next
opening. Source: design page domain.md, "Business time".
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self

from worktime.shifts import WEEKDAYS, Shifts, format_shifts, parse_shifts
from worktime.spans import Span, clip
from worktime.timeline import ZERO, Timeline, utc

SPAN_YEARS = 100
"""How far one question may reach. Source: judgement: no deadline comes near it; it bounds time and memory."""

_FOREVER = datetime.max.replace(tzinfo=UTC)


class NoWorkingTime(ValueError):  # noqa: N818 - it says what the desk lacks
    """The calendar has not the working time asked for within `SPAN_YEARS`; perhaps none at all."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """One version of a desk's working hours, an immutable value. Build it once and keep it.

    `weekly` has the shifts of Monday to Sunday, `closed` the local dates without work, `special` the dates
    with hours of their own. A date in both is worked as `special` says: someone opened the desk on that
    holiday on purpose.

    Every operation raises ValueError for a naive instant, OverflowError for an instant outside the years 2
    to 9998 or a question longer than `SPAN_YEARS`, NoWorkingTime where the search finds none.
    """

    key: str
    version: int
    time_zone: str
    weekly: tuple[Shifts, ...]
    closed: frozenset[date] = frozenset()
    special: tuple[tuple[date, Shifts], ...] = ()
    _timeline: Timeline = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Raises ValueError for an unknown time zone, or a week that has not seven days."""
        dates: dict[date, Shifts] = dict.fromkeys(self.closed, ()) | dict(self.special)
        object.__setattr__(self, "_timeline", Timeline(self.time_zone, self.weekly, dates))

    def due(self, start: datetime, working: timedelta, pauses: Collection[Span] = ()) -> datetime:
        """When `working` time has run since `start`, the clock standing still during `pauses`.

        Nothing to run is due at once, or at the next opening if the desk is closed. A pause that covers no
        working time, or begins when the deadline has come, moves nothing.
        """
        _refuse_negative(working)
        at = utc(start)
        if pauses:
            for paused, resumed in clip(_checked(pauses), at, _FOREVER):
                run = self.elapsed(at, paused)
                if run >= working:
                    break
                working -= run
                at = resumed
        if not working:
            return self.next_opening(at)
        year = self._timeline.year(at.year)
        goal = year.worked_by(at) + working
        for following in range(at.year + 1, at.year + SPAN_YEARS + 1):
            if goal <= year.total:
                return year.first_instant(goal)
            goal -= year.total
            year = self._timeline.year(following)
        raise self._none(f"{working} of work after {at}")

    def elapsed(self, start: datetime, end: datetime, pauses: Collection[Span] = ()) -> timedelta:
        """Working time in `[start, end)` outside `pauses`; none when `end` is not after `start`."""
        since, until = utc(start), utc(end)
        if until <= since:
            return ZERO
        _refuse_too_long(since, until)
        worked = self._timeline.year(until.year).worked_by(until)
        worked -= self._timeline.year(since.year).worked_by(since)
        for number in range(since.year, until.year):
            worked += self._timeline.year(number).total
        if pauses:
            for paused, resumed in clip(_checked(pauses), since, until):
                worked -= self.elapsed(paused, resumed)
        return worked

    def latest_start(self, end: datetime, working: timedelta) -> datetime:
        """The latest instant to begin so that `working` time is done by `end`: `due`, mirrored in time.

        Where that falls exactly on an opening, it is the opening and not the closing before it. Nothing to
        do can begin at `end`, or at the closing before it if the desk is closed.
        """
        _refuse_negative(working)
        at = utc(end)
        year = self._timeline.year(at.year)
        goal = year.worked_by(at) - working
        for preceding in range(at.year - 1, at.year - SPAN_YEARS - 1, -1):
            if working and goal >= ZERO:
                return year.last_instant(goal)
            if goal > ZERO:
                return year.first_instant(goal)
            year = self._timeline.year(preceding)
            goal += year.total
        raise self._none(f"{working} of work before {at}")

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself while the desk is open, else the next opening."""
        since = utc(at)
        for number in range(since.year, since.year + SPAN_YEARS):
            opening = self._timeline.year(number).opening(since)
            if opening is not None:
                return opening
        raise self._none(f"an opening after {since}")

    def is_open(self, at: datetime) -> bool:
        """Whether the desk works at that instant; at closing it does not."""
        now = utc(at)
        return self._timeline.year(now.year).opening(now) == now

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same local time `days` working days later, or the next opening if the desk is closed then.

        Counts from the next opening if the desk is closed at `start`. A working day is a local date with
        shifts.
        """
        if days < 0:
            raise ValueError(f"days are counted forward: {days}")
        opening = self.next_opening(start).astimezone(self._timeline.zone).replace(tzinfo=None)
        day = opening.date()
        for _ in range(days):
            day = self._working_day_after(day)
        wall = opening - opening.replace(hour=0, minute=0, second=0, microsecond=0)
        return self.next_opening(self._timeline.utc(day, wall))

    def open_spans(self, start: datetime, end: datetime) -> list[Span]:
        """The working time in `[start, end)`, in order: what `elapsed` adds up, for an explanation."""
        since, until = utc(start), utc(end)
        _refuse_too_long(since, until)
        years = range(since.year, until.year + 1)
        return clip((span for number in years for span in self._timeline.year(number).spans()), since, until)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Reads the JSON form in which the directory publishes a calendar.

        `{"key", "version", "time_zone", "weekly": {"mon": [["08:00", "10:45"], ...], ...},
        "closed": ["2026-09-07", ...], "special": {"2026-12-24": [["08:00", "10:45"]]}}`; a weekday left out
        is free, `closed` and `special` may be missing.

        Raises:
            ValueError: what is missing or cannot be read, named.
        """
        if missing := [name for name in ("key", "version", "time_zone", "weekly") if name not in record]:
            raise ValueError(f"a calendar needs {', '.join(missing)}")
        weekly = record["weekly"]
        if strangers := sorted(weekly.keys() - WEEKDAYS):
            raise ValueError(f"weekdays are {', '.join(WEEKDAYS)}, not {', '.join(strangers)}")
        special = {
            date.fromisoformat(day): parse_shifts(own) for day, own in record.get("special", {}).items()
        }
        return cls(
            key=record["key"],
            version=record["version"],
            time_zone=record["time_zone"],
            weekly=tuple(parse_shifts(weekly.get(day, ())) for day in WEEKDAYS),
            closed=frozenset(date.fromisoformat(day) for day in record.get("closed", ())),
            special=tuple(sorted(special.items())),
        )

    def to_record(self) -> dict[str, Any]:
        """The JSON form that `from_record` reads; equal calendars give equal records."""
        return {
            "key": self.key,
            "version": self.version,
            "time_zone": self.time_zone,
            "weekly": {day: format_shifts(own) for day, own in zip(WEEKDAYS, self.weekly, strict=True)},
            "closed": sorted(day.isoformat() for day in self.closed),
            "special": {day.isoformat(): format_shifts(own) for day, own in self.special},
        }

    def _working_day_after(self, day: date) -> date:
        for later in range(1, SPAN_YEARS * 366):
            if self._timeline.shifts_on(day + timedelta(days=later)):
                return day + timedelta(days=later)
        raise self._none(f"a working day after {day}")

    def _none(self, sought: str) -> NoWorkingTime:
        return NoWorkingTime(
            f"calendar {self.key!r} version {self.version} has not {sought} within {SPAN_YEARS} years"
        )


def _checked(pauses: Iterable[Span]) -> Iterator[Span]:
    for pause in pauses:
        paused, resumed = utc(pause[0]), utc(pause[1])
        if resumed < paused:
            raise ValueError(f"a pause ends before it begins: {paused} to {resumed}")
        yield paused, resumed


def _refuse_negative(working: timedelta) -> None:
    if working < ZERO:
        raise ValueError(f"working time is not negative: {working}")


def _refuse_too_long(since: datetime, until: datetime) -> None:
    if until.year - since.year > SPAN_YEARS:
        raise OverflowError(f"more than {SPAN_YEARS} years from {since} to {until}")
