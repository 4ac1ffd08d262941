"""Lifecycle on a real PostgreSQL, without a bus: what others say goes in, its journal and tables come out."""

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from contracts.commands.said import OnTicket
from contracts.envelope import Actor, Event, Request
from journal import store
from journal.directory import Directory
from journal.entry import Entry
from journal.store import Pool
from journal.testing import NOON
from journal.work import Journal, Work
from services.lifecycle import loads
from services.lifecycle.decider import LIFECYCLE
from services.lifecycle.subscribers import on_command, on_event
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import BRUNO, directory, registered
from tests.servers.backing import Database

PARTITIONS = 2


class SetClock:
    """A desk clock that stands where it is put."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    async def sleep_until(self, instant: datetime) -> None:
        self.instant = max(self.instant, instant)


class Room:
    """One replica of the service. `known` is its copy of the directory."""

    def __init__(self, pool: Pool, known: Directory) -> None:
        self.pool = pool
        self.known = known
        self.clock = SetClock(NOON)
        self.journal: Journal[Ticket] = Journal(
            pool, LIFECYCLE, self.clock, PARTITIONS, project=loads.project, projected=loads.PROJECTED
        )

    async def hears(self, *events: Event, work: Work[Ticket] | None = None) -> None:
        """What intake or sla recorded, all in one segment; committed unless a work is given."""
        entries = [Entry(0, n, uuid4(), 1, e.topic, NOON, "", e.encoded()) for n, e in enumerate(events, 1)]
        if work is not None:
            await on_event(work, entries, self.known)
            return
        async with self.journal.work() as own:
            await on_event(own, entries, self.known)
            await own.commit()

    async def opens(self, *ticket_ids: UUID, **changes: Any) -> None:
        """New tickets of one segment, numbered as they come."""
        await self.hears(
            *(
                registered(ticket_id=each, number=f"2026-{each.int % 10**6:06d}", **changes)
                for each in ticket_ids
            )
        )

    async def asked(self, command: OnTicket, by: Actor = BRUNO) -> dict[str, Any]:
        """A command, decided and recorded. Raises Refused."""
        request = Request(id=str(uuid4()), type=command.topic, by=by, data={})
        async with self.journal.work() as work:
            result = await on_command(work, command, request, self.known)
            await work.commit()
        return result

    async def history(self, ticket_id: UUID) -> list[Event]:
        return [entry.event() for entry in await store.stream(self.pool, ticket_id)]

    async def ticket(self, ticket_id: UUID) -> Ticket:
        """The ticket as its history tells it, nothing kept."""
        return LIFECYCLE.fold(await self.history(ticket_id))

    async def tables(self) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        """The assignments and the turns."""
        assignments = await self.pool.fetch("select * from views.assignments order by ticket_id")
        turns = await self.pool.fetch("select * from views.turns order by analyst")
        return [tuple(row) for row in assignments], [tuple(row) for row in turns]


@contextlib.asynccontextmanager
async def room(database: Database, known: Directory | None = None) -> AsyncIterator[Room]:
    pool = await asyncpg.create_pool(database.url, min_size=1, max_size=4)
    try:
        await pool.execute(loads.VIEWS_SQL.read_text())
        yield Room(pool, known or directory())
    finally:
        pool.terminate()
