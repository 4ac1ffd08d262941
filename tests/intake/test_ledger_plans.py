"""What the ledger reads to compare itself with the journal is a week's, however long the journal: by the plans."""

import json
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg

from journal.clock import DeskClock
from services.intake.channels.ledger import MAIL_SQL, Ledger
from tests.servers.backing import Database, connected

PARTITIONS, OLD, NEW = 4, 50_000, 500
NOW = datetime.now(UTC)
_FILLED = """
insert into journal.entries
select n % $1, n / $1 + 1, gen_random_uuid(), 1, 'intake.TicketRegistered.v1', at, '', convert_to(jsonb_build_object(
           'delivered', jsonb_build_object('via', 'suporte@desk.example.com', 'raw', md5(n::text), 'received_at', at)
       )::text, 'UTF8'), ''
  from generate_series(0, $2 - 1) n,
       lateral (select $3::timestamptz - case when n < $4 then interval '90 days' else interval '1 day' end
                       + (n % $4) * interval '1 second' as at) t
"""
_TOLD = """
insert into views.mail_in
select gen_random_uuid(), said -> 'delivered' ->> 'via', recorded_at, said -> 'delivered' ->> 'raw', false, 1, 'opened'
  from (select recorded_at, convert_from(data, 'UTF8')::jsonb as said from journal.entries) entries
"""


class _Explained:
    """A pool that asks the database how it does what it is asked, and remembers."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self.plan: dict[str, Any] = {}

    async def fetchval(self, query: str, *values: Any, **options: Any) -> Any:
        explained = await self._pool.fetchval(f"explain (analyze, format json) {query}", *values)
        self.plan = json.loads(explained)[0]["Plan"]
        return await self._pool.fetchval(query, *values, **options)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)


async def test_only_the_entries_of_the_last_days_are_read(
    database: Callable[[str], Awaitable[Database]],
) -> None:
    made = await database("intake")
    async with connected(made.admin_url) as admin:
        await admin.execute(_FILLED, PARTITIONS, OLD + NEW, NOW, OLD)
        await admin.execute(
            "insert into journal.heads select partition, max(position), '' from journal.entries group by 1"
        )
        await admin.execute("analyze journal.entries")
    async with asyncpg.create_pool(made.url, min_size=1, max_size=1) as pool:
        await pool.execute(MAIL_SQL.read_text())
        await pool.execute(_TOLD)
        explained = _Explained(pool)
        ledger = Ledger(explained, DeskClock())  # type: ignore[arg-type] # all that it asks of a pool
        assert await ledger.differing() == 0
        read = sum(
            node["Actual Rows"] * node["Actual Loops"] + node.get("Rows Removed by Filter", 0)
            for node in _nodes(explained.plan)
            if node.get("Relation Name") == "entries"
        )
        assert NEW <= read < NEW + 40 * PARTITIONS, "the week's, and what finds where they begin"
        lost = (
            "delete from views.mail_in where raw in (select md5(n::text) from generate_series($1::int, $2) n)"
        )
        await pool.execute(lost, OLD - 5, OLD + 6)
        assert await ledger.differing() == 7, "of what is older nobody is told for ever"
