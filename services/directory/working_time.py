"""Calendars, absences and what an SLA policy promises: what a clock could not count with. Pure."""

import re
from collections.abc import Iterator, Sequence
from datetime import time
from itertools import pairwise
from zoneinfo import ZoneInfo

from contracts.directory import Absence, Calendar, Hours, SlaPolicy, Target
from services.directory.faults import Fault, malformed

MINUTES_MAX = 525_600
"""Of working time in one promise. Source: judgement: a year of minutes, ten years of an ordinary desk."""
DAYS_MAX = 366
"""Until silence closes a ticket. Source: judgement: a year."""
ATTEMPTS_MAX = 100
"""Vain attempts at contact. Source: judgement."""
_STAGE_MAX = 99
"""Percent of a target: at 100 the breach itself tells."""
_MINUTES = ("first_response_min", "next_response_min", "resolution_min")
_SELECTORS = ("classification", "priority", "criticality")


def is_time_zone(name: str) -> bool:
    """Whether the clock of that zone is known."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def of_calendar(calendar: Calendar) -> Iterator[Fault]:
    """A calendar of no zone, of no hours at all, or of hours that are none."""
    if not is_time_zone(calendar.time_zone):
        yield malformed("time_zone", "no_time_zone")
    if not any(calendar.weekly.values()):
        yield malformed("weekly", "no_hours")  # no deadline would ever come
    for day, hours in calendar.weekly.items():
        if not _are_hours(hours):
            yield malformed(f"weekly.{day}", "not_hours")
    for date, hours in calendar.special.items():
        if not _are_hours(hours):
            yield malformed(f"special.{date.isoformat()}", "not_hours")


def of_absences(absences: Sequence[Absence]) -> Iterator[Fault]:
    """Absences in order, none within another: what a person reads as a list of holidays."""
    for place, away in enumerate(absences):
        if away.ends_on < away.starts_on:
            yield malformed(f"absences.{place}.ends_on", "ends_before_start")
    for place, (before, after) in enumerate(pairwise(absences), start=1):
        if after.starts_on <= before.ends_on:
            yield malformed(f"absences.{place}.starts_on", "out_of_order")


def of_policy(policy: SlaPolicy) -> Iterator[Fault]:
    """Promises and stages of a policy that no clock could keep, or that would never be reached."""
    yield from _too_long("", policy)
    yield from _ascending("warning_stages", policy.warning_stages, _STAGE_MAX)
    for name in ("customer_silence_days", "auto_close_days"):
        if not 1 <= getattr(policy, name) <= DAYS_MAX:
            yield malformed(name, "out_of_range")
    # A reminder on the day of closing would come too late.
    yield from _ascending("reminder_days", policy.reminder_days, policy.customer_silence_days - 1)
    if policy.no_contact_attempts > ATTEMPTS_MAX:
        yield malformed("no_contact_attempts", "out_of_range")
    if policy.no_contact_hours > DAYS_MAX * 24:
        yield malformed("no_contact_hours", "out_of_range")
    named = [tuple(getattr(target, name) for name in _SELECTORS) for target in policy.targets]
    for place, target in enumerate(policy.targets):
        if all(getattr(target, name) is None for name in _MINUTES):
            yield malformed(f"targets.{place}", "promises_nothing")
        yield from _too_long(f"targets.{place}.", target)
        if named[place] in named[:place]:
            yield malformed(f"targets.{place}", "named_twice")


def _too_long(where: str, promises: SlaPolicy | Target) -> Iterator[Fault]:
    for name in _MINUTES:
        if (getattr(promises, name) or 0) > MINUTES_MAX:
            yield malformed(f"{where}{name}", "out_of_range")


def _ascending(where: str, numbers: Sequence[int], most: int) -> Iterator[Fault]:
    for place, number in enumerate(numbers):
        if not 1 <= number <= most:
            yield malformed(f"{where}.{place}", "out_of_range")
        elif place and number <= numbers[place - 1]:
            yield malformed(f"{where}.{place}", "out_of_order")


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
    if not re.fullmatch(r"\d\d:\d\d", text, re.ASCII):
        raise ValueError(text)
    clock = time.fromisoformat(text)
    return clock.hour * 60 + clock.minute
