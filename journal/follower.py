"""The follower: applies another service's journal here, each entry once, in order, whatever the bus does.

A copy at or below the applied position is skipped; one above the next position is a gap, which is read
from the owner. The applied position moves in the transaction of what followed from the entries. Segments of
which nothing can follow are passed without a transaction of their own: how far is written with the next that
matters, or a moment later; what a crash forgets is passed again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.errors import APIError
from pydantic import TypeAdapter

from journal import dead_letters, store
from journal.bus import Bus, span_of
from journal.entry import Entry, entries_of
from journal.errors import Conflict, NotYet
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from journal.metrics import APPLIED, PARKED
from journal.owner import read_from_owner
from journal.together import together
from journal.work import Journal, Work

NOT_YET_MAX_S = 30.0
"""How long an entry waits for what it names to arrive before it is parked."""
_FETCH_S = 5.0
_CONFLICTS_ODD = 20
"""So many conflicts on end are no race between writers any more."""
_BACK_OFF_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)

_HEADS = TypeAdapter(dict[int, int])

React: TypeAlias = Callable[[Work[Any], Sequence[Entry]], Awaitable[None]]
"""What a service does with entries, in order, inside one work; the follower commits it."""


class Follower:
    """Follows the journal of `source`, every partition, with one durable consumer each."""

    def __init__(
        self,
        journal: Journal[Any],
        bus: Bus,
        source: str,
        react: React,
        partitions: int,
        topics: Iterable[str] = (),
    ) -> None:
        """`topics` are those that something can follow from; none given, from any."""
        self.source = source
        self.react = react
        self._journal = journal
        self._bus = bus
        self._topics = frozenset(topics)
        self._marks = tuple(f'"type":"{topic}"'.encode() for topic in self._topics)
        self._applied: dict[int, int] = {}
        """How far each partition is applied here, as far as this process knows."""
        self._written: dict[int, int] = {}
        """The same as the database has it: behind, where nothing has followed since."""
        self._locks = {partition: asyncio.Lock() for partition in range(partitions)}
        self._seen_at_beat: dict[int, int] = {}

    async def run(self) -> None:
        """Follow until cancelled."""
        await together(*map(self._follow, self._locks), self._compare_heads())

    async def _follow(self, partition: int) -> None:
        """Take segments from the bus, one at a time, for ever."""
        failures = 0
        durable = f"{self._bus.service}-{self.source}-{partition}"
        while True:
            try:
                subscription = await self._bus.subscription(
                    self.source.upper(), durable, f"{self.source}.{partition}"
                )
                try:
                    while True:
                        for message in await _fetched(subscription):
                            await self._take(partition, message)
                        failures = 0
                finally:
                    # What the server still sends to a subscription that nobody reads would wait for its turn.
                    with suppress(NatsError):
                        await subscription.unsubscribe()
            except (NatsError, APIError, OSError) as error:
                # The owner provisions its stream; until then, or while the bus is away, heads lead the way.
                if failures == len(_BACK_OFF_S):
                    log.warning("cannot follow", source=self.source, partition=partition, error=repr(error))
                await asyncio.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)])
                failures += 1

    async def _take(self, partition: int, message: Msg) -> None:
        if self._marks and not any(mark in message.data for mark in self._marks):
            first, last = span_of(message)
            async with self._locks[partition]:
                if near := 0 < first <= self._applied.get(partition, -1) + 1:
                    self._pass(partition, last)
            if near:
                await message.ack()
                return
        try:
            entries = _entries_of(message.data, partition)
        except ValueError as error:
            log.error("not a segment", source=self.source, partition=partition, error=repr(error))
            await message.term()
            return
        await self.apply(partition, entries)
        await message.ack()

    async def apply(self, partition: int, entries: Sequence[Entry]) -> None:
        """Apply entries of one partition, filling a gap before them; returns when all are applied."""
        async with self._locks[partition]:
            failures = conflicts = 0
            while True:
                try:
                    if not await self._apply_next(partition, entries):
                        return
                    failures = conflicts = 0
                except Conflict as error:
                    self._forget(partition)
                    conflicts += 1
                    if conflicts % _CONFLICTS_ODD == 0:
                        log.warning("conflicts", source=self.source, partition=partition, error=repr(error))
                    await asyncio.sleep(min(0.002 * (conflicts - 1), 0.5))
                except INFRASTRUCTURE as error:
                    self._forget(partition)
                    delay_s = _BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)]
                    log.warning("waits", source=self.source, partition=partition, error=repr(error))
                    await asyncio.sleep(delay_s)
                    failures += 1

    async def _apply_next(self, partition: int, entries: Sequence[Entry]) -> bool:
        """One step towards having applied the entries; False when there is nothing left to do."""
        applied = await self.applied(partition)
        fresh = [entry for entry in entries if entry.position > applied]
        if not fresh:
            return False
        if fresh[0].position > applied + 1:
            missing = await read_from_owner(self._bus, self.source, partition, applied)
            fresh = missing or fresh
            if fresh[0].position != applied + 1:
                raise ConnectionError(f"{self.source} did not give what follows {applied}")
        await self._apply_all(partition, fresh)
        return True

    async def _apply_all(self, partition: int, fresh: Sequence[Entry]) -> None:
        try:
            await self._apply_work(partition, fresh)
        except (Conflict, *INFRASTRUCTURE):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is one entry's: find it, park it, go on
            await self._must_be_first(partition, error)
            if len(fresh) > 1:
                for entry in fresh:
                    await self._apply_all(partition, [entry])
            else:
                await self._apply_or_park(partition, fresh[0])

    async def _apply_work(self, partition: int, fresh: Sequence[Entry]) -> None:
        if self._topics and not any(entry.topic in self._topics for entry in fresh):
            self._pass(partition, fresh[-1].position)
            return
        async with self._journal.work() as work:
            await self.react(work, fresh)
            await work.commit((self.source, partition), (self._written[partition], fresh[-1].position))
        self._applied[partition] = self._written[partition] = fresh[-1].position
        APPLIED.labels(self.source).inc(len(fresh))

    def _pass(self, partition: int, position: int) -> None:
        """Nothing follows up to this position; `_write` says so to the database, later."""
        if position > self._applied[partition]:
            APPLIED.labels(self.source).inc(position - self._applied[partition])
            self._applied[partition] = position

    async def _write(self, partition: int) -> None:
        """Write how far was passed, if that is further than the database has it."""
        applied, written = self._applied.get(partition, 0), self._written.get(partition, 0)
        if applied > written:
            await store.advance(self._journal.pool, (self.source, partition), (written, applied))
            self._written[partition] = applied

    def _forget(self, partition: int) -> None:
        """What this process knew of a partition may be stale."""
        self._applied.pop(partition, None)
        self._written.pop(partition, None)

    async def _apply_or_park(self, partition: int, entry: Entry) -> None:
        """Wait, bounded, for what an entry names; park it when it cannot be applied."""
        waits_until = asyncio.get_running_loop().time() + NOT_YET_MAX_S
        delay_s = 0.05
        while True:
            try:
                await self._apply_work(partition, [entry])
            except (Conflict, *INFRASTRUCTURE):
                raise
            except Exception as error:  # noqa: BLE001 - a poison entry, of any kind
                await self._must_be_first(partition, error)
                if not isinstance(error, NotYet) or asyncio.get_running_loop().time() > waits_until:
                    await self._park(partition, entry, error)
                    return
                await asyncio.sleep(delay_s)
                delay_s = min(delay_s * 2, 2.0)
            else:
                return

    async def _must_be_first(self, partition: int, error: Exception) -> None:
        """What failed because another replica was first is no fault of the entries. Raises Conflict then."""
        if await store.applied(self._journal.pool, (self.source, partition)) != self._written[partition]:
            raise Conflict(f"{self.source}.{partition} was applied by another") from error

    async def _park(self, partition: int, entry: Entry, error: Exception) -> None:
        log.error(
            "parked", source=self.source, partition=partition, position=entry.position, topic=entry.topic,
            error=repr(error),
        )  # fmt: skip
        async with self._journal.work() as work:
            await dead_letters.park(await work.connection(), self.source, entry, repr(error), work.now)
            await work.commit((self.source, partition), (self._written[partition], entry.position))
        self._applied[partition] = self._written[partition] = entry.position
        PARKED.labels(self.source).inc()

    async def applied(self, partition: int) -> int:
        """How far a partition has been applied here."""
        if partition not in self._applied:
            position = await store.applied(self._journal.pool, (self.source, partition))
            if partition not in self._applied:
                self._applied[partition] = self._written[partition] = position
        return self._applied[partition]

    async def catch_up(self, partition: int) -> None:
        """Apply whatever the owner has recorded by now: it is asked itself, whatever the bus has brought.

        Raises:
            nats.errors.Error: the owner does not answer; what it knows remains unknown.
        """
        while entries := await read_from_owner(
            self._bus, self.source, partition, await self.applied(partition)
        ):
            await self.apply(partition, entries)

    async def catch_up_all(self) -> None:
        """Apply whatever the owner has recorded by now, in every partition. Raises as `catch_up`."""
        await asyncio.gather(*map(self.catch_up, self._locks))

    async def _compare_heads(self) -> None:
        """Anti-entropy: an announced head that stays ahead of what is applied is read from its owner."""
        beats = await self._bus.client.subscribe(f"journal.{self.source}.heads")
        async for message in beats.messages:
            try:
                heads = _HEADS.validate_json(message.data)
                for partition in heads.keys() & self._locks.keys():
                    await self._follow_head(partition, heads[partition])
            except (*INFRASTRUCTURE, ValueError, Conflict) as error:
                log.warning("not caught up", source=self.source, error=repr(error))

    async def _follow_head(self, partition: int, head: int) -> None:
        lock = self._locks[partition]
        if lock.locked():
            return
        async with lock:
            try:
                await self._write(partition)
            except Conflict:
                self._forget(partition)
            if await store.applied(self._journal.pool, (self.source, partition)) > await self.applied(
                partition
            ):
                self._forget(partition)
            applied = await self.applied(partition)
        stuck = self._seen_at_beat.get(partition) == applied
        self._seen_at_beat[partition] = applied
        while (
            stuck
            and applied < head
            and (entries := await read_from_owner(self._bus, self.source, partition, applied))
        ):
            await self.apply(partition, entries)
            applied = await self.applied(partition)


def _entries_of(body: bytes, partition: int) -> list[Entry]:
    entries = entries_of(body)
    if entries and entries[0].partition != partition:
        raise ValueError(f"entries of partition {entries[0].partition}")
    return entries


async def _fetched(subscription: JetStreamContext.PullSubscription) -> list[Msg]:
    try:
        return await subscription.fetch(1, timeout=_FETCH_S)
    except NatsTimeoutError:
        # Quiet, or the consumer is gone: only asking tells.
        await subscription.consumer_info()
        return []
