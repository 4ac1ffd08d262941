"""How the journals become what the pages read: a constant number of statements a segment.

Rows that a segment changes are read once, folded in memory by `rows.py`, and written once, as arrays of
the tables' own row types: the fields of a row class stand in the order of its table's columns.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from pydantic_core import from_json

from contracts import notifier
from contracts.envelope import Event
from contracts.lifecycle import TicketQueued
from contracts.sla import CircumstancesNoted, ClockStarted
from journal.clock import Clock
from journal.decider import Context, Decider
from journal.directory_table import copy_directory
from journal.entry import Entry
from journal.errors import Refused
from journal.store import Connection, Pool
from journal.work import Journal, Work
from services.gateway.clock_rows import ClockEvent, ClockRow, clock_after, deadline
from services.gateway.put_aside import parked_rows
from services.gateway.rows import TicketRow, ticket_after

VIEWS_SQL = Path(__file__).with_name("views.sql")
TABLES = ("tickets", "queue", "clocks", "parked", "undelivered", "suspended", "history", "directory")
"""All that a rebuild empties, in schema `views`."""

Row = TypeVar("Row", TicketRow, ClockRow)


def _upsert(table: str, row: type[Row], key: tuple[str, ...]) -> str:
    others = [field.name for field in fields(row) if field.name not in key]
    taken = ", ".join(f"excluded.{name}" for name in others)
    return (
        f"insert into views.{table} select * from unnest($1::views.{table}[]) "  # noqa: S608 - names of ours
        f"on conflict ({', '.join(key)}) do update set ({', '.join(others)}) = ({taken})"
    )


_KEEP_TICKETS = _upsert("tickets", TicketRow, ("ticket_id",))
_KEEP_CLOCKS = _upsert("clocks", ClockRow, ("ticket_id", "clock"))
_LISTED = (
    "ticket_id", "status", "area", "analyst", "customer", "requester", "kind", "priority", "urgency",
    "opened_at",
)  # fmt: skip
"""Of a ticket, what `views.queue` finds and orders it by."""
_KEEP_LISTED = f"""
insert into views.queue ({", ".join(_LISTED)}) select {", ".join(_LISTED)}
  from unnest($1::views.tickets[]) order by ticket_id
    on conflict (ticket_id) do update
   set ({", ".join(_LISTED[1:])}) = ({", ".join(f"excluded.{name}" for name in _LISTED[1:])})
"""  # noqa: S608 - names of ours
_KEEP_DEADLINES = """
insert into views.queue as q
       (ticket_id, due_at, breached, warned, calendar, calendar_version, sla_policy, sla_policy_version)
select * from unnest($1::uuid[], $2::timestamptz[], $3::boolean[], $4::boolean[], $5::text[], $6::integer[],
                     $7::text[], $8::integer[]) as s(ticket_id) order by ticket_id
    on conflict (ticket_id) do update set (due_at, breached, warned) =
       (excluded.due_at, excluded.breached, excluded.warned),
       (calendar, calendar_version, sla_policy, sla_policy_version) =
       (coalesce(excluded.calendar, q.calendar), coalesce(excluded.calendar_version, q.calendar_version),
        coalesce(excluded.sla_policy, q.sla_policy),
        coalesce(excluded.sla_policy_version, q.sla_policy_version))
"""
"""Both in the order of ids: two reactions that write the same rows at once wait, and never for each other."""
_KEEP_HISTORY = "insert into views.history select * from unnest($1::views.history[])"
_NAMING_TERMS = (ClockStarted, CircumstancesNoted)
"""The events that name the versions by which all clocks of a ticket go from then on."""
_SAME = (None, None, None, None)
_TOLD = ("reason", "detail", "application", "match", "received_at", "delivered")
_NEWER = "excluded.delivered is not null and (p.delivered is null or excluded.version > p.version)"
_KEEP_PARKED = f"""
insert into views.parked as p select * from unnest($1::views.parked[]) as new order by submission_id
    on conflict (submission_id) do update
   set state = case when excluded.version > p.version then excluded.state else p.state end,
       version = greatest(excluded.version, p.version),
       {", ".join(f"{name} = case when {_NEWER} then excluded.{name} else p.{name} end" for name in _TOLD)}
"""  # noqa: S608 - names of ours
"""In whichever order a message and what was decided on it come: they may stand in different partitions."""
_values_of_ticket = attrgetter(*(field.name for field in fields(TicketRow)))
_values_of_clock = attrgetter(*(field.name for field in fields(ClockRow)))


async def on_directory(work: Work[Any], entries: Sequence[Entry]) -> None:
    """Take in what changed in the directory: its copy, and the history of each record."""
    await copy_directory(work, entries)
    await _keep_history(await work.connection(), "directory", entries)


async def on_intake(work: Work[Any], entries: Sequence[Entry]) -> None:
    """Take in what arrived at the desk: history, and the parked messages."""
    connection = await work.connection()
    await _keep_history(connection, "intake", entries)
    if parked := parked_rows(entries):
        await connection.execute(_KEEP_PARKED, parked)


async def on_lifecycle(work: Work[Any], entries: Sequence[Entry]) -> None:
    """Take in what happened to tickets: history, each ticket as it stands, and what it is listed by."""
    connection = await work.connection()
    await _keep_history(connection, "lifecycle", entries)
    born = {entry.stream_id for entry in entries if entry.topic == TicketQueued.topic}
    older = {entry.stream_id for entry in entries} - born
    rows: dict[UUID, TicketRow] = {}
    if older:
        found = await connection.fetch("select * from views.tickets where ticket_id = any($1)", list(older))
        rows = {record["ticket_id"]: TicketRow(*record) for record in found}
    for entry in entries:
        row = ticket_after(rows.get(entry.stream_id), entry.event())
        if row is not None:
            rows[entry.stream_id] = row
    values = [_values_of_ticket(row) for row in rows.values()]
    await connection.execute(_KEEP_TICKETS, values)
    await connection.execute(_KEEP_LISTED, values)


async def on_sla(work: Work[Any], entries: Sequence[Entry]) -> None:
    """Take in what the clocks say: history, each clock as it stands, and each ticket's nearest deadline."""
    connection = await work.connection()
    await _keep_history(connection, "sla", entries)
    said = [event for entry in entries if isinstance(event := entry.event(), ClockEvent | CircumstancesNoted)]
    if not said:
        return
    # The last that a segment says counts.
    terms = {event.ticket_id: _terms_of(event) for event in said if isinstance(event, _NAMING_TERMS)}
    tickets = list({event.ticket_id for event in said})
    found = await connection.fetch("select * from views.clocks where ticket_id = any($1)", tickets)
    clocks: dict[UUID, dict[str, ClockRow]] = {ticket_id: {} for ticket_id in tickets}
    for record in found:
        clocks[record["ticket_id"]][record["clock"]] = ClockRow(*record)
    before = {ticket_id: deadline(known.values()) for ticket_id, known in clocks.items()}
    changed: dict[tuple[UUID, str], ClockRow] = {}
    for event in said:
        if isinstance(event, CircumstancesNoted):
            continue
        known = clocks[event.ticket_id]
        row = clock_after(known.get(event.clock), event)
        if row is not None:
            known[event.clock] = changed[event.ticket_id, event.clock] = row
    await connection.execute(_KEEP_CLOCKS, [_values_of_clock(row) for row in changed.values()])
    after = {ticket_id: deadline(known.values()) for ticket_id, known in clocks.items()}
    moved = [
        (ticket_id, *new, *terms.get(ticket_id, _SAME))
        for ticket_id, new in after.items()
        if new != before[ticket_id] or ticket_id in terms
    ]
    if moved:
        await connection.execute(_KEEP_DEADLINES, *map(list, zip(*moved, strict=True)))


def _terms_of(event: ClockStarted | CircumstancesNoted) -> tuple[Any, ...]:
    return event.calendar, event.calendar_version, event.sla_policy, event.sla_policy_version


async def on_notifier(work: Work[Any], entries: Sequence[Entry]) -> None:
    """Take in what was sent: history, the e-mails that were given up, the addresses that are suspended."""
    connection = await work.connection()
    await _keep_history(connection, "notifier", entries)
    for entry in entries:
        # Seldom, so one by one.
        if entry.topic == notifier.NotificationAbandoned.topic:
            event = entry.event()
            assert isinstance(event, notifier.NotificationAbandoned)  # noqa: S101 - the topic says so
            await connection.execute(
                "insert into views.undelivered values ($1, $2, $3, $4) on conflict do nothing",
                event.notification_id, event.ticket_id, event.at, event.error,
            )  # fmt: skip
        elif entry.topic == notifier.NotificationRetried.topic:
            await connection.execute(
                "delete from views.undelivered where notification_id = $1", entry.stream_id
            )
        elif entry.topic == notifier.AddressSuspended.topic:
            suspended = entry.event()
            assert isinstance(suspended, notifier.AddressSuspended)  # noqa: S101 - the topic says so
            await connection.execute(
                "insert into views.suspended values ($1, $2, $3, $4, $5) on conflict do nothing",
                suspended.address, suspended.ticket_id, suspended.at, suspended.bounces, suspended.status,
            )  # fmt: skip
        elif entry.topic == notifier.AddressRestored.topic:
            restored = entry.event()
            assert isinstance(restored, notifier.AddressRestored)  # noqa: S101 - the topic says so
            await connection.execute("delete from views.suspended where address = $1", restored.address)


REACTIONS: dict[str, Callable[[Work[Any], Sequence[Entry]], Any]] = {
    "intake": on_intake,
    "lifecycle": on_lifecycle,
    "sla": on_sla,
    "notifier": on_notifier,
}
"""Of each followed journal, the directory's apart: that one has a single partition."""


def views_journal(pool: Pool, clock: Clock, partitions: int) -> Journal[None]:
    """The gateway records nothing: a journal that gives transactions and keeps applied positions."""
    return Journal(pool, Decider(initial=None, decide=_decide, evolve=_evolve), clock, partitions)


def _decide(_: object, __: None, ___: Context) -> list[Event]:
    raise Refused("unknown_command")


def _evolve(_: None, __: Event) -> None:
    return None


async def _keep_history(connection: Connection, service: str, entries: Iterable[Entry]) -> None:
    await connection.execute(_KEEP_HISTORY, [_history(service, entry) for entry in entries])


def _history(service: str, entry: Entry) -> tuple[Any, ...]:
    data = entry.data
    fields_of = from_json(data) if isinstance(data, bytes) else data
    ticket = fields_of.get("ticket_id")
    at = fields_of.get("at") or fields_of.get("opened_at")
    if at is None:
        delivered = fields_of.get("delivered") or fields_of
        at = delivered.get("received_at")
    return (
        ticket or entry.stream_id,  # asyncpg takes an id as text too, which spares making an object of it
        service,
        entry.partition,
        entry.position,
        entry.topic,
        datetime.fromisoformat(at) if at else entry.recorded_at,
        entry.recorded_at,
        entry.data_bytes().decode(),
        entry.digest,
    )
