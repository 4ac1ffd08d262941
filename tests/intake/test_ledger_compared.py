"""The ledger held against the journal: every disposition counts, however long the look takes, and a look that fails is told."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from contracts import intake as i
from contracts import json_schema
from contracts.envelope import EVENTS, Event, decode
from journal import store
from journal.clock import DeskClock
from journal.entry import NewEntry
from journal.store import Pool
from services.intake.channels.ledger import MAIL_SQL, Ledger, disposition_of, settle
from services.intake.metrics import UNACCOUNTED
from tests.servers.backing import Database, connected

Make = Callable[[str], Awaitable[Database]]
SAMPLES = Path(json_schema.__file__).with_name("samples")
MAILBOX = "suporte@desk.example.com"
OF_MESSAGES = sorted(
    topic
    for topic, event in EVENTS.items()
    if event.owner == "intake" and topic != i.TicketImported.topic  # of an earlier system: no message came
)
PATIENCE_S = 60.0


@asynccontextmanager
async def opened(url: str, **more: Any) -> AsyncIterator[Pool]:
    async with connected(url) as connection:
        await connection.execute(MAIL_SQL.read_text())
    async with asyncpg.create_pool(url, min_size=1, max_size=2, **more) as pool:
        yield pool


async def test_each_disposition_stands_in_the_ledger_and_in_the_journal(database: Make) -> None:
    received_at = DeskClock().now() - timedelta(hours=1)
    events = [_received(topic, received_at, f"{n:064x}") for n, topic in enumerate(OF_MESSAGES)]
    assert {disposition_of(event) for event in events} == set(i.DISPOSITIONS)
    async with opened((await database("intake")).url) as pool:
        ledger = Ledger(pool, DeskClock())
        entering = asyncio.create_task(ledger.run())
        try:
            for n, event in enumerate(events):
                entered = await ledger.enter(MAILBOX, received_at, f"{n:064x}", None)
                async with pool.acquire() as connection, connection.transaction():
                    entry = NewEntry(uuid4(), 1, event.topic, event.encoded())
                    await store.append(connection, 0, [entry], received_at)
                    await settle(connection, [(entered, [event])])
                assert await ledger.differing() == 0, event.topic
        finally:
            entering.cancel()
        for n, event in enumerate(events):
            await pool.execute("delete from views.mail_in where raw = $1", f"{n:064x}")
            assert await ledger.differing() == n + 1, event.topic


def _received(topic: str, at: datetime, raw: str) -> Event:
    """The sample of an event, of a message that came then."""
    event = decode(topic, (SAMPLES / f"{topic}.json").read_bytes())
    said = {"via": MAILBOX, "received_at": at, "raw": raw}
    if isinstance(event, i.DuplicateReceived):
        return event.model_copy(update=said)
    delivered: i.Delivered = event.delivered  # type: ignore[attr-defined] # every other one has it
    return event.model_copy(update={"delivered": delivered.model_copy(update=said)})


async def test_a_look_that_takes_longer_than_a_work_may_is_taken_to_its_end(database: Make) -> None:
    made = await database("intake")
    async with opened(made.url, command_timeout=0.5) as pool, _held_up(made):
        looking = asyncio.create_task(Ledger(pool, DeskClock()).differing())
        await asyncio.wait([looking], timeout=1.5)
        assert not looking.done()
        looking.cancel()


async def test_where_the_journal_could_not_be_looked_at_the_gauge_says_no_number(database: Make) -> None:
    made = await database("intake")
    async with opened(made.url) as pool:
        with capture_logs() as told:
            async with _held_up(made):
                assert math.isnan(await _shown(Ledger(pool, DeskClock(), compared_in_s=0.2)))
        assert [each["log_level"] for each in told if "cannot be read" in each["event"]] == ["error"]
        assert await _shown(Ledger(pool, DeskClock())) == 0


@asynccontextmanager
async def _held_up(made: Database) -> AsyncIterator[None]:
    """Whoever reads the journal waits meanwhile, and who reads the ledger does not."""
    async with connected(made.admin_url) as admin, admin.transaction():
        await admin.execute("lock table journal.entries in access exclusive mode")
        yield


async def _shown(ledger: Ledger) -> float:
    """What the gauge says once the ledger was looked at."""
    UNACCOUNTED.set(-1)
    watching = asyncio.create_task(ledger.watch())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while (shown := REGISTRY.get_sample_value("intake_mail_unaccounted")) == -1:
                await asyncio.sleep(0.02)
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    assert shown is not None
    return shown
