"""What stands in the desk's journals, read as the auditor may: live, through every fault, and whole, in quiet."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from contracts.envelope import Event, decode
from journal import store
from journal.entry import Entry
from journal.infrastructure import INFRASTRUCTURE
from journal.store import Pool
from tests.running import RunningDesk

T = TypeVar("T")
JOURNALS = ("directory", "intake", "lifecycle", "sla", "notifier")
SERVICES = (*JOURNALS, "gateway")
FOLLOWED: dict[str, tuple[str, ...]] = {
    "directory": (),
    "intake": ("directory", "lifecycle", "notifier"),
    "lifecycle": ("intake", "sla", "directory"),
    "sla": ("lifecycle", "directory"),
    "notifier": ("intake", "lifecycle", "sla", "directory"),
    "gateway": JOURNALS,
}
"""Whose journals each service must have applied to the end. Source: architecture page, Services and streams."""
PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.15
_WITH_TOKEN = "select topic, data from journal.entries where topic = $1 and position($2::bytea in data) > 0"


@dataclass(slots=True)
class Books:
    """Every entry of every journal, with its event."""

    entries: dict[str, list[tuple[Entry, Event]]] = field(default_factory=dict)

    def of(self, service: str, *kinds: type[Event]) -> Iterator[tuple[Entry, Any]]:
        """The entries of a journal with events of these kinds."""
        return (pair for pair in self.entries[service] if isinstance(pair[1], kinds))


class Auditor:
    """Reads every service's database, as a role that can change nothing; waits while PostgreSQL is away."""

    def __init__(self, pools: dict[str, Pool]) -> None:
        self.pools = pools

    async def registered(self, token: str) -> dict[str, Any] | None:
        """The ticket that an acknowledged mail has become; None where it is lost."""

        async def look() -> dict[str, Any] | None:
            rows = await self.pools["intake"].fetch(_WITH_TOKEN, "intake.TicketRegistered.v1", token.encode())
            if not rows:
                return None
            event: Any = decode(*rows[0])
            return {"ticket_id": str(event.ticket_id), "number": event.number}

        return await self._read(look)

    async def queued(self, ticket_id: UUID) -> None:
        """Return when lifecycle has the ticket."""
        await self._until("select true from journal.entries where stream_id = $1", ticket_id)

    async def added(self, ticket_id: UUID, token: str) -> None:
        """Return when lifecycle has the reply with that token."""
        sql = "select true from journal.entries where stream_id = $1 and position($2::bytea in data) > 0"
        try:
            await self._until(sql, ticket_id, token.encode())
        except TimeoutError as error:
            raise AssertionError(
                f"{token} was never added to {ticket_id}; {await self._traces(token)}; {await self._traces(str(ticket_id))}"
            ) from error

    async def _traces(self, token: str) -> list[str]:
        """Where a token is to be found."""
        sql = "select topic, stream_id, partition, position from journal.entries where position($1::bytea in data) > 0"
        return [
            f"{service}: {tuple(row)}"
            for service in JOURNALS
            for row in await self.pools[service].fetch(sql, token.encode())
        ]

    async def heads(self) -> dict[str, dict[int, int]]:
        """The last position of every partition of every journal."""
        found = {
            service: await store.heads(self.pools[service]) for service in JOURNALS if service in self.pools
        }
        return {
            service: {partition: position for partition, (position, _) in heads.items()}
            for service, heads in found.items()
        }

    async def behind(self) -> list[str]:
        """Who has not applied whom to the end."""
        heads = await self.heads()
        found = []
        for service, pool in self.pools.items():
            rows = await pool.fetch("select source, partition, position from journal.applied")
            applied = {(row["source"], row["partition"]): row["position"] for row in rows}
            found += [
                f"{service} has applied {applied.get((source, partition), 0)} of {head} of {source}.{partition}"
                for source in FOLLOWED[service]
                for partition, head in heads.get(source, {}).items()
                if applied.get((source, partition), 0) != head
            ]
        return found

    async def books(self) -> Books:
        """Every entry there is."""
        books = Books()
        for service in JOURNALS:
            pool = self.pools[service]
            books.entries[service] = [
                (entry, entry.event())
                for partition in sorted(await store.heads(pool))
                async for entry in store.scan(pool, partition)
            ]
        return books

    async def _until(self, sql: str, *values: Any) -> None:
        async def look() -> bool:
            return bool(await self.pools["lifecycle"].fetchval(sql, *values))

        async with asyncio.timeout(PATIENCE_S):
            while not await self._read(look):
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _read(self, look: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await look()
            except INFRASTRUCTURE:
                await asyncio.sleep(_LOOK_EVERY_S)


@contextlib.asynccontextmanager
async def auditor(desk: RunningDesk, services: Iterable[str] = SERVICES) -> AsyncIterator[Auditor]:
    """An auditor for the time of a block, of the services that run."""
    async with contextlib.AsyncExitStack() as stack:
        pools = {}
        for service in services:
            pool = await asyncpg.create_pool(desk.auditor_url(service), min_size=0, max_size=2)
            stack.push_async_callback(pool.close)
            pools[service] = pool
        yield Auditor(pools)
