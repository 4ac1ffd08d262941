"""The timers, as a table: how each event sets them, who takes those that are due, how they are rebuilt."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from contracts import sla
from contracts.envelope import Event, partition_of
from journal import store
from journal.store import Connection, Runner
from journal.work import Project, Recorded
from services.sla.moving import TimerFired

VIEWS_SQL = Path(__file__).with_name("views.sql")
REBUILD_BATCH = 2000
"""Events whose timers are written at once."""

# Timers at whose ring a ticket closes are left aside when they are due after `$1`.
_UNLESS_HELD = (
    "(due_at <= $1 or stage <> 100 or clock not in ('unreachable', 'customer_silence', 'auto_close'))"
)
_SET = """
insert into views.timers (ticket_id, clock, cycle, stage, due_at, partition)
select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::smallint[], $5::timestamptz[], $6::smallint[])
on conflict (ticket_id, clock) do update
   set cycle = excluded.cycle, stage = excluded.stage, due_at = excluded.due_at
"""
_DELETE = """
delete from views.timers t using unnest($1::uuid[], $2::text[]) as gone (ticket_id, clock)
 where t.ticket_id = gone.ticket_id and t.clock = gone.clock
"""
# What another replica is at is skipped, not waited for.
_TAKE = f"""
delete from views.timers t using (
    select ticket_id, clock from views.timers
     where {_UNLESS_HELD} and due_at <= $2 and partition = any($3::smallint[]) and ticket_id <> all($4::uuid[])
     order by due_at limit $5 for update skip locked
) as due
 where t.ticket_id = due.ticket_id and t.clock = due.clock
returning t.ticket_id, t.clock, t.cycle, t.stage, t.due_at
"""  # noqa: S608 - made of constants
_PARTITIONS = f"""
select distinct partition from (
    select partition from views.timers
     where {_UNLESS_HELD} and due_at <= $2 and ticket_id <> all($3::uuid[]) order by due_at limit $4
) as due
"""  # noqa: S608 - made of constants
_NEXT_DUE = "select due_at from views.timers where ticket_id <> all($1::uuid[]) order by due_at limit 1"
# The first of them, compared: of `exists` with a condition on `due_at`, PostgreSQL may read the whole table.
_CLOSING = """
select coalesce((
    select due_at from views.timers
     where stage = 100 and clock in ('unreachable', 'customer_silence', 'auto_close') and due_at > $1
     order by due_at limit 1
) <= $2, false)
"""


def timers_of(partitions: int) -> Project:
    """Keeps the timers in step with the events of each work, in its transaction."""

    async def project(connection: Connection, recorded: Sequence[Recorded]) -> None:
        await _write(connection, (one.event for one in recorded), partitions)

    return project


async def next_due(runner: Runner, postponed: Collection[UUID]) -> datetime | None:
    """When the first timer rings; None while there is none. Those of `postponed` tickets are left aside."""
    return await runner.fetchval(_NEXT_DUE, list(postponed))  # type: ignore[no-any-return]


async def closing_due(runner: Runner, after: datetime, until: datetime) -> bool:
    """Whether a timer is due after the one instant and at or before the other at whose ring a ticket closes."""
    return await runner.fetchval(_CLOSING, after, until)  # type: ignore[no-any-return]


async def partitions_due(
    runner: Runner, until: datetime, postponed: Collection[UUID], limit: int, *, closing: datetime
) -> list[int]:
    """The partitions of the first `limit` timers that are due at `until`; of those that close, at `closing`."""
    rows = await runner.fetch(_PARTITIONS, closing, until, list(postponed), limit)
    return [row["partition"] for row in rows]


async def take(
    connection: Connection,
    until: datetime,
    partitions: Collection[int],
    postponed: Collection[UUID],
    limit: int,
    *,
    closing: datetime,
) -> list[TimerFired]:
    """Take the first `limit` timers of these partitions that are due out of the table, in order of their instants.

    Those that close tickets stay when they are due after `closing`. All are back if the transaction does not commit.
    """
    rows = await connection.fetch(_TAKE, closing, until, list(partitions), list(postponed), limit)
    return sorted((TimerFired(*row) for row in rows), key=lambda timer: timer.due_at)


async def rebuild(connection: Connection, partitions: int) -> int:
    """Make the timers anew from this service's journal, all or nothing; how many entries were read.

    Safe beside running replicas: they write their timers before their entries, so while the table is
    locked the journal holds what the timers must say and nobody adds to it.
    """
    count = 0
    async with connection.transaction():
        await connection.execute("lock table views.timers in exclusive mode")
        await connection.execute("delete from views.timers")
        for partition in await store.heads(connection):
            events: list[Event] = []
            async for entry in store.scan(connection, partition):
                events.append(entry.event())
                count += 1
                if len(events) == REBUILD_BATCH:
                    await _write(connection, events, partitions)
                    events = []
            await _write(connection, events, partitions)
    return count


async def _write(connection: Connection, events: Iterable[Event], partitions: int) -> None:
    last: dict[tuple[UUID, str], tuple[Any, ...] | None] = {}
    for event in events:
        if not isinstance(event, sla.OfClock):
            continue
        if isinstance(event, sla.ClockRetargeted) and event.due_at is None:
            continue  # of a cycle that stands still, maybe not the latest: the timer is another's
        # An event of a clock that names no next stage leaves it without a timer.
        following: sla.Stage | None = getattr(event, "next", None)
        last[event.ticket_id, event.clock] = None
        if following is not None:
            partition = partition_of(event.ticket_id, partitions)
            last[event.ticket_id, event.clock] = (event.cycle, following.stage, following.at, partition)
    timers = [(*key, *timer) for key, timer in last.items() if timer is not None]
    gone = [key for key, timer in last.items() if timer is None]
    if gone:
        await connection.execute(_DELETE, *(list(column) for column in zip(*gone, strict=True)))
    if timers:
        await connection.execute(_SET, *(list(column) for column in zip(*timers, strict=True)))
