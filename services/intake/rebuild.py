"""`python -m services.intake.rebuild`: intake's tables anew, from its own journal and those it follows.

All or nothing, in one transaction under the tables' locks, so that a running intake takes in nothing
meanwhile: mail is put off with 452, the bus keeps what it has, commands are told to try again. How far
mailboxes at other servers were read follows from the messages taken; the ledger of mail from nothing else. What it
follows is read from its owners up to where it was applied here; the rest comes as it always does. The copy
of the directory is left as it is.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import TypeAlias

import asyncpg
import uvloop

from contracts import intake as i
from journal import store
from journal.bus import Bus
from journal.entry import Entry
from journal.rebuilding import entries_upto, rebuild_tables
from journal.store import Connection
from services.intake import views

TABLES = ("numbers", "tickets", "message_ids", "notifications", "participants")
"""All that is made anew, in schema `views`."""
OWN = frozenset(
    event.topic for event in (i.TicketRegistered, i.TicketImported, i.ReplyReceived, i.AnalystReplyReceived)
)
"""Of intake's own events, those that have rows."""
_TOGETHER = 2_000
"""Entries of the own journal whose rows are written at once."""
_NUMBERS = """
insert into views.numbers
select split_part(number, '-', 1)::integer, max(split_part(number, '-', 2)::integer) from views.tickets group by 1
"""
# How far each mailbox was read, as it is numbered now; where each was begun stays, as it follows from no message.
_MAILBOXES = """
with places as (
    select recorded_at, coalesce(told -> 'delivered', told) as told
      from (select recorded_at, convert_from(data, 'UTF8')::jsonb as told from journal.entries) parsed
), taken as (
    select told #>> '{place,mailbox}' as mailbox, (told #>> '{place,uid_validity}')::bigint as uid_validity,
           min((told #>> '{place,uid}')::bigint) as first_uid, max((told #>> '{place,uid}')::bigint) as last_uid,
           min((told ->> 'received_at')::timestamptz) as since, max(recorded_at) as read_at
      from places where told #>> '{place,uid}' is not null group by 1, 2
)
insert into views.mailboxes
select distinct on (mailbox) mailbox, uid_validity, first_uid, last_uid, since
  from taken order by mailbox, read_at desc
on conflict (mailbox) do update set last_uid = excluded.last_uid
 where mailboxes.uid_validity = excluded.uid_validity
"""

Write: TypeAlias = Callable[[Connection, Iterable[Entry]], Awaitable[None]]
FOLLOWED: dict[str, tuple[set[str], Write]] = {
    "lifecycle": (views.FATEFUL, views.write_fates),
    "notifier": (views.OF_NOTIFIER, views.write_notifications),
}
"""By source, the topics that have rows, and what writes them."""


async def rebuild(connection: Connection, bus: Bus) -> int:
    """Make the tables anew; how many entries were read.

    Raises:
        nats.errors.Error: an owner does not answer; nothing has changed then.
        ConnectionError: it answers with less than was applied here, or with something else; nothing has then either.
    """
    while True:
        # A work in the middle of two tables may wait for one of them while this waits for the other.
        with suppress(asyncpg.DeadlockDetectedError):
            async with connection.transaction():
                tables = ", ".join(f"views.{table}" for table in TABLES)
                await connection.execute(f"lock table {tables} in access exclusive mode")
                await connection.execute(f"truncate {tables}")
                return await _write_own(connection) + await _write_followed(connection, bus)


async def _write_own(connection: Connection) -> int:
    count = 0
    for partition in await store.heads(connection):
        after = 0
        while entries := await store.read(connection, partition, after, _TOGETHER):
            await views.write_own(connection, [entry.event() for entry in entries if entry.topic in OWN])
            count, after = count + len(entries), entries[-1].position
    await connection.execute(_NUMBERS)
    await connection.execute(_MAILBOXES)
    return count


async def _write_followed(connection: Connection, bus: Bus) -> int:
    count = 0
    for source, partition, position in await connection.fetch(
        "select source, partition, position from journal.applied where source = any($1)", list(FOLLOWED)
    ):
        topics, write = FOLLOWED[source]
        async for entries in entries_upto(bus, source, partition, position):
            count += len(entries)
            if telling := [entry for entry in entries if entry.topic in topics]:
                await write(connection, telling)
    return count


if __name__ == "__main__":
    uvloop.run(rebuild_tables("intake", views.VIEWS_SQL, rebuild))
