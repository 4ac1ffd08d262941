"""A tiny service on real servers: it counts, so that what happened twice or not at all shows."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4, uuid5

import asyncpg

from contracts.envelope import COMMANDS, EVENTS, Actor, Command, Event, Reply, Request, partition_of
from deploy.nats import EmbeddedNats
from journal.bus import Bus
from journal.clock import DeskClock
from journal.commands import Commands
from journal.decider import Context, Decider
from journal.entry import Entry, NewEntry
from journal.errors import Refused
from journal.follower import Follower
from journal.relay import Relay
from journal.store import Pool, append
from journal.work import Journal, Work
from tests.servers.backing import Database

NAMESPACE = UUID("6f7b8f0e-5d0a-4c5e-9d6e-0a8c1f1d2e3f")
PARTITIONS = 2
POISON = 1_000_000


class Said(Event, owner="test"):
    """Somebody said a number on a stream."""

    stream: UUID
    number: int
    text: str = ""


class Counted(Event, owner="test"):
    """The numbers said so far, counted."""

    stream: UUID
    count: int
    number: int


class Say(Command, owner="test"):
    """Say a number on a stream, and then another one."""

    stream: UUID
    number: int
    then: int | None = None


OUR_EVENTS = {event.topic: EVENTS.pop(event.topic) for event in (Said, Counted)}
OUR_COMMANDS = {Say.topic: COMMANDS.pop(Say.topic)}
"""Known while the journal's tests run (`conftest`): to everybody else they are no contracts of the desk."""


def decide(cause: object, count: int, _: Context) -> list[Event]:
    """Count what is said; POISON is poison, negative numbers are refused."""
    if not isinstance(cause, Said):
        raise Refused("unknown_command")
    if cause.number == POISON:
        raise RuntimeError("poison")
    if cause.number < 0:
        raise Refused("negative", number=cause.number)
    if cause.number == 0:
        return []
    return [Counted(stream=cause.stream, count=count + 1, number=cause.number)]


def evolve(count: int, event: Event) -> int:
    return event.count if isinstance(event, Counted) else count + 1


COUNTING: Decider[int] = Decider(initial=0, decide=decide, evolve=evolve)


async def count(work: Work[int], entries: Sequence[Entry]) -> None:
    events = [(entry, entry.event()) for entry in entries]
    said = [(entry, event) for entry, event in events if isinstance(event, Said)]
    await work.load(event.stream for _, event in said)
    for entry, event in said:
        work.decide(event.stream, event, trace=entry.trace)


async def handle(work: Work[int], command: Command, request: Request) -> dict[str, Any]:
    if not isinstance(command, Say):
        raise Refused("unknown_command")
    await work.load([command.stream])
    for number in (command.number, command.then):
        if number is not None:
            said = Said(stream=command.stream, number=number)
            work.decide(command.stream, said, by=request.by, trace=request.trace)
    return {"count": work.state(command.stream)}


def say(key: str, number: int, then: int | None = None, request_id: str = "") -> Request:
    """A request to say a number on the stream of that key."""
    command = Say(stream=uuid5(NAMESPACE, key), number=number, then=then)
    return Request(
        id=request_id or str(uuid4()),
        type=command.topic,
        by=Actor(role="system", key="ana"),
        data=command.model_dump(mode="json"),
    )


@contextlib.asynccontextmanager
async def answering(url: str, name: str = "lifecycle") -> AsyncIterator[tuple[Commands, Journal[int]]]:
    """One replica that answers commands, without a bus."""
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    journal = Journal(pool, COUNTING, DeskClock(), PARTITIONS)
    commands = Commands(name, journal, handle)
    running = asyncio.create_task(commands.run())
    try:
        yield commands, journal
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        pool.terminate()


async def ask_all(commands: Commands, requests: Sequence[Request]) -> list[Reply]:
    return await asyncio.gather(*(commands.ask(request) for request in requests))


@dataclass
class Room:
    """One service: its database, its pool, its journal, its bus, and whatever runs."""

    name: str
    url: str
    pool: Pool
    journal: Journal[int]
    bus: Bus
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)
    versions: dict[UUID, int] = field(default_factory=dict)

    def start_relay(self) -> None:
        relay = Relay(self.pool, self.bus, PARTITIONS)

        async def listen() -> None:
            connection = await asyncpg.connect(self.url)
            try:
                await connection.add_listener(
                    "journal", lambda *a: relay.wake(int(str(a[3]).partition(" ")[0]))
                )
                await asyncio.Event().wait()
            finally:
                connection.terminate()

        self.tasks += [asyncio.create_task(relay.run()), asyncio.create_task(listen())]

    def start_following(self, source: str) -> Follower:
        follower = Follower(self.journal, self.bus, source, count, PARTITIONS)
        self.tasks.append(asyncio.create_task(follower.run()))
        return follower

    async def say(self, key: str, number: int, text: str = "") -> int:
        stream = uuid5(NAMESPACE, key)
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        event = Said(stream=stream, number=number, text=text)
        return await append(
            self.pool,
            partition_of(stream, PARTITIONS),
            [NewEntry(stream, version, event.topic, event.encoded())],
            self.journal.clock.now(),
        )

    async def counted(self) -> list[int]:
        rows = await self.pool.fetch(
            "select data from journal.entries order by recorded_at, partition, position"
        )
        return sorted(Counted.model_validate_json(row["data"]).number for row in rows)

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks.clear()


@contextlib.asynccontextmanager
async def room(name: str, database: Database, server: EmbeddedNats) -> AsyncIterator[Room]:
    pool = await asyncpg.create_pool(database.url, min_size=1, max_size=5)
    bus = await Bus.connect(server.url(name), name)
    made = Room(name, database.url, pool, Journal(pool, COUNTING, DeskClock(), PARTITIONS), bus)
    try:
        yield made
    finally:
        await made.stop()
        await bus.close()
        pool.terminate()


async def until(condition: Any, seconds: float = 60.0) -> None:
    """Wait for an awaitable condition to hold."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
