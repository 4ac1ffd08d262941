"""A desk that runs for a test: real servers of its own, the named services as processes, a small directory.

    async with running_desk(["intake", "lifecycle"]) as desk:
        client = await nats.connect(desk.nats_url("channel-demo"), inbox_prefix=b"_INBOX.channel.demo")
        desk.kill("intake")
        await desk.restart("intake")

The directory runs always. `sla-2` beside `sla` is a second replica. Nothing revives what was killed.
"""

import asyncio
import contextlib
import http.client
import re
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import nats
from pydantic_core import to_json

from contracts.commands import DefineRecord
from contracts.envelope import SYSTEM, Actor, Command, Reply, Request
from deploy.child import Child
from deploy.nats import EmbeddedNats
from deploy.ports import HOST, free_port
from deploy.postgres import EmbeddedPostgres
from deploy.provision import PREFIX, ROOT, Names, database_url, provision
from deploy.ready import DEATHS_MAX, Roll
from deploy.servers import USERS
from deploy.settings import Desk
from tests.servers.backing import connected, scratch
from tests.small_desk import RECORDS

ALL = ("directory", "intake", "lifecycle", "sla", "notifier", "gateway")
_LOOK_EVERY_S = 0.05
_SPREAD_PATIENCE_S = 60.0
_LAST_LINES = 15


@dataclass
class RunningDesk:
    """The desk of one test."""

    desk: Desk
    nats: EmbeddedNats
    postgres: EmbeddedPostgres
    more: Mapping[str, str]
    children: dict[str, Child] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    """Of health, readiness and metrics, by process."""

    @property
    def state(self) -> Path:
        """The state folder: `logs`, `blobs`, `maildir`, `nats`, `postgres`."""
        return self.desk.state

    @property
    def web_url(self) -> str:
        """Where the gateway answers."""
        return self.desk.web_url

    @property
    def smtp_port(self) -> int:
        """Where intake takes mail."""
        return self.desk.smtp_port

    @property
    def maildir(self) -> Path:
        """Where the notifier delivers."""
        return self.desk.maildir

    def nats_url(self, user: str = "admin") -> str:
        """Where that user connects: `admin`, a service, `channel-demo`."""
        return self.nats.url(user)

    def database_url(self, service: str) -> str:
        """DSN of the running service's role."""
        return self.desk.environment(service)["DATABASE_URL"]

    def auditor_url(self, service: str) -> str:
        """DSN of the role that reads everything and changes nothing."""
        return str(self.desk.described({})["auditor"][service])

    def admin_url(self, service: str) -> str:
        """DSN of the superuser, who may also forge what no role of the desk may."""
        return database_url(self.postgres.url, Names(PREFIX, service).database)

    def environment(self, process: str) -> dict[str, str]:
        """What that process is told; a replica listens on ports of its own."""
        service, _, replica = process.partition("-")
        port = {"SERVICE_PORT": str(self.ports.setdefault(process, free_port()))}
        own = {name: str(free_port()) for name in ("SMTP_PORT", "GATEWAY_PORT")} if replica else {}
        return {**self.desk.whole_environment(service), **port, **own, **self.more}

    def said(self, process: str) -> str:
        """Everything that a process has logged."""
        return self.desk.log(process).read_text(errors="replace")

    async def start(self, *processes: str) -> None:
        """Start processes, and return when all of them are ready. Raises Problem when one is not."""
        for process in processes:
            child = self.children[process] = Child(
                name=process,
                argv=[sys.executable, "-m", f"services.{process.partition('-')[0]}"],
                log=self.desk.log(process),
                pids=self.state / "pids",
                env=self.environment(process),
                cwd=ROOT,
            )
            child.start()
        await self.ready(*processes)

    def kill(self, name: str) -> None:
        """End a process, `nats` or `postgres`, as a power cut would (SIGKILL)."""
        self._part(name).kill()

    async def restart(self, name: str) -> None:
        """Start again what was killed or stopped, at the same address; returns when the desk is ready."""
        await asyncio.to_thread(self._part(name).start)
        await self.ready(*([name] if name in self.children else self._alive()))

    async def retire(self, *processes: str) -> None:
        """Stop processes in order, for good: they are no part of the desk any more."""
        for process in processes:
            self.children[process].ask_to_stop()
        for process in processes:
            await asyncio.to_thread(self.children.pop(process).wait, 5)

    async def ready(self, *processes: str) -> None:
        """Return when these processes are ready. Raises Problem when one is not, or has died."""
        roll, began = Roll({name: self.children[name] for name in processes}, self.ports), _monotonic()
        while await asyncio.to_thread(roll.call):
            roll.give_up(_monotonic() - began, lambda name: 0 if self.children[name].running else DEATHS_MAX)
            await asyncio.sleep(_LOOK_EVERY_S)

    def _alive(self) -> list[str]:
        return [name for name, child in self.children.items() if child.running]

    def _part(self, name: str) -> Child | EmbeddedNats | EmbeddedPostgres:
        servers: dict[str, EmbeddedNats | EmbeddedPostgres] = {"nats": self.nats, "postgres": self.postgres}
        return servers[name] if name in servers else self.children[name]

    async def ask(self, command: Command, by: Actor = SYSTEM, key: str = "") -> Reply:
        """The answer to a command, asked over the bus by the admin; `key` is its idempotency key."""
        request = Request(
            id=key or str(uuid4()), type=command.topic, by=by, data=command.model_dump(mode="json")
        )
        client = await nats.connect(self.nats_url())
        try:
            answer = await client.request(f"command.{command.owner}", to_json(request), timeout=60)
        finally:
            await client.close()
        return Reply.parse(answer.data)

    async def define(self, kind: str, key: str, record: Mapping[str, Any], *, active: bool = True) -> int:
        """Add or change a record of the directory; its version. Use `spread` to wait until all know it."""
        form = {"kind": kind, "key": key, "record": dict(record), "active": active}
        reply = await self.ask(DefineRecord.model_validate(form))
        assert reply.outcome == "done", reply
        return int(reply.result["version"])

    async def spread(self) -> None:
        """Return when every process that copies the directory decides by all of it.

        That a service has applied it is not enough: each replica takes it from there into its memory.
        """
        async with connected(self.admin_url("directory")) as admin:
            head = await admin.fetchval("select coalesce(max(position), 0) from journal.entries")
        behind = {name for name in self._alive() if name.partition("-")[0] != "directory"}
        began = _monotonic()
        while behind:
            behind = {name for name in behind if await asyncio.to_thread(_known, self.ports[name]) < head}
            assert _monotonic() - began < _SPREAD_PATIENCE_S, f"without the directory: {sorted(behind)}"
            await asyncio.sleep(_LOOK_EVERY_S)

    def stop(self) -> None:
        """Stop the services in order, then the servers."""
        for child in self.children.values():
            child.ask_to_stop()
        for child in self.children.values():
            child.wait(5)
        self.nats.ask_to_stop()
        self.postgres.stop()
        self.nats.wait(3)

    def last_words(self) -> str:
        """The end of every log, for a failure's reader."""
        logs = sorted((self.state / "logs").glob("*.log"))
        return "\n".join(
            f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])
            for log in logs
        )


@contextlib.asynccontextmanager
async def running_desk(
    services: Iterable[str] = ALL,
    environment: Mapping[str, str] | None = None,
    records: Iterable[tuple[str, str, dict[str, Any]]] = RECORDS,
    *,
    in_memory: bool = True,
) -> AsyncIterator[RunningDesk]:
    """A desk with the directory and these services, for the time of a block.

    Args:
        services: names of services, replicas as `<service>-2`.
        environment: over what each process is told anyway, `DESK_CLOCK` for instance.
        records: what its directory holds when the block begins, known to every service.
        in_memory: whether its data may lie in memory; a bench wants the disk.
    """
    with scratch(in_memory=in_memory) as state:
        desk = RunningDesk(*await asyncio.to_thread(_backed, state), more=environment or {})
        try:
            await desk.start("directory")
            await desk.start(*(name for name in services if name != "directory"))
            for kind, key, record in records:
                await desk.define(kind, key, record)
            await desk.spread()
            yield desk
        except BaseException as failure:
            failure.add_note(desk.last_words())
            raise
        finally:
            await asyncio.to_thread(desk.stop)


def _backed(state: Path) -> tuple[Desk, EmbeddedNats, EmbeddedPostgres]:
    """The servers, with every service's database, and where everything will be."""
    bus, postgres = EmbeddedNats(state), EmbeddedPostgres(state)
    try:
        bus.start()
        postgres.start()
        asyncio.run(provision(postgres.url, state / "passwords"))
    except BaseException:
        bus.stop(1)
        postgres.stop(1)
        raise
    desk = Desk(
        state=state,
        admin_database_url=postgres.url,
        nats_urls={user: bus.url(user) for user in USERS},
        web_port=free_port(),
        ports={service: free_port() for service in ALL},
        smtp_port=free_port(),
    )
    return desk, bus, postgres


def _known(port: int) -> float:
    """How far the process whose health is asked there knows the directory; 0 where it does not say."""
    connection, told = http.client.HTTPConnection(HOST, port, timeout=60), ""
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/metrics")
        told = connection.getresponse().read().decode()
    found = re.search(r"^journal_directory_position (\S+)$", told, re.MULTILINE)
    return float(found[1]) if found else 0.0


def _monotonic() -> float:
    return asyncio.get_running_loop().time()
