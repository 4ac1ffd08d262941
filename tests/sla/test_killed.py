"""Two replicas of the service under load, each killed (SIGKILL) while it rings: nothing is lost, nothing doubled."""

import asyncio
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from contracts import sla
from contracts.envelope import partition_of
from journal import store
from journal.clock import DeskClock
from journal.entry import NewEntry
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from tests.sla.lives import local, queued, ticket

PARTITIONS = 4
WAVE = 300
"""Tickets opened together: their alarms ring while one replica is killed."""
KILLED_IN_THE_MIDST = ("sla", "sla-2", "sla")
WAVES_MAX = 12
"""On a machine that stands still for seconds, a wave may have rung before anybody sees it begin: another follows."""
STAGES = 4
"""Three warnings and the breach."""
PATIENCE_S = 90.0
START = local("2026-03-02 08:00")
SPEED = 72_000
"""Twenty hours of the desk in a second: a wave warns and breaches within 8 s, weekends included."""


@pytest.mark.timeout(900)
async def test_none_lost_none_twice_whoever_is_killed_while_it_rings() -> None:
    clock = f"{START.isoformat()}@{datetime.now(UTC).isoformat()}x{SPEED}"
    desk_clock = DeskClock.parse(clock)
    tickets = 0
    to_kill = list(KILLED_IN_THE_MIDST)
    async with (
        running_desk(["lifecycle", "sla", "sla-2"], {"DESK_CLOCK": clock}) as desk,
        connected(desk.admin_url("sla")) as sees,
    ):
        for _ in range(WAVES_MAX):
            opened = desk_clock.now()
            wave = [ticket(str(n)) for n in range(tickets, tickets + WAVE)]
            await _queue(desk, [queued(opened + timedelta(seconds=n), of=of) for n, of in enumerate(wave)])
            before, tickets = tickets * STAGES, tickets + WAVE
            rung = await _rung(sees, more_than=before)
            desk.kill(to_kill[0])
            await desk.restart(to_kill[0])
            if rung < tickets * STAGES:
                to_kill.pop(0)
            await _rung(sees, more_than=tickets * STAGES - 1)
            if not to_kill:
                break
        assert await sees.fetchval("select count(*) from views.timers") == 0
        events = [e for p in range(PARTITIONS) async for e in store.scan(sees, p)]
        verdicts = await store.verify_all(sees)
    assert not to_kill, "killed too late to show anything, wave after wave"
    assert all(verdict.sound for verdict in verdicts)
    told: dict[Any, list[Any]] = defaultdict(list)
    for entry in events:
        if isinstance(event := entry.event(), sla.ClockWarned | sla.ClockBreached):
            told[event.ticket_id].append(event)
            assert event.detected_at >= event.at
    assert Counter(len(each) for each in told.values()) == {STAGES: tickets}
    for each in told.values():
        assert [getattr(event, "stage", 100) for event in each] == [50, 75, 90, 100]


async def _queue(desk: RunningDesk, events: list[Any]) -> None:
    """As lifecycle would have recorded them: its relay does the rest."""
    async with connected(desk.admin_url("lifecycle")) as connection:
        for partition in range(PARTITIONS):
            entries = [
                NewEntry(event.ticket_id, 1, event.topic, event.encoded())
                for event in events
                if partition_of(event.ticket_id, PARTITIONS) == partition
            ]
            await store.append(connection, partition, entries, datetime.now(UTC))


async def _rung(sees: asyncpg.Connection, more_than: int) -> int:
    """How many alarms have rung, as soon as they are more than that."""
    async with asyncio.timeout(PATIENCE_S):
        while (count := await _count(sees)) <= more_than:
            await asyncio.sleep(0.02)
    return count


async def _count(sees: asyncpg.Connection) -> int:
    topics = [sla.ClockWarned.topic, sla.ClockBreached.topic]
    return int(await sees.fetchval("select count(*) from journal.entries where topic = any($1)", topics))
