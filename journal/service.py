"""One service, wired: settings from the environment, pool, bus, relay, followers, commands, health.

A service's `__main__` says what it follows and how it reacts; everything else is here, once.
"""

import asyncio
import contextlib
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import uvicorn
import uvloop
from pydantic_settings import BaseSettings

from contracts.envelope import Command, Request
from journal import dead_letters, edge, telemetry
from journal.blobs import Blobs
from journal.bus import Bus
from journal.clock import DeskClock
from journal.commands import Commands, Handle
from journal.directory import Directory
from journal.directory_table import DIRECTORY_SQL, copy_directory, refresh
from journal.errors import Refused
from journal.follower import Follower, React
from journal.hearing import Hear
from journal.infrastructure import INFRASTRUCTURE
from journal.log import configure, log
from journal.metrics import UNSETTLED
from journal.parked import with_parked
from journal.relay import Relay
from journal.store import Pool
from journal.work import Journal, Work

GARBAGE = (50_000, 20, 100)
"""Thresholds of the garbage collector: what a batch allocates is freed by reference counts, so it looks seldom."""
_VIEWS_LOCK = 7_201_001
"""The advisory lock under which replicas make their tables one after the other."""
_STOP_S = 3.0
"""How long an orderly stop may take. Source: issue 2, Ctrl-C within 10 s, for all services together."""


class Settings(BaseSettings):
    """What every service reads from its environment; the desk's own settings are in the directory."""

    database_url: str
    nats_url: str
    service_port: int = 0
    service_host: str = "127.0.0.1"
    blobs_url: str = ""
    desk_clock: str = ""
    desk_secret: str = ""
    partitions: int = 4
    pool_max: int = 6
    portal_url: str = "http://127.0.0.1:8080"


@dataclass
class Service:
    """A running service: what `build` puts together and `run` keeps going."""

    name: str
    settings: Settings
    pool: Pool
    bus: Bus
    clock: DeskClock
    directory: Directory = field(default_factory=Directory)
    blobs: Blobs | None = None
    relay: Relay | None = None
    commands: Commands | None = None
    followers: dict[str, Follower] = field(default_factory=dict)
    hears: dict[str, Hear] = field(default_factory=dict)
    """By source, what others may have this service hear."""
    background: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
    ready_checks: list[Callable[[], bool]] = field(default_factory=list)

    def relay_journal(self, partitions: int) -> None:
        """This service has a journal of its own, which is relayed and can be read."""
        self.relay = Relay(self.pool, self.bus, partitions)

    def follow(
        self,
        source: str,
        journal: Journal[Any],
        react: React,
        topics: Iterable[str] = (),
        partitions: int | None = None,
    ) -> None:
        """Follow another service's journal; where `topics` are given, nothing follows from any other."""
        count = self.settings.partitions if partitions is None else partitions
        follower = Follower(journal, self.bus, source, react, count, topics)
        self.followers[source] = follower
        self.hears[source] = lambda _: follower.catch_up_all()
        if self.commands is None:
            self.answer(journal, _refuse)

    async def follow_directory(self, journal: Journal[Any]) -> None:
        """Keep a copy of the directory, in memory too."""
        await self.make_tables(DIRECTORY_SQL)
        await refresh(self.directory, self.pool)
        self.follow("directory", journal, copy_directory, partitions=1)

    def answer(self, journal: Journal[Any], handle: Handle) -> Commands:
        """Answer commands, from the bus and from this process; those about parked entries too."""
        self.commands = Commands(self.name, journal, with_parked(handle, self.followers))
        return self.commands

    def also(self, task: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run something of the service's own for as long as the service runs."""
        self.background.append(task)

    async def views_pool(self) -> Pool:
        """A pool whose commits do not wait for the disk, for works that write views and no entries.

        A power cut can take their last moment, the applied positions with it: it is applied again.
        """
        return await _pool(self.settings, f"{self.name}-views", synchronous_commit="off")

    async def make_tables(self, script: Path) -> None:
        """Make the tables of a script where they are missing, one replica at a time."""
        sql = await asyncio.to_thread(script.read_text)
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.execute(f"select pg_advisory_xact_lock({_VIEWS_LOCK})")
            await connection.execute(sql)


def run(name: str, build: Callable[[Service], Awaitable[None]]) -> None:
    """Run a service until SIGTERM or SIGINT."""
    configure(name)
    telemetry.configure(name)
    gc.set_threshold(*GARBAGE)
    uvloop.run(_run(name, build))


async def _run(name: str, build: Callable[[Service], Awaitable[None]]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stopped.set)
    stopping = asyncio.create_task(stopped.wait())
    starting = asyncio.create_task(_started(name, build))
    await asyncio.wait([starting, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        # Asked to stop while a server it needs was away: nothing has begun that would have to end.
        starting.cancel()
        return
    service = starting.result()
    server = edge.server(service)
    tasks = [asyncio.create_task(work) for work in _everything(service, server)]
    done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
    ended = done - {stopping}
    for task in ended:
        log.error(
            "service stops: a part of it ended", error=repr(task.exception()), exc_info=task.exception()
        )
    server.should_exit = True
    for task in (*tasks[1:], stopping):
        task.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_STOP_S):
            await asyncio.gather(*tasks, return_exceptions=True)
            await service.bus.close()
            await service.pool.close()
    if ended and not stopped.is_set():
        telemetry.flush()
        os._exit(1)


async def _started(name: str, build: Callable[[Service], Awaitable[None]]) -> Service:
    settings = Settings()  # from the environment
    pool = await _pool(settings, name)
    bus = await Bus.connect(settings.nats_url, name)
    service = Service(name, settings, pool, bus, DeskClock.parse(settings.desk_clock))
    if settings.blobs_url:
        service.blobs = Blobs.at(settings.blobs_url)
    await build(service)
    return service


async def _refuse(_: Work[Any], __: Command, ___: Request) -> dict[str, Any]:
    """The answer of a service that decides on nothing of its own."""
    raise Refused("unknown_command")


def _everything(service: Service, server: uvicorn.Server) -> list[Coroutine[Any, Any, None]]:
    work = [server.serve(), _listen(service), _watch_parked(service)]
    if service.relay:
        work.append(service.relay.run())
    work.extend(follower.run() for follower in service.followers.values())
    if service.commands:
        work.append(service.commands.run())
    work.extend(task() for task in service.background)
    return work


async def _pool(settings: Settings, name: str, **server_settings: str) -> Pool:
    while True:
        try:
            return await asyncpg.create_pool(
                settings.database_url,
                min_size=1,
                max_size=settings.pool_max,
                command_timeout=30,
                server_settings={"application_name": name, "jit": "off", **server_settings},
                reset=_nothing_to_reset,
            )
        except INFRASTRUCTURE as error:
            log.warning("waits for the database", error=repr(error))
            await asyncio.sleep(0.5)


async def _nothing_to_reset(_: object) -> None:
    """No work leaves settings, locks or listeners behind: a reset query for each would cost a round trip."""


async def _listen(service: Service) -> None:
    """Wake the relay on a new entry, and take in the directory's news; reconnects by itself."""
    changed = asyncio.Event()

    def on_entry(_: object, __: int, ___: str, payload: object) -> None:
        if service.relay:
            service.relay.wake(int(str(payload).partition(" ")[0]))

    def on_directory(_: object, __: int, ___: str, payload: object) -> None:
        service.directory.rewind(int(str(payload)))
        changed.set()

    while True:
        try:
            # A connection of its own: it would be missing in the pool for as long as the service runs.
            connection = await asyncpg.connect(service.settings.database_url, timeout=5, command_timeout=5)
            try:
                await connection.add_listener("journal", on_entry)
                await connection.add_listener("directory", on_directory)
                # What was said while nobody listened.
                service.directory.rewind(0)
                while True:
                    changed.clear()
                    if "directory" in service.followers:
                        await refresh(service.directory, service.pool)
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(1):
                            await changed.wait()
                    # Also notices a server that went without a word.
                    await connection.execute("select 1")
            finally:
                connection.terminate()
        except INFRASTRUCTURE as error:
            log.warning("listens again", error=repr(error))
            await asyncio.sleep(0.5)


async def _watch_parked(service: Service) -> None:
    while True:
        with contextlib.suppress(*INFRASTRUCTURE):
            UNSETTLED.set(len(await dead_letters.unsettled(service.pool)))
        await asyncio.sleep(10)
