"""How closures wait for inbound mail: no longer than they must, and nothing else waits with them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import pytest
from nats.aio.msg import Msg
from pydantic_core import to_json

from contracts import sla
from deploy.nats import EmbeddedNats
from journal.bus import Bus
from journal.hearing import CHANNELS_SOURCE, Hear, hearer
from services.sla import inbound as inbound_of_sla
from services.sla.inbound import Inbound, over
from tests.servers.backing import Database
from tests.servers.bus import settle
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


class Passed:
    """Real seconds, as many as the test says."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def test_out_of_patience_it_is_still_asked_before_a_closure() -> None:
    passed = Passed()
    answers: asyncio.Queue[bool] = asyncio.Queue()

    async def hear(_: datetime) -> None:
        if not await answers.get():
            raise TimeoutError

    inbound = Inbound(hear, patience_s=10, again_s=4, linger_s=0.05, passed_s=passed)

    async def answered(*, read: bool) -> datetime:
        """What is told once an attempt has its answer."""
        answers.put_nowait(read)
        async with asyncio.timeout(PATIENCE_S):
            while not answers.empty():
                told = await inbound.read(FRIDAY)
        return await inbound.read(FRIDAY) if told < FRIDAY else told

    for passed.seconds in (0, 4, 8):
        assert await answered(read=False) < FRIDAY
    passed.seconds = 12
    assert await answered(read=False) == FRIDAY
    passed.seconds = 16
    assert await inbound.read(FRIDAY) < FRIDAY, "it may be back: the answer is waited for"
    assert await answered(read=False) == FRIDAY, "it is not, and patience had not begun anew"
    passed.seconds = 20
    assert await inbound.read(FRIDAY) < FRIDAY
    assert await answered(read=True) == FRIDAY
    assert inbound.read_to == FRIDAY


async def test_patience_begins_anew_after_a_time_in_which_nothing_waited() -> None:
    passed = Passed()

    async def hear(_: datetime) -> None:
        raise TimeoutError

    inbound = Inbound(hear, patience_s=10, again_s=1, linger_s=PATIENCE_S, passed_s=passed)
    assert await inbound.read(FRIDAY) < FRIDAY
    passed.seconds = 12
    assert await inbound.read(FRIDAY) < FRIDAY
    passed.seconds = 21.9
    assert await inbound.read(FRIDAY) < FRIDAY
    passed.seconds = 23
    assert await inbound.read(FRIDAY) == FRIDAY


async def test_without_patience_what_was_read_counts_and_only_a_failure_is_not_waited_for() -> None:
    passed, away = Passed(), False
    answer = asyncio.Event()

    async def hear(_: datetime) -> None:
        await answer.wait()
        if away:
            raise TimeoutError

    inbound = Inbound(hear, patience_s=0, passed_s=passed)
    assert await inbound.read(FRIDAY) < FRIDAY, "it is being read"
    answer.set()
    async with asyncio.timeout(PATIENCE_S):
        while (told := await inbound.read(FRIDAY + WEEK)) < FRIDAY:
            await asyncio.sleep(0.01)
    assert told == FRIDAY, "read so far and no further"
    away = True
    async with asyncio.timeout(PATIENCE_S):
        while (told := await inbound.read(FRIDAY + WEEK)) == FRIDAY:
            await asyncio.sleep(0.01)
    assert told == FRIDAY + WEEK


@pytest.mark.parametrize("reads", [True, False], ids=["read", "a mailbox is away"])
async def test_lifecycle_hears_intake_also_where_intake_cannot_read_a_mailbox(
    nats_server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch, *, reads: bool
) -> None:
    monkeypatch.setattr(inbound_of_sla, "HEARING_S", PATIENCE_S)
    heard: list[tuple[str, datetime]] = []

    async def read(at: datetime) -> None:
        heard.append((CHANNELS_SOURCE, at))
        if not reads:
            raise TimeoutError

    async def apply(at: datetime) -> None:
        heard.append(("intake", at))

    async with contextlib.AsyncExitStack() as stack:
        for service, hears in (("intake", {CHANNELS_SOURCE: read}), ("lifecycle", {"intake": apply})):
            await _hearing(await _bus(nats_server, service, stack), hears)
        inbound = Inbound(over(await _bus(nats_server, "sla", stack)), linger_s=PATIENCE_S)
        assert (await inbound.read(FRIDAY) == FRIDAY) is reads
    assert heard == [(CHANNELS_SOURCE, FRIDAY), ("intake", FRIDAY)]


async def _bus(server: EmbeddedNats, service: str, stack: contextlib.AsyncExitStack) -> Bus:
    bus = await Bus.connect(server.url(service), service)
    stack.push_async_callback(bus.close)
    return bus


async def _hearing(bus: Bus, hears: Mapping[str, Hear]) -> None:
    """Answer as a service does that hears these sources."""
    hear = hearer(hears, SetClock(FRIDAY))

    async def answer(message: Msg) -> None:
        await message.respond(to_json(await hear(message.data)))

    await bus.client.subscribe(f"journal.{bus.service}.hear", cb=answer)
    await settle(bus.client)


async def _rang(one: Replica, count: int) -> bool:
    return len(await one.rung()) >= count


async def _ring(one: Replica, ring_due: Callable[[datetime], Awaitable[int]], count: int) -> bool:
    await ring_due(one.clock.instant)
    return len(await _closed(one)) >= count


async def _closed(one: Replica) -> list[object]:
    return [event.ticket_id for event in await one.rung() if isinstance(event, sla.DeadlineReached)]
