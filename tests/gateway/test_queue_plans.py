"""A page of the queue costs what it shows, however many tickets the desk has: read off the database's own plans."""

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg

from services.gateway.filters import OWN_AREAS, Filter
from services.gateway.orders import QUEUE_ORDER
from services.gateway.reading import Listed, Views
from services.gateway.rows import TicketRow
from tests.gateway.books import a_row
from tests.gateway.rooms import views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
TICKETS = 100_000
AREAS, ANALYSTS, CUSTOMERS = 19, 97, 1_999
"""Prime to each other and to ten, so that whatever a ticket has goes with whatever else."""
FILLED = f"""
insert into views.queue
select md5(n::text)::uuid, case when n % 10 < 6 then 'open' when n % 10 < 9 then 'in_progress' else 'resolved' end,
       'area' || n % {AREAS}, case when n % 10 >= 6 then 'analyst' || n % {ANALYSTS} end, 'customer' || n % {CUSTOMERS},
       'requester' || n % {CUSTOMERS}, null, (array['low', 'normal', 'high', 'urgent'])[1 + n % 4], 3 - n % 4,
       now() - n * interval '1 minute', case when n % 3 > 0 then now() + (n % 997) * interval '7 minutes' end, n % 50 = 0
  from generate_series(1, {TICKETS}) n
"""
TOLD = """
insert into views.tickets
select t.*
  from (select *, row_number() over () as place from views.queue) q
 cross join lateral jsonb_populate_record(null::views.tickets, $1::jsonb || jsonb_build_object(
            'ticket_id', q.ticket_id, 'number', '2026-' || q.place, 'status', q.status, 'area', q.area,
            'analyst', q.analyst, 'customer', q.customer, 'requester', q.requester, 'priority', q.priority,
            'urgency', q.urgency, 'opened_at', q.opened_at, 'subject', 'Nota rejeitada ' || q.urgency,
            'answered_at', case when q.status <> 'open' then q.opened_at + interval '3 hours' end)) t
"""
"""Joined laterally: `(f(...)).*` would call the function once a column."""


class Explained:
    """A pool that asks the database how it does what it is asked, and remembers."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.plans: list[dict[str, Any]] = []

    async def fetch(self, query: str, *values: Any) -> list[asyncpg.Record]:
        explained = await self._pool.fetchval(f"explain (analyze, format json) {query}", *values)
        self.plans.append(json.loads(explained)[0])
        return await self._pool.fetch(query, *values)  # type: ignore[no-any-return]

    async def fetchval(self, query: str, *values: Any) -> Any:
        (row,) = await self.fetch(query, *values)
        return row[0]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


async def _listed(pool: Any, place: int) -> Listed:
    """The ticket at that place of the queue."""
    *columns, due_at, breached = await pool.fetchrow(
        "select t.*, q.due_at, q.breached from views.queue q join views.tickets t using (ticket_id) "
        f"where q.status <> 'closed' order by {QUEUE_ORDER.sql} offset {place} limit 1"
    )
    return Listed(TicketRow(*columns), due_at, breached)


async def test_a_page_of_the_queue_reads_what_it_shows(database: MakeDatabase) -> None:
    async with views_of(await database("gateway")) as pool:
        row = a_row()
        columns = {name: getattr(row, name) for name in row.__slots__}
        await pool.execute(FILLED)
        await pool.execute(TOLD, json.dumps(columns, default=str))
        await pool.execute("analyze views.queue, views.tickets")
        explained = Explained(pool)
        views = Views(explained)  # type: ignore[arg-type]
        first = await views.tickets(Filter(status="working"))
        middle = await _listed(pool, TICKETS // 2)
        asked = {
            "first page": Filter(status="working"),
            "next page": Filter(status="working", after=first.next),
            "a page in the middle": Filter(status="working", after=QUEUE_ORDER.key(middle)),
            "one area": Filter(status="working", area="area7"),
            "own areas": Filter(status="working", area=OWN_AREAS, own_areas=("area7", "area8")),
            "one analyst": Filter(status="working", analyst="analyst77"),
            "open": Filter(status="open"),
            "urgent": Filter(status="working", priority="urgent"),
            "one customer": Filter(status="working", customer="customer7"),
        }
        explained.plans.clear()
        for wanted in asked.values():
            assert (await views.tickets(wanted)).tickets
        await views.tickets(Filter(status="all", customer="customer7"), newest_first=True)
        asked["a company's, newest first"] = Filter()
        await views.waiting_before(middle.ticket)
        asked["place"] = Filter()
        await views.first_answers("area7")
        asked["pace"] = Filter()
        report = dict(zip(asked, (plan["Execution Time"] for plan in explained.plans), strict=True))
        print("milliseconds", json.dumps(report, indent=1))
        for name, plan in zip(asked, explained.plans, strict=True):
            kinds = {(node["Node Type"], node.get("Relation Name")) for node in nodes(plan["Plan"])}
            assert "Seq Scan" not in {kind for kind, _ in kinds}, (name, kinds)
            assert max(node["Actual Rows"] for node in nodes(plan["Plan"])) <= TICKETS / AREAS, (name, plan)
