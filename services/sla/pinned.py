"""The policies and calendars that tickets have pinned, and what they say of each clock. No rules of events here."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol, TypeVar

from contracts import directory
from contracts.sla import Clock
from services.sla.clocks import END, Terms
from worktime.calendar import Calendar

CALENDARS_KEPT = 64
"""Calendar versions kept ready. Source: measured, two working years of one are about 120 kB."""

BUSINESS: frozenset[Clock] = frozenset({"first_response", "next_response", "resolution"})
"""Clocks of working time; the others count elapsed calendar time. Source: domain page, Business time."""


R = TypeVar("R", bound=directory.Record)


class Records(Protocol):
    """Where versions of records are kept: `journal.directory.Directory` is one such place."""

    def pinned(self, kind: type[R], key: str, version: int, /) -> R:
        """One version of a record. Raises NotYet while it has not arrived."""
        ...


class Measure(Protocol):
    """How a clock counts: `Calendar` is one way, `CalendarTime` the other."""

    def due(self, start: datetime, working: timedelta, /) -> datetime:
        """When that much of it has run since `start`."""
        ...

    def elapsed(self, start: datetime, end: datetime, /) -> timedelta:
        """How much of it there is from `start` to `end`."""
        ...


class CalendarTime:
    """Time as it passes for everyone, open or closed."""

    def due(self, start: datetime, working: timedelta, /) -> datetime:
        """`start` and that much later."""
        return start + working

    def elapsed(self, start: datetime, end: datetime, /) -> timedelta:
        """From `start` to `end`; none when `end` is not after `start`."""
        return max(end - start, timedelta())


CALENDAR_TIME = CalendarTime()


class Pinned:
    """Looks up what tickets pinned; each calendar is built once and kept."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._calendar = lru_cache(maxsize=CALENDARS_KEPT)(self._built)

    def policy(self, terms: Terms) -> directory.SlaPolicy:
        """The policy of a ticket. Raises NotYet while it has not arrived."""
        return self._records.pinned(directory.SlaPolicy, terms.sla_policy, terms.sla_policy_version)

    def measure(self, clock: Clock, terms: Terms) -> Measure:
        """How that clock of a ticket counts. Raises NotYet while its calendar has not arrived."""
        if clock in BUSINESS:
            return self._calendar(terms.calendar, terms.calendar_version)
        return CALENDAR_TIME

    def _built(self, key: str, version: int) -> Calendar:
        record = self._records.pinned(directory.Calendar, key, version)
        return Calendar.from_record({**record.model_dump(mode="json"), "key": key, "version": version})


def target(clock: Clock, policy: directory.SlaPolicy) -> timedelta | None:
    """How long that clock may run; None when the policy does without it."""
    match clock:
        case "first_response":
            return timedelta(minutes=policy.first_response_min)
        case "next_response":
            return _minutes(policy.next_response_min)
        case "resolution":
            return _minutes(policy.resolution_min)
        case "customer_silence":
            return timedelta(days=policy.customer_silence_days)
        case "auto_close":
            return timedelta(days=policy.auto_close_days)
    return None


def stages(clock: Clock, policy: directory.SlaPolicy, whole: timedelta) -> Iterator[tuple[int, timedelta]]:
    """The stages before the end, in order, and how much of the `whole` target is used up at each."""
    if clock in BUSINESS:
        for percent in sorted(set(policy.warning_stages)):
            if 0 < percent < END:
                yield percent, whole * percent / END
    elif clock == "customer_silence":
        for count, days in enumerate(sorted(set(policy.reminder_days)), start=1):
            if timedelta(days=days) < whole:
                yield count, timedelta(days=days)


def _minutes(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)
