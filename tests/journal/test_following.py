import asyncio
import random
import shutil
import time
from collections.abc import Awaitable, Callable
from uuid import uuid5

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from pydantic_core import from_json

from contracts.envelope import partition_of
from deploy.nats import EmbeddedNats
from journal import store
from journal.entry import cut, segment
from tests.journal.rooms import NAMESPACE, PARTITIONS, POISON, Room, room, until
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]


def has(follower: Room, numbers: list[int]) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return await follower.counted() == numbers

    return check


async def test_what_is_said_is_counted_once_each(database: Make, nats_server: EmbeddedNats) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        owner.start_relay()
        answer(owner)
        other.start_following("intake")
        for number in range(1, 301):
            await owner.say(f"s{number % 7}", number)
        await until(has(other, list(range(1, 301))))
        assert all(v.sound for v in await store.verify_all(other.pool))


async def test_entries_from_before_the_bus_existed_arrive(database: Make, nats_server: EmbeddedNats) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        for number in range(1, 2501):
            await owner.say("s", number)
        owner.start_relay()
        answer(owner)
        other.start_following("intake")
        await until(has(other, list(range(1, 2501))))


async def test_poison_is_parked_and_the_rest_goes_on(database: Make, nats_server: EmbeddedNats) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        for number in (1, POISON, 2):
            await owner.say("s", number)
        owner.start_relay()
        answer(owner)
        other.start_following("intake")
        await until(has(other, [1, 2]))
        rows = await other.pool.fetch("select topic, error, position from journal.dead_letters")
        assert [(r["topic"], r["position"]) for r in rows] == [("test.Said.v1", 2)]
        assert "poison" in rows[0]["error"]


async def test_doubled_and_shuffled_copies_change_nothing(database: Make, nats_server: EmbeddedNats) -> None:
    seed = random.randrange(10**6)
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        answer(owner)
        for number in range(1, 101):
            await owner.say("s", number)
        partition = partition_of(uuid5(NAMESPACE, "s"), PARTITIONS)
        entries = await store.read(owner.pool, partition, 0, 200)
        pieces = [entries[n : n + 7] for n in range(0, 100, 7)] * 2
        random.Random(seed).shuffle(pieces)
        follower = other.start_following("intake")
        for piece in pieces:
            await follower.apply(partition, piece)
        assert await other.counted() == list(range(1, 101)), f"seed {seed}"


async def test_a_lost_tail_is_found_within_5_s(database: Make, nats_server: EmbeddedNats) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        owner.start_relay()
        answer(owner)
        other.start_following("intake")
        await owner.say("s", 1)
        await until(has(other, [1]))
        admin, waits = await nats_admin(nats_server), []
        for number in (2, 3, 4):
            # The copies of what follows are taken off the stream before anybody could fetch them.
            await other.stop()
            await owner.say("s", number)
            await until(held(owner, number))
            await admin.jetstream(timeout=60).purge_stream("INTAKE")
            began = time.monotonic()
            other.start_following("intake")
            await until(has(other, list(range(1, number + 1))))
            waits.append(time.monotonic() - began)
        # A machine that stands still for a moment spoils one of them.
        assert sorted(waits)[1] < 5, waits
        await admin.close()


async def test_wiped_and_rolled_back_storage_lose_nothing(database: Make, nats_server: EmbeddedNats) -> None:
    async with (
        room("intake", await database("intake"), nats_server) as owner,
        room("lifecycle", await database("lifecycle"), nats_server) as other,
    ):
        owner.start_relay()
        answer(owner)
        other.start_following("intake")
        for number in range(1, 21):
            await owner.say("s", number)
        await until(has(other, list(range(1, 21))))
        nats_server.stop()
        shutil.rmtree(nats_server.storage)
        for number in range(21, 41):
            await owner.say("s", number)
        nats_server.start()
        await until(has(other, list(range(1, 41))), seconds=60)
        await owner.say("s", 41)
        await until(has(other, list(range(1, 42))), seconds=60)


async def test_two_replicas_of_each_share_the_work(database: Make, nats_server: EmbeddedNats) -> None:
    intake, lifecycle = await database("intake"), await database("lifecycle")
    async with (
        room("intake", intake, nats_server) as owner,
        room("intake", intake, nats_server) as twin,
        room("lifecycle", lifecycle, nats_server) as other,
        room("lifecycle", lifecycle, nats_server) as second,
    ):
        for each in (owner, twin):
            each.start_relay()
            answer(each)
        for each in (other, second):
            each.start_following("intake")
        for number in range(1, 201):
            await owner.say(f"s{number % 3}", number)
        await until(has(other, list(range(1, 201))), seconds=60)
        admin = await nats_admin(nats_server)
        for partition, (head, _) in (await store.heads(owner.pool)).items():
            await _gapless(admin, partition, head)
        await admin.close()


def answer(owner: Room) -> None:
    """Serve `journal.intake.read`, as every service does."""

    async def read(message: Msg) -> None:
        asked = from_json(message.data)
        entries = await store.read(owner.pool, asked["partition"], asked["after"], asked["limit"])
        await message.respond(segment(owner.name, cut(entries)))

    async def serve() -> None:
        await owner.bus.client.subscribe(f"journal.{owner.name}.read", queue="q", cb=read)
        await asyncio.Event().wait()

    owner.tasks.append(asyncio.create_task(serve()))


async def nats_admin(server: EmbeddedNats) -> Client:
    return await nats.connect(server.url())


def held(owner: Room, position: int) -> Callable[[], Awaitable[bool]]:
    """Whether the stream holds what was said on "s" up to that position and no further."""
    partition = partition_of(uuid5(NAMESPACE, "s"), PARTITIONS)

    async def check() -> bool:
        return (await owner.bus.held(partition)).position == position

    return check


async def _gapless(admin: Client, partition: int, head: int) -> None:
    """Both relays together have published each position exactly once, in order."""
    subscription = await admin.jetstream(timeout=60).subscribe(f"intake.{partition}", ordered_consumer=True)
    expected = 1
    while expected <= head:
        message = await subscription.next_msg(timeout=60)
        first, _, last = (message.headers or {})["Nats-Msg-Id"].rpartition(":")[2].partition("-")
        assert int(first) == expected
        expected = int(last) + 1
    with pytest.raises(NatsTimeoutError):
        await subscription.next_msg(timeout=1)
