"""How closures wait for inbound mail: no longer than they must, and nothing else waits with them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from contracts import sla
from services.sla.inbound import Inbound
from tests.servers.backing import Database
from tests.sla.lives import TICKET, awaited, local, queued, ticket
from tests.sla.replicas import PATIENCE_S, Replica, SetClock, replica, running, until

FRIDAY = local("2026-03-06 17:00")
WEEK = timedelta(days=7)


@pytest.fixture
async def one(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Replica]:
    async with replica(await database("sla"), SetClock(FRIDAY), 1) as made:
        yield made


async def test_no_other_clock_waits_for_mail_that_takes_long_to_read(one: Replica) -> None:
    await one.told(queued(FRIDAY, "quiet"), queued(FRIDAY, "quiet", of=ticket("silent")))
    await one.told(awaited(FRIDAY, first=True, of=ticket("silent")))
    one.clock.instant = FRIDAY + WEEK
    begun, read = asyncio.Event(), asyncio.Event()

    async def hear(_: datetime) -> None:
        begun.set()
        await read.wait()

    async with running(one.timers(inbound=Inbound(hear))):
        await begun.wait()
        await until(lambda: _rang(one, 1))
        assert [event.ticket_id for event in await one.rung()] == [TICKET]
        read.set()
        await until(lambda: _rang(one, 2))
    assert isinstance((await one.rung())[-1], sla.DeadlineReached)


async def test_a_closure_due_after_what_was_read_waits_for_the_next_reading(one: Replica) -> None:
    others = [ticket("first"), ticket("second")]
    for n, of in enumerate(others):
        await one.told(queued(FRIDAY, "quiet", of=of))
        await one.told(awaited(FRIDAY + timedelta(hours=n), first=True, of=of))
    asked: list[datetime] = []
    answer = asyncio.Event()

    async def hear(at: datetime) -> None:
        asked.append(at)
        await answer.wait()

    one.clock.instant = FRIDAY + WEEK
    timers = one.timers(inbound=Inbound(hear))
    await timers.ring_due(one.clock.instant)
    assert asked == [FRIDAY + WEEK]
    one.clock.instant = FRIDAY + WEEK + timedelta(hours=2)
    await timers.ring_due(one.clock.instant)
    answer.set()
    await until(lambda: _ring(one, timers.ring_due, 1))
    assert await _closed(one) == [others[0]]
    await until(lambda: _ring(one, timers.ring_due, 2))
    assert await _closed(one) == others
    assert asked == [FRIDAY + WEEK, one.clock.instant]


async def test_the_same_instant_is_asked_for_until_it_is_answered() -> None:
    asked: list[datetime] = []

    async def hear(at: datetime) -> None:
        asked.append(at)
        if len(asked) < 3:
            raise TimeoutError

    inbound = Inbound(hear, again_s=0, linger_s=PATIENCE_S)
    told = [await inbound.read(FRIDAY + timedelta(hours=n)) for n in range(4)]
    assert asked == [FRIDAY, FRIDAY, FRIDAY, FRIDAY + timedelta(hours=3)]
    assert told[2:] == [FRIDAY, FRIDAY + timedelta(hours=3)]
    assert max(told[:2]) < FRIDAY


async def test_out_of_patience_it_is_still_asked_before_a_closure() -> None:
    away = True
    answer = asyncio.Event()

    async def hear(_: datetime) -> None:
        if away:
            raise TimeoutError
        await answer.wait()

    inbound = Inbound(hear, patience_s=0.2, again_s=0.1)
    async with asyncio.timeout(PATIENCE_S):
        while await inbound.read(FRIDAY) < FRIDAY:
            await asyncio.sleep(0.01)
    away = False
    await asyncio.sleep(0.15)
    assert await inbound.read(FRIDAY) < FRIDAY, "it may be back: the answer is waited for"
    answer.set()
    async with asyncio.timeout(PATIENCE_S):
        while await inbound.read(FRIDAY) < FRIDAY:
            await asyncio.sleep(0.01)
    assert inbound.read_to == FRIDAY


async def test_patience_begins_anew_after_a_time_in_which_nothing_waited() -> None:
    async def hear(_: datetime) -> None:
        raise TimeoutError

    inbound = Inbound(hear, patience_s=0.3, again_s=0.05, linger_s=PATIENCE_S)
    assert await inbound.read(FRIDAY) < FRIDAY
    await asyncio.sleep(0.5)
    assert await inbound.read(FRIDAY) < FRIDAY


async def _rang(one: Replica, count: int) -> bool:
    return len(await one.rung()) >= count


async def _ring(one: Replica, ring_due: Callable[[datetime], Awaitable[int]], count: int) -> bool:
    await ring_due(one.clock.instant)
    return len(await _closed(one)) >= count


async def _closed(one: Replica) -> list[object]:
    return [event.ticket_id for event in await one.rung() if isinstance(event, sla.DeadlineReached)]
