"""How long the page `/levels` takes to count a month and a year, with a year of tickets in the gateway's views on a real server.

Run it: `python -m bench.levels [tickets]`, 100,000 where nothing is said: some minutes, and 3 GB of disk. The lives
are those of `tests/sla_year`, each laid many times over under ids of its own and in the order in which things
happened, so that what is said of one ticket lies as far apart as on a desk. The history is that of lifecycle and sla.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import astuple, replace
from datetime import date, datetime
from random import Random
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from bench.samples import TEXT
from contracts.envelope import Event, partition_of
from contracts.lifecycle import TicketQueued
from deploy.postgres import EmbeddedPostgres
from figures.attainment import CLOCKS, Period
from figures.lives import CLOCK_TOPICS
from journal.store import Pool
from services.gateway.layout import make_views
from services.gateway.overview import CLOCKS_OF, OPENED, Overview
from services.gateway.periods import Chosen
from services.gateway.rows import TicketRow, ticket_after
from tests.servers.backing import Database, Servers, scratch
from tests.sla_year.life import MONTHS, Life, year
from tests.sla_year.terms import YEAR, ZONE, directory

PARTITIONS = 4
COPIES = 20
"""Of each life."""
MONTH = Chosen(Period(date(YEAR, 6, 1), date(YEAR, 6, 30), ZoneInfo(ZONE)))
WHOLE = Chosen(Period(date(YEAR, 1, 1), date(YEAR, 12, 31), ZoneInfo(ZONE)))
RUNS = 5


async def fill(pool: Pool, count: int) -> int:
    """The views of that many tickets, a twelfth of them opened in each month; how many events they have."""
    lives = list(year(directory(), 1, count // COPIES // MONTHS))
    chance = Random(1)
    ids = {
        life.ticket_id: [UUID(int=chance.getrandbits(128), version=4) for _ in range(COPIES)]
        for life in lives
    }
    rows = [astuple(row) for life in lives for row in _tickets(life, ids[life.ticket_id])]
    await pool.copy_records_to_table("tickets", schema_name="views", records=rows)
    said = sorted(
        ((_at(event), service, life.ticket_id, event) for life in lives for service, event in _events(life)),
        key=lambda each: each[0],
    )
    await pool.copy_records_to_table("history", schema_name="views", records=_history(said, ids))
    return len(said) * COPIES


def _tickets(life: Life, ids: list[UUID]) -> Iterator[TicketRow]:
    row: TicketRow | None = None
    for event in life.history:
        row = ticket_after(row, event)
    assert row is not None
    return (replace(row, ticket_id=each, number=f"{row.number}-{copy}") for copy, each in enumerate(ids))


def _events(life: Life) -> Iterator[tuple[str, Event]]:
    yield from (("lifecycle", event) for event in life.history)
    yield from (("sla", event) for event in life.clocks)


def _at(event: Any) -> datetime:
    return event.opened_at if isinstance(event, TicketQueued) else event.at


def _history(
    said: list[tuple[datetime, str, UUID, Event]], ids: dict[UUID, list[UUID]]
) -> Iterator[tuple[Any, ...]]:
    positions = dict.fromkeys([(s, p) for s in ("lifecycle", "sla") for p in range(PARTITIONS)], 0)
    for at, service, ticket_id, event in said:
        data = event.encoded().decode().replace('"text":"x"', f'"text":"{TEXT}"')
        for own in ids[ticket_id]:
            place = (service, partition_of(own, PARTITIONS))
            positions[place] += 1
            told = data.replace(str(ticket_id), str(own))
            yield own, *place, positions[place], event.topic, at, at, told, bytes(32)


async def seconds(overview: Overview, span: Chosen, runs: int) -> float:
    """The median of a few counts of the period, as the page counts it."""
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        tally = await overview.levels(span.period, span.since, span.until, "area")
        took.append(time.perf_counter() - began)
        assert tally.lines
    return median(took)


async def explained(pool: Pool) -> None:
    """What PostgreSQL does for each of the page's queries."""
    clocks = (MONTH.since, MONTH.until, sorted(CLOCK_TOPICS), list(CLOCKS))
    for query, arguments in ((OPENED, clocks[:2]), (CLOCKS_OF, clocks)):
        for (line,) in await pool.fetch(f"explain (analyze, buffers, costs off) {query}", *arguments):
            print("   ", line)


async def measure(database: Database, count: int) -> None:
    """Print what was laid, the plans, and how long the page's count takes."""
    async with asyncpg.create_pool(database.url, min_size=1, max_size=2) as pool:
        await make_views(pool)
        began = time.perf_counter()
        events = await fill(pool, count)
        size = await pool.fetchval("select pg_size_pretty(pg_total_relation_size('views.history'))")
        print(f"{count:,} tickets, {events:,} events, {size}, laid in {time.perf_counter() - began:.0f} s")
        async with asyncpg.create_pool(database.admin_url, min_size=1, max_size=1) as owner:
            await owner.execute("vacuum analyze views.tickets, views.history")
        await explained(pool)
        print(f"levels_month_s {await seconds(Overview(pool), MONTH, RUNS):.2f}")
        print(f"levels_year_s {await seconds(Overview(pool), WHOLE, 1):.2f}")


async def alone(count: int) -> None:
    """The same, on a server of its own."""
    with scratch() as folder:
        server = EmbeddedPostgres(folder)
        await asyncio.to_thread(server.start)
        try:
            await measure(await Servers(folder, server.url, server).new_database("gateway"), count)
        finally:
            await asyncio.to_thread(server.stop)


if __name__ == "__main__":
    asyncio.run(alone(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
