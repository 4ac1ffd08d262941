"""What a desk posts on its door: opening and closing on the local wall clock. Pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Keys of a calendar record's weekly hours, in the order of `date.weekday()`."""

DAY = timedelta(days=1)
_CLOCK = re.compile(r"([0-2]\d):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


class Shift(NamedTuple):
    """One opening and closing of a day, as wall-clock time since midnight; `closes` may be 24:00."""

    opens: timedelta
    closes: timedelta


Shifts = tuple[Shift, ...]


def parse_shifts(record: Iterable[Sequence[str]]) -> Shifts:
    """Reads `[["08:00", "10:45"], ["13:00", "17:30"]]`, in any order, seconds optional.

    Raises:
        ValueError: a time that is none, a closing not after its opening (a shift past midnight is
            written as two, one on each day), or shifts that overlap.
    """
    shifts = sorted(Shift(*(_parse_clock(text) for text in _pair(entry))) for entry in record)
    for shift in shifts:
        if shift.closes <= shift.opens:
            raise ValueError(
                f"closing must come after opening: {format_shifts([shift])[0]} (split at 24:00 if need be)"
            )
    for earlier, later in pairwise(shifts):
        if later.opens < earlier.closes:
            raise ValueError(f"shifts of one day overlap: {format_shifts([earlier, later])}")
    return tuple(shifts)


def format_shifts(shifts: Iterable[Shift]) -> list[list[str]]:
    """The JSON form that `parse_shifts` reads."""
    return [[_format_clock(shift.opens), _format_clock(shift.closes)] for shift in shifts]


def _pair(entry: Sequence[str]) -> Sequence[str]:
    if isinstance(entry, str) or len(entry) != len(Shift._fields):
        raise ValueError(f"a shift is a pair [opening, closing]: {entry!r}")
    return entry


def _parse_clock(text: str) -> timedelta:
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(f"not a wall-clock time HH:MM: {text!r}")
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    clock = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if clock > DAY:
        raise ValueError(f"no day reaches {text}")
    return clock


def _format_clock(clock: timedelta) -> str:
    minutes, seconds = divmod(clock // timedelta(seconds=1), 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text
