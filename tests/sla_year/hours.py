"""When a calendar works, found the slow way: every minute is looked at on the wall. Nothing of the desk's code.

Instants and amounts are whole numbers of microseconds, instants those since a beginning.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
IN_A_MINUTE = 60_000_000
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Span = tuple[int, int]


def number(at: datetime, begin: datetime) -> int:
    """How many microseconds after the beginning."""
    return (at.astimezone(UTC) - begin) // timedelta(microseconds=1)


class Hours:
    """The spans between two instants in which a calendar works: neighbouring minutes whose clock on the wall shows a posted hour."""

    def __init__(self, record: dict[str, Any], begin: datetime, end: datetime) -> None:
        zone = ZoneInfo(record["time_zone"])
        self.spans: list[Span] = []
        for minute in range((end - begin) // MINUTE):
            if not _works(record, (begin + MINUTE * minute).astimezone(zone)):
                continue
            opens = closes = minute * IN_A_MINUTE
            if self.spans and self.spans[-1][1] == opens:
                opens = self.spans.pop()[0]
            self.spans.append((opens, closes + IN_A_MINUTE))
        self._closings = [closes for _, closes in self.spans]

    def after(self, at: int) -> Iterator[Span]:
        """The work that begins at that instant or after it."""
        for place in range(bisect_right(self._closings, at), len(self.spans)):
            opens, closes = self.spans[place]
            yield max(opens, at), closes

    def used(self, since: int, until: int) -> int:
        """How much of it lies between two instants."""
        total = 0
        for opens, closes in self.after(since):
            if opens >= until:
                break
            total += min(closes, until) - opens
        return total

    def reached(self, since: int, amount: int) -> int:
        """The first instant at which that much has been worked since then; with nothing to do, the first one of work."""
        for opens, closes in self.after(since):
            if amount <= closes - opens:
                return opens + amount
            amount -= closes - opens
        raise AssertionError("the desk of the reference must be open for longer")


def _works(record: dict[str, Any], local: datetime) -> bool:
    clock = local.isoformat()
    day, reading = clock[:10], clock[11:16]
    posted = record["weekly"].get(WEEK[local.weekday()], [])
    if day in record["closed"]:
        posted = []
    posted = record["special"].get(day, posted)
    return any(opens <= reading < closes for opens, closes in posted)
