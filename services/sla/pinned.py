"""The policies and calendars that tickets have pinned, and what they say of each clock. No rules of events here."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from contracts import directory
from contracts.directory import PauseReason, SlaPolicy, Target
from contracts.sla import Clock
from journal.errors import NotYet, Refused
from services.sla.clocks import END, ZERO, Case, Clocks, Terms
from worktime.calendar import Calendar, NoWorkingTime

BUSINESS: tuple[Clock, ...] = ("first_response", "next_response", "resolution")
"""Clocks of working time; the others count elapsed calendar time. Source: domain page, Business time."""
CLOSING: tuple[Clock, ...] = ("unreachable", "customer_silence", "auto_close")
"""Clocks at whose end a ticket closes. Source: domain page, Clocks."""


R = TypeVar("R", bound=directory.Record)


class Records(Protocol):
    """Where versions of records are kept: `journal.directory.Directory` is one such place."""

    def pinned(self, kind: type[R], key: str, version: int, /) -> R:
        """One version of a record. Raises NotYet while it has not arrived."""
        ...

    def calendar(self, key: str, version: int, /) -> Calendar:
        """One version of a calendar, ready to count with. Raises NotYet while it has not arrived."""
        ...

    def version(self, kind: type[directory.Record], key: str, /) -> int:
        """The newest version's number; 0 for a record that is not there."""
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
    """Looks up what tickets pinned; clocks that are left `without` never start."""

    def __init__(self, records: Records, without: frozenset[Clock] = frozenset()) -> None:
        self._records = records
        self.without = without

    def policy(self, terms: Terms) -> SlaPolicy:
        """The policy of a ticket. Raises NotYet while it has not arrived."""
        return self._records.pinned(SlaPolicy, terms.sla_policy, terms.sla_policy_version)

    def calendar(self, terms: Terms) -> Calendar:
        """The calendar of a ticket. Raises NotYet while it has not arrived."""
        return self._records.calendar(terms.calendar, terms.calendar_version)

    def measure(self, clock: Clock, terms: Terms) -> Measure:
        """How that clock of a ticket counts. Raises NotYet while its calendar has not arrived."""
        return self.calendar(terms) if clock in BUSINESS else CALENDAR_TIME

    def alert_at(self, terms: Terms, seen_at: datetime) -> datetime | None:
        """The next opening, for what is seen outside working hours; None where people are told at once.

        At once too where the calendar never opens again: a verdict does not depend on it.
        Source: domain page, Clocks, rule 6.
        """
        try:
            opening = self.calendar(terms).next_opening(seen_at)
        except NoWorkingTime:
            return None
        return opening if opening > seen_at else None

    def newest(self, sla_policy: str) -> Terms:
        """The newest version of a policy, with that of its calendar.

        Raises:
            Refused: there is no such policy, or no such calendar.
        """
        version = self._records.version(SlaPolicy, sla_policy)
        try:
            calendar = self._records.pinned(SlaPolicy, sla_policy, version).calendar
            terms = Terms(calendar, self._records.version(directory.Calendar, calendar), sla_policy, version)
            self.calendar(terms)
        except NotYet as error:
            raise Refused("no_such_sla_policy", sla_policy=sla_policy) from error
        return terms


def target(clock: Clock, policy: SlaPolicy, clocks: Clocks, at: datetime) -> timedelta | None:
    """How long that clock of this ticket may run from `at`; None when the policy does without it."""
    match clock:
        case "first_response" | "next_response" | "resolution":
            return chosen(clock, policy, clocks.case)
        case "customer_silence":
            return timedelta(days=policy.customer_silence_days)
        case "auto_close":
            return timedelta(days=policy.auto_close_days)
        case _:  # unreachable
            opened_at = clocks.opened_at or at
            return max(opened_at + timedelta(hours=policy.no_contact_hours) - at, ZERO)


def chosen(clock: Clock, policy: SlaPolicy, case: Case) -> timedelta | None:
    """The target of a clock of working time: of those that fit the ticket the one that names most, else the general one."""
    field = f"{clock}_min"
    fitting = (each for each in policy.targets if getattr(each, field) is not None and _fits(each, case))
    # Of equals, `max` gives the first.
    own = max(
        fitting, key=lambda each: sum(each_named is not None for each_named in _named(each)), default=None
    )
    minutes = getattr(own or policy, field)
    return None if minutes is None else timedelta(minutes=minutes)


def _fits(own: Target, case: Case) -> bool:
    return all(named is None or named == real for named, real in zip(_named(own), case, strict=True))


def _named(own: Target) -> tuple[str | None, str | None, str | None]:
    return own.classification, own.priority, own.criticality


def pauses(clock: Clock, policy: SlaPolicy, reason: PauseReason) -> bool:
    """Whether that clock stands still while the ticket waits for that."""
    return clock in BUSINESS and reason in getattr(policy.pauses, clock)


def stages(clock: Clock, policy: SlaPolicy, whole: timedelta) -> Iterator[tuple[int, timedelta]]:
    """The stages before the end, in order, and how much of the `whole` target is used up at each."""
    if clock in BUSINESS:
        for percent in sorted({stage for stage in policy.warning_stages if 0 < stage < END}):
            yield percent, whole * percent / END
    elif clock == "customer_silence":
        days_apart = [days for days in sorted(set(policy.reminder_days)) if timedelta(days=days) < whole]
        for count, days in enumerate(days_apart, start=1):
            yield count, timedelta(days=days)
