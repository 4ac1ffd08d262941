"""`python -m services.gateway.rebuild`: empties the views and fills them from the owners' journals.

Stops nothing. A gateway that runs meanwhile notices that its positions are gone and helps: each segment
is applied once, by whoever comes first.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import asyncpg
import uvloop
from pydantic_core import from_json

from journal.bus import Bus
from journal.clock import Clock, DeskClock
from journal.directory_table import DIRECTORY_SQL
from journal.follower import Follower
from journal.service import Settings
from journal.store import Pool
from services.gateway.layout import make_views
from services.gateway.views import REACTIONS, TABLES, on_directory, views_journal

REBUILD_LOCK = 7_201_002
"""The advisory lock under which only one rebuild runs."""

Progress = Callable[[int, int, float], None]
"""Told every second: entries applied, entries there are as far as known, seconds since the start."""


class Rebuilding(Exception):  # noqa: N818 - an outcome
    """Another rebuild is running."""


async def rebuild(pool: Pool, bus: Bus, clock: Clock, partitions: int, progress: Progress) -> int:
    """Empty the views and replay every followed journal up to its head; how many entries there were.

    Raises:
        Rebuilding: another rebuild is running.
    """
    async with pool.acquire() as guard:
        if not await guard.fetchval("select pg_try_advisory_lock($1)", REBUILD_LOCK):
            raise Rebuilding
        try:
            await _forget(pool)
            return await _Replay(pool, bus, clock, partitions, progress).run()
        finally:
            await guard.execute("select pg_advisory_unlock($1)", REBUILD_LOCK)


async def _forget(pool: Pool) -> None:
    """The views as at the first start, and no position applied, in one transaction."""
    tables = ", ".join(f"views.{table}" for table in TABLES)
    while True:
        # A follower in the middle of a segment holds rows that this waits for, and may wait for this.
        with suppress(asyncpg.DeadlockDetectedError):
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(f"truncate {tables}")
                await connection.execute("select journal.forget_applied()")
                return


class _Replay:
    """One replay of everything, all partitions at once."""

    def __init__(self, pool: Pool, bus: Bus, clock: Clock, partitions: int, progress: Progress) -> None:
        self._bus = bus
        self._progress = progress
        self._started = time.perf_counter()
        self._heads: dict[tuple[str, int], int] = {}
        journal = views_journal(pool, clock, partitions)
        reactions = {"directory": (on_directory, 1), **{s: (r, partitions) for s, r in REACTIONS.items()}}
        self._parts = {
            (source, partition): follower
            for source, (react, count) in reactions.items()
            for follower in [Follower(journal, bus, source, react, count)]
            for partition in range(count)
        }

    async def run(self) -> int:
        """Apply from the owners until each of them has nothing more to give."""
        beats = [asyncio.create_task(self._tell()), asyncio.create_task(self._listen())]
        try:
            async with asyncio.TaskGroup() as tasks:
                for (_, partition), follower in self._parts.items():
                    tasks.create_task(follower.catch_up(partition))
        finally:
            for beat in beats:
                beat.cancel()
        return await self._report()

    async def _report(self) -> int:
        done = sum([await follower.applied(partition) for (_, partition), follower in self._parts.items()])
        self._progress(done, max(sum(self._heads.values()), done), time.perf_counter() - self._started)
        return done

    async def _listen(self) -> None:
        """Hear how much there is, for the progress alone: owners announce their heads."""
        beats = await self._bus.client.subscribe("journal.*.heads")
        async for message in beats.messages:
            source = message.subject.split(".")[1]
            with suppress(ValueError):
                for partition, head in from_json(message.data).items():
                    if (source, int(partition)) in self._parts:
                        self._heads[source, int(partition)] = int(head)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(1)
            await self._report()


def _print(done: int, there_are: int, seconds: float) -> None:
    print(f"{done:,} / {there_are:,}  {done / max(seconds, 1e-9):,.0f}/s", flush=True)  # noqa: T201 - its purpose


async def _main() -> None:
    settings = Settings()
    pool: Any = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=settings.pool_max + 2)
    bus = await Bus.connect(settings.nats_url, "gateway")
    try:
        await pool.execute(await asyncio.to_thread(DIRECTORY_SQL.read_text))
        await make_views(pool)
        clock = DeskClock.parse(settings.desk_clock)
        started = time.perf_counter()
        count = await rebuild(pool, bus, clock, settings.partitions, _print)
        seconds = time.perf_counter() - started
        print(f"rebuilt: {count:,} entries in {seconds:.1f} s, {count / seconds:,.0f}/s")  # noqa: T201
    finally:
        await bus.close()
        await pool.close()


if __name__ == "__main__":
    uvloop.run(_main())
