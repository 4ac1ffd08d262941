"""Intake's own tables, and how events change them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from contracts import intake as i
from contracts import lifecycle as l
from contracts.envelope import Event, ticket_number
from contracts.notifier import NotificationRequested
from contracts.words import CloseReason
from journal.entry import Entry
from journal.errors import Conflict
from journal.store import Connection
from journal.work import Recorded, Work

VIEWS_SQL = Path(__file__).with_name("views.sql")
FATEFUL = {l.TicketMerged.topic, l.TicketClosed.topic, l.ClosureUndone.topic}
"""Events of lifecycle after which a ticket lives no more, or again."""
OPENING = {l.LateReplyReceived.topic, l.TicketSplit.topic}
"""Events of lifecycle from which a new ticket follows."""
OF_LIFECYCLE = FATEFUL | OPENING
OF_NOTIFIER = {NotificationRequested.topic}
_BY_CLOCK: frozenset[CloseReason] = frozenset({"resolved", "customer_silent", "no_contact"})
"""What clocks close for; a closure of theirs is undone by what was received before it."""

Opened: TypeAlias = i.TicketRegistered | i.TicketImported


def year_of(instant: datetime, time_zone: str) -> int:
    """The year of an instant where the desk is."""
    return instant.astimezone(ZoneInfo(time_zone)).year


class Numbers:
    """The ticket numbers of one transaction: gapless, since the years' rows are locked until it ends."""

    def __init__(self, connection: Connection, time_zone: str) -> None:
        self._connection = connection
        self._time_zone = time_zone
        self._last: dict[int, int] = {}
        self._taken: dict[int, int] = {}

    async def lock(self, years: Iterable[int]) -> None:
        """Hold the rows of these years, in one order everywhere, so that no two transactions wait for each other."""
        for year in sorted(years):
            await self._connection.execute(
                "insert into views.numbers values ($1, 0) on conflict do nothing", year
            )
            self._last[year] = await self._connection.fetchval(
                "select last from views.numbers where year = $1 for update", year
            )

    def take(self, instant: datetime) -> str:
        """The next number of the year of that instant, whose row is held."""
        year = year_of(instant, self._time_zone)
        self._taken[year] = self._taken.get(year, 0) + 1
        return ticket_number(year, self._last[year] + self._taken[year])

    async def write(self) -> None:
        """Keep how far the years have come."""
        for year, taken in self._taken.items():
            await self._connection.execute(
                "update views.numbers set last = last + $2 where year = $1", year, taken
            )


async def project(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Tickets and the Message-IDs on them, by intake's own events. Raises Conflict for a ticket that is there."""
    await write_own(connection, [one.event for one in recorded])


async def write_own(connection: Connection, events: Sequence[Event]) -> None:
    """The rows of intake's own events. Raises Conflict for a ticket that is there."""
    if opened := [event for event in events if isinstance(event, Opened)]:
        await _insert_tickets(connection, opened)
    await _insert_participants(connection, events)
    ids = [
        (message_id, event.ticket_id)
        for event in events
        if isinstance(event, i.TicketRegistered | i.ReplyReceived | i.AnalystReplyReceived)
        for message_id in (event.delivered.message_id, *event.delivered.references)
        if message_id
    ]
    if ids:
        await connection.executemany(
            "insert into views.message_ids values ($1, $2) on conflict do nothing", ids
        )


async def _insert_tickets(connection: Connection, opened: Sequence[Opened]) -> None:
    try:
        await connection.execute(
            "insert into views.tickets (ticket_id, number, customer, application) "
            "select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])",
            [event.ticket_id for event in opened],
            [event.number for event in opened],
            [event.customer for event in opened],
            [_application(event) for event in opened],
        )
    except asyncpg.UniqueViolationError as error:
        # The same submission at another replica. A number given twice would be a fault, and no race.
        if error.constraint_name == "tickets_pkey":
            raise Conflict("another replica opened it first") from error
        raise


async def _insert_participants(connection: Connection, events: Sequence[Event]) -> None:
    """Who asks, and who of the customer's wrote: a reply that nobody is known to have written adds nobody."""
    taking_part = [
        (event.ticket_id, event.ticket.requester if isinstance(event, i.TicketImported) else event.requester)
        for event in events
        if isinstance(event, i.TicketImported | i.TicketRegistered)
        or (isinstance(event, i.ReplyReceived) and event.requester)
    ]
    if taking_part:
        await connection.executemany(
            "insert into views.participants values ($1, $2) on conflict do nothing", taking_part
        )


def _application(event: Opened) -> str:
    return event.application if isinstance(event, i.TicketRegistered) else event.ticket.application


@dataclass(frozen=True, slots=True)
class Fate:
    """What events of lifecycle make of a ticket; None where they say nothing of it."""

    closed: bool | None = None
    undone_until: datetime | None = None
    heir: UUID | None = None

    def after(self, event: Event) -> "Fate":
        """The fate after one more event."""
        match event:
            case l.TicketMerged():
                return replace(self, heir=event.into)
            case l.TicketClosed():
                by_clock = event.by.role == "system" and event.reason in _BY_CLOCK and not event.imported
                return replace(self, closed=True, undone_until=event.at if by_clock else None)
            case l.ClosureUndone():
                return replace(self, closed=False, undone_until=None)
        return self


async def on_lifecycle(work: Work[Any], entries: Iterable[Entry]) -> None:
    """Which tickets live no more, which live again, and which go on as another."""
    fateful = [entry for entry in entries if entry.topic in FATEFUL]
    if fateful:
        await write_fates(await work.connection(), fateful)


async def write_fates(connection: Connection, fateful: Iterable[Entry]) -> None:
    """What these entries of lifecycle make of their tickets, in their order."""
    fates: dict[UUID, Fate] = {}
    for entry in fateful:
        fates[entry.stream_id] = fates.get(entry.stream_id, Fate()).after(entry.event())
    await connection.execute(
        "update views.tickets t set closed = coalesce(f.closed, t.closed), heir = coalesce(f.heir, t.heir), "
        "undone_until = case when f.closed is null then t.undone_until else f.undone_until end "
        "from unnest($1::uuid[], $2::boolean[], $3::timestamptz[], $4::uuid[]) "
        "as f (ticket_id, closed, undone_until, heir) where t.ticket_id = f.ticket_id",
        list(fates),
        [fate.closed for fate in fates.values()],
        [fate.undone_until for fate in fates.values()],
        [fate.heir for fate in fates.values()],
    )


async def on_notifier(work: Work[Any], entries: Sequence[Entry]) -> None:
    """The desk's own mails, by notification, to know what bounces are about, and whose answers are published."""
    if requested := [entry for entry in entries if entry.topic in OF_NOTIFIER]:
        await write_notifications(await work.connection(), requested)


async def write_notifications(connection: Connection, entries: Iterable[Entry]) -> None:
    """The rows of the desk's own mails."""
    requested = [event for entry in entries if isinstance(event := entry.event(), NotificationRequested)]
    await connection.execute(
        "insert into views.notifications select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) "
        "on conflict do nothing",
        [event.notification_id for event in requested],
        [event.ticket_id for event in requested],
        [event.recipient for event in requested],
        [event.answerable_by for event in requested],
    )
