"""The notifier's own tables: what they hold, and how they are read and changed; one statement a batch each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from journal.entry import Entry
from journal.store import Connection, Runner
from services.notifier.addresses import folded
from services.notifier.caps import WINDOW, Counted
from services.notifier.ticket import Ticket

_TICKET_LOCKS = 7_201_002
"""First key of the advisory locks under which the sources of one partition take turns."""
_COLUMNS = {
    "ticket_id": "uuid",
    "number": "text",
    "subject": "text",
    "requester": "text",
    "area": "text",
    "contract": "text",
    "message_id": "text",
    "place": "integer",
    "customer": "text",
    "imported": "boolean",
    "relation": "text",
    "linked_to": "uuid",
    "status": "text",
    "analyst": "text",
    "asked_by": "text",
    "merged_into": "text",
    "absorbed": "jsonb",
    "participants": "jsonb",
    "wrote_from": "jsonb",
}
"""Of `views.tickets`; each is a field of `Ticket`."""
_CHANGING = ("area", "status", "analyst", "asked_by", "merged_into", "absorbed", "participants", "wrote_from")
_TICKETS = f"select {', '.join(_COLUMNS)} from views.tickets where ticket_id = any($1)"  # noqa: S608 - ours
_KEEP_TICKETS = (
    f"insert into views.tickets ({', '.join(_COLUMNS)}) select * from unnest("  # noqa: S608 - ours
    + ", ".join(f"${i}::{kind}[]" for i, kind in enumerate(_COLUMNS.values(), 1))
    + ") on conflict (ticket_id) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in _CHANGING)
)


async def take_turns(connection: Connection, partition: int) -> None:
    """Until the transaction ends, be the only follower at work on the tickets of this partition."""
    await connection.execute("select pg_advisory_xact_lock($1, $2)", _TICKET_LOCKS, partition)


async def tickets(connection: Connection, ticket_ids: Iterable[UUID]) -> dict[UUID, Ticket]:
    """Those of the tickets that are known."""
    wanted = list(set(ticket_ids))
    if not wanted:
        return {}
    rows = await connection.fetch(_TICKETS, wanted)
    return {row["ticket_id"]: _ticket(dict(row)) for row in rows}


async def with_others(connection: Connection, found: Mapping[UUID, Ticket]) -> dict[UUID, Ticket]:
    """The tickets, and those of which `joined` wants to know, as far as they are known by now."""
    known = dict(found)
    asked: set[UUID] = set()
    origins = {each.linked_to for each in found.values() if each.linked_to}
    while others := origins.union(*(each.continues for each in known.values())) - known.keys() - asked:
        asked |= others
        known |= await tickets(connection, others)
    return known


async def keep_tickets(connection: Connection, changed: Sequence[Ticket]) -> None:
    """Write new and changed tickets."""
    if changed:
        await connection.execute(
            _KEEP_TICKETS, *([_column(each, name) for each in changed] for name in _COLUMNS)
        )


def _ticket(row: dict[str, Any]) -> Ticket:
    taking_part = tuple((contact, number) for contact, number in json.loads(row["participants"]))
    absorbed = tuple(map(UUID, json.loads(row["absorbed"])))
    wrote_from = tuple(json.loads(row["wrote_from"]))
    return Ticket(**row | {"absorbed": absorbed, "participants": taking_part, "wrote_from": wrote_from})


def _column(ticket: Ticket, name: str) -> Any:
    value = getattr(ticket, name)
    return json.dumps(value, default=str) if _COLUMNS[name] == "jsonb" else value


async def queues(connection: Connection, areas: Iterable[str]) -> dict[str, int]:
    """How many tickets wait in the queue of each area, over all partitions."""
    rows = await connection.fetch(
        "select area, sum(waiting)::integer as waiting from views.queues where area = any($1) group by area",
        list(set(areas)),
    )
    return {row["area"]: row["waiting"] for row in rows}


async def move_queues(connection: Connection, moved: Mapping[tuple[int, str], int]) -> None:
    """Add to (or take from) queues, by partition and area."""
    changes = [(partition, area, count) for (partition, area), count in moved.items() if count]
    if changes:
        await connection.execute(
            "insert into views.queues as q select area, partition, count "
            "from unnest($1::smallint[], $2::text[], $3::integer[]) as m(partition, area, count) "
            "on conflict (area, partition) do update set waiting = q.waiting + excluded.waiting",
            *map(list, zip(*changes, strict=True)),
        )


async def suspended(connection: Runner, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses, folded, that are written to no more."""
    rows = await connection.fetch(
        "select address from views.suspended where address = any($1)",
        list({folded(each) for each in addresses}),
    )
    return {row["address"] for row in rows}


async def put_aside(connection: Connection, early: Sequence[tuple[UUID, Entry]]) -> None:
    """Keep entries about tickets that are not known yet."""
    await connection.executemany(
        "insert into views.early values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        [
            (
                ticket_id,
                e.partition,
                e.position,
                e.stream_id,
                e.version,
                e.topic,
                e.recorded_at,
                e.trace,
                e.data_bytes(),
            )
            for ticket_id, e in early
        ],
    )


async def take_early(connection: Connection, ticket_ids: Iterable[UUID]) -> list[Entry]:
    """What was put aside for these tickets, in order; it is kept no longer."""
    wanted = list(ticket_ids)
    if not wanted:
        return []
    rows = await connection.fetch(
        "delete from views.early where ticket_id = any($1) "
        "returning partition, position, stream_id, version, topic, recorded_at, trace, data",
        wanted,
    )
    return sorted((Entry(*row) for row in rows), key=lambda entry: entry.position)


async def counts(connection: Connection, keys: Iterable[Counted], now: datetime) -> dict[Counted, int]:
    """How many automatic e-mails there were within the window, by what counts them."""
    wanted = list(set(keys))
    if not wanted:
        return {}
    rows = await connection.fetch(
        "select cap, counted, sum(count)::integer as count from views.counts "
        "where counted = any($1) and since > $2 group by cap, counted",
        [of for _, of in wanted],
        now - WINDOW,
    )
    return {(row["cap"], row["counted"]): row["count"] for row in rows}


async def add_counts(
    connection: Connection, partition: int, added: Mapping[Counted, int], now: datetime
) -> None:
    """Count more; what is older than the window counts no longer, and goes."""
    if not added:
        return
    await connection.execute(
        "insert into views.counts as c select cap, counted, $4::smallint, $5::timestamptz, count "
        "from unnest($1::text[], $2::text[], $3::integer[]) as a (cap, counted, count) "
        "on conflict (cap, counted, partition) do update set "
        "since = case when c.since > $6 then c.since else excluded.since end, "
        "count = case when c.since > $6 then c.count else 0 end + excluded.count",
        [cap for cap, _ in added],
        [of for _, of in added],
        list(added.values()),
        partition,
        now,
        now - WINDOW,
    )
    await connection.execute(
        "delete from views.counts where ctid = any(array("
        "select ctid from views.counts where partition = $1 and since <= $2 limit 200))",
        partition,
        now - WINDOW,
    )
