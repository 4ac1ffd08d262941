"""`python -m services.lifecycle`: wiring."""

from collections.abc import Sequence
from typing import Any

from contracts.envelope import Command, Request
from journal.entry import Entry
from journal.service import Service, run
from journal.work import Journal, Work
from services.lifecycle import loads
from services.lifecycle.decider import LIFECYCLE
from services.lifecycle.subscribers import CONCERNING, on_command, on_event
from services.lifecycle.ticket import Ticket


async def build(service: Service) -> None:
    """Follow intake, sla and the directory; answer commands about tickets."""
    partitions = service.settings.partitions
    await loads.make_ready(service.pool, service.make_tables)
    journal: Journal[Ticket] = Journal(
        service.pool,
        LIFECYCLE,
        service.clock,
        partitions,
        project=loads.project,
        projected=loads.PROJECTED,
    )

    async def react(work: Work[Ticket], entries: Sequence[Entry]) -> None:
        await on_event(work, entries, service.directory)

    service.relay_journal(partitions)
    service.follow("intake", journal, react, CONCERNING)
    service.follow("sla", journal, react, CONCERNING)
    await service.follow_directory(journal)

    async def handle(work: Work[Any], command: Command, request: Request) -> dict[str, Any]:
        return await on_command(work, command, request, service.directory)

    service.answer(journal, handle)


if __name__ == "__main__":
    run("lifecycle", build)
