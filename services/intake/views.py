"""Intake's own tables, and how events change them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from contracts import intake as i
from contracts.envelope import ticket_number
from contracts.lifecycle import LateReplyReceived, TicketClosed
from contracts.notifier import NotificationRequested
from journal.entry import Entry
from journal.errors import Conflict
from journal.store import Connection, Runner
from journal.work import Recorded, Work
from services.intake.submission import Match

OF_LIFECYCLE = {TicketClosed.topic, LateReplyReceived.topic}
OF_NOTIFIER = {NotificationRequested.topic}


class Numbers:
    """The ticket numbers of one transaction: gapless, since the year's row is locked until it ends."""

    def __init__(self, connection: Connection, now: datetime, time_zone: str) -> None:
        self._connection = connection
        self._year = now.astimezone(ZoneInfo(time_zone)).year
        self._last: int | None = None
        self._taken = 0

    async def lock(self) -> None:
        """Hold this year's row."""
        await self._connection.execute(
            "insert into views.numbers values ($1, 0) on conflict do nothing", self._year
        )
        self._last = await self._connection.fetchval(
            "select last from views.numbers where year = $1 for update", self._year
        )

    def take(self) -> str:
        """The next number of the year."""
        assert self._last is not None  # noqa: S101 - locked first
        self._taken += 1
        return ticket_number(self._year, self._last + self._taken)

    async def write(self) -> None:
        """Keep how far the year has come."""
        if self._taken:
            await self._connection.execute(
                "update views.numbers set last = last + $2 where year = $1", self._year, self._taken
            )


async def project(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Tickets and the Message-IDs on them, by intake's own events. Raises Conflict for a ticket that is there."""
    opened = [event for r in recorded if isinstance(event := r.event, i.TicketRegistered)]
    replies = [event for r in recorded if isinstance(event := r.event, i.ReplyReceived)]
    if opened:
        await _insert_tickets(connection, opened)
    joined: list[i.TicketRegistered | i.ReplyReceived] = [*opened, *replies]
    ids = [
        (message_id, event.ticket_id)
        for event in joined
        for message_id in (event.delivered.message_id, *event.delivered.references)
        if message_id
    ]
    if ids:
        await connection.executemany(
            "insert into views.message_ids values ($1, $2) on conflict do nothing", ids
        )


async def _insert_tickets(connection: Connection, opened: Sequence[i.TicketRegistered]) -> None:
    try:
        await connection.execute(
            "insert into views.tickets (ticket_id, number, customer) "
            "select * from unnest($1::uuid[], $2::text[], $3::text[])",
            [event.ticket_id for event in opened],
            [event.number for event in opened],
            [event.customer for event in opened],
        )
    except asyncpg.UniqueViolationError as error:
        # The same submission at another replica. A number given twice would be a fault, and no race.
        if error.constraint_name == "tickets_pkey":
            raise Conflict("another replica opened it first") from error
        raise


async def on_lifecycle_closed(work: Work[Any], entries: Iterable[Entry]) -> None:
    """Which tickets live no more."""
    closed = [e.stream_id for e in entries if e.topic == TicketClosed.topic]
    if closed:
        connection = await work.connection()
        await connection.execute("update views.tickets set closed = true where ticket_id = any($1)", closed)


async def on_notifier(work: Work[Any], entries: Sequence[Entry]) -> None:
    """The desk's own mails, by Message-ID and by notification, to know what bounces and replies are about."""
    requested = [
        event
        for entry in entries
        if entry.topic == NotificationRequested.topic
        and isinstance(event := entry.event(), NotificationRequested)
    ]
    if not requested:
        return
    connection = await work.connection()
    await connection.execute(
        "insert into views.notifications select * from unnest($1::uuid[], $2::uuid[], $3::text[]) "
        "on conflict do nothing",
        [event.notification_id for event in requested],
        [event.ticket_id for event in requested],
        [event.recipient for event in requested],
    )


@dataclass(frozen=True, slots=True)
class Notified:
    """One of the desk's own mails."""

    notification_id: UUID
    ticket_id: UUID | None
    recipient: str


async def notification(runner: Runner, notification_id: UUID) -> Notified | None:
    """The desk's own mail behind a return path."""
    row = await runner.fetchrow(
        "select notification_id, ticket_id, recipient from views.notifications where notification_id = $1",
        notification_id,
    )
    return Notified(*row) if row else None


async def ticket(runner: Runner, ticket_id: UUID, *, proven: bool) -> Match | None:
    """A ticket by its id."""
    row = await runner.fetchrow(
        "select ticket_id, customer, closed from views.tickets where ticket_id = $1", ticket_id
    )
    return _match(row, proven=proven) if row else None


async def ticket_numbered(runner: Runner, number: str) -> Match | None:
    """A ticket by its number, which proves nothing."""
    row = await runner.fetchrow(
        "select ticket_id, customer, closed from views.tickets where number = $1", number
    )
    return _match(row, proven=False) if row else None


async def tickets_numbered(runner: Runner, numbers: Iterable[str]) -> dict[str, Match]:
    """Tickets by their numbers, which prove nothing."""
    rows = await runner.fetch(
        "select number, ticket_id, customer, closed from views.tickets where number = any($1)", list(numbers)
    )
    return {row["number"]: _match(row, proven=False) for row in rows}


async def ticket_with(runner: Runner, message_id: str) -> Match | None:
    """The ticket on which a Message-ID was seen: of several, the newest that lives."""
    row = await runner.fetchrow(
        "select t.ticket_id, t.customer, t.closed from views.message_ids m "
        "join views.tickets t using (ticket_id) where m.message_id = $1 order by t.closed, t.number desc limit 1",
        message_id,
    )
    return _match(row, proven=False) if row else None


def _match(row: asyncpg.Record, *, proven: bool) -> Match:
    return Match(row["ticket_id"], row["customer"], row["closed"], proven)
