"""The whole desk, every service a process of its own: throughput, latency and memory, end to end.

A ticket is done when all of this is committed: its number given (intake), queued (lifecycle), its clock
running (sla), its acknowledgement recorded (notifier), its row in the analysts' queue (gateway).
"""

import asyncio
import time
from statistics import quantiles
from typing import Any
from uuid import uuid4

import asyncpg
import nats
import psutil
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic_core import from_json

from bench.samples import TEXT
from contracts.channels import TicketOpened
from contracts.notifier import NotificationRequested
from tests.running import RunningDesk, running_desk

WARM_UP = 200
WARM_UP_S = 5
"""Seconds of the offered load before what counts: plans, caches and connections are cold at first."""
IN_FLIGHT_MAX = 256
OFFERED_PER_S = 50
_LOOK_EVERY_S = 0.05
SERVICES = ("directory", "intake", "lifecycle", "sla", "notifier", "gateway")


async def measure(*, quick: bool) -> dict[str, float]:
    """`tickets_per_s`, `latency_p50_ms`, `latency_p99_ms`, `service_rss_mb_max` and what stands behind them."""
    count, seconds, grown = (4_000, 8, 8_000) if quick else (20_000, 60, 100_000)
    environment = {"MAIL_CONNECTIONS": "0", "TRACE_RATIO": "0.01"}
    async with running_desk(environment=environment, in_memory=False) as desk:
        bench = _Bench(desk)
        await bench.connect()
        await bench.hand_in(WARM_UP)
        await bench.done(WARM_UP)
        await bench.latency(WARM_UP_S)
        found = await bench.latency(seconds)
        found |= await bench.throughput(count)
        found |= await bench.memory(grown)
        await bench.close()
    return found


class _Bench:
    def __init__(self, desk: RunningDesk) -> None:
        self.desk = desk
        self.handed = 0

    async def connect(self) -> None:
        self.client: Client = await nats.connect(
            self.desk.nats_url("channel-demo"), inbox_prefix=b"_INBOX.channel.demo"
        )
        self.gateway = await asyncpg.connect(self.desk.admin_url("gateway"))
        self.notifier = await asyncpg.connect(self.desk.admin_url("notifier"))
        self.sla = await asyncpg.connect(self.desk.admin_url("sla"))

    async def close(self) -> None:
        await self.client.close()
        for connection in (self.gateway, self.notifier, self.sla):
            await connection.close()

    async def hand_in(self, count: int) -> None:
        """Publish as a channel does, each message acknowledged by the stream, many in flight."""
        gate = asyncio.Semaphore(IN_FLIGHT_MAX)
        js = self.client.jetstream(timeout=30)

        async def one() -> None:
            async with gate:
                await js.publish("channel.demo.TicketOpened", _ticket(str(uuid4())))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(count):
                tasks.create_task(one())
        self.handed += count

    async def done(self, count: int) -> None:
        """Return when this many tickets are done in all."""
        async with asyncio.timeout(300):
            while await self._least() < count:
                await asyncio.sleep(_LOOK_EVERY_S)

    async def _least(self) -> int:
        rows = await self.gateway.fetchval("select count(*) from views.tickets")
        mails = await self.notifier.fetchval(
            "select count(*) from journal.entries where topic = 'notifier.NotificationRequested.v1'"
        )
        return min(int(rows), int(mails))

    async def throughput(self, count: int) -> dict[str, float]:
        before = self._cpu()
        began = time.perf_counter()
        handing = asyncio.create_task(self.hand_in(count))
        target = self.handed + count
        await handing
        handed_s = time.perf_counter() - began
        await self.done(target)
        took = time.perf_counter() - began
        spent = {name: (after - before[name]) * 1000 / count for name, after in self._cpu().items()}
        print("  entries a segment:", await self._segment_sizes())
        print("  ms of CPU a ticket:", {name: round(ms, 3) for name, ms in spent.items()})
        return {"tickets_per_s": count / took, "handed_in_per_s": count / handed_s}

    async def latency(self, seconds: int) -> dict[str, float]:
        """From publishing to the last of the five, at a steady offered load."""
        count = seconds * OFFERED_PER_S
        started: dict[str, float] = {}
        recorded: dict[str, float] = {}
        admin = await nats.connect(self.desk.nats_url())

        async def heard(message: Msg) -> None:
            now = time.perf_counter()
            for item in from_json(message.data):
                if item["type"] == NotificationRequested.topic:
                    recorded.setdefault(item["data"]["facts"]["subject"], now)

        await admin.subscribe("notifier.*", cb=heard)
        watching = asyncio.create_task(self._queued(self.handed, count))
        js = self.client.jetstream(timeout=30)
        began = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / OFFERED_PER_S - time.perf_counter()))
            started[f"L{number}"] = time.perf_counter()
            await js.publish("channel.demo.TicketOpened", _ticket(str(uuid4()), f"L{number}"))
            self.handed += 1
        queued = await watching
        await self.done(self.handed)
        await admin.close()
        took = [max(queued[subject], recorded[subject]) - at for subject, at in started.items()]
        cuts = quantiles(took, n=100)
        return {"latency_p50_ms": cuts[49] * 1000, "latency_p99_ms": cuts[98] * 1000}

    async def _queued(self, before: int, count: int) -> dict[str, float]:
        """When each ticket is first seen in the analysts' queue, by subject; looked for every 2 ms."""
        year = time.gmtime().tm_year
        missing = [f"{year}-{before + number:06d}" for number in range(1, count + 1)]
        seen: dict[str, float] = {}
        async with asyncio.timeout(300):
            while missing:
                rows = await self.gateway.fetch(
                    "select number, subject from views.tickets where number = any($1)", missing[:100]
                )
                now = time.perf_counter()
                found = {row["number"] for row in rows}
                seen.update((row["subject"], now) for row in rows)
                missing = [number for number in missing if number not in found]
                await asyncio.sleep(0.002)
        return seen

    async def memory(self, count: int) -> dict[str, float]:
        """Resident memory of the largest service after this many tickets, and how it grew since half of them."""
        await self.hand_in(max(0, count // 2 - self.handed))
        await self.done(self.handed)
        half = self._rss()
        await self.hand_in(count - self.handed)
        await self.done(self.handed)
        whole = self._rss()
        print("  MB resident:", {name: round(mb) for name, mb in whole.items()})
        return {
            "service_rss_mb_max": max(whole.values()),
            "service_rss_growth_mb": max(whole[name] - half[name] for name in whole),
        }

    async def _segment_sizes(self) -> dict[str, float]:
        """How many entries the relays published together, on average since the start."""
        admin = await nats.connect(self.desk.nats_url())
        sizes = {}
        for service in ("intake", "lifecycle", "sla", "notifier"):
            messages = (await admin.jetstream().stream_info(service.upper())).state.messages
            connection = await asyncpg.connect(self.desk.admin_url(service))
            entries = await connection.fetchval("select sum(position) from journal.heads")
            await connection.close()
            sizes[service] = round(float(entries) / messages, 1)
        await admin.close()
        return sizes

    def _rss(self) -> dict[str, float]:
        return {
            name: psutil.Process(child.pid).memory_info().rss / 1e6
            for name, child in self._children().items()
        }

    def _cpu(self) -> dict[str, float]:
        spent = {}
        for name, child in self._children().items():
            times = psutil.Process(child.pid).cpu_times()
            spent[name] = times.user + times.system
        spent["nats"] = _tree_cpu(self.desk.nats.pid)
        spent["postgres"] = _tree_cpu(self.desk.postgres.pid)
        return spent

    def _children(self) -> dict[str, Any]:
        return {name: self.desk.children[name] for name in SERVICES}


def _tree_cpu(pid: int | None) -> float:
    """CPU seconds of a process and its living children."""
    if pid is None:
        return 0.0
    total = 0.0
    for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True)):
        times = process.cpu_times()
        total += times.user + times.system
    return total


def _ticket(submission_id: str, subject: str = "Erro 539 ao emitir nota") -> bytes:
    return TicketOpened(
        submission_id=submission_id,
        channel="web",
        requester="ana.prado@serra.example.com",
        subject=subject,
        text=TEXT,
    ).encoded()
