"""What a record must be beyond its form, so that no service that reads it later stumbles. Pure."""

import re
from collections.abc import Iterator
from datetime import time
from zoneinfo import ZoneInfo

from contracts.directory import Calendar, Contact, Desk, Hours, Record

_ADDRESS = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+")


def unsound(record: Record) -> list[str]:
    """The fields that cannot be used as they are; none of a sound record."""
    match record:
        case Contact():
            return [] if all(map(_ADDRESS.fullmatch, record.addresses)) else ["addresses"]
        case Desk():
            return list(_of_desk(record))
        case Calendar():
            return list(_of_calendar(record))
    return []


def _of_desk(desk: Desk) -> Iterator[str]:
    if not _ADDRESS.fullmatch(desk.address):
        yield "address"
    if not all(map(_ADDRESS.fullmatch, desk.accepts)):
        yield "accepts"
    if not _is_time_zone(desk.time_zone):
        yield "time_zone"


def _of_calendar(calendar: Calendar) -> Iterator[str]:
    if not _is_time_zone(calendar.time_zone):
        yield "time_zone"
    if not (any(calendar.weekly.values()) and all(map(_are_hours, calendar.weekly.values()))):
        yield "weekly"  # without any hours no deadline would ever come
    if not all(map(_are_hours, calendar.special.values())):
        yield "special"


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def _are_hours(hours: Hours) -> bool:
    """Intervals of a day in order, none empty, none reaching into the next; `24:00` ends the last."""
    try:
        minutes = [_minute(text) for interval in hours for text in interval]
    except ValueError:
        return False
    pairs = [minutes[n : n + 2] for n in range(0, len(minutes), 2)]
    return minutes == sorted(minutes) and all(start < end for start, end in pairs)


def _minute(text: str) -> int:
    if text == "24:00":
        return 24 * 60
    if not re.fullmatch(r"\d\d:\d\d", text):
        raise ValueError(text)
    clock = time.fromisoformat(text)
    return clock.hour * 60 + clock.minute
