"""The notifier's own tables: what they hold, and how they are read and changed; one statement a batch each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts import notifier as n
from journal.entry import Entry
from journal.store import Connection
from journal.work import Recorded
from services.notifier.ticket import Ticket

_TICKET_LOCKS = 7_201_002
"""First key of the advisory locks under which the sources of one partition take turns."""
WINDOW = timedelta(hours=1)
_COLUMNS = {
    "ticket_id": "uuid",
    "number": "text",
    "subject": "text",
    "requester": "text",
    "area": "text",
    "contract": "text",
    "message_id": "text",
    "place": "integer",
    "imported": "boolean",
    "relation": "text",
    "origin": "text",
    "status": "text",
    "analyst": "text",
    "asked_by": "text",
    "merged_into": "text",
    "participants": "jsonb",
}
"""Of `views.tickets`, in the table's order; each is a field of `Ticket`."""
_CHANGING = ("area", "status", "analyst", "asked_by", "merged_into", "participants")
_TICKETS = f"select {', '.join(_COLUMNS)} from views.tickets where ticket_id = any($1)"  # noqa: S608 - ours
_KEEP_TICKETS = (
    "insert into views.tickets select * from unnest("  # noqa: S608 - ours
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


async def keep_tickets(connection: Connection, changed: Sequence[Ticket]) -> None:
    """Write new and changed tickets."""
    if changed:
        await connection.execute(
            _KEEP_TICKETS, *([_column(each, name) for each in changed] for name in _COLUMNS)
        )


def _ticket(row: dict[str, Any]) -> Ticket:
    taking_part = tuple((contact, number) for contact, number in json.loads(row["participants"]))
    return Ticket(**row | {"participants": taking_part})


def _column(ticket: Ticket, name: str) -> Any:
    return json.dumps(ticket.participants) if name == "participants" else getattr(ticket, name)


async def queues(connection: Connection, areas: Iterable[str]) -> dict[str, int]:
    """How many tickets wait in the queue of each area, over all partitions."""
    rows = await connection.fetch(
        "select area, sum(waiting)::integer as waiting from views.queues where area = any($1) group by area",
        list(set(areas)),
    )
    return {row["area"]: row["waiting"] for row in rows}


async def move_queues(connection: Connection, partition: int, moved: Mapping[str, int]) -> None:
    """Add to (or take from) the queues of a partition."""
    areas = [area for area, count in moved.items() if count]
    if areas:
        await connection.execute(
            "insert into views.queues as q select area, $2::smallint, count "
            "from unnest($1::text[], $3::integer[]) as m(area, count) "
            "on conflict (area, partition) do update set waiting = q.waiting + excluded.waiting",
            areas,
            partition,
            [moved[area] for area in areas],
        )


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


@dataclass(frozen=True, slots=True)
class Count:
    """Automatic e-mails since an instant."""

    since: datetime
    count: int


async def automatic_counts(
    connection: Connection, ticket_ids: Iterable[UUID], now: datetime
) -> dict[tuple[UUID, str], Count]:
    """By ticket and recipient; what is older than the window counts no longer."""
    wanted = list(set(ticket_ids))
    if not wanted:
        return {}
    rows = await connection.fetch(
        "select ticket_id, recipient, since, count from views.automatic "
        "where ticket_id = any($1) and since > $2",
        wanted,
        now - WINDOW,
    )
    return {(ticket_id, recipient): Count(since, count) for ticket_id, recipient, since, count in rows}


async def keep_counts(connection: Connection, counts: Mapping[tuple[UUID, str], Count]) -> None:
    """Write counts that have changed."""
    if counts:
        await connection.execute(
            "insert into views.automatic "
            "select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::integer[]) "
            "on conflict (ticket_id, recipient) do update set since = excluded.since, count = excluded.count",
            [ticket_id for ticket_id, _ in counts],
            [recipient for _, recipient in counts],
            [count.since for count in counts.values()],
            [count.count for count in counts.values()],
        )


async def project(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Keep the outbox in step with the journal: due rows in, settled ones out, failed ones later."""
    due: dict[UUID, tuple[datetime, str]] = {}
    settled = []
    for each in recorded:
        match each.event:
            case n.NotificationRequested() | n.NotificationRetried() as event:
                due[event.notification_id] = (event.at, each.trace)
            case n.NotificationFailed() as event:
                due[event.notification_id] = (event.retry_at, each.trace)
            case n.NotificationSent() | n.NotificationAbandoned() as event:
                settled.append(event.notification_id)
    if due:
        await connection.execute(
            "insert into views.outbox select * from unnest($1::uuid[], $2::timestamptz[], $3::text[]) "
            "on conflict (notification_id) do update set next_attempt_at = excluded.next_attempt_at",
            list(due),
            [at for at, _ in due.values()],
            [trace for _, trace in due.values()],
        )
    if settled:
        await connection.execute("delete from views.outbox where notification_id = any($1)", settled)
