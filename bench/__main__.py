"""`make bench`: measures every figure of bench/README.md on real servers, prints them and keeps them.

The servers of a bench are its own, with their data on disk and fsync on; nothing of a running desk is touched.
"""

import asyncio
import gc
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import append, business_time, clocks, desk, importing, mail_in, mail_out, replay, what_if
from deploy.postgres import EmbeddedPostgres
from journal.service import GARBAGE
from tests.servers.backing import Database, Servers, scratch

RESULTS = Path(__file__).with_name("results.json")
TARGETS: dict[str, tuple[str, float]] = {
    "append_ratio": ("≥", 0.65),
    "tickets_per_s": ("≥", 1_000),
    "latency_p50_ms": ("≤", 40),
    "latency_p99_ms": ("≤", 150),
    "replay_per_s": ("≥", 50_000),
    "replay_vs_eventsourcing": ("≥", 10),
    "business_time_per_s": ("≥", 100_000),
    "business_time_vs_businesstimedelta": ("≥", 50),
    "business_time_due_per_s": ("≥", 300_000),
    "what_if_tickets_per_s": ("≥", 20_000),
    "imported_per_s": ("≥", 2_000),
    "mails_per_s": ("≥", 150),
    "mails_signed_per_s": ("≥", 150),
    "mails_in_per_s": ("≥", 200),
    "mail_in_extra_mb": ("≤", 100),
    "clocks_start_s": ("≤", 5),
    "clocks_idle_percent": ("≤", 2),
    "clocks_idle_postgres_percent": ("≤", 2),
    "clocks_late_p99_ms": ("≤", 250),
    "clocks_rss_mb": ("≤", 300),
    "service_rss_mb_max": ("≤", 250),
}
"""What each figure should reach. Source: the table of bench/README.md."""


async def measure(console: Console, *, quick: bool) -> dict[str, float]:
    """Every figure, one part after the other."""
    console.print("business time …")
    found = business_time.measure(quick)
    async with _database() as database:
        console.print("journal append …")
        found |= await append.measure(database, quick=quick)
    async with _database() as database:
        console.print("replay …")
        found |= await replay.measure(database, quick=quick)
    console.print("history told again …")
    found |= await what_if.alone(quick=quick)
    console.print("e-mails in …")
    found |= await mail_in.measure(quick=quick)
    console.print("e-mails out …")
    found |= await mail_out.measure(quick=quick)
    console.print("tickets of an earlier desk …")
    found |= await importing.measure(quick=quick)
    console.print("running clocks …")
    found |= await clocks.measure(quick=quick)
    console.print("the whole desk …")
    return found | await desk.measure(quick=quick)


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    """A server on disk with one database, as provisioned on a desk."""
    with scratch() as folder:
        server = EmbeddedPostgres(folder)
        await asyncio.to_thread(server.start)
        try:
            yield await Servers(folder, server.url, server).new_database("lifecycle")
        finally:
            await asyncio.to_thread(server.stop)


def _table(found: dict[str, float]) -> Table:
    table = Table("figure", "measured", "wanted", "")
    for key in (*TARGETS, *sorted(found.keys() - TARGETS.keys())):
        sign, wanted = TARGETS.get(key, ("", 0.0))
        met = found[key] >= wanted if sign == "≥" else found[key] <= wanted
        table.add_row(key, f"{found[key]:,.2f}", f"{sign} {wanted:,g}" if sign else "", _word(sign, met))
    return table


def _word(sign: str, met: bool) -> str:
    return "" if not sign else "met" if met else "not met"


def main() -> None:
    """Measure, print, keep."""
    quick = bool(os.environ.get("QUICK"))
    console = Console()
    # Collect garbage as the services do: both sides of every ratio run under it.
    gc.set_threshold(*GARBAGE)
    began = time.perf_counter()
    found = asyncio.run(measure(console, quick=quick))
    RESULTS.write_text(json.dumps({key: round(value, 3) for key, value in found.items()}, indent=2) + "\n")
    console.print(_table(found))
    console.print(
        f"{os.cpu_count()} cores, {time.perf_counter() - began:.0f} s, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
