"""`python -m services.directory`: wiring."""

from typing import Any

from contracts.directory import RecordDefined
from contracts.envelope import Command, Request
from journal import store
from journal.directory import Directory
from journal.service import Service, run
from journal.work import Journal, Work
from services.directory.decider import DIRECTORY, Kept
from services.directory.subscribers import PARTITION, on_command


async def build(service: Service) -> None:
    """Keep the records; answer commands about them. Follows nobody."""
    journal: Journal[Kept] = Journal(service.pool, DIRECTORY, service.clock, partitions=1)
    service.relay_journal(partitions=1)

    async def handle(work: Work[Any], command: Command, request: Request) -> dict[str, Any]:
        await work.exclusively(PARTITION)
        await _take_in(service, service.directory)
        return await on_command(work, command, request, service.directory)

    service.answer(journal, handle)


async def _take_in(service: Service, directory: Directory) -> None:
    """Bring the records in memory up to the journal's head, other replicas' changes included."""
    async for entry in store.scan(service.pool, PARTITION, after=directory.position):
        event = entry.event()
        if isinstance(event, RecordDefined):
            directory.put(event.kind, event.key, event.version, event.active, event.parsed())
        directory.position = entry.position


if __name__ == "__main__":
    run("directory", build)
