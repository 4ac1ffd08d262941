import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid5

import pytest

from contracts.envelope import partition_of
from deploy.nats import EmbeddedNats
from deploy.postgres import EmbeddedPostgres
from deploy.provision import Names, database_url, provision, role_url
from journal import follower as following
from journal import store
from journal.entry import Entry, segment
from journal.errors import NotYet
from journal.follower import Follower
from journal.work import Work
from tests.journal.rooms import NAMESPACE, PARTITIONS, count, room, until
from tests.journal.test_following import answer, has, held, nats_admin
from tests.servers.backing import Database
from tests.servers.bus import settle

Make = Callable[[str], Awaitable[Database]]
PARTITION = partition_of(uuid5(NAMESPACE, "s"), PARTITIONS)


async def test_rubbish_on_the_stream_is_ended_and_what_follows_is_applied(
    database: Make, nats_server: EmbeddedNats
) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        await owner.bus.provision_own_stream()
        durable = f"lifecycle-intake-{PARTITION}"
        # A consumer begins with what comes after it: without one the rubbish would never be delivered.
        await other.bus.subscription("INTAKE", durable, f"intake.{PARTITION}")
        await owner.say("s", 1)
        (said,) = await store.read(owner.pool, PARTITION, 0, 1)
        foreign = Entry(1 - PARTITION, 1, *_rest(said))
        for body in (b"rubbish", b"", b"[{}]", segment("intake", [foreign])):
            await owner.bus.js.publish(f"intake.{PARTITION}", body)
        other.start_following("intake")
        owner.start_relay()
        await until(has(other, [1]))
        for number in (2, 3):
            await owner.say("s", number)
        await until(has(other, [1, 2, 3]), seconds=60)

        async def all_ended() -> bool:
            info = await other.bus.js.consumer_info("INTAKE", durable)
            return (info.num_pending, info.num_ack_pending) == (0, 0)

        await until(all_ended)


def _rest(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.stream_id, entry.version, entry.topic, entry.recorded_at, entry.trace, entry.data, entry.digest,
    )  # fmt: skip


async def test_an_owner_that_answers_rubbish_is_asked_again(
    database: Make, nats_server: EmbeddedNats
) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        for number in (1, 2, 3):
            await owner.say("s", number)
        asked = 0

        async def rubbish_twice(message: Any) -> None:
            nonlocal asked
            asked += 1
            entries = await store.read(owner.pool, PARTITION, 0, 10)
            await message.respond(b"rubbish" if asked < 3 else segment("intake", entries))

        await owner.bus.client.subscribe("journal.intake.read", cb=rubbish_twice)
        await settle(owner.bus.client)
        follower = Follower(other.journal, other.bus, "intake", count, PARTITIONS)
        async with asyncio.timeout(60):
            await follower.apply(PARTITION, await store.read(owner.pool, PARTITION, 2, 1))
        assert asked == 3
        assert await other.counted() == [1, 2, 3]


async def test_a_bus_that_is_killed_and_comes_back_loses_nothing(
    database: Make, nats_server: EmbeddedNats
) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        owner.start_relay()
        answer(owner)
        other.start_following("intake")
        for number in range(1, 61):
            await owner.say("s", number)
            if number == 20:
                await asyncio.to_thread(nats_server.kill)
            if number == 40:
                await asyncio.to_thread(nats_server.start)
        await until(has(other, list(range(1, 61))), seconds=60)
        assert not any(task.done() for task in (*owner.tasks, *other.tasks))


async def test_a_purged_stream_is_filled_again_at_once(database: Make, nats_server: EmbeddedNats) -> None:
    """Its server remembers the ids of the messages it had: they must not pass for doubles."""
    async with room("intake", await database("intake"), nats_server) as owner:
        # A full segment: published again, it has the same id.
        for number in range(1, 201):
            await owner.say("s", number)
        owner.start_relay()
        admin = await nats_admin(nats_server)
        await until(held(owner, 200))
        await admin.jetstream(timeout=60).purge_stream("INTAKE")
        await owner.say("s", 201)
        await until(held(owner, 201))
        await admin.close()


async def test_databases_that_are_killed_and_come_back_lose_nothing(
    postgres_server_own: EmbeddedPostgres, state: Path, nats_server: EmbeddedNats
) -> None:
    server = postgres_server_own
    await provision(server.url, state, "k_", ["intake", "lifecycle"])

    def of(service: str) -> Database:
        names = Names("k_", service)
        url = role_url(server.url, names.role, (state / names.role).read_text(), names.database)
        return Database(names, names.database, url, database_url(server.url, names.database), "")

    async with (
        room("intake", of("intake"), nats_server) as owner,
        room("lifecycle", of("lifecycle"), nats_server) as other,
    ):
        owner.start_relay()
        answer(owner)
        other.start_following("intake")
        for number in range(1, 201):
            await owner.say(f"s{number % 5}", number)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.start)
        # The owner's listener is gone with its connection: the relay looks by itself.
        await owner.say("s", 201)
        await until(has(other, list(range(1, 202))), seconds=60)
        assert all(verdict.sound for verdict in await store.verify_all(other.pool))


@pytest.mark.parametrize("arrives", [True, False])
async def test_what_has_not_arrived_is_waited_for_then_parked(
    database: Make, nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    monkeypatch.setattr(following, "NOT_YET_MAX_S", 60 if arrives else 0.2)
    tries = 0

    async def react(work: Work[int], entries: Sequence[Entry]) -> None:
        nonlocal tries
        tries += 1
        if entries[0].position <= 2 <= entries[-1].position and not (arrives and tries > 5):
            raise NotYet("contact x version 7")
        await count(work, entries)

    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        for number in (1, 2, 3):
            await owner.say("s", number)
        follower = Follower(other.journal, other.bus, "intake", react, PARTITIONS)
        await follower.apply(PARTITION, await store.read(owner.pool, PARTITION, 0, 10))
        assert await other.counted() == ([1, 2, 3] if arrives else [1, 3])
        parked = await other.pool.fetch("select position, version, error from journal.dead_letters")
        assert [(row["position"], row["version"]) for row in parked] == ([] if arrives else [(2, 2)])
        assert tries > 5 or not arrives


async def test_a_head_that_nothing_stands_behind_does_not_spin(
    database: Make, nats_server: EmbeddedNats
) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        asked = 0

        async def empty(message: Any) -> None:
            nonlocal asked
            asked += 1
            await message.respond(b"[]")

        await owner.bus.client.subscribe("journal.intake.read", cb=empty)
        await settle(owner.bus.client)
        other.start_following("intake")

        async def listens() -> bool:
            subjects = {each.subject for each in other.bus.client._subs.values()}
            return "journal.intake.heads" in subjects

        await until(listens)
        await settle(other.bus.client)
        for heads in (b'{"0":5}', b"rubbish", b"[]", b'{"0":"x"}', b'{"0":5}', b'{"0":5}'):
            await owner.bus.client.publish("journal.intake.heads", heads)

        async def caught_up() -> bool:
            return asked > 0

        await until(caught_up)
        await asyncio.sleep(0.2)
        assert asked <= 3
        assert not any(task.done() for task in other.tasks)
