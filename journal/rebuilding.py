"""Tables made anew from the journals: what the rebuilds of the services have in common."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from journal.bus import Bus
from journal.entry import Entry
from journal.owner import read_from_owner
from journal.service import Settings
from journal.store import Connection


async def entries_upto(bus: Bus, source: str, partition: int, upto: int) -> AsyncIterator[Sequence[Entry]]:
    """A partition of another journal from its first entry up to a position, from its owner.

    Raises:
        nats.errors.Error: the owner does not answer.
        ConnectionError: it answers with something else, or has less than was applied here.
    """
    after = 0
    while after < upto:
        entries = await read_from_owner(bus, source, partition, after)
        if not entries:
            raise ConnectionError(f"{source} has less than was applied here: {after} of {upto}")
        yield entries[: upto - after]
        after = entries[-1].position


_Dated = tuple[datetime, int, int, Entry]
"""An entry and its place among those of all partitions."""
_NEVER, _AT_LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


async def in_order_of_time(
    waiting: dict[int, AsyncIterator[Sequence[Entry]]],
) -> AsyncIterator[list[Entry]]:
    """The entries of several partitions, by the instants at which they were recorded, some at a time.

    The order of each partition holds, whoever's clock was behind: an entry counts as recorded no earlier than those
    before it there.
    """
    read: dict[int, list[_Dated]] = {partition: [] for partition in waiting}
    latest = dict.fromkeys(waiting, _NEVER)
    while waiting:
        for partition in [each for each in waiting if not read[each]]:
            if segment := await anext(waiting[partition], None):
                for entry in segment:
                    latest[partition] = max(latest[partition], entry.recorded_at)
                    read[partition].append((latest[partition], partition, entry.position, entry))
            else:
                del waiting[partition]
        upto = min((latest[each] for each in waiting), default=_AT_LAST)
        now = sorted((dated for each in read.values() for dated in each if dated[0] <= upto), key=_place)
        read = {each: [dated for dated in kept if dated[0] > upto] for each, kept in read.items()}
        yield [entry for *_, entry in now]


def _place(dated: _Dated) -> tuple[datetime, int, int]:
    return dated[:3]


async def rebuild_tables(
    service: str, tables: Path, rebuild: Callable[[Connection, Bus], Awaitable[int]]
) -> None:
    """Connect as that service, have its tables be there, rebuild, and say how much was read in what time.

    `rebuild` returns how many entries it read. Needs `DATABASE_URL` and `NATS_URL`.
    """
    settings = Settings()
    connection: Any = await asyncpg.connect(settings.database_url)
    bus = await Bus.connect(settings.nats_url, service)
    try:
        await connection.execute(await asyncio.to_thread(tables.read_text))
        started = time.perf_counter()
        count = await rebuild(connection, bus)
        seconds = time.perf_counter() - started
        print(f"rebuilt: {count:,} entries in {seconds:.1f} s, {count / seconds:,.0f}/s")  # noqa: T201 - its purpose
    finally:
        await bus.close()
        await connection.close()
