"""The journal of one service in PostgreSQL: append, read, and the positions applied of others."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from journal.chain import GENESIS, Verdict, content_digest, micros_of, verify
from journal.entry import Entry, NewEntry
from journal.errors import Conflict

Connection: TypeAlias = (
    "asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"
)
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Runner: TypeAlias = "Connection | Pool"

_COLUMNS = "partition, position, stream_id, version, topic, recorded_at, trace, data, digest"
_READ = f"select {_COLUMNS} from journal.entries where partition = $1 and position > $2 order by position limit $3"  # noqa: S608
_HISTORIES = "select stream_id, version, topic, data from journal.entries where stream_id = any($1) order by stream_id, version"
_STREAM = f"select {_COLUMNS} from journal.entries where stream_id = $1 order by version"  # noqa: S608


def _columns(entries: Sequence[NewEntry], recorded_at: datetime) -> tuple[Any, ...]:
    """The arguments of `journal.append` after the partition: one array a column, and the contents' digests."""
    micros = micros_of(recorded_at)
    contents = b"".join(
        [content_digest(e.stream_id, e.version, micros, e.topic, e.trace, e.data) for e in entries]
    )
    return (
        [e.stream_id for e in entries],
        [e.version for e in entries],
        [e.topic for e in entries],
        recorded_at,
        [e.trace for e in entries],
        [e.data for e in entries],
        contents,
    )


async def append(runner: Runner, partition: int, entries: Sequence[NewEntry], recorded_at: datetime) -> int:
    """Append in one round trip; the position of the last entry.

    Raises:
        Conflict: one of the streams has such a version already; nothing was written.
    """
    try:
        return await runner.fetchval(  # type: ignore[no-any-return]
            "select journal.append($1, $2, $3, $4, $5, $6, $7, $8)",
            partition,
            *_columns(entries, recorded_at),
        )
    except asyncpg.UniqueViolationError as error:
        raise Conflict(str(error)) from error


async def append_applied(
    runner: Runner,
    source: tuple[str, int],
    span: tuple[int, int],
    partition: int,
    entries: Sequence[NewEntry],
    recorded_at: datetime,
) -> int:
    """Append what followed from a span of another journal's partition, and mark the span applied.

    Raises:
        Conflict: another replica applied it first, or a stream has moved; nothing was written.
    """
    try:
        position = await runner.fetchval(
            "select journal.append_applied($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            *source,
            *span,
            partition,
            *_columns(entries, recorded_at),
        )
    except asyncpg.UniqueViolationError as error:
        raise Conflict(str(error)) from error
    if position is None:
        raise Conflict(f"{source} was applied past {span[0]} by another")
    return int(position)


async def advance(runner: Runner, source: tuple[str, int], span: tuple[int, int]) -> None:
    """Mark a span of another journal's partition applied. Raises Conflict as `append_applied`."""
    if not await runner.fetchval("select journal.advance($1, $2, $3, $4)", *source, *span):
        raise Conflict(f"{source} was applied past {span[0]} by another")


async def applied(runner: Runner, source: tuple[str, int]) -> int:
    """How far a partition of another journal has been applied here; 0 for not at all."""
    position = await runner.fetchval(
        "select position from journal.applied where source = $1 and partition = $2", *source
    )
    return position or 0


async def heads(runner: Runner) -> dict[int, tuple[int, bytes]]:
    """The last position and digest of every partition that has entries."""
    rows = await runner.fetch("select partition, position, digest from journal.heads")
    return {row["partition"]: (row["position"], row["digest"]) for row in rows}


async def read(runner: Runner, partition: int, after: int, limit: int) -> list[Entry]:
    """Entries of a partition above a position, in order."""
    return [Entry(*row) for row in await runner.fetch(_READ, partition, after, limit)]


async def stream(runner: Runner, stream_id: UUID) -> list[Entry]:
    """The whole history of one stream, in order."""
    return [Entry(*row) for row in await runner.fetch(_STREAM, stream_id)]


async def histories(runner: Runner, stream_ids: Iterable[UUID]) -> list[asyncpg.Record]:
    """(stream_id, version, topic, data) of many streams, in the order of stream and version."""
    return await runner.fetch(_HISTORIES, list(stream_ids))


async def scan(runner: Runner, partition: int, after: int = 0, batch: int = 2000) -> AsyncIterator[Entry]:
    """Every entry of a partition above a position, read in batches."""
    while entries := await read(runner, partition, after, batch):
        for entry in entries:
            yield entry
        after = entries[-1].position


async def verify_all(runner: Runner) -> list[Verdict]:
    """Verify every partition of this journal, entries without a head included."""
    found = await runner.fetch("select distinct partition from journal.entries")
    known = await heads(runner)
    partitions = sorted({row["partition"] for row in found} | set(known))
    verdicts = []
    for partition in partitions:
        position, digest = known.get(partition, (0, GENESIS))
        verdicts.append(await verify(partition, scan(runner, partition), position, digest))
    return verdicts
