"""The records in memory, as of the journal's head: what a decision about one may ask of the others."""

from contracts.directory import RecordDefined
from contracts.envelope import Event
from journal import store
from journal.directory import Directory
from journal.store import Pool
from journal.work import Work
from services.directory.decider import Kept

PARTITION = 0
"""The directory has one partition: its records name each other, so their order is one."""


class Records:
    """Brought up to date once a work; what was decided in a work that was never committed is forgotten."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._directory = Directory()
        self._work: Work[Kept] | None = None
        self._decided: set[tuple[str, str, int]] = set()

    async def for_work(self, work: Work[Kept]) -> Directory:
        """The records as this work may see them: it holds the journal's head, so nobody adds to them meanwhile."""
        await self._take_in()
        fresh, self._work = work is not self._work, work
        if fresh and self._decided:
            # The last work decided something that never reached the journal.
            self._decided.clear()
            self._directory = Directory()
            await self._take_in()
        return self._directory

    def decided(self, events: list[Event]) -> None:
        """Let later commands of the same work see what this one did."""
        for event in events:
            if isinstance(event, RecordDefined):
                self._put(event)
                self._decided.add((event.kind, event.key, event.version))

    async def _take_in(self) -> None:
        async for entry in store.scan(self._pool, PARTITION, after=self._directory.position):
            event = entry.event()
            if isinstance(event, RecordDefined):
                self._put(event)
                self._decided.discard((event.kind, event.key, event.version))
            self._directory.position = entry.position

    def _put(self, event: RecordDefined) -> None:
        self._directory.put(event.kind, event.key, event.version, event.active, event.parsed())
