"""Whether the views are what a fresh replay of the journals makes of them."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from contracts.intake import TicketRegistered
from contracts.lifecycle import TicketClosed
from deploy.provision import ROOT
from journal.bus import Bus
from services.gateway.views import TABLES
from services.intake import rebuild as intake
from services.lifecycle import loads as lifecycle
from services.notifier import rebuild as notifier
from services.sla import views as sla_views
from tests.faults.books import Auditor
from tests.running import RunningDesk
from tests.servers.backing import connected

PARTITIONS = 4
_REBUILD_S = 120.0
MADE_ANEW: dict[str, tuple[tuple[str, ...], Callable[[Any, Bus], Awaitable[Any]]]] = {
    "intake": (intake.TABLES, intake.rebuild),
    "lifecycle": (("assignments", "turns"), lambda connection, _: lifecycle.rebuild(connection)),
    "sla": (("timers",), lambda connection, _: sla_views.rebuild(connection, PARTITIONS)),
    "notifier": (("queues", "early", "bundled"), notifier.rebuild),
}
"""By service, the tables that follow from journals to the last field, and what makes them anew."""


async def view_differences(desk: RunningDesk, auditor: Auditor) -> list[str]:
    """Where the services' tables differ from those made anew; they stay made anew."""
    found = [*await _of_gateway(desk, auditor), *await _of_intake(auditor)]
    for service, (tables, rebuild) in MADE_ANEW.items():
        before = {table: await _rows(auditor, service, table) for table in tables}
        bus = await Bus.connect(desk.environment(service)["NATS_URL"], service)
        async with connected(desk.database_url(service)) as connection:
            await rebuild(connection, bus)
        await bus.close()
        for table in tables:
            found += _difference(f"{service} {table}", before[table], await _rows(auditor, service, table))
    return found


async def _of_gateway(desk: RunningDesk, auditor: Auditor) -> list[str]:
    before = {table: await _rows(auditor, "gateway", table) for table in TABLES}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.gateway.rebuild",
        env=desk.environment("gateway"), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), _REBUILD_S)
    if process.returncode:
        return [f"the gateway's views cannot be rebuilt: {said.decode()[-2000:]}"]
    after = {table: await _rows(auditor, "gateway", table) for table in TABLES}
    return [
        found for table in TABLES for found in _difference(f"gateway {table}", before[table], after[table])
    ]


async def _of_intake(auditor: Auditor) -> list[str]:
    """Intake's tickets are those that it registered, closed where lifecycle closed them."""
    rows = await auditor.pools["intake"].fetch("select ticket_id, number, closed from views.tickets")
    books = await auditor.books()
    closed = {event.ticket_id for _, event in books.of("lifecycle", TicketClosed)}
    wanted = [
        (event.ticket_id, event.number, event.ticket_id in closed)
        for _, event in books.of("intake", TicketRegistered)
    ]
    return _difference("intake tickets", [str(tuple(row)) for row in rows], [str(row) for row in wanted])


async def _rows(auditor: Auditor, service: str, table: str) -> list[str]:
    """The rows of a table that say something: an area in which nobody waits need not be there."""
    some = "where waiting <> 0" if (service, table) == ("notifier", "queues") else ""
    pool: asyncpg.Pool[asyncpg.Record] = auditor.pools[service]
    return [row["text"] for row in await pool.fetch(f"select t::text as text from views.{table} t {some}")]


def _difference(what: str, kept: list[str], replayed: list[str]) -> list[str]:
    gone, new = sorted(set(kept) - set(replayed)), sorted(set(replayed) - set(kept))
    if not gone and not new and len(kept) == len(replayed):
        return []
    return [
        f"{what}: {len(kept)} rows kept, {len(replayed)} replayed; only kept {gone[:3]}, only replayed {new[:3]}"
    ]
