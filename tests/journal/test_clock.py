import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from journal.clock import DeskClock

START = datetime(2026, 3, 2, 11, tzinfo=UTC)


def accelerated(speed: float, real_start: datetime | None = None) -> DeskClock:
    real = real_start or datetime.now(UTC)
    return DeskClock.parse(f"{START.isoformat()}@{real.isoformat()}x{speed}")


def test_an_empty_setting_is_real_time() -> None:
    before = datetime.now(UTC)
    assert before <= DeskClock.parse("").now() <= datetime.now(UTC)


def test_an_accelerated_clock_counts_from_its_anchors() -> None:
    real_start = datetime.now(UTC) - timedelta(seconds=10)
    late = accelerated(600, real_start).now() - START
    assert timedelta(seconds=6000) <= late <= 600 * (datetime.now(UTC) - real_start) + timedelta(seconds=1)


def test_two_processes_with_one_setting_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = f"{START.isoformat()}@{datetime.now(UTC).isoformat()}x100"
    one, other, real = DeskClock.parse(setting), DeskClock.parse(setting), time.time() + 100
    monkeypatch.setattr(time, "time", lambda: real)
    assert one.now() == other.now() > START + timedelta(seconds=9_000)


def test_it_never_runs_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, real = accelerated(10), time.time()
    monkeypatch.setattr(time, "time", lambda: real + 100)
    ahead = clock.now()
    monkeypatch.setattr(time, "time", lambda: real)
    assert clock.now() == ahead
    monkeypatch.setattr(time, "time", lambda: real + 200)
    assert clock.now() == ahead + timedelta(seconds=1000)


async def test_a_sleeper_wakes_just_after_its_instant() -> None:
    clock = accelerated(1000)
    began, instant = asyncio.get_running_loop().time(), clock.now() + timedelta(seconds=200)
    await clock.sleep_until(instant)
    assert clock.now() >= instant
    assert 0.15 <= asyncio.get_running_loop().time() - began < 60


async def test_what_is_past_is_not_waited_for() -> None:
    async with asyncio.timeout(10):
        await DeskClock().sleep_until(datetime.min.replace(tzinfo=UTC))


async def test_a_sleep_of_years_can_be_cancelled() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await DeskClock().sleep_until(datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    "setting",
    [
        "600",
        "x600",
        "2026-03-02T11:00:00+00:00x600",
        "2026-03-02T11:00:00@2026-03-02T11:00:00x600",
        "2026-03-02T11:00:00+00:00@2026-03-02T11:00:00+00:00x0",
        "2026-03-02T11:00:00+00:00@2026-03-02T11:00:00+00:00x-1",
        "2026-03-02T11:00:00+00:00@2026-03-02T11:00:00+00:00xnan",
        "2026-03-02T11:00:00+00:00@2026-03-02T11:00:00+00:00xinf",
    ],
)
def test_another_form_is_refused(setting: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        DeskClock.parse(setting)
