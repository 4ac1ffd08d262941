"""The service as a process, on real NATS and PostgreSQL, beside lifecycle, on an accelerated desk clock."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from contracts import sla
from contracts.envelope import Event, partition_of
from journal import store
from journal.clock import DeskClock
from journal.entry import NewEntry
from tests.running import RunningDesk, running_desk
from tests.sla.lives import answered, local, queued, ticket

PARTITIONS = 4
PATIENCE_S = 45.0
START = local("2026-03-02 08:00")
SPEED = 36_000
"""Ten hours of the desk in a second: the target of 24 working hours is reached in 7 to 15 s."""


async def test_an_answer_given_while_sla_was_away_is_no_breach_and_silence_is_one() -> None:
    clock = f"{START.isoformat()}@{datetime.now(UTC).isoformat()}x{SPEED}"
    desk_clock = DeskClock.parse(clock)
    async with running_desk(["lifecycle", "sla"], {"DESK_CLOCK": clock}) as desk:
        opened = desk_clock.now()
        told = {name: ticket(name) for name in ("answered", "silent")}
        await _record(desk, *(queued(opened, of=of) for of in told.values()))
        started = await _until(desk, lambda events: _count(events, sla.ClockStarted) == len(told))
        desk.kill("sla")
        (due,) = {event.due_at for event in started if isinstance(event, sla.ClockStarted)}
        # Recorded while sla is away, and more besides than one segment holds, so that it takes time to hear.
        await _record(desk, *(queued(opened + timedelta(days=90), of=ticket(str(n))) for n in range(1500)))
        in_time = answered(due - timedelta(minutes=1), first=True, of=told["answered"])
        await _record(desk, in_time, version=2)
        await desk_clock.sleep_until(due + timedelta(days=1))
        await desk.restart("sla")
        events = await _until(
            desk,
            lambda events: bool(_count(events, sla.ClockBreached)) and bool(_count(events, sla.ClockMet)),
        )
    met = [event for event in events if isinstance(event, sla.ClockMet)]
    breached = [event for event in events if isinstance(event, sla.ClockBreached) and event.at == due]
    assert [(event.ticket_id, event.late) for event in met] == [(told["answered"], False)]
    assert [event.ticket_id for event in breached] == [told["silent"]]
    assert breached[0].detected_at > due + timedelta(days=1)
    warned = [event for event in events if isinstance(event, sla.ClockWarned)]
    assert [event.stage for event in warned if event.ticket_id == told["silent"]] == [50, 75, 90]


async def _record(desk: RunningDesk, *events: Any, version: int = 1) -> None:
    """As lifecycle would have recorded it: its relay does the rest."""
    connection = await asyncpg.connect(desk.database_url("lifecycle"))
    try:
        for partition in range(PARTITIONS):
            entries = [
                NewEntry(event.ticket_id, version, event.topic, event.encoded())
                for event in events
                if partition_of(event.ticket_id, PARTITIONS) == partition
            ]
            if entries:
                await store.append(connection, partition, entries, datetime.now(UTC))
    finally:
        await connection.close()


async def _until(desk: RunningDesk, condition: Any) -> list[Event]:
    """The events of sla's journal, once the condition holds for them."""
    connection = await asyncpg.connect(desk.database_url("sla"))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                events = [
                    entry.event()
                    for partition in range(PARTITIONS)
                    async for entry in store.scan(connection, partition)
                ]
                if condition(events):
                    return events
                await asyncio.sleep(0.1)
    finally:
        await connection.close()


def _count(events: list[Event], kind: type[Event]) -> int:
    return sum(isinstance(event, kind) for event in events)
