"""The loop while the machine's clock is stepped: nothing rings early, twice, or not at all."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts import sla
from journal.clock import DeskClock
from journal.work import Journal
from services.sla.decider import SLA
from services.sla.inbound import Inbound
from services.sla.timers import POLL_S, Timers
from services.sla.views import timers_of
from tests.servers.backing import Database
from tests.sla.lives import PINNED, local, queued, ticket
from tests.sla.replicas import (
    Replica,
    SetClock,
    empty,
    nothing_more_arrived,
    nothing_to_hear,
    replica,
    running,
    until,
)

FRIDAY = local("2026-03-06 17:00")
DUE = local("2026-03-12 09:45")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Machine:
    """A machine whose clock runs, and is stepped; the desk's is anchored to it."""

    monkeypatch: pytest.MonkeyPatch
    starts_at: datetime
    stepped_s: float = 0.0

    def __post_init__(self) -> None:
        self.real = time.time
        self.anchor = self.real()
        self.monkeypatch.setattr(time, "time", lambda: self.real() + self.stepped_s)

    def step(self, by: timedelta) -> None:
        self.stepped_s += by.total_seconds()

    def process(self, desk: Replica) -> Timers:
        """The loop of a process that starts now."""
        real_start = datetime.fromtimestamp(self.anchor, tz=self.starts_at.tzinfo)
        clock = DeskClock(self.starts_at, real_start)
        journal = Journal(desk.pool, SLA, clock, 1, project=timers_of(1))
        return Timers(journal, PINNED, nothing_to_hear, Inbound(nothing_more_arrived))


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Replica]:
    """Three tickets, opened an hour apart, that are due at INSTANTS and warn of nothing."""
    async with replica(await database("sla"), SetClock(FRIDAY), 1) as made:
        await made.told(
            *(queued(opened, "quiet", of=ticket(str(n))) for n, opened in enumerate(_openings())),
        )
        yield made


def _openings() -> list[datetime]:
    return [local("2026-03-06 15:00"), local("2026-03-06 16:00"), FRIDAY]


INSTANTS = [local("2026-03-11 17:15"), local("2026-03-12 08:45"), DUE]


async def _rung(desk: Replica) -> list[Any]:
    rung = await desk.rung()
    assert all(isinstance(event, sla.ClockBreached) for event in rung)
    return rung


def _has_rung(desk: Replica, count: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return len(await _rung(desk)) == count

    return check


async def test_stepped_forward_all_that_lies_between_rings_at_once_in_order(
    desk: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, INSTANTS[0] - HOUR)
    async with running(machine.process(desk)):
        await _nothing_for(2 * POLL_S)
        assert await _rung(desk) == []
        machine.step(INSTANTS[2] - INSTANTS[0] + 2 * HOUR)
        await until(lambda: empty(desk))
    rung = await _rung(desk)
    assert [event.at for event in rung] == INSTANTS
    assert all(INSTANTS[2] + HOUR <= event.detected_at < INSTANTS[2] + HOUR + MINUTE for event in rung)


async def test_stepped_back_nothing_rings_twice_or_before_its_instant(
    desk: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, INSTANTS[0] + MINUTE)
    async with running(machine.process(desk)):
        await until(_has_rung(desk, 1))
        machine.step(-HOUR)
        await _nothing_for(3 * POLL_S)
        assert len(await _rung(desk)) == 1
        # As far as before, and then past the next one's instant.
        machine.step(HOUR + (INSTANTS[1] - INSTANTS[0]))
        await until(_has_rung(desk, 2))
    detected = [event.detected_at for event in await _rung(desk)]
    assert detected == sorted(detected)
    assert all(event.detected_at >= event.at for event in await _rung(desk))


async def test_a_process_that_starts_in_an_earlier_hour_waits_for_it_and_repeats_nothing(
    desk: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(monkeypatch, INSTANTS[1] + MINUTE)
    async with running(machine.process(desk)):
        await until(_has_rung(desk, 2))
    machine.step(-2 * HOUR)
    async with running(machine.process(desk)):
        await _nothing_for(3 * POLL_S)
        assert len(await _rung(desk)) == 2
        machine.step(DUE - INSTANTS[1] + 2 * HOUR)
        await until(lambda: empty(desk))
    rung = await _rung(desk)
    assert [event.at for event in rung] == INSTANTS
    assert all(event.detected_at >= event.at for event in rung)


async def test_of_two_replicas_whose_machines_disagree_the_earlier_one_rings_once(
    desk: Replica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verdict names the due instant, which no clock moves; who is ahead sees it first."""
    machine = Machine(monkeypatch, INSTANTS[0] - HOUR)
    behind = machine.process(desk)
    machine.starts_at = INSTANTS[0] + MINUTE
    async with running(behind, machine.process(desk)):
        await until(_has_rung(desk, 1))
        machine.step(INSTANTS[2] - INSTANTS[0] + 2 * HOUR)
        await until(lambda: empty(desk))
    assert [event.at for event in await _rung(desk)] == INSTANTS


async def _nothing_for(seconds: float) -> None:
    """Time in which something wrong could happen."""
    await asyncio.sleep(seconds)
