"""`python -m services.notifier.rebuild`: the notifier's tables anew, from its own journal and those it follows.

All or nothing, in one transaction under the tables' locks, so that a running notifier neither follows nor sends
meanwhile. What it follows is read from its owners up to where it was applied here, and no e-mail follows from it.
Left as they are: the copy of the directory, the last hour's counts, and the instants of rows in the outbox, which a
sender may have in hand. A ticket's place when it arrived is an estimate, as it was.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uvloop

from contracts import notifier as n
from journal import store
from journal.bus import Bus
from journal.rebuilding import entries_upto, in_order_of_time, rebuild_tables
from journal.store import Connection
from services.notifier import due, views
from services.notifier.subscribers import OF_LIFECYCLE, OF_SLA, keep_tickets, owing

VIEWS_SQL = Path(__file__).with_name("views.sql")
TABLES = ("tickets", "queues", "early", "bundled", "suspended")
"""All that is emptied first, in schema `views`."""
_TOGETHER = 2_000


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
                await connection.execute(f"lock table {tables}, views.outbox in access exclusive mode")
                await connection.execute(f"truncate {tables}")
                counts = [await write(connection, bus) for write in (_tickets, _early)]
                return sum(counts) + await _outbox(connection)


async def _tickets(connection: Connection, bus: Bus) -> int:
    """Tickets and queues: as lifecycle told of them, all partitions in the order of time, since tickets name others."""
    count = 0
    waiting = {
        partition: entries_upto(bus, "lifecycle", partition, upto)
        async for partition, upto in _heard(connection, "lifecycle")
    }
    async for entries in in_order_of_time(waiting):
        count += len(entries)
        if telling := [entry for entry in entries if entry.topic in OF_LIFECYCLE]:
            await keep_tickets(connection, telling)
    return count


async def _early(connection: Connection, bus: Bus) -> int:
    """What sla has told of tickets that are not known yet."""
    count = 0
    async for partition, upto in _heard(connection, "sla"):
        async for entries in entries_upto(bus, "sla", partition, upto):
            count += len(entries)
            telling = [
                (owed[0], entry) for entry in entries if entry.topic in OF_SLA if (owed := owing(entry))
            ]
            known = await views.tickets(connection, (ticket_id for ticket_id, _ in telling))
            if early := [each for each in telling if each[0] not in known]:
                await views.put_aside(connection, early)
    return count


async def _outbox(connection: Connection) -> int:
    """What is due, what is said in another's e-mail, who is written to no more: from the own journal."""
    count = 0
    suspended: dict[str, bool] = {}
    waiting: dict[UUID, tuple[Any, str]] = {}
    alarms: dict[UUID, str | None] = {}
    for partition in await store.heads(connection):
        after = 0
        while entries := await store.read(connection, partition, after, _TOGETHER):
            joined = []
            for entry in entries:
                match entry.event():
                    case n.NotificationRequested(bundled_into=UUID()) as event:
                        joined.append(event)
                    case n.NotificationRequested() as event:
                        waiting[event.notification_id] = (event.not_before or event.at, entry.trace)
                        alarms[event.notification_id] = due.alarm_of(event)
                    case n.NotificationFailed() as event:
                        waiting[event.notification_id] = (event.retry_at, entry.trace)
                    case n.NotificationRetried() as event:
                        waiting[event.notification_id] = (event.at, entry.trace)
                    case (
                        n.NotificationSent() | n.NotificationAbandoned() | n.NotificationWithdrawn() as event
                    ):
                        waiting.pop(event.notification_id, None)
                        alarms.pop(event.notification_id, None)
                    case n.AddressSuspended() | n.AddressRestored() as event:
                        suspended[event.address] = isinstance(event, n.AddressSuspended)
            await due.keep_joined(connection, joined)
            count, after = count + len(entries), entries[-1].position
    await due.keep_suspended(connection, suspended)
    await due.keep_only(connection, waiting, alarms)
    return count


async def _heard(connection: Connection, source: str) -> AsyncIterator[tuple[int, int]]:
    """How far each partition of a source was applied here."""
    rows = await connection.fetch("select partition, position from journal.applied where source = $1", source)
    for row in rows:
        yield row["partition"], row["position"]


if __name__ == "__main__":
    uvloop.run(rebuild_tables("notifier", VIEWS_SQL, rebuild))
