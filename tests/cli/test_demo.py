"""The demo keeps its promises, on a desk whose clock runs a little faster than the demo's own."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from deploy.demo.__main__ import perform
from deploy.demo.lines import LINES
from deploy.demo.own_desk import DESK_START
from deploy.sample.load import load
from deploy.sample.records import DESK_YAML, read_desk
from journal.clock import DeskClock
from tests.cli.atendimento import describe
from tests.running import running_desk

SPEED = 14_400.0
"""Ten days in a minute."""


@pytest.mark.timeout(600)
async def test_everything_promised_is_seen() -> None:
    clock = f"{DESK_START.isoformat()}@{datetime.now(UTC).isoformat()}x{SPEED}"
    async with running_desk(environment={"DESK_CLOCK": clock}, records=()) as desk:
        describe(desk)
        sample = read_desk(DESK_YAML, DESK_START.year)
        gateway = desk.desk.environment("gateway")
        await load(sample, gateway["DATABASE_URL"], gateway["NATS_URL"], DeskClock.parse(clock))
        await desk.spread()
        said = StringIO()
        kept = await perform(json.loads(desk.desk.file.read_text()), Console(file=said, width=250))
    assert kept, said.getvalue()
    assert LINES["closed_silent"][0] in said.getvalue()
    assert "✗" not in said.getvalue()
