"""The records in memory against the journal: other replicas, rolled back works, commands at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.commands import AddNote, DefineRecord
from contracts.envelope import SYSTEM, Reply, Request
from journal import store
from journal.clock import DeskClock
from journal.commands import Commands
from journal.store import Pool
from journal.work import Journal, Work
from services.directory.decider import DIRECTORY, Kept
from services.directory.records import Records
from services.directory.subscribers import on_command
from tests.servers.backing import Database


class Replica:
    """One directory service without its bus."""

    def __init__(self, pool: Pool) -> None:
        self.journal: Journal[Kept] = Journal(pool, DIRECTORY, DeskClock(), partitions=1)
        self.records = Records(pool)
        self.commands = Commands("directory", self.journal, self.handle)

    async def handle(self, work: Work[Any], command: Any, request: Request) -> dict[str, Any]:
        return await on_command(work, command, request, self.records)

    async def contact(self, key: str, address: str) -> Reply:
        form = {"name": key, "customer": "serra", "addresses": [address]}
        command = DefineRecord(kind="contact", key=key, record=dict(form))
        return await self.ask(command)

    async def ask(self, command: Any) -> Reply:
        data = command.model_dump(mode="json")
        return await self.commands.ask(Request(id=str(uuid4()), type=command.topic, by=SYSTEM, data=data))


@pytest.fixture
async def pool(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Pool]:
    made = await database("directory")
    async with asyncpg.create_pool(made.url, min_size=1, max_size=6) as pool:
        yield pool


@pytest.fixture
async def replicas(pool: Pool) -> AsyncIterator[tuple[Replica, Replica]]:
    pair = Replica(pool), Replica(pool)
    tasks = [asyncio.create_task(replica.commands.run()) for replica in pair]
    yield pair
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_of_many_who_want_an_address_at_once_one_gets_it(replicas: tuple[Replica, Replica]) -> None:
    asked = [replicas[n % 2].contact(f"c{n}", "quero@serra.example") for n in range(20)]
    replies = await asyncio.gather(*asked)
    assert sorted(reply.outcome for reply in replies) == ["done"] + ["refused"] * 19
    assert {reply.code for reply in replies} == {"", "address_taken"}


async def test_what_one_replica_recorded_the_other_knows(replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    assert (await one.contact("ana", "ana@serra.example")).outcome == "done"
    assert (await other.contact("bia", "ana@serra.example")).facts == {
        "address": "ana@serra.example",
        "contact": "ana",
    }
    assert (await other.contact("ana", "ana.prado@serra.example")).result["version"] == 2
    assert (await one.contact("bia", "ana@serra.example")).outcome == "done"


async def test_a_work_that_was_never_committed_leaves_no_address_taken(
    pool: Pool, replicas: tuple[Replica, Replica]
) -> None:
    one, other = replicas
    form: dict[str, object] = {"name": "Ana", "customer": "serra", "addresses": ["ana@serra.example"]}
    command = DefineRecord(kind="contact", key="ana", record=form)
    request = Request(id="x", type=command.topic, by=SYSTEM, data={})
    async with one.journal.work() as work:
        await one.handle(work, command, request)
    assert await store.read(pool, 0, 0, 10) == []
    assert (await one.contact("bia", "ana@serra.example")).outcome == "done"
    # Its other contact was known only to the rolled back work; the same key and version is now another's.
    assert (await other.contact("ana", "outra@serra.example")).outcome == "done"
    assert (await one.contact("caio", "outra@serra.example")).code == "address_taken"


async def test_other_commands_are_none_of_its(replicas: tuple[Replica, Replica]) -> None:
    reply = await replicas[0].ask(AddNote(ticket_id=uuid4(), text="x"))
    assert (reply.outcome, reply.code) == ("refused", "unknown_command")
