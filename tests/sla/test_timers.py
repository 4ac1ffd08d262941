"""The timer loop on a real PostgreSQL: in order, once, whatever stopped or ran beside it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from contracts import sla
from journal import store
from journal.directory import Directory
from journal.errors import Conflict
from services.sla.inbound import Inbound
from services.sla.pinned import Pinned
from services.sla.views import rebuild
from tests.servers.backing import Database
from tests.sla.lives import (
    TICKET,
    answered,
    awaited,
    dismissed,
    local,
    queued,
    records,
    reopened,
    replied,
    resolved,
    resumed,
    ticket,
)
from tests.sla.replicas import PATIENCE_S, Replica, SetClock, empty, replica, running, until

FRIDAY = local("2026-03-06 17:00")
DUE = local("2026-03-12 09:45")


@pytest.fixture
async def one(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Replica]:
    """A replica with one partition, so that its journal shows one order."""
    async with replica(await database("sla"), SetClock(FRIDAY), 1) as made:
        yield made


async def test_after_a_stop_all_that_is_due_rings_in_order(one: Replica) -> None:
    await one.told(*(queued(FRIDAY + timedelta(minutes=n), of=ticket(str(n))) for n in range(30)))
    one.clock.instant = back = DUE + timedelta(days=30)
    async with running(one.timers()):
        await until(lambda: empty(one))
    rung = await one.rung()
    assert len(rung) == 30 * 4
    assert rung == sorted(rung, key=lambda event: event.at)
    assert [event.at for event in rung if event.ticket_id == ticket("0")] == [
        local("2026-03-10 14:30"), local("2026-03-11 13:15"), local("2026-03-11 16:51"), DUE,
    ]  # fmt: skip
    assert {event.detected_at for event in rung} == {back}


async def test_each_batch_is_in_order_and_what_is_left_comes_next(one: Replica) -> None:
    await one.told(*(queued(FRIDAY + timedelta(minutes=n), of=ticket(str(n))) for n in range(7)))
    one.clock.instant = DUE + timedelta(days=1)
    timers, taken = one.timers(), []
    while count := await timers.ring_due(one.clock.instant, limit=3):
        taken.append(count)
    rung = await one.rung()
    assert (len(rung), max(taken)) == (28, 3)
    assert rung == sorted(rung, key=lambda event: event.at)


async def test_what_is_not_due_waits_until_it_is(one: Replica) -> None:
    await one.told(queued(FRIDAY, "quiet"))
    one.clock.instant = DUE - timedelta(microseconds=1)
    async with running(one.timers()):
        await asyncio.sleep(0.5)
        assert await one.rung() == []
        one.clock.instant = DUE
        await until(lambda: empty(one))
    assert [event.at for event in await one.rung()] == [DUE]


async def test_a_timer_set_while_the_loop_sleeps_rings_as_soon(one: Replica) -> None:
    async with running(one.timers()):
        await asyncio.sleep(0.1)
        await one.told(queued(FRIDAY, "quiet"), now=DUE + timedelta(minutes=1))
        began = asyncio.get_running_loop().time()
        await until(lambda: empty(one))
        assert asyncio.get_running_loop().time() - began < 30
    assert len(await one.rung()) == 1


async def test_two_replicas_at_once_ring_each_clock_once(
    database: Callable[[str], Awaitable[Database]],
) -> None:
    provisioned, clock = await database("sla"), SetClock(FRIDAY)
    async with replica(provisioned, clock, 2) as first, replica(provisioned, clock, 2) as second:
        tickets = [ticket(str(n)) for n in range(150)]
        await first.told(*(queued(FRIDAY + timedelta(seconds=n), of=of) for n, of in enumerate(tickets)))
        clock.instant = local("2026-03-11 13:30")  # half and three quarters of each are used up
        answers = [answered(clock.instant, first=True, of=of) for of in tickets[::3]]
        async with running(first.timers(), second.timers(), second.timers()):
            for answer in answers:  # beside them, the follower's work
                await _retried(second, answer)
            clock.instant = DUE + timedelta(days=1)
            await until(lambda: empty(first))
        rung = Counter(
            (event.ticket_id, type(event), getattr(event, "stage", 0)) for event in await first.rung()
        )
        assert set(rung.values()) == {1}
        breached = {of for of, kind, _ in rung if kind is sla.ClockBreached}
        assert breached == set(tickets) - set(tickets[::3])
        verdicts = await store.verify_all(first.pool)
        assert all(verdict.sound for verdict in verdicts)


async def test_a_timer_of_a_cycle_that_has_changed_only_goes(one: Replica) -> None:
    asked = local("2026-03-09 09:00")
    causes = (queued(FRIDAY, "quiet"), awaited(asked, first=True), resumed(asked), awaited(asked, waiting=2))
    await one.told(*causes, now=asked)
    before = await one.events()
    # As a restored copy of the table would have it: the first cycle's row.
    await one.pool.execute("update views.timers set cycle = 1 where clock = 'customer_silence'")
    one.clock.instant = asked + timedelta(days=8)
    assert await one.timers().ring_due(one.clock.instant) == 1
    assert await one.table() == []
    assert await one.events() == before


async def test_an_answer_on_its_way_is_heard_before_the_verdict(one: Replica) -> None:
    await one.told(queued(FRIDAY, "quiet"))
    one.clock.instant = DUE + timedelta(hours=2)

    async def hear(partitions: Collection[int]) -> None:
        assert list(partitions) == [0]
        if len(await one.events()) == 1:
            await one.told(answered(DUE - timedelta(minutes=1), first=True))

    await one.timers(hear).ring_due(one.clock.instant)
    assert [type(event) for event in await one.events()] == [sla.ClockStarted, sla.ClockMet]


async def test_while_lifecycle_cannot_be_heard_nothing_is_judged(one: Replica) -> None:
    await one.told(queued(FRIDAY, "quiet"))
    one.clock.instant = DUE + timedelta(hours=2)
    away = True

    async def hear(_: Collection[int]) -> None:
        if away:
            raise ConnectionError("lifecycle is away")

    async with running(one.timers(hear)):
        await asyncio.sleep(0.7)
        assert await one.rung() == []
        away = False
        await until(lambda: empty(one))
    assert len(await one.rung()) == 1


async def test_while_inbound_mail_is_unread_tickets_stay_open_and_breaches_ring(one: Replica) -> None:
    await one.told(queued(FRIDAY, "quiet"), queued(FRIDAY, "quiet", of=ticket("silent")))
    asked = local("2026-03-06 17:10")
    await one.told(awaited(asked, first=True, of=ticket("silent")), now=asked)
    one.clock.instant = asked + timedelta(days=8)
    unread = True

    async def hear(_: datetime) -> None:
        if unread:
            raise ConnectionError("intake is away")

    async with running(one.timers(inbound=Inbound(hear, again_s=0.05))):
        await until(lambda: _rang(one, TICKET))
        await asyncio.sleep(0.5)
        assert [type(event) for event in await one.rung()] == [sla.ClockBreached]
        unread = False
        await until(lambda: empty(one))
    assert [event.at for event in await one.rung()] == [DUE, asked + timedelta(days=7)]


async def test_a_reply_that_was_unread_is_heard_before_the_closure(one: Replica) -> None:
    asked = local("2026-03-06 17:10")
    await one.told(queued(FRIDAY, "quiet"), awaited(asked, first=True), now=asked)
    end = asked + timedelta(days=7)
    one.clock.instant = end + timedelta(hours=1)

    async def hear(_: datetime) -> None:
        await one.told(replied(end))

    await one.timers(inbound=Inbound(hear, linger_s=PATIENCE_S)).ring_due(one.clock.instant)
    assert await one.rung() == []
    heard = (await one.events())[-3:]
    assert [(type(event), getattr(event, "clock", "")) for event in heard] == [
        (sla.ClockMet, "customer_silence"),
        (sla.CircumstancesNoted, ""),  # it waits for the customer no more
        (sla.CircumstancesNoted, ""),  # a question waits, for which this policy has no clock
    ]


async def test_after_its_patience_a_closure_waits_no_more(
    one: Replica, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = local("2026-03-06 17:10")
    await one.told(queued(FRIDAY, "quiet"), awaited(asked, first=True), now=asked)
    one.clock.instant = asked + timedelta(days=8)

    async def hear(_: datetime) -> None:
        raise ConnectionError("intake is away")

    began = asyncio.get_running_loop().time()
    async with running(one.timers(inbound=Inbound(hear, patience_s=0.8, again_s=0.05))):
        await until(lambda: empty(one))
    assert asyncio.get_running_loop().time() - began >= 0.8
    assert [type(event) for event in await one.rung()] == [sla.DeadlineReached]
    assert "tickets close though inbound mail may be unread" in "".join(capsys.readouterr())


async def test_a_closure_that_comes_due_with_what_is_heard_waits_for_inbound_too(one: Replica) -> None:
    done = local("2026-03-06 17:10")
    await one.told(
        queued(FRIDAY, "quiet"),
        resolved(done, first=True),
        reopened(done),
        queued(FRIDAY, "quiet", of=ticket("b")),
    )
    one.clock.instant = done + timedelta(days=10)
    read: list[int] = []

    async def hear(_: Collection[int]) -> None:
        if not read:
            await one.told(dismissed(done + timedelta(days=9), done))

    async def hear_inbound(_: datetime) -> None:
        read.append(len(await one.rung()))

    timers = one.timers(hear, inbound=Inbound(hear_inbound, linger_s=PATIENCE_S))
    await timers.ring_due(one.clock.instant)
    assert [type(event) for event in await one.rung()] == [sla.ClockBreached]
    assert read == []
    await timers.ring_due(one.clock.instant)
    assert [type(event) for event in await one.rung()] == [sla.ClockBreached, sla.DeadlineReached]
    assert read == [1]


async def test_a_ticket_whose_timer_fails_does_not_hold_up_the_others(one: Replica) -> None:
    """As many fail as could not each spoil a batch of their own within the minute for which they are set aside."""
    bad = {ticket(f"bad {n}") for n in range(200)}
    await one.told(*(queued(FRIDAY, "whole", of=of) for of in bad), queued(FRIDAY, of=ticket("good")))
    one.clock.instant = local("2026-03-10 14:30")
    without = Directory()
    complete = records()
    for kind in ("calendar", "sla_policy"):
        record = complete._latest[kind, "padrao"][2]
        without.put(kind, "padrao", 1, True, record)
    async with running(one.timers(pinned=Pinned(without))):
        await until(lambda: _rang(one, ticket("good")))
    assert {event.ticket_id for event in await one.rung()} == {ticket("good")}
    assert {row[0] for row in await one.table()} == {ticket("good"), *bad}


async def test_the_table_made_anew_from_the_journal_is_the_one_that_lived(
    database: Callable[[str], Awaitable[Database]],
) -> None:
    async with replica(await database("sla"), SetClock(FRIDAY), 3) as desk:
        tickets = [ticket(str(n)) for n in range(40)]
        await desk.told(
            *(queued(FRIDAY, "whole" if n % 2 else "padrao", of=of) for n, of in enumerate(tickets))
        )
        asked = local("2026-03-09 09:00")
        await desk.told(*(awaited(asked, first=True, of=of) for of in tickets[::3]), now=asked)
        await desk.told(*(resumed(asked, of=of) for of in tickets[::6]))
        await desk.told(*(answered(asked, first=True, of=of) for of in tickets[1::3]))
        desk.clock.instant = local("2026-03-11 17:00")
        while await desk.timers().ring_due(desk.clock.instant, limit=10):
            pass
        lived = await desk.table()
        assert len({row[1] for row in lived}) == 3
        await desk.pool.execute("delete from views.timers where stage > 50")
        await desk.pool.execute("update views.timers set due_at = due_at + interval '1 day', cycle = 9")
        async with desk.pool.acquire() as connection:
            assert await rebuild(connection, 3) == len(await desk.events())
        assert await desk.table() == lived


async def _rang(desk: Replica, of: UUID) -> bool:
    return any(event.ticket_id == of for event in await desk.rung())


async def _retried(desk: Replica, cause: Any) -> None:
    while True:
        try:
            await desk.told(cause)
        except (Conflict, asyncpg.DeadlockDetectedError):
            continue
        return
