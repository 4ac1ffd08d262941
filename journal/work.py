"""Deciding and appending: the states of a service's own streams, and one transaction's worth of work."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from asyncpg.transaction import Transaction

from contracts.envelope import SYSTEM, Actor, Event, decode, partition_of
from journal import store
from journal.clock import Clock
from journal.decider import Context, Decider, State
from journal.entry import NewEntry
from journal.errors import Conflict
from journal.metrics import APPENDED
from journal.store import Connection, Pool, Runner

CACHED_STREAMS_MAX = 20_000
"""States kept in memory. Source: `service_rss_mb_max` in bench/README.md, at about 3 KB a ticket."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event decided in this work, and where it stands in its stream."""

    stream_id: UUID
    version: int
    event: Event
    trace: str


PoolConnection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
Project: TypeAlias = Callable[[Connection, Sequence[Recorded]], Awaitable[None]]
"""Changes a service's own tables by the events of one work, in the same transaction."""


class Journal(Generic[State]):
    """One service's journal with its decider: opens works, keeps the states of recent streams.

    `project` is called for works with events of the `projected` topics, or of any where none are named.
    """

    def __init__(
        self,
        pool: Pool,
        decider: Decider[State],
        clock: Clock,
        partitions: int,
        project: Project | None = None,
        projected: Collection[str] | None = None,
        cached_max: int = CACHED_STREAMS_MAX,
    ) -> None:
        self.pool = pool
        self.decider = decider
        self.clock = clock
        self.partitions = partitions
        self.project = project
        self.projected = projected
        self._cached_max = cached_max
        self._cache: OrderedDict[UUID, tuple[State, int]] = OrderedDict()

    def work(self) -> "Work[State]":
        """A new transaction's worth of work, for `async with`."""
        return Work(self)

    def cached(self, stream_id: UUID) -> tuple[State, int] | None:
        """The state and version of a stream, if it is kept."""
        found = self._cache.get(stream_id)
        if found is not None:
            self._cache.move_to_end(stream_id)
        return found

    def keep(self, states: dict[UUID, tuple[State, int]]) -> None:
        """Remember committed states; an older version never replaces a newer one."""
        for stream_id, (state, version) in states.items():
            known = self._cache.get(stream_id)
            if known is None or known[1] <= version:
                self._cache[stream_id] = (state, version)
                self._cache.move_to_end(stream_id)
        while len(self._cache) > self._cached_max:
            self._cache.popitem(last=False)

    def forget(self, stream_ids: Iterable[UUID]) -> None:
        """Let go of states that proved stale."""
        for stream_id in stream_ids:
            self._cache.pop(stream_id, None)


class Work(Generic[State]):
    """Load, decide, commit: all or nothing. `now` is one instant for the whole work.

    A database transaction opens when `connection()` is first asked for; without one, a commit to a
    single partition is a single statement.
    """

    def __init__(self, journal: Journal[State]) -> None:
        self.now: datetime = journal.clock.now()
        self._journal = journal
        self._states: dict[UUID, tuple[State, int]] = {}
        self._loaded: dict[UUID, tuple[State, int]] = {}
        self._entries: dict[int, list[NewEntry]] = {}
        self._recorded: list[Recorded] = []
        self._unproven: set[UUID] = set()
        self._connection: PoolConnection | None = None
        self._transaction: Transaction | None = None
        self._in_part = False
        self._savepoint: Transaction | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Conflict):
            self._journal.forget(self._states)
        if self._connection is None:
            return
        try:
            if self._transaction is not None:
                # Left without a commit: nothing of it may stay.
                await self._transaction.rollback()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
            self._connection.terminate()
        finally:
            await self._journal.pool.release(self._connection)
            self._connection = None

    async def connection(self) -> Connection:
        """The connection of this work's transaction, opened at the first call."""
        if self._connection is None:
            self._connection = await self._journal.pool.acquire()
            self._transaction = self._connection.transaction()
            await self._transaction.start()
        if self._in_part and self._savepoint is None:
            self._savepoint = self._connection.transaction()
            await self._savepoint.start()
        return self._connection

    @asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """A part that leaves nothing behind when it raises, so that the rest of the work can go on."""
        states, counts, recorded = dict(self._states), self.counts(), len(self._recorded)
        self._in_part = True
        try:
            yield
            if self._savepoint is not None:
                await self._savepoint.commit()
        except BaseException:
            # What the part has loaded stays as it was loaded: that nothing followed from it is proven too.
            self._states = self._loaded | states
            self._entries = {p: e[: counts[p]] for p, e in self._entries.items() if p in counts}
            del self._recorded[recorded:]
            if self._savepoint is not None:
                await self._savepoint.rollback()
            raise
        finally:
            self._in_part, self._savepoint = False, None

    async def exclusively(self, partition: int) -> None:
        """Hold the partition's head from here to the end of this work, for rules across its streams."""
        # An append of nothing: the one way in which a service may lock a head that it cannot update.
        await store.append(await self.connection(), partition, [], self.now)

    async def load(self, stream_ids: Iterable[UUID]) -> None:
        """Make the states of these streams known, with one query for those that are not cached."""
        missing: list[UUID] = []
        for stream_id in dict.fromkeys(stream_ids):
            if stream_id in self._states:
                continue
            cached = self._journal.cached(stream_id)
            if cached is None:
                missing.append(stream_id)
            else:
                self._loaded[stream_id] = self._states[stream_id] = cached
        if not missing:
            return
        decider = self._journal.decider
        read = dict.fromkeys(missing, (decider.initial, 0))
        for stream_id, version, topic, data in await store.histories(self._runner, missing):
            read[stream_id] = (decider.evolve(read[stream_id][0], decode(topic, data)), version)
        # Only whole histories: a state folded half way would be kept as if it were one.
        self._loaded.update(read)
        self._states.update(read)

    def state(self, stream_id: UUID) -> State:
        """The state of a loaded stream, what this work decided included."""
        return self._states[stream_id][0]

    def version(self, stream_id: UUID) -> int:
        """The version of a loaded stream, what this work decided included."""
        return self._states[stream_id][1]

    def decide(
        self,
        stream_id: UUID,
        cause: object,
        *,
        by: Actor = SYSTEM,
        facts: Any = None,
        trace: str = "",
        partition: int | None = None,
    ) -> list[Event]:
        """Decide on a loaded stream and take the events up. Raises what the decider raises."""
        events = self.consider(stream_id, cause, by=by, facts=facts)
        if events:
            self.record(stream_id, events, trace=trace, partition=partition)
        return events

    def consider(
        self, stream_id: UUID, cause: object, *, by: Actor = SYSTEM, facts: Any = None
    ) -> list[Event]:
        """Decide on a loaded stream without taking the events up: `record` does that, amended or not."""
        self._unproven.add(stream_id)
        context = Context(now=self.now, by=by, facts=facts)
        return self._journal.decider.decide(cause, self._states[stream_id][0], context)

    def record(
        self, stream_id: UUID, events: Sequence[Event], *, trace: str = "", partition: int | None = None
    ) -> None:
        """Take up events decided elsewhere on a loaded stream."""
        state, version = self._states[stream_id]
        if partition is None:
            partition = partition_of(stream_id, self._journal.partitions)
        entries = self._entries.setdefault(partition, [])
        for event in events:
            version += 1
            entries.append(NewEntry(stream_id, version, event.topic, event.encoded(), trace))
            self._recorded.append(Recorded(stream_id, version, event, trace))
            state = self._journal.decider.evolve(state, event)
        self._states[stream_id] = (state, version)

    def counts(self) -> dict[int, int]:
        """How many entries are to be appended to each partition, so far."""
        return {partition: len(entries) for partition, entries in self._entries.items()}

    async def commit(
        self,
        source: tuple[str, int] | None = None,
        span: tuple[int, int] | None = None,
        then: Callable[[Connection, dict[int, int]], Awaitable[None]] | None = None,
    ) -> dict[int, int]:
        """Write everything, with the applied position of a followed partition; the last position each.

        `then` runs in the same transaction, knowing the positions.

        Raises:
            Conflict: a stream or the applied position has moved; nothing was written.
        """
        if then is not None:
            await self.connection()
        written = {recorded.stream_id for recorded in self._recorded}
        self._unproven -= written
        if self._journal.project is not None and self._has_to_be_projected():
            await self._journal.project(await self.connection(), self._recorded)
        if self._connection is None and len(self._entries) == 1 and not self._unproven:
            positions = await self._commit_at_once(source, span)
        else:
            positions = await self._commit_in_transaction(source, span, then)
        self._journal.keep(self._states)
        APPENDED.inc(len(self._recorded))
        return positions

    def _has_to_be_projected(self) -> bool:
        topics = self._journal.projected
        return any(topics is None or recorded.event.topic in topics for recorded in self._recorded)

    async def _commit_at_once(
        self, source: tuple[str, int] | None, span: tuple[int, int] | None
    ) -> dict[int, int]:
        ((partition, entries),) = self._entries.items()
        if source is not None and span is not None:
            last = await store.append_applied(self._journal.pool, source, span, partition, entries, self.now)
        else:
            last = await store.append(self._journal.pool, partition, entries, self.now)
        return {partition: last}

    async def _commit_in_transaction(
        self,
        source: tuple[str, int] | None,
        span: tuple[int, int] | None,
        then: Callable[[Connection, dict[int, int]], Awaitable[None]] | None,
    ) -> dict[int, int]:
        if self._connection is None and not self._entries and not self._unproven:
            if source is not None and span is not None:
                await store.advance(self._journal.pool, source, span)
            return {}
        connection = await self.connection()
        if source is not None and span is not None:
            await store.advance(connection, source, span)
        positions = {}
        for partition in sorted(self._entries):
            positions[partition] = await store.append(
                connection, partition, self._entries[partition], self.now
            )
        await self._prove(connection)
        if then is not None:
            await then(connection, positions)
        if self._transaction is not None:
            await self._transaction.commit()
            self._transaction = None
        return positions

    async def _prove(self, connection: Connection) -> None:
        """That nothing had to follow was decided on a state that is still the newest."""
        if not self._unproven:
            return
        rows = await connection.fetch(
            "select stream_id, max(version) as version from journal.entries "
            "where stream_id = any($1) group by stream_id",
            list(self._unproven),
        )
        newest = {row["stream_id"]: row["version"] for row in rows}
        for stream_id in self._unproven:
            if newest.get(stream_id, 0) != self._states[stream_id][1]:
                raise Conflict(f"{stream_id} has moved")

    @property
    def _runner(self) -> Runner:
        return self._connection or self._journal.pool
