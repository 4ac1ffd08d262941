"""A rebuild, alone and while the gateway's followers run, ends in the same views."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import nats
import pytest
from nats.aio.msg import Msg
from pydantic_core import from_json

from deploy.nats import EmbeddedNats
from journal.bus import Bus
from journal.entry import cut, segment
from journal.follower import Follower
from journal.store import Pool
from services.gateway.rebuild import REBUILD_LOCK, Rebuilding, rebuild
from services.gateway.views import views_journal
from tests.gateway.books import PARTITIONS, Books, told_at_random
from tests.gateway.rooms import CLOCK, REACT, dump, fill, views_of
from tests.servers.backing import Database
from tests.servers.bus import settle

MakeDatabase = Callable[[str], Awaitable[Database]]


@asynccontextmanager
async def owners(nats_server: EmbeddedNats, books: Books) -> AsyncIterator[None]:
    """Every owner, answering what its journal holds."""
    clients = []
    for source in REACT:
        client = await nats.connect(nats_server.url(source), inbox_prefix=f"_INBOX.service.{source}".encode())

        async def answer(message: Msg, source: str = source) -> None:
            asked = from_json(message.data)
            entries = books.kept[source, asked["partition"]]
            await message.respond(
                segment(source, cut(entries[asked["after"] : asked["after"] + asked["limit"]]))
            )

        await client.subscribe(f"journal.{source}.read", cb=answer)
        await settle(client)
        clients.append(client)
    try:
        yield
    finally:
        for client in clients:
            await client.close()


def quiet(_: int, __: int, ___: float) -> None:
    """Progress that nobody looks at."""


async def test_views_equal_a_fresh_replay(database: MakeDatabase, nats_server: EmbeddedNats) -> None:
    books = told_at_random(11, tickets=150)
    async with views_of(await database("gateway")) as pool, owners(nats_server, books):
        await fill(pool, books)
        await pool.execute("insert into access.uploads values ('ana@desk.example', 'kept')")
        lived = await dump(pool)
        # What a rebuild must mend:
        await pool.execute("update views.tickets set status = 'closed'")
        await pool.execute("delete from views.history")
        bus = await Bus.connect(nats_server.url("gateway"), "gateway")
        told: list[int] = []
        count = await rebuild(pool, bus, CLOCK, PARTITIONS, lambda done, _, __: told.append(done))
        await bus.close()
        assert await dump(pool) == lived
        assert count == sum(map(len, books.kept.values())) == told[-1]
        assert await pool.fetchval("select count(*) from access.uploads") == 1


async def test_a_running_gateway_may_go_on_meanwhile(
    database: MakeDatabase, nats_server: EmbeddedNats
) -> None:
    books = told_at_random(12, tickets=100)
    async with views_of(await database("gateway")) as pool, owners(nats_server, books):
        running = await Bus.connect(nats_server.url("gateway"), "gateway")
        followers = await _running(pool, running, books)
        lived = await dump(pool)
        bus = await Bus.connect(nats_server.url("gateway"), "gateway")
        rebuilding = asyncio.create_task(rebuild(pool, bus, CLOCK, PARTITIONS, quiet))
        # Meanwhile something new happens, and the running followers are given it as the bus would.
        books.open("2026-009999")
        for (source, partition), follower in followers.items():
            await follower.apply(partition, books.as_published(source, partition)[-5:])
        await rebuilding
        for (source, partition), follower in followers.items():
            await follower.apply(partition, books.as_published(source, partition)[-5:])
        after = await dump(pool)
        assert len(after["tickets"]) == len(lived["tickets"]) + 1
        assert len(after["history"]) == len(lived["history"]) + 3
        await rebuild(pool, bus, CLOCK, PARTITIONS, quiet)
        assert await dump(pool) == after
        await bus.close()
        await running.close()


async def _running(pool: Pool, bus: Bus, books: Books) -> dict[tuple[str, int], Follower]:
    journal = views_journal(pool, CLOCK, PARTITIONS)
    followers = {
        (source, partition): Follower(journal, bus, source, REACT[source], PARTITIONS)
        for source, partition in books.kept
    }
    for (source, partition), follower in followers.items():
        await follower.apply(partition, books.as_published(source, partition))
    return followers


async def test_two_rebuilds_do_not_run_at_once(database: MakeDatabase, nats_server: EmbeddedNats) -> None:
    async with views_of(await database("gateway")) as pool, pool.acquire() as other:
        await other.execute("select pg_advisory_lock($1)", REBUILD_LOCK)
        bus = await Bus.connect(nats_server.url("gateway"), "gateway")
        with pytest.raises(Rebuilding):
            await rebuild(pool, bus, CLOCK, PARTITIONS, quiet)
        await bus.close()
        await other.execute("select pg_advisory_unlock($1)", REBUILD_LOCK)


async def test_the_service_role_can_only_forget_through_the_function(database: MakeDatabase) -> None:
    async with views_of(await database("gateway")) as pool:
        with pytest.raises(Exception, match="permission denied"):
            await pool.execute("delete from journal.applied")
        await pool.execute("select journal.forget_applied()")
