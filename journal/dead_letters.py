"""Entries that could not be applied: parked whole where a person sees them, retried by command."""

from datetime import datetime

import asyncpg

from journal.entry import Entry
from journal.store import Connection, Runner

_ERROR_MAX = 2_000


async def park(connection: Connection, source: str, entry: Entry, error: str, at: datetime) -> None:
    """Keep an entry that could not be applied, once."""
    await connection.execute(
        "insert into journal.dead_letters (source, partition, position, topic, stream_id, data, trace, "
        "error, parked_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        source,
        entry.partition,
        entry.position,
        entry.topic,
        entry.stream_id,
        entry.data_bytes(),
        entry.trace,
        error[:_ERROR_MAX].replace("\x00", ""),
        at,
    )


async def unsettled(runner: Runner, limit: int = 100) -> list[asyncpg.Record]:
    """What waits for a person, oldest first."""
    return await runner.fetch(
        "select * from journal.dead_letters where settled_at is null order by parked_at limit $1", limit
    )


async def take(connection: Connection, source: str, partition: int, position: int) -> Entry | None:
    """One unsettled entry, locked for a retry; None where there is none."""
    row = await connection.fetchrow(
        "select * from journal.dead_letters where source = $1 and partition = $2 and position = $3 "
        "and settled_at is null for update",
        source,
        partition,
        position,
    )
    if row is None:
        return None
    return Entry(
        partition, position, row["stream_id"], 0, row["topic"], row["parked_at"], row["trace"], row["data"]
    )


async def settle(connection: Connection, source: str, entry: Entry, at: datetime) -> None:
    """The retry worked, or a person decided that nothing has to follow."""
    await connection.execute(
        "update journal.dead_letters set settled_at = $4 where source = $1 and partition = $2 and position = $3",
        source,
        entry.partition,
        entry.position,
        at,
    )
