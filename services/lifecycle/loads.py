"""How much each analyst has to do, as a table: kept in step with the journal, asked by an area's rule."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from uuid import UUID

from contracts import lifecycle as l
from contracts.directory import Analyst, Area
from contracts.envelope import Event
from journal import store
from journal.directory import Directory
from journal.store import Connection, Pool
from journal.work import Recorded
from services.lifecycle.facts import Load

VIEWS_SQL = Path(__file__).with_name("views.sql")
REBUILD_BATCH = 2000
"""Events whose rows are written at once."""

PROJECTED = frozenset(
    event.topic
    for event in (
        l.TicketAssigned,
        l.TicketReturned,
        l.TicketReclassified,
        l.TicketResolved,
        l.TicketReopened,
        l.ReopeningDismissed,
        l.TicketClosed,
        l.ClosureUndone,
    )
)
"""The events that move a load; works without one of them need no transaction for it."""

_LOCK = "select pg_advisory_xact_lock(hashtext('lifecycle.assignment'))"
_LOADS = """
select a.analyst, (select count(*) from views.assignments s where s.analyst = a.analyst and s.live), t.given_at
  from unnest($1::text[]) as a (analyst) left join views.turns t using (analyst)
"""
_ASSIGNED = """
insert into views.assignments select ticket_id, analyst, true from unnest($1::uuid[], $2::text[]) as n (ticket_id, analyst)
on conflict (ticket_id) do update set analyst = excluded.analyst
"""
_LIVE = """
insert into views.assignments select ticket_id, null, live from unnest($1::uuid[], $2::boolean[]) as n (ticket_id, live)
on conflict (ticket_id) do update set live = excluded.live
"""
_TURNS = """
insert into views.turns select * from unnest($1::text[], $2::timestamptz[])
on conflict (analyst) do update set given_at = greatest(views.turns.given_at, excluded.given_at)
"""


async def make_ready(pool: Pool, make_tables: Callable[[Path], Awaitable[None]]) -> None:
    """Make the tables; where a desk is older than they are, fill them from its journal."""
    there = await pool.fetchval("select to_regclass('views.assignments') is not null")
    await make_tables(VIEWS_SQL)
    if not there:
        async with pool.acquire() as connection:
            await rebuild(connection)


async def of_areas(connection: Connection, areas: Iterable[str], directory: Directory) -> dict[str, Load]:
    """What the analysts of these areas have to do. Until this transaction ends nobody else gives by a rule.

    One lock for all areas, since an analyst may be of several: it is held for one decision and its commit.
    """
    wanted = set(areas)
    await connection.execute(_LOCK)
    analysts = [key for key, record in directory.all(Analyst) if not wanted.isdisjoint(record.areas)]
    return {key: Load(count, given_at) for key, count, given_at in await connection.fetch(_LOADS, analysts)}


def ruled(areas: Iterable[str], directory: Directory) -> set[str]:
    """Those of the areas that have a rule."""
    return {area for area in areas if (record := directory.get(Area, area)) and record.assignment}


def given(loads: dict[str, Load], events: Iterable[Event]) -> None:
    """Count in what was decided meanwhile, so that the next ticket of the same work goes to the next analyst."""
    for event in events:
        if isinstance(event, l.TicketAssigned) and event.rule is not None:
            before = loads.get(event.analyst, Load())
            loads[event.analyst] = Load(before.open_tickets + 1, event.at)


async def project(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Keep the tables in step with the events of one work, in its transaction."""
    await _write(connection, (one.event for one in recorded))


async def rebuild(connection: Connection) -> int:
    """Make the tables anew from this service's journal, all or nothing; how many entries were read."""
    count = 0
    async with connection.transaction():
        await connection.execute("lock table views.assignments in exclusive mode")
        await connection.execute("delete from views.assignments")
        await connection.execute("delete from views.turns")
        for partition in await store.heads(connection):
            events: list[Event] = []
            async for entry in store.scan(connection, partition):
                count += 1
                if entry.topic in PROJECTED:
                    events.append(entry.event())
                if len(events) == REBUILD_BATCH:
                    await _write(connection, events)
                    events = []
            await _write(connection, events)
    return count


async def _write(connection: Connection, events: Iterable[Event]) -> None:
    who: dict[UUID, str | None] = {}
    live: dict[UUID, bool] = {}
    turns: dict[str, datetime] = {}
    for event in events:
        match event:
            case l.TicketAssigned():
                who[event.ticket_id] = event.analyst
                if event.rule is not None:
                    turns[event.analyst] = max(event.at, turns.get(event.analyst, event.at))
            case l.TicketReturned():
                who[event.ticket_id] = None
            case l.TicketReclassified():
                for change in event.changes:
                    if change.field == "analyst":
                        who[event.ticket_id] = change.new
            case l.TicketResolved() | l.TicketClosed() | l.ReopeningDismissed():
                live[event.ticket_id] = False
            case l.TicketReopened() | l.ClosureUndone():
                live[event.ticket_id] = True
    for statement, rows in ((_ASSIGNED, who), (_LIVE, live), (_TURNS, turns)):
        if rows:
            # In one order everywhere, so that no two transactions wait for each other.
            columns = zip(*sorted(rows.items(), key=lambda row: row[0]), strict=True)
            await connection.execute(statement, *columns)
