"""How far the desk kept its service levels: verdicts counted, and how long answers took. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from math import ceil
from typing import Literal

from contracts.sla import Clock
from figures.lives import Runs, Ticket, Verdict

By = Literal["period", "customer", "area", "analyst", "classification"]
"""What a report is broken down by; `period` is the month in which the ticket was opened."""

CLOCKS: tuple[Clock, ...] = ("first_response", "next_response", "resolution")
"""Clocks of working time, in the order in which a ticket meets them."""

PERCENTILES = (50, 90, 95)
"""Source: issue 4, point 7."""


@dataclass(frozen=True, slots=True)
class Period:
    """Tickets opened from one local date to another, both inclusive, in the desk's time zone."""

    first: date
    last: date
    zone: tzinfo

    def has(self, at: datetime) -> bool:
        """Whether that instant is on one of its dates."""
        return self.first <= at.astimezone(self.zone).date() <= self.last


@dataclass(slots=True)
class Line:
    """The verdicts on one clock of the tickets of one group, and the working seconds until each was met."""

    met: int = 0
    breached: int = 0
    running: int = 0
    stopped: int = 0
    used_s: list[float] = field(default_factory=list)

    def count(self, verdict: Verdict, used_s: float | None) -> None:
        """One more clock."""
        setattr(self, verdict, getattr(self, verdict) + 1)
        if used_s is not None:
            self.used_s.append(used_s)

    def add(self, other: "Line") -> None:
        """Those that were counted elsewhere."""
        self.met += other.met
        self.breached += other.breached
        self.running += other.running
        self.stopped += other.stopped
        self.used_s += other.used_s

    @property
    def share(self) -> float | None:
        """The part of the verdicts that are `met`, 0 to 1; None before there is one."""
        judged = self.met + self.breached
        return self.met / judged if judged else None

    def percentile(self, percent: int) -> float | None:
        """Working seconds within which that per cent of those that were met were met, late ones included.

        Source: nearest rank (Hyndman and Fan, 1996, definition 1): always a time that a ticket really took.
        """
        if not self.used_s:
            return None
        return sorted(self.used_s)[max(ceil(len(self.used_s) * percent / 100), 1) - 1]


@dataclass(slots=True)
class Tally:
    """Lines by group and clock; those of several parts of a history add up."""

    by: By
    zone: tzinfo
    lines: dict[tuple[str, Clock], Line] = field(default_factory=dict)

    def count(self, ticket: Ticket, runs: Runs) -> None:
        """One more ticket."""
        group = group_of(ticket, self.by, self.zone)
        for clock, run in runs:
            line = self.lines.get((group, clock))
            if line is None:
                line = self.lines[group, clock] = Line()
            line.count(run.verdict, run.used_s)

    def add(self, other: "Tally") -> None:
        """Those that were counted elsewhere."""
        for key, line in other.lines.items():
            self.lines.setdefault(key, Line()).add(line)

    def total(self) -> Iterator[tuple[Clock, Line]]:
        """Every group together, by clock; clocks that no ticket had are left out."""
        for clock in CLOCKS:
            lines = [line for (_, of), line in self.lines.items() if of == clock]
            if lines:
                whole = Line()
                for line in lines:
                    whole.add(line)
                yield clock, whole

    def ordered(self) -> Sequence[tuple[str, Clock, Line]]:
        """By group, then clock."""
        keys = sorted(self.lines, key=lambda key: (key[0], CLOCKS.index(key[1])))
        return [(group, clock, self.lines[group, clock]) for group, clock in keys]


def group_of(ticket: Ticket, by: By, zone: tzinfo) -> str:
    """The group a ticket counts in; '' for a ticket that nobody answers for."""
    match by:
        case "period":
            return f"{ticket.opened_at.astimezone(zone):%Y-%m}"
        case "analyst":
            return ticket.analyst or ""
        case "customer" | "area" | "classification":
            return str(getattr(ticket, by))
