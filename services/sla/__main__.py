"""`python -m services.sla`: wiring."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

from contracts.envelope import Command, Request
from journal.entry import Entry
from journal.service import Service, run
from journal.work import Journal, Work
from services.sla.clocks import Clocks
from services.sla.decider import SLA
from services.sla.inbound import Inbound, over
from services.sla.pinned import Pinned
from services.sla.settings import ClosingSettings
from services.sla.subscribers import CONCERNING, on_command, on_lifecycle
from services.sla.timers import Timers
from services.sla.views import VIEWS_SQL, timers_of


async def build(service: Service) -> None:
    """Follow lifecycle and the directory; let the clocks ring."""
    partitions = service.settings.partitions
    await service.make_tables(VIEWS_SQL)
    pinned = Pinned(service.directory)
    journal: Journal[Clocks] = Journal(
        service.pool, SLA, service.clock, partitions, project=timers_of(partitions)
    )

    async def follow_lifecycle(work: Work[Clocks], entries: Sequence[Entry]) -> None:
        await on_lifecycle(work, entries, pinned)

    async def hear(heard: Collection[int]) -> None:
        await asyncio.gather(*map(service.followers["lifecycle"].catch_up, heard))

    service.relay_journal(partitions)
    service.follow("lifecycle", journal, follow_lifecycle, CONCERNING)
    await service.follow_directory(journal)

    async def handle(work: Work[Any], command: Command, request: Request) -> dict[str, Any]:
        return await on_command(work, command, request, pinned)

    service.answer(journal, handle)
    inbound = Inbound(over(service.bus), ClosingSettings().closure_patience_s)
    service.also(Timers(journal, pinned, hear, inbound).run)


if __name__ == "__main__":
    run("sla", build)
