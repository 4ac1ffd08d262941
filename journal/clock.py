"""The desk clock: the one source of "now" in every service, so that timers and tests agree.

`DESK_CLOCK` (local mode only) makes it run faster: `<desk start>@<real start>x<speed>`, both aware ISO
instants, for example `2026-03-02T11:00:00+00:00@2026-11-22T18:00:00+00:00x600`.
"""

import asyncio
import math
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self

_LONGEST_SLEEP_S = 3600.0
"""A sleeper wakes at least this often and looks again, so that a stepped system clock is noticed."""


class Clock(Protocol):
    """What every service asks for the time."""

    def now(self) -> datetime:
        """The desk's instant, aware UTC; never earlier than one it has given before."""
        ...

    async def sleep_until(self, instant: datetime) -> None:
        """Return at, or just after, the instant."""
        ...


class DeskClock:
    """Real time, or an accelerated one anchored at `real_start`. Never runs backwards in one process."""

    def __init__(
        self, desk_start: datetime | None = None, real_start: datetime | None = None, speed: float = 1.0
    ) -> None:
        if not 0 < speed < math.inf:
            raise ValueError("a desk clock only runs forwards")
        if any(anchor is not None and anchor.tzinfo is None for anchor in (desk_start, real_start)):
            raise ValueError("the anchors of a desk clock are aware instants")
        self.speed = speed
        self._desk_start = desk_start
        self._real_start = real_start.timestamp() if real_start else 0.0
        self._latest = datetime.min.replace(tzinfo=UTC)

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `DESK_CLOCK`; empty means real time.

        Raises:
            ValueError: it is not of that form.
        """
        if not text:
            return cls()
        anchors, _, speed = text.rpartition("x")
        desk, _, real = anchors.partition("@")
        return cls(datetime.fromisoformat(desk), datetime.fromisoformat(real), float(speed))

    def now(self) -> datetime:
        """The desk's instant, aware UTC; never earlier than one it has given before."""
        if self._desk_start is None:
            instant = datetime.now(UTC)
        else:
            real_s = time.time() - self._real_start
            instant = self._desk_start + timedelta(seconds=real_s * self.speed)
        self._latest = max(self._latest, instant)
        return self._latest

    async def sleep_until(self, instant: datetime) -> None:
        """Return at, or just after, the instant; a clock that jumps is noticed within the hour."""
        while (left_s := (instant - self.now()).total_seconds() / self.speed) > 0:  # noqa: ASYNC110 - waits for time itself
            await asyncio.sleep(min(left_s, _LONGEST_SLEEP_S))
