"""What the pages ask of the views. No page has SQL of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic_core import from_json

from contracts.intake import Delivered
from journal import store
from journal.store import Pool
from services.gateway.rows import ClockRow, TicketRow
from services.gateway.timeline import Told

PAGE = 50
"""Tickets on one page of a list."""
ANSWERING = ("first_response", "next_response", "resolution")
"""Clocks that put the desk in the wrong when they run out; the others only close tickets."""

_LIST = """
select t.*, c.due_at as due_at, c.breached as breached
  from views.tickets t
  left join lateral (
      select min(due_at) filter (where state = 'running') as due_at,
             coalesce(bool_or(breached_at is not null and state in ('running', 'paused')), false) as breached
        from views.clocks c where c.ticket_id = t.ticket_id and c.clock = any($1)
  ) c on true
 where {where}
 order by {order}
 limit {limit} offset {offset}
"""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets a list shows; empty fields leave all in. `working` leaves resolved and closed ones out."""

    area: str = ""
    status: str = ""
    analyst: str = ""
    customer: str = ""
    requester: str = ""
    words: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket in a list: with its nearest deadline, and whether one has passed unanswered."""

    ticket: TicketRow
    due_at: datetime | None
    breached: bool


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that waits for a person, or waited once."""

    submission_id: UUID
    state: str
    reason: str
    application: str | None
    delivered: Delivered


class Views:
    """The gateway's views, for reading."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def tickets(self, wanted: Filter, *, newest_first: bool = False) -> tuple[list[Listed], bool]:
        """One page of tickets, and whether more follow.

        The queue's order: priority, nearest deadline, opening. Source: issue on the walking desk, pages.
        """
        where, values = _conditions(wanted)
        order = "t.opened_at desc" if newest_first else "t.urgency, c.due_at nulls last, t.opened_at"
        sql = _LIST.format(where=where, order=order, limit=PAGE + 1, offset=(max(wanted.page, 1) - 1) * PAGE)
        rows = await self._pool.fetch(sql, list(ANSWERING), *values)
        listed = [Listed(TicketRow(*columns), due_at, breached) for *columns, due_at, breached in rows]
        return listed[:PAGE], len(listed) > PAGE

    async def ticket(self, number: str) -> TicketRow | None:
        """The ticket with that number."""
        row = await self._pool.fetchrow("select * from views.tickets where number = $1", number)
        return TicketRow(*row) if row else None

    async def ticket_of(self, ticket_id: UUID) -> TicketRow | None:
        """The ticket with that id."""
        row = await self._pool.fetchrow("select * from views.tickets where ticket_id = $1", ticket_id)
        return TicketRow(*row) if row else None

    async def linked_from(self, ticket_id: UUID) -> list[TicketRow]:
        """Tickets that name this one as where they come from."""
        rows = await self._pool.fetch(
            "select * from views.tickets where linked_to = $1 order by opened_at", ticket_id
        )
        return [TicketRow(*row) for row in rows]

    async def clocks(self, ticket_id: UUID) -> list[ClockRow]:
        """The clocks of a ticket, those that the desk answers for first."""
        rows = await self._pool.fetch("select * from views.clocks where ticket_id = $1", ticket_id)
        order = {clock: place for place, clock in enumerate(ANSWERING)}
        return sorted((ClockRow(*row) for row in rows), key=lambda clock: order.get(clock.clock, 9))

    async def place_in_queue(self, ticket: TicketRow) -> int:
        """How many tickets of the area wait before this one, plus one: an estimate."""
        before = await self._pool.fetchval(
            "select count(*) from views.tickets where area = $1 and status = 'open' "
            "and (urgency, opened_at, ticket_id) < ($2, $3, $4)",
            ticket.area, ticket.urgency, ticket.opened_at, ticket.ticket_id,
        )  # fmt: skip
        return int(before) + 1

    async def history(self, ticket_id: UUID) -> list[Told]:
        """Every event of every service that concerns a ticket, in the order of recording."""
        rows = await self._pool.fetch("select * from views.history where ticket_id = $1", ticket_id)
        return sorted((Told(*row) for row in rows), key=lambda told: told.order)

    async def length(self, ticket_id: UUID) -> int:
        """How many events a ticket's history has: whether there is something new."""
        return int(
            await self._pool.fetchval("select count(*) from views.history where ticket_id = $1", ticket_id)
        )

    async def parked(self, state: str = "waiting") -> list[Parked]:
        """What waits for a person, the longest first."""
        rows = await self._pool.fetch(
            "select * from views.parked where state = $1 order by received_at limit 200", state
        )
        return [_parked(row) for row in rows]

    async def parked_one(self, submission_id: UUID) -> Parked | None:
        """One parked message, waiting or settled."""
        row = await self._pool.fetchrow("select * from views.parked where submission_id = $1", submission_id)
        return _parked(row) if row else None

    async def parked_count(self) -> int:
        """How many messages wait for a person."""
        return int(await self._pool.fetchval("select count(*) from views.parked where state = 'waiting'"))

    async def undelivered(self, ticket_id: UUID) -> set[UUID]:
        """Notifications of a ticket that were given up and not tried again."""
        rows = await self._pool.fetch(
            "select notification_id from views.undelivered where ticket_id = $1", ticket_id
        )
        return {row["notification_id"] for row in rows}

    async def applied(self, service: str, partition: int) -> int:
        """How far a journal's partition is in the views."""
        return await store.applied(self._pool, (service, partition))


def _conditions(wanted: Filter) -> tuple[str, list[Any]]:
    """The filter as SQL, with its values from `$2` on. Without a status, closed tickets stay out."""
    conditions, values = ["true"], []
    for column in ("area", "analyst", "customer", "requester"):
        if value := getattr(wanted, column):
            values.append(value)
            conditions.append(f"t.{column} = ${len(values) + 1}")
    if wanted.status in ("", "working"):
        conditions.append(
            "t.status not in ('resolved', 'closed')" if wanted.status else "t.status <> 'closed'"
        )
    elif wanted.status != "all":
        values.append(wanted.status)
        conditions.append(f"t.status = ${len(values) + 1}")
    if wanted.words:
        values.append(f"%{_literal(wanted.words)}%")
        place = len(values) + 1
        conditions.append(f"(t.number ilike ${place} or t.subject ilike ${place})")
    return " and ".join(conditions), values


def _literal(words: str) -> str:
    """For `like`: what was typed, not a pattern."""
    cleaned = words.replace("\x00", "")
    return cleaned.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _parked(row: asyncpg.Record) -> Parked:
    delivered = Delivered.model_validate(from_json(row["delivered"]))
    return Parked(row["submission_id"], row["state"], row["reason"], row["application"], delivered)
