"""The relay: publishes what the journal holds, in order, in segments, on the stream of its service.

It keeps no state of its own: on start, on every reconnect and after every doubt it asks the stream what
it really holds and goes on from there. `Nats-Expected-Last-Subject-Sequence` lets any number of
replicas relay at once: the stream stays gapless and free of doubles.
"""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
from nats.js.errors import APIError
from pydantic_core import to_json

from journal import store
from journal.bus import Bus, Held
from journal.entry import SEGMENT_ENTRIES_MAX, cut, segment
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from journal.store import Pool
from journal.together import together

HEADS_EVERY_S = 1.5
"""Between two announcements of the heads. Source: a lost tail is found within 5 s: two fit in, with time to ask."""
REPUBLISHED_MAX = 2_000
"""Entries of a partition published again to a stream that was wiped; followers read older ones from here."""
GATHER_MAX_S = 0.05
"""The longest that an entry waits for others. Source: bench/README.md, throughput against latency."""
_GATHER_EACH_S = 0.005
_LOOK_EVERY_S = 1.0
_BACK_OFF_S = (0.05, 0.1, 0.25, 0.5, 1.0)


class Relay:
    """Publishes the partitions of one journal."""

    def __init__(self, pool: Pool, bus: Bus, partitions: int) -> None:
        self._pool = pool
        self._bus = bus
        self._partitions = partitions
        self._wake = {partition: asyncio.Event() for partition in range(partitions)}

    async def run(self) -> None:
        """Relay every partition and announce the heads, until cancelled."""
        await together(*map(self._relay, range(self._partitions)), self._announce())

    def wake(self, partition: int) -> None:
        """There is something new in a partition."""
        if event := self._wake.get(partition):
            event.set()

    async def _relay(self, partition: int) -> None:
        held: Held | None = None
        failures, reconnections = 0, self._bus.reconnections
        while True:
            self._wake[partition].clear()
            try:
                if held is None or reconnections != self._bus.reconnections:
                    reconnections = self._bus.reconnections
                    held = await self._resume(partition)
                before = held.position
                held, more = await self._publish_next(partition, held)
                failures = 0
                if not more:
                    await _within(_LOOK_EVERY_S, self._wake[partition].wait)
                    await asyncio.sleep(gather_s(held.position - before))
            except (APIError, asyncpg.PostgresError, *INFRASTRUCTURE) as error:
                held = None
                if failures:
                    log.warning("relay waits", partition=partition, error=repr(error))
                await asyncio.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)])
                failures += 1

    async def _resume(self, partition: int) -> Held:
        await self._bus.provision_own_stream()
        held = await self._bus.held(partition)
        head, _ = (await store.heads(self._pool)).get(partition, (0, b""))
        if held.position > head:
            log.error(
                "the stream is ahead of the journal", partition=partition, held=held.position, head=head
            )
        if held.position == 0:
            return Held(max(0, head - REPUBLISHED_MAX), held.sequence)
        return held

    async def _publish_next(self, partition: int, held: Held) -> tuple[Held, bool]:
        waiting = await store.read(self._pool, partition, held.position, SEGMENT_ENTRIES_MAX)
        if not waiting:
            return held, False
        entries = cut(waiting)
        first, last = entries[0].position, entries[-1].position
        body = segment(self._bus.service, entries)
        sequence = await self._bus.publish_segment(partition, body, first, last, held.sequence)
        return Held(last, sequence), len(entries) < len(waiting) or len(waiting) == SEGMENT_ENTRIES_MAX

    async def _announce(self) -> None:
        while True:
            try:
                known = await store.heads(self._pool)
                body = to_json({str(partition): position for partition, (position, _) in known.items()})
                await self._bus.client.publish(f"journal.{self._bus.service}.heads", body)
            except (asyncpg.PostgresError, *INFRASTRUCTURE) as error:
                log.warning("heads not announced", error=repr(error))
            await asyncio.sleep(HEADS_EVERY_S)


def gather_s(count: int) -> float:
    """How long to let more come together after `count` came at once: nothing for one, and never long.

    A quiet desk does not wait. A busy one, at 200 a second and more in one partition, settles at the
    longest pause, and pays for a message and its transaction once for many.
    """
    return min(GATHER_MAX_S, _GATHER_EACH_S * (count - 1)) if count > 1 else 0.0


async def _within(seconds: float, wait: Callable[[], Awaitable[object]]) -> None:
    try:
        async with asyncio.timeout(seconds):
            await wait()
    except TimeoutError:
        pass
