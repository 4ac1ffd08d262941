"""`python -m deploy.demo [--keep]`: plays the story on a fast desk, its own unless one runs already."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from contracts.directory import Desk
from deploy.auditor.history import newest, zone_of
from deploy.auditor.place import Place
from deploy.cli_words import Unable
from deploy.demo.lines import Failed, line
from deploy.demo.own_desk import SPEED, own_desk, stage_folder
from deploy.demo.stage import Stage
from deploy.demo.story import Cast, channels_seen, play, promises
from deploy.demo.watch import Watch
from deploy.sample.records import DESK_YAML, read_desk
from journal.bus import Bus
from journal.clock import DeskClock
from worktime.calendar import Calendar

FAST_ENOUGH = 2_000.0
"""A running desk is used when the story's ten days take no more than eight minutes on it."""
CALENDAR = "comercial"
"""The sample desk's calendar (deploy/sample/desk.yaml)."""
CHANNELS = {"email", "web", "phone"}


@contextlib.contextmanager
def fast_desk(console: Console, *, keep: bool) -> Iterator[dict[str, Any]]:
    """The running desk where it is fast enough, else one of the demo's own, stopped after the block."""
    described = _running()
    if described:
        console.print(line("using", hour_s=3600 / DeskClock.parse(described["clock"]).speed))
        yield described
        return
    state = stage_folder()
    console.print(line("starting", state=state, hour_s=3600 / SPEED), soft_wrap=True, highlight=False)
    with own_desk(state) as described:
        yield described
        if keep:
            console.print(line("kept", web=described["web"]), highlight=False)
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    time.sleep(1)
        console.print(line("stopping", state=state), soft_wrap=True, highlight=False)


def _running() -> dict[str, Any]:
    with contextlib.suppress(Unable):
        chosen = {key: value for key, value in os.environ.items() if key == "ATENDIMENTO_STATE"}
        described = dict(Place.find(chosen).described)
        if DeskClock.parse(described["clock"]).speed >= FAST_ENOUGH:
            return described
    return {}


async def perform(described: dict[str, Any], console: Console) -> bool:
    """Play the story on that desk and say what was seen; whether that is all that was promised.

    Raises:
        Failed: something did not happen that should have.
    """
    place = Place(described["auditor"], described)
    found = await newest(place, "desk", "desk")
    desk = found.parsed() if found else None
    zone = zone_of(found)
    clock = DeskClock.parse(described["clock"])
    async with Watch.opened(place.dsns, zone, console) as watch, _bus(described) as bus:
        address = desk.address if isinstance(desk, Desk) else ""
        stage = Stage(described, clock, bus, watch, console, address, await _calendar(place), zone)
        login = next(each for each in read_desk(DESK_YAML, clock.now().year).logins if each.role == "manager")
        console.print(
            line("look", web=described["web"], login=login.login, password=login.password),
            soft_wrap=True, highlight=False,
        )  # fmt: skip
        await stage.next_morning()
        began, cast = time.monotonic(), await play(stage)
        return _summarised(stage, cast, time.monotonic() - began)


@contextlib.asynccontextmanager
async def _bus(described: dict[str, Any]) -> AsyncIterator[Bus]:
    """The gateway's connection: it alone may send commands."""
    bus = await Bus.connect(described["services"]["gateway"]["NATS_URL"], "gateway")
    try:
        yield bus
    finally:
        await bus.close()


async def _calendar(place: Place) -> Calendar:
    found = await newest(place, "calendar", CALENDAR)
    if found is None:
        raise Failed("no_sample")
    return Calendar.from_record({**found.record, "key": found.key, "version": found.version})


def _summarised(stage: Stage, cast: Cast, seconds: float) -> bool:
    """Say what was seen; whether nothing of what was promised is missing."""
    console, watch = stage.console, stage.watch
    console.print(f"\n[bold]{line('summary')}[/]")
    seen = {"three_channels": channels_seen(stage) >= CHANNELS}
    seen |= {code: watch.any(is_it) for code, is_it in promises(cast).items()}
    for code, yes in seen.items():
        console.print(f"  {'[green]✓[/]' if yes else '[red]✗[/]'} {line(code)}")
    console.print(f"[bold]{line('tickets')}[/]")
    for ticket_id in (cast.beatriz, cast.helena, cast.emma):
        console.print(f"  {stage.link(watch.numbers[ticket_id])}", highlight=False)
    maildir = Path(stage.described["maildir"])
    console.print(line("mails", count=len(list(maildir.glob("*/new/*"))), folder=maildir), soft_wrap=True)
    command = f"ATENDIMENTO_STATE={maildir.parent} atendimento history {watch.numbers[cast.helena]}"
    console.print(line("more", command=command), soft_wrap=True, highlight=False)
    days = seconds * stage.clock.speed / timedelta(days=1).total_seconds()
    console.print(line("took", days=days, seconds=seconds))
    return all(seen.values())


def main(arguments: list[str]) -> int:
    """0 when everything promised was seen; 1 when not, with one sentence why."""
    console = Console(highlight=False)
    try:
        with fast_desk(console, keep="--keep" in arguments) as described:
            return 0 if asyncio.run(perform(described, console)) else 1
    except (Failed, Unable) as failure:
        Console(stderr=True, soft_wrap=True).print(str(failure), style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
