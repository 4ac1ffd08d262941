"""Replicas of the service as far as their timers go, on a real PostgreSQL, with a desk clock that a test moves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from contracts import sla
from contracts.envelope import Event
from journal import store
from journal.store import Pool
from journal.work import Journal
from services.sla.clocks import Clocks
from services.sla.decider import SLA
from services.sla.inbound import Inbound
from services.sla.pinned import Pinned
from services.sla.timers import Timers
from services.sla.views import VIEWS_SQL, timers_of
from tests.servers.backing import Database
from tests.sla.lives import PINNED

PATIENCE_S = 60.0


@dataclass
class SetClock:
    """A desk clock that stands where it is put."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    async def sleep_until(self, instant: datetime) -> None:
        while self.instant < instant:
            await asyncio.sleep(0.01)


async def nothing_to_hear(_: Collection[int]) -> None:
    """Lifecycle has no more to say."""


async def nothing_more_arrived(_: datetime) -> None:
    """Intake has no more to say, and lifecycle has heard it."""


@dataclass
class Replica:
    """One replica of the service, as far as its timers go."""

    pool: Pool
    journal: Journal[Clocks]
    clock: SetClock

    def timers(
        self, hear: Any = nothing_to_hear, pinned: Pinned = PINNED, inbound: Inbound | None = None
    ) -> Timers:
        return Timers(self.journal, pinned, hear, inbound or Inbound(nothing_more_arrived))

    async def told(self, *causes: Any, now: datetime | None = None) -> None:
        """What lifecycle told, applied as its follower does."""
        if now is not None:
            self.clock.instant = now
        async with self.journal.work() as work:
            await work.load(cause.ticket_id for cause in causes)
            for cause in causes:
                work.decide(cause.ticket_id, cause, facts=PINNED)
            await work.commit()

    async def events(self) -> list[Event]:
        """Everything in the journal, in the order of its partitions and positions."""
        return [
            entry.event()
            for partition in sorted(await store.heads(self.pool))
            async for entry in store.scan(self.pool, partition)
        ]

    async def rung(self) -> list[Any]:
        kinds = (sla.ClockWarned, sla.ReminderDue, sla.ClockBreached, sla.DeadlineReached)
        return [event for event in await self.events() if isinstance(event, kinds)]

    async def table(self) -> list[tuple[Any, ...]]:
        rows = await self.pool.fetch("select * from views.timers order by ticket_id, clock")
        return [tuple(row) for row in rows]


@contextlib.asynccontextmanager
async def replica(database: Database, clock: SetClock, partitions: int) -> AsyncIterator[Replica]:
    pool = await asyncpg.create_pool(database.url, min_size=1, max_size=4)
    await pool.execute(VIEWS_SQL.read_text())
    journal = Journal(pool, SLA, clock, partitions, project=timers_of(partitions))
    try:
        yield Replica(pool, journal, clock)
    finally:
        pool.terminate()


@contextlib.asynccontextmanager
async def running(*loops: Timers) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():
            await asyncio.sleep(0.02)


async def empty(desk: Replica) -> bool:
    """Whether no clock waits for anything any more."""
    return not await desk.table()
