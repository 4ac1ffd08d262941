"""`python -m services.directory`: wiring."""

from typing import Any

from contracts.envelope import Command, Request
from journal.service import Service, run
from journal.work import Journal, Work
from services.directory.decider import DIRECTORY, Kept
from services.directory.records import Records
from services.directory.subscribers import on_command


async def build(service: Service) -> None:
    """Keep the records; answer commands about them. Follows nobody."""
    journal: Journal[Kept] = Journal(service.pool, DIRECTORY, service.clock, partitions=1)
    service.relay_journal(partitions=1)
    records = Records(service.pool)

    async def handle(work: Work[Any], command: Command, request: Request) -> dict[str, Any]:
        return await on_command(work, command, request, records)

    service.answer(journal, handle)


if __name__ == "__main__":
    run("directory", build)
