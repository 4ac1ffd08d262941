import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from journal import store
from journal.entry import NewEntry
from journal.errors import Conflict
from tests.servers.backing import Database, connected

Make = Callable[[str], Awaitable[Database]]
NOW = datetime(2026, 3, 2, 11, 0, 0, 123456, tzinfo=UTC)


def entry(version: int = 1, **change: object) -> NewEntry:
    fields = {
        "stream_id": uuid4(),
        "version": version,
        "topic": "test.Said.v1",
        "data": b'{"a":1}',
        "trace": "",
    }
    return NewEntry(**(fields | change))  # type: ignore[arg-type]


async def test_positions_are_gapless_and_the_chain_verifies_under_concurrent_appends(database: Make) -> None:
    db = await database("lifecycle")
    async with asyncpg.create_pool(db.url, min_size=4, max_size=4) as pool:
        await asyncio.gather(*(store.append(pool, n % 2, [entry(), entry()], NOW) for n in range(60)))
        for partition in (0, 1):
            positions = [e.position async for e in store.scan(pool, partition, batch=7)]
            assert positions == list(range(1, 61))
        verdicts = await store.verify_all(pool)
        assert [(v.partition, v.entries, v.sound) for v in verdicts] == [(0, 60, True), (1, 60, True)]


async def test_a_taken_version_conflicts_and_leaves_no_gap(database: Make) -> None:
    db = await database("lifecycle")
    async with asyncpg.create_pool(db.url, min_size=1, max_size=2) as pool:
        first = entry()
        assert await store.append(pool, 0, [first], NOW) == 1
        with pytest.raises(Conflict):
            await store.append(pool, 0, [entry(), entry(stream_id=first.stream_id)], NOW)
        assert await store.append(pool, 0, [entry()], NOW) == 2
        assert all(v.sound for v in await store.verify_all(pool))


async def test_a_span_is_applied_once(database: Make) -> None:
    db = await database("lifecycle")
    async with asyncpg.create_pool(db.url, min_size=1, max_size=2) as pool:
        assert await store.append_applied(pool, ("intake", 0), (0, 5), 0, [entry()], NOW) == 1
        with pytest.raises(Conflict):
            await store.append_applied(pool, ("intake", 0), (0, 5), 0, [entry()], NOW)
        await store.advance(pool, ("intake", 0), (5, 9))
        assert await store.applied(pool, ("intake", 0)) == 9
        assert (await store.heads(pool))[0][0] == 1


@pytest.mark.parametrize(
    "forbidden",
    [
        "update journal.entries set data = ''",
        "delete from journal.entries",
        "truncate journal.entries",
        "insert into journal.entries select * from journal.entries",
        "update journal.heads set position = 0",
        "delete from journal.heads",
        "update journal.applied set position = 0",
        "delete from journal.applied",
        "delete from journal.answers",
        "alter table journal.entries disable trigger all",
        "drop table journal.entries",
    ],
)
async def test_the_service_cannot_change_what_was_written(database: Make, forbidden: str) -> None:
    db = await database("lifecycle")
    async with connected(db.url) as connection:
        await store.append(connection, 0, [entry()], NOW)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(forbidden)


@pytest.mark.parametrize(
    ("tampering", "bad"),
    [
        ("update journal.entries set data = convert_to('{\"a\":2}', 'UTF8') where position = 3", 3),
        ("update journal.entries set topic = 'test.Other.v1' where position = 3", 3),
        (
            "update journal.entries set recorded_at = recorded_at + interval '1 microsecond' where position = 3",
            3,
        ),
        ("update journal.entries set stream_id = gen_random_uuid() where position = 3", 3),
        ("update journal.entries set version = 2 where position = 3", 3),
        ("update journal.entries set trace = 'x' where position = 3", 3),
        ("update journal.entries set digest = sha256('x') where position = 3", 3),
        ("delete from journal.entries where position = 3", 3),
        ("delete from journal.entries where position = 6", 6),
        ("update journal.entries set position = position + 1 where position = 6", 6),
        (
            (
                "insert into journal.entries select partition, 7, gen_random_uuid(), 1, topic, recorded_at, trace, "
                "data, digest from journal.entries where position = 6"
            ),
            7,
        ),
        ("update journal.heads set digest = sha256('x')", 6),
        ("update journal.heads set position = 5", 6),
        ("delete from journal.heads", 1),
    ],
)
async def test_a_changed_removed_or_inserted_entry_is_found(database: Make, tampering: str, bad: int) -> None:
    db = await database("lifecycle")
    async with connected(db.url) as connection:
        await store.append(connection, 0, [entry() for _ in range(6)], NOW)
    async with connected(db.admin_url) as admin:
        assert all(v.sound for v in await store.verify_all(admin))
        await admin.execute(tampering)
        (verdict,) = await store.verify_all(admin)
        assert not verdict.sound
        assert verdict.bad_position == bad
