"""Entries that could not be applied: parked whole where a person sees them, retried by command."""

from datetime import datetime

import asyncpg

from journal.entry import Entry
from journal.store import Connection, Runner

_ERROR_MAX = 2_000


async def park(connection: Connection, source: str, entry: Entry, error: str, at: datetime) -> None:
    """Keep an entry that could not be applied, once."""
    await connection.execute(
        "insert into journal.dead_letters (source, partition, position, stream_id, version, topic, "
        "recorded_at, trace, data, error, parked_at) "
        "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
        source,
        entry.partition,
        entry.position,
        entry.stream_id,
        entry.version,
        entry.topic,
        entry.recorded_at,
        entry.trace,
        entry.data_bytes(),
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
        "select partition, position, stream_id, version, topic, recorded_at, trace, data "
        "from journal.dead_letters where source = $1 and partition = $2 and position = $3 "
        "and settled_at is null for update",
        source,
        partition,
        position,
    )
    return None if row is None else Entry(*row)


async def settle(
    connection: Connection, source: str, entry: Entry, at: datetime, by: str = "", reason: str = ""
) -> None:
    """The retry worked, or a person decided, for a reason, that nothing has to follow."""
    await connection.execute(
        "update journal.dead_letters set settled_at = $4, settled_by = $5, settled_because = $6 "
        "where source = $1 and partition = $2 and position = $3",
        source,
        entry.partition,
        entry.position,
        at,
        by,
        reason,
    )
