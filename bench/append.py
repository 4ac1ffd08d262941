"""Journal append, 256 entries a call, against a bare asyncpg `unnest` insert of the same bytes.

The bare table has the same columns but the digest, and the same two unique indexes, without which nothing
could be read back by position or by stream. Both commit each call with fsync on.
"""

import time
from statistics import median

import asyncpg

from bench.samples import START, lives
from journal import store
from journal.entry import NewEntry
from tests.servers.backing import Database

ENTRIES_A_CALL = 256

_BARE_TABLE = """
create table views.bare (
    partition smallint not null, position bigint not null, stream_id uuid not null, version integer not null,
    topic text not null, recorded_at timestamptz not null, trace text not null, data bytea not null,
    primary key (partition, position)
);
create unique index on views.bare (stream_id, version)
"""
_BARE_INSERT = """
insert into views.bare
select 0, $1 + n, stream_id, version, topic, $2, trace, data
  from unnest($3::uuid[], $4::integer[], $5::text[], $6::text[], $7::bytea[])
       with ordinality as e(stream_id, version, topic, trace, data, n)
"""


async def measure(database: Database, *, quick: bool) -> dict[str, float]:
    """`append_ratio` (ours over bare, median of interleaved rounds) and both rates, entries/s."""
    rounds, calls = (7, 8) if quick else (15, 40)
    connection = await asyncpg.connect(database.url)
    await connection.execute(_BARE_TABLE)
    ours, bare = [], []
    position = 0
    try:
        for _ in range(rounds):
            batches = _batches(calls)
            began = time.perf_counter()
            for batch in batches:
                await store.append(connection, 0, batch, START)
            ours.append(calls * ENTRIES_A_CALL / (time.perf_counter() - began))
            batches = _batches(calls)
            began = time.perf_counter()
            for batch in batches:
                await _insert_bare(connection, position, batch)
                position += ENTRIES_A_CALL
            bare.append(calls * ENTRIES_A_CALL / (time.perf_counter() - began))
    finally:
        await connection.close()
    ratios = [mine / other for mine, other in zip(ours, bare, strict=True)]
    return {
        "append_ratio": median(ratios),
        "append_per_s": median(ours),
        "bare_insert_per_s": median(bare),
    }


def _batches(calls: int) -> list[list[NewEntry]]:
    all_entries = lives(calls * ENTRIES_A_CALL // 8)
    return [all_entries[n : n + ENTRIES_A_CALL] for n in range(0, len(all_entries), ENTRIES_A_CALL)]


async def _insert_bare(connection: store.Connection, position: int, batch: list[NewEntry]) -> None:
    await connection.execute(
        _BARE_INSERT,
        position,
        START,
        [e.stream_id for e in batch],
        [e.version for e in batch],
        [e.topic for e in batch],
        [e.trace for e in batch],
        [e.data for e in batch],
    )
