from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest

from contracts.envelope import partition_of
from journal import store
from journal.clock import DeskClock
from journal.entry import NewEntry
from journal.errors import Conflict, Refused
from journal.store import Connection, Pool
from journal.work import Journal, Recorded, Work
from tests.journal.rooms import COUNTING, NAMESPACE, PARTITIONS, Counted, Said
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
STREAM = uuid5(NAMESPACE, "s")


@pytest.fixture
async def pool(database: Make) -> AsyncIterator[Pool]:
    db = await database("lifecycle")
    async with asyncpg.create_pool(db.url, min_size=1, max_size=4) as pool:
        yield pool


def journal(pool: Pool, **more: object) -> Journal[int]:
    return Journal(pool, COUNTING, DeskClock(), PARTITIONS, **more)  # type: ignore[arg-type]


async def count(on: Journal[int], number: int, stream: UUID = STREAM) -> None:
    async with on.work() as work:
        await work.load([stream])
        work.decide(stream, Said(stream=stream, number=number))
        await work.commit()


async def refused_part(work: Work[int], *said: Said, table: bool = False) -> None:
    """A part whose last word is refused."""

    async def decide() -> None:
        async with work.part():
            await work.load(each.stream for each in said)
            if table:
                await (await work.connection()).execute("insert into views.t values (2)")
            for each in said:
                work.decide(each.stream, each)

    with pytest.raises(Refused):
        await decide()


async def test_a_stale_state_conflicts_and_is_right_the_next_time(pool: Pool) -> None:
    one, other = journal(pool), journal(pool)
    await count(one, 1)
    await count(other, 2)
    with pytest.raises(Conflict):
        await count(one, 3)
    await count(one, 3)
    events = [Counted.model_validate_json(e.data) for e in await store.stream(pool, STREAM)]
    assert [(e.count, e.number) for e in events] == [(1, 1), (2, 2), (3, 3)]


async def test_nothing_that_follows_from_a_stale_state_is_noticed(pool: Pool) -> None:
    one, other = journal(pool), journal(pool)
    await count(one, 1)
    await count(one, 0)
    await count(other, 2)
    with pytest.raises(Conflict):
        await count(one, 0)
    await count(one, 0)


async def test_a_refusal_on_a_stale_state_is_noticed(pool: Pool) -> None:
    one, other = journal(pool), journal(pool)
    await count(one, 1)
    await count(other, 2)

    async def refuse() -> None:
        async with one.work() as work:
            await refused_part(work, Said(stream=STREAM, number=-1))
            await work.commit()

    with pytest.raises(Conflict):
        await refuse()
    await refuse()


async def test_work_left_without_a_commit_leaves_nothing(pool: Pool) -> None:
    on = journal(pool)
    await pool.execute("create table views.t (n int)")

    async def fail() -> None:
        async with on.work() as work:
            await work.load([STREAM])
            work.decide(STREAM, Said(stream=STREAM, number=1))
            await (await work.connection()).execute("insert into views.t values (1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with on.work() as work:
        await work.load([STREAM])
        work.decide(STREAM, Said(stream=STREAM, number=1))
    assert await store.stream(pool, STREAM) == []
    assert await pool.fetchval("select count(*) from views.t") == 0
    assert on.cached(STREAM) is None
    assert pool.get_idle_size() == pool.get_size()


async def test_a_part_that_raises_leaves_nothing_and_the_rest_is_kept(pool: Pool) -> None:
    on, other = journal(pool), uuid5(NAMESPACE, "other")
    await pool.execute("create table views.t (n int)")
    async with on.work() as work:
        await work.load([STREAM])
        work.decide(STREAM, Said(stream=STREAM, number=1))
        more = [Said(stream=STREAM, number=2), Said(stream=other, number=2), Said(stream=other, number=-1)]
        await refused_part(work, *more, table=True)
        assert (work.state(STREAM), work.state(other)) == (1, 0)
        async with work.part():
            work.decide(STREAM, Said(stream=STREAM, number=3))
            await (await work.connection()).execute("insert into views.t values (3)")
        await work.commit()
    assert [Counted.model_validate_json(e.data).number for e in await store.stream(pool, STREAM)] == [1, 3]
    assert await store.stream(pool, other) == []
    assert [row["n"] for row in await pool.fetch("select n from views.t")] == [3]


async def test_two_partitions_are_written_together_or_not_at_all(pool: Pool) -> None:
    on, streams = journal(pool), {partition_of(s, PARTITIONS): s for s in (uuid4() for _ in range(40))}
    assert set(streams) == {0, 1}

    async def both() -> dict[int, int]:
        async with on.work() as work:
            await work.load(streams.values())
            for stream in streams.values():
                work.decide(stream, Said(stream=stream, number=1))
            return await work.commit(("intake", 0), (0, 3))

    assert await both() == {0: 1, 1: 1}
    assert await store.applied(pool, ("intake", 0)) == 3
    with pytest.raises(Conflict):
        await both()
    assert {p: head for p, (head, _) in (await store.heads(pool)).items()} == {0: 1, 1: 1}
    async with on.work() as work:
        await work.load(streams.values())
        await count(journal(pool), 2, streams[1])
        for stream in streams.values():
            work.decide(stream, Said(stream=stream, number=3))
        with pytest.raises(Conflict):
            await work.commit()
    assert {p: head for p, (head, _) in (await store.heads(pool)).items()} == {0: 1, 1: 2}


async def test_projections_are_of_the_same_transaction(pool: Pool) -> None:
    await pool.execute("create table views.numbers (n int primary key)")

    async def project(connection: Connection, recorded: Sequence[Recorded]) -> None:
        numbers = [(r.event.number,) for r in recorded if isinstance(r.event, Counted)]
        await connection.executemany("insert into views.numbers values ($1)", numbers)

    on, other = journal(pool, project=project), journal(pool, project=project)
    await count(on, 1)
    await count(other, 2)
    with pytest.raises(Conflict):
        await count(on, 3)
    with pytest.raises(asyncpg.UniqueViolationError):
        await count(on, 2)
    assert [row["n"] for row in await pool.fetch("select n from views.numbers order by n")] == [1, 2]
    assert len(await store.stream(pool, STREAM)) == 2


async def test_the_head_of_a_partition_can_be_held_for_a_rule_across_streams(pool: Pool) -> None:
    on = journal(pool)
    async with on.work() as work:
        await work.exclusively(0)
        async with pool.acquire() as second:
            await second.execute("set lock_timeout = '50ms'")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await store.append(second, 0, [NewEntry(uuid4(), 1, "t", b"{}")], on.clock.now())
            await store.append(second, 1, [NewEntry(uuid4(), 1, "t", b"{}")], on.clock.now())


async def test_states_are_kept_up_to_a_bound_the_longest_unused_go_first(pool: Pool) -> None:
    on = journal(pool, cached_max=3)
    streams = [uuid4() for _ in range(5)]
    for stream in streams[:3]:
        await count(on, 1, stream)
    assert on.cached(streams[0]) == (1, 1)
    await count(on, 1, streams[3])
    assert [on.cached(s) is not None for s in streams] == [True, False, True, True, False]
    on.keep({streams[0]: (0, 0)})
    assert on.cached(streams[0]) == (1, 1)


async def test_a_history_that_cannot_be_read_leaves_no_half_state(pool: Pool) -> None:
    on = journal(pool)
    await count(on, 1)
    await store.append(
        pool,
        partition_of(STREAM, PARTITIONS),
        [NewEntry(STREAM, 2, "test.Newer.v9", b"{}")],
        on.clock.now(),
    )
    on.forget([STREAM])
    async with on.work() as work:
        with pytest.raises(LookupError):
            await work.load([STREAM])
        await work.commit()
    assert on.cached(STREAM) is None
