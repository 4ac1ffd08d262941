import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import uuid4, uuid5

import pytest

from contracts.commands import RetryDeadLetter, SettleDeadLetter
from contracts.envelope import Actor, Command, Reply, Request, partition_of
from deploy.nats import EmbeddedNats
from journal import dead_letters, store
from journal.commands import Commands
from journal.follower import Follower
from journal.parked import with_parked
from tests.journal import rooms
from tests.journal.rooms import NAMESPACE, PARTITIONS, POISON, Room, count, handle, room
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
MANAGER = Actor(role="manager", key="marta")
WHERE = {
    "source": "intake",
    "partition": partition_of(uuid5(NAMESPACE, "s"), PARTITIONS),
    "position": 2,
}
RETRY = RetryDeadLetter.to("lifecycle").model_validate(WHERE)
SETTLE = SettleDeadLetter.to("lifecycle").model_validate(WHERE | {"reason": "told by phone"})


@dataclass
class Desk:
    commands: Commands
    other: Room

    async def ask(self, command: Command, by: Actor = MANAGER, key: str = "") -> Reply:
        request_id = key or str(uuid4())
        data = command.model_dump(mode="json")
        return await self.commands.ask(Request(id=request_id, type=command.topic, by=by, data=data))

    async def unsettled(self) -> int:
        return len(await dead_letters.unsettled(self.other.pool))


@pytest.fixture
async def desk(database: Make, nats_server_module: EmbeddedNats) -> AsyncIterator[Desk]:
    """1, poison and 3 have been said, and the poison is parked."""
    async with (
        room("intake", await database("intake"), nats_server_module) as owner,
        room("lifecycle", await database("lifecycle"), nats_server_module) as other,
    ):
        for number in (1, POISON, 3):
            await owner.say("s", number)
        follower = Follower(other.journal, other.bus, "intake", count, PARTITIONS)
        partition = RETRY.partition
        await follower.apply(partition, await store.read(owner.pool, partition, 0, 10))
        commands = Commands("lifecycle", other.journal, with_parked(handle, {"intake": follower}))
        running = asyncio.create_task(commands.run())
        try:
            yield Desk(commands, other)
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


def test_each_service_has_its_own() -> None:
    for service in ("intake", "lifecycle", "sla", "notifier", "gateway"):
        assert RetryDeadLetter.to(service).topic == f"{service}.RetryDeadLetter"
        assert SettleDeadLetter.to(service).owner == service
    with pytest.raises(KeyError):
        RetryDeadLetter.to("nobody")


async def test_a_retry_applies_it_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await desk.unsettled() == 1
    monkeypatch.setattr(rooms, "POISON", -99)
    done = await desk.ask(RETRY, key="k")
    assert (done.outcome, done.result, done.position) == ("done", {"topic": "test.Said.v1"}, 3)
    assert await desk.ask(RETRY, key="k") == done
    assert (await desk.ask(RETRY)).code == "no_such_dead_letter"
    assert await desk.other.counted() == [1, 3, POISON]
    assert await desk.unsettled() == 0
    row = await desk.other.pool.fetchrow("select settled_by, settled_because from journal.dead_letters")
    assert row is not None
    assert tuple(row) == ("marta", "retried")
    assert all(verdict.sound for verdict in await store.verify_all(desk.other.pool))


async def test_what_still_fails_stays_parked(desk: Desk) -> None:
    reply = await desk.ask(RETRY)
    assert (reply.outcome, reply.code, reply.facts) == ("refused", "still_fails", {"error": "RuntimeError"})
    assert await desk.unsettled() == 1
    assert await desk.other.counted() == [1, 3]


async def test_a_person_may_decide_that_nothing_follows(desk: Desk) -> None:
    assert (await desk.ask(SETTLE)).outcome == "done"
    assert (await desk.ask(RETRY)).code == "no_such_dead_letter"
    row = await desk.other.pool.fetchrow("select settled_by, settled_because from journal.dead_letters")
    assert row is not None
    assert tuple(row) == ("marta", "told by phone")
    assert await desk.other.counted() == [1, 3]


@pytest.mark.parametrize("role", ["requester", "analyst", "auditor"])
async def test_only_managers_may(desk: Desk, role: str) -> None:
    by = Actor.model_validate({"role": role, "key": "x"})
    for command in (RETRY, SETTLE):
        assert (await desk.ask(command, by)).code == "not_allowed"
    assert await desk.unsettled() == 1


async def test_the_services_own_commands_are_answered_as_before(desk: Desk) -> None:
    assert (await desk.commands.ask(rooms.say("t", 5))).result == {"count": 1}
