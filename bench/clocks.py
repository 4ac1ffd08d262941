"""A million running clocks: what they cost while nothing is due, how soon they ring, how sla starts with them.

The service runs as on a desk, beside lifecycle, of which it asks before each ring. Its journal holds what it
decides itself on as many openings, appended by the journal's own function; its timers are made from that by its
own rebuild. The events of one instant are decided once, and differ by the ticket's id.
`python -m bench.clocks [COUNT]` measures this alone.
"""

import asyncio
import random
import sys
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from uuid import UUID

import asyncpg
import psutil

from contracts import intake, sla
from contracts import lifecycle as l
from contracts.directory import KINDS, SlaPolicy
from contracts.envelope import SYSTEM, partition_of
from journal import store
from journal.decider import Context
from journal.directory import Directory
from journal.entry import NewEntry
from services.sla import views
from services.sla.decider import SLA
from services.sla.pinned import Pinned
from tests.running import RunningDesk, running_desk
from tests.small_desk import RECORDS

PARTITIONS = 4
RUNG_PER_S = 1_000
IDLE_S = 10.0
SETTLING_S = 5.0
"""Before what is measured: a start compiles plans, fills pools, hears what it missed."""
OPENED_AT = datetime(2026, 3, 2, 13, tzinfo=UTC)
"""Monday 10:00 of the desk, open until 10:45: the first of those that ring."""
OTHERS_OPENED_AT = OPENED_AT + timedelta(days=1)
"""The first of those that do not."""
INSTANTS = 1_000
"""Openings of the others, a second apart."""
HEARING_MAX_S = 300.0
TOGETHER = 4_096
"""Entries appended at once."""
TICKET_ID = UUID(int=0)
_APPLIED = "select sum(position)::bigint from journal.applied where source = 'sla'"
POLICY = ("sla_policy", "bench", {"name": "Bench", "calendar": "padrao", "warning_stages": []})
_TERMS = intake.Terms(
    contract="serra-2026",
    contract_version=1,
    sla_policy="bench",
    sla_policy_version=1,
    calendar="padrao",
    calendar_version=1,
)


async def measure(*, quick: bool, clocks: int | None = None) -> dict[str, float]:
    """`clocks_start_s`, `clocks_idle_percent`, `clocks_rss_mb`, `clocks_late_p99_ms`, and how many there were."""
    count = clocks or (50_000 if quick else 1_000_000)
    seconds = 4 if quick else 10
    environment = {"TRACE_RATIO": "0.01"}
    async with running_desk(
        ["lifecycle", "sla"], environment, records=[*RECORDS, POLICY], in_memory=False
    ) as desk:
        await desk.retire("sla")
        due_at = await _fill(desk, count, RUNG_PER_S * seconds)
        _set_clock(environment, due_at - timedelta(hours=1))
        found = {"clocks": float(count)} | await _idle(desk)
        await desk.retire("sla", "lifecycle")
        before = due_at - timedelta(seconds=SETTLING_S * 2)
        began = _set_clock(environment, before)
        return found | await _ring(desk, before, began, seconds)


def _set_clock(environment: dict[str, str], now: datetime) -> float:
    """Processes started from here on take this instant for `now`; the real instant, in seconds of the epoch."""
    real = datetime.now(UTC)
    environment["DESK_CLOCK"] = f"{now.isoformat()}@{real.isoformat()}x1"
    return real.timestamp()


async def _fill(desk: RunningDesk, count: int, ringing: int) -> datetime:
    """`count` running clocks; when the first of `ringing` is due, 1,000 of them a second."""
    connection = await asyncpg.connect(desk.admin_url("sla"))
    try:
        waiting: dict[int, list[NewEntry]] = defaultdict(list)
        for entry in _entries(count, ringing):
            partition = partition_of(entry.stream_id, PARTITIONS)
            waiting[partition].append(entry)
            if len(waiting[partition]) == TOGETHER:
                await store.append(connection, partition, waiting.pop(partition), OPENED_AT)
        for partition, entries in waiting.items():
            await store.append(connection, partition, entries, OPENED_AT)
        await views.rebuild(connection, PARTITIONS)
        for table in ("journal.entries", "views.timers"):
            await connection.execute(f"vacuum analyze {table}")
        first: datetime = await connection.fetchval("select min(due_at) from views.timers")
        return first
    finally:
        await connection.close()


def _entries(count: int, ringing: int) -> Iterator[NewEntry]:
    """The start of each ticket's first clock: first those that ring, a millisecond apart, then the others."""
    known, chance = _pinned(), random.Random(1)
    kinds = [OPENED_AT + timedelta(milliseconds=n) for n in range(ringing)]
    kinds += [OTHERS_OPENED_AT + timedelta(seconds=n) for n in range(INSTANTS)]
    others = count - ringing
    for number, opened_at in enumerate(kinds):
        alike = 1 if number < ringing else others // INSTANTS
        data = _started(opened_at, known).encoded()
        for _ in range(alike):
            ticket_id = UUID(bytes=chance.randbytes(16))
            renamed = data.replace(str(TICKET_ID).encode(), str(ticket_id).encode())
            yield NewEntry(ticket_id, 1, sla.ClockStarted.topic, renamed, "")


def _pinned() -> Pinned:
    known = Directory()
    for kind, key, record in [*RECORDS, POLICY]:
        known.put(kind, key, 1, True, KINDS[kind].model_validate(record))
    assert known.pinned(SlaPolicy, "bench", 1).warning_stages == ()
    return Pinned(known)


def _started(opened_at: datetime, known: Pinned) -> sla.ClockStarted:
    queued = l.TicketQueued(
        ticket_id=TICKET_ID, number="2026-000001", opened_at=opened_at, channel="email", customer="serra",
        requester="ana", application="notas", area="fiscal", terms=_TERMS, classification="question",
        subject="s", text="t", by=SYSTEM,
    )  # fmt: skip
    (started,) = SLA.decide(queued, SLA.initial, Context(now=opened_at, facts=known))
    assert isinstance(started, sla.ClockStarted)
    return started


async def _idle(desk: RunningDesk) -> dict[str, float]:
    began = time.perf_counter()
    await desk.start("sla")
    found = {"clocks_start_s": time.perf_counter() - began}
    await _heard(desk)
    await asyncio.sleep(SETTLING_S)
    process = psutil.Process(desk.children["sla"].pid)
    backends = await _backends(desk)
    spent, began = _spent(process), time.perf_counter()
    spent_by_backends = sum(map(_spent, backends))
    await asyncio.sleep(IDLE_S)
    passed = time.perf_counter() - began
    return found | {
        "clocks_idle_percent": 100 * (_spent(process) - spent) / passed,
        "clocks_idle_postgres_percent": 100 * (sum(map(_spent, backends)) - spent_by_backends) / passed,
    }


async def _heard(desk: RunningDesk) -> None:
    """Return when lifecycle, which follows sla, has passed what was filled in, as it had on a desk that lived."""
    ours = await asyncpg.connect(desk.admin_url("sla"))
    theirs = await asyncpg.connect(desk.admin_url("lifecycle"))
    try:
        head = sum(position for position, _ in (await store.heads(ours)).values())
        async with asyncio.timeout(HEARING_MAX_S):
            while head > (await theirs.fetchval(_APPLIED) or 0):
                await asyncio.sleep(0.5)
    finally:
        await ours.close()
        await theirs.close()


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def _backends(desk: RunningDesk) -> list[psutil.Process]:
    """The processes of PostgreSQL that serve sla."""
    connection = await asyncpg.connect(desk.admin_url("sla"))
    try:
        rows = await connection.fetch(
            "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )
    finally:
        await connection.close()
    return [psutil.Process(row["pid"]) for row in rows]


async def _ring(desk: RunningDesk, desk_start: datetime, real_start: float, seconds: int) -> dict[str, float]:
    """How late each ring was committed, by the notification that PostgreSQL sends with the commit."""
    heard: dict[int, list[tuple[int, float]]] = defaultdict(list)

    def on_entry(_: object, __: int, ___: str, payload: object) -> None:
        partition, position = map(int, str(payload).split())
        heard[partition].append((position, time.time()))

    await desk.start("lifecycle", "sla")
    connection = await asyncpg.connect(desk.admin_url("sla"))
    try:
        heads = {partition: head for partition, (head, _) in (await store.heads(connection)).items()}
        await connection.add_listener("journal", on_entry)
        expected, late_s = RUNG_PER_S * seconds, list[float]()
        async with asyncio.timeout(seconds + 60):
            while sum(bool(v) and v[-1][0] - heads[p] for p, v in heard.items()) < expected:
                await asyncio.sleep(0.1)
        rss = psutil.Process(desk.children["sla"].pid).memory_info().rss / 2**20
        for partition, notified in heard.items():
            positions = [position for position, _ in notified]
            async for entry in store.scan(connection, partition, heads[partition]):
                event = entry.event()
                assert isinstance(event, sla.ClockBreached)
                at = notified[bisect_left(positions, entry.position)][1]
                late_s.append(at - real_start - (event.at - desk_start).total_seconds())
    finally:
        await connection.close()
    cut = quantiles(late_s, n=100)
    return {
        "clocks_late_p50_ms": cut[49] * 1000,
        "clocks_late_p99_ms": cut[98] * 1000,
        "clocks_late_max_ms": max(late_s) * 1000,
        "clocks_rung": float(len(late_s)),
        "clocks_rss_mb": rss,
    }


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else None
    for key, value in asyncio.run(measure(quick=False, clocks=asked)).items():
        print(f"{key:32} {value:12,.2f}")
