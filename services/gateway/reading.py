"""What the pages ask of the views. No page has SQL of its own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from pydantic_core import from_json

from contracts.intake import Delivered
from journal import store
from journal.store import Pool
from services.gateway.clock_rows import ANSWERING, ClockRow
from services.gateway.filters import Filter, conditions, storable
from services.gateway.orders import LATEST_RECEIVED, LONGEST_WAITING, NEWEST_FIRST, QUEUE_ORDER
from services.gateway.overview import Overview
from services.gateway.rows import TicketRow
from services.gateway.timeline import Told

PAGE = 50
"""Tickets on one page of a list."""
PACE_ANSWERS = 30
"""First answers of an area that its recent pace is taken from. Source: judgement: some days of a small team."""

_LIST = """
select t.*, q.due_at, q.breached, q.warned
  from views.queue q join views.tickets t using (ticket_id)
 where {where}
 order by {order}
 limit {limit}
"""
_ABSORBED = """
with recursive absorbed as (
    select ticket_id from views.tickets where merged_into = $1
     union
    select t.ticket_id from views.tickets t join absorbed a on t.merged_into = a.ticket_id
)
select ticket_id from absorbed
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket in a list: with its nearest deadline, and whether one has passed unanswered, or was warned of."""

    ticket: TicketRow
    due_at: datetime | None
    breached: bool
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list; `next` is the key after which the following page begins, "" on the last one."""

    tickets: list[Listed]
    next: str


@dataclass(frozen=True, slots=True)
class Suspended:
    """An address whose mail kept coming back; `number` is the ticket of the last one, if it was about one."""

    address: str
    at: datetime
    bounces: int
    status: str
    number: str | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that waits for a person, or waited once, or was put `aside` by a rule, on no ticket.

    `match` is the ticket that it seems to belong to.
    """

    submission_id: UUID
    state: str
    reason: str
    detail: str
    application: str | None
    match: UUID | None
    delivered: Delivered


@dataclass(frozen=True, slots=True)
class ParkedList:
    """One page of parked messages; `next` as in `Listing`."""

    parked: list[Parked]
    next: str


class Views:
    """The gateway's views, for reading."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.overview = Overview(pool)

    async def tickets(self, wanted: Filter, *, newest_first: bool = False) -> Listing:
        """One page of tickets, in the queue's order or the newest first.

        The queue's order: priority, nearest deadline, opening. Source: issue "The ticket's whole life", point 4.
        """
        order = NEWEST_FIRST if newest_first else QUEUE_ORDER
        where, values = conditions(wanted)
        if (key := order.read(wanted.after)) is not None:
            where.append(order.after(len(values) + 1))
            values.extend(key)
        sql = _LIST.format(where=" and ".join(where), order=order.sql, limit=PAGE + 1)
        rows = await self._pool.fetch(sql, *values)
        listed = [
            Listed(TicketRow(*columns), due_at, breached, warned)
            for *columns, due_at, breached, warned in rows[:PAGE]
        ]
        return Listing(listed, order.key(listed[-1]) if len(rows) > PAGE else "")

    async def ticket(self, number: str) -> TicketRow | None:
        """The ticket with that number."""
        row = await self._pool.fetchrow("select * from views.tickets where number = $1", storable(number))
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

    async def waiting_before(self, ticket: TicketRow) -> int:
        """How many tickets of the area that nobody works on yet stand before this one, in the queue's order."""
        return int(
            await self._pool.fetchval(
                """
                select count(*) from views.queue q, views.queue this
                 where this.ticket_id = $1 and q.area = this.area and q.status = 'open'
                   and (q.urgency, coalesce(q.due_at, 'infinity'), q.opened_at, q.ticket_id)
                     < (this.urgency, coalesce(this.due_at, 'infinity'), this.opened_at, this.ticket_id)
                """,
                ticket.ticket_id,
            )
        )

    async def calendar(self, ticket: TicketRow) -> tuple[str, int]:
        """The calendar that the ticket's clocks go by, and its version: pinned when it opened, or rebased on since."""
        row = await self._pool.fetchrow(
            "select calendar, calendar_version from views.queue "
            "where ticket_id = $1 and calendar is not null",
            ticket.ticket_id,
        )
        return tuple(row) if row else (ticket.calendar, ticket.calendar_version)

    async def first_answers(self, area: str) -> list[datetime]:
        """When the area's latest first answers were given, the newest first."""
        rows = await self._pool.fetch(
            "select answered_at from views.tickets where area = $1 and answered_at is not null "
            "and not imported order by answered_at desc limit $2",
            area,
            PACE_ANSWERS,
        )
        return [row["answered_at"] for row in rows]

    async def history(self, ticket_id: UUID) -> list[Told]:
        """Every event of every service that concerns a ticket, in the order of recording."""
        return await self._histories([ticket_id])

    async def joined_history(self, ticket_id: UUID) -> list[Told]:
        """The same with the tickets that were merged into it, and into those."""
        rows = await self._pool.fetch(_ABSORBED, ticket_id)
        return await self._histories([ticket_id, *(row["ticket_id"] for row in rows)])

    async def _histories(self, tickets: list[UUID]) -> list[Told]:
        rows = await self._pool.fetch("select * from views.history where ticket_id = any($1)", tickets)
        return sorted((Told(*row) for row in rows), key=lambda told: told.order)

    async def numbers(self, tickets: Collection[UUID], customer: str | None = None) -> dict[UUID, str]:
        """The numbers behind ids, of that customer's tickets alone where one is named."""
        if not tickets:
            return {}
        rows = await self._pool.fetch(
            "select ticket_id, number from views.tickets where ticket_id = any($1) "
            "and ($2::text is null or customer = $2)",
            list(tickets),
            customer,
        )
        return {row["ticket_id"]: row["number"] for row in rows}

    async def length(self, ticket_id: UUID) -> int:
        """How many events a ticket's history has: whether there is something new."""
        return int(
            await self._pool.fetchval("select count(*) from views.history where ticket_id = $1", ticket_id)
        )

    async def parked(self, after: str = "", *, aside: bool = False) -> ParkedList:
        """One page of what waits for a person, the longest first; or of what was put aside, the latest first."""
        order = LATEST_RECEIVED if aside else LONGEST_WAITING
        key = order.read(after)
        where = f"state = '{'aside' if aside else 'waiting'}'" + (f" and {order.after(1)}" if key else "")
        sql = f"select * from views.parked where {where} order by {order.sql} limit {PAGE + 1}"  # noqa: S608 - ours
        found = [_parked(row) for row in await self._pool.fetch(sql, *(key or ()))]
        return ParkedList(found[:PAGE], order.key(found[PAGE - 1]) if len(found) > PAGE else "")

    async def parked_one(self, submission_id: UUID) -> Parked | None:
        """One parked message, waiting or settled."""
        row = await self._pool.fetchrow(
            "select * from views.parked where submission_id = $1 and delivered is not null", submission_id
        )
        return _parked(row) if row else None

    async def parked_count(self) -> int:
        """How many messages wait for a person."""
        return int(await self._pool.fetchval("select count(*) from views.parked where state = 'waiting'"))

    async def suspended(self) -> list[Suspended]:
        """The addresses that are written to no more, the latest first."""
        rows = await self._pool.fetch(
            "select s.address, s.at, s.bounces, s.status, t.number "
            "from views.suspended s left join views.tickets t using (ticket_id) order by s.at desc limit 200"
        )
        return [Suspended(**row) for row in rows]

    async def suspended_count(self) -> int:
        """How many they are."""
        return int(await self._pool.fetchval("select count(*) from views.suspended"))

    async def suspended_of(self, addresses: Iterable[str]) -> list[str]:
        """Those of the addresses that are written to no more, as they are spelled."""
        spelled = {each.strip().lower(): each for each in addresses}
        rows = await self._pool.fetch(
            "select address from views.suspended where address = any($1) order by address", list(spelled)
        )
        return [spelled[row["address"]] for row in rows]

    async def undelivered(self, ticket_id: UUID) -> set[UUID]:
        """Notifications of a ticket that were given up and not tried again."""
        rows = await self._pool.fetch(
            "select notification_id from views.undelivered where ticket_id = $1", ticket_id
        )
        return {row["notification_id"] for row in rows}

    async def applied(self, service: str, partition: int) -> int:
        """How far a journal's partition is in the views."""
        return await store.applied(self._pool, (service, partition))


def _parked(row: asyncpg.Record) -> Parked:
    delivered = Delivered.model_validate(from_json(row["delivered"]))
    return Parked(
        row["submission_id"],
        row["state"],
        row["reason"],
        row["detail"],
        row["application"],
        row["match"],
        delivered,
    )
