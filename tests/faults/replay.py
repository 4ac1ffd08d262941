"""Whether the views are what a fresh replay of the journals makes of them."""

import asyncio
import sys

import asyncpg

from contracts.intake import TicketRegistered
from contracts.lifecycle import TicketClosed
from deploy.provision import ROOT
from services.gateway.views import TABLES
from services.sla import views as sla_views
from tests.faults.books import Auditor
from tests.running import RunningDesk
from tests.servers.backing import connected

PARTITIONS = 4
_REBUILD_S = 120.0


async def view_differences(desk: RunningDesk, auditor: Auditor) -> list[str]:
    """Where the gateway's views and sla's timers differ from those made anew; they stay made anew."""
    return [*await _of_gateway(desk, auditor), *await _of_sla(desk, auditor), *await _of_intake(auditor)]


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


async def _of_sla(desk: RunningDesk, auditor: Auditor) -> list[str]:
    before = await _rows(auditor, "sla", "timers")
    async with connected(desk.database_url("sla")) as connection:
        await sla_views.rebuild(connection, PARTITIONS)
    return _difference("sla timers", before, await _rows(auditor, "sla", "timers"))


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
    pool: asyncpg.Pool[asyncpg.Record] = auditor.pools[service]
    return [row["text"] for row in await pool.fetch(f"select t::text as text from views.{table} t")]


def _difference(what: str, kept: list[str], replayed: list[str]) -> list[str]:
    gone, new = sorted(set(kept) - set(replayed)), sorted(set(replayed) - set(kept))
    if not gone and not new and len(kept) == len(replayed):
        return []
    return [
        f"{what}: {len(kept)} rows kept, {len(replayed)} replayed; only kept {gone[:3]}, only replayed {new[:3]}"
    ]
