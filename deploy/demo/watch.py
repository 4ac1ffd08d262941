"""Watches the journals while the story is played, tells what is new, and waits for what must come."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from rich.console import Console
from rich.markup import escape

from contracts import lifecycle as l
from contracts import sla
from contracts.intake import SubmissionParked, TicketRegistered
from contracts.notifier import NotificationRequested
from deploy.auditor import shown
from deploy.auditor.entries import CONCERNED, Told
from deploy.demo.lines import Failed
from journal import store
from journal.entry import Entry

LOOK_EVERY_S = 0.2
TOLD = (
    SubmissionParked,
    TicketRegistered,
    NotificationRequested,
    l.TicketAssigned,
    l.AnswerPublished,
    l.ReplyAdded,
    l.CustomerAwaited,
    l.TicketResumed,
    l.TicketResolved,
    l.TicketReopened,
    l.TicketClosed,
    sla.ClockWarned,
    sla.ClockBreached,
    sla.ReminderDue,
)
"""The events worth a line; the whole history has the others."""
LATER_BY = timedelta(hours=12)
"""On a fast clock everything is recorded minutes after it happened."""
_READ_MAX = 500

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class Watch:
    """Everything recorded since it was opened, in `seen`."""

    def __init__(self, journals: Mapping[str, Connection], zone: ZoneInfo, console: Console) -> None:
        self.seen: list[Told] = []
        self.numbers: dict[UUID, str] = {}
        self._journals = journals
        self._zone = zone
        self._console = console
        self._applied: dict[tuple[str, int], int] = {}
        self._news = asyncio.Condition()

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(
        cls, dsns: Mapping[str, str], zone: ZoneInfo, console: Console
    ) -> AsyncIterator["Watch"]:
        """A watch that looks on until the block ends; what was recorded before does not show."""
        journals = {service: await asyncpg.connect(dsns[service]) for service in CONCERNED}
        watch = cls(journals, zone, console)
        for service, journal in journals.items():
            for partition, (head, _) in (await store.heads(journal)).items():
                watch._applied[service, partition] = head
        looking = asyncio.create_task(watch._look_on())
        try:
            yield watch
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            await asyncio.gather(*(journal.close() for journal in journals.values()))

    async def until(self, what: str, is_it: Callable[[Told], bool], patience_s: float) -> Told:
        """The first entry that is it, past or to come.

        Raises:
            Failed: it did not come in so many real seconds (`unseen`).
        """
        checked = 0
        try:
            async with asyncio.timeout(patience_s), self._news:
                while True:
                    for told in self.seen[checked:]:
                        if is_it(told):
                            return told
                    checked = len(self.seen)
                    await self._news.wait()
        except TimeoutError as error:
            raise Failed("unseen", seconds=patience_s, what=what) from error

    def any(self, is_it: Callable[[Told], bool]) -> bool:
        """Whether such an entry has been seen."""
        return any(map(is_it, self.seen))

    async def _look_on(self) -> None:
        while True:
            fresh = [told for service in CONCERNED for told in await self._fresh(service)]
            fresh.sort(key=lambda told: (told.entry.recorded_at, CONCERNED.index(told.service)))
            for told in fresh:
                self._tell(told)
            if fresh:
                async with self._news:
                    self.seen += fresh
                    self._news.notify_all()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _fresh(self, service: str) -> list[Told]:
        journal = self._journals[service]
        entries: list[Entry] = []
        for partition, (head, _) in (await store.heads(journal)).items():
            after = self._applied.get((service, partition), 0)
            if head > after:
                read = await store.read(journal, partition, after, _READ_MAX)
                entries += read
                self._applied[service, partition] = read[-1].position
        return [Told(service, entry, entry.event()) for entry in entries]

    def _tell(self, told: Told) -> None:
        event = told.event
        if isinstance(event, TicketRegistered):
            self.numbers[event.ticket_id] = event.number
        if not isinstance(event, TOLD):
            return
        ticket_id = getattr(event, "ticket_id", None)
        number = self.numbers.get(ticket_id, "") if isinstance(ticket_id, UUID) else ""
        when = shown.instant(told.at, self._zone)
        facts = shown.facts(told, self._zone, LATER_BY)
        self._console.print(
            f"  {when}  {number or '-':11}  {shown.what(told)}  [dim]{escape(facts)}[/]",
            highlight=False,
            soft_wrap=True,
        )
