"""A release that lays the views out otherwise starts them over, and loses nothing that is no view."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import fields
from hashlib import sha256

import asyncpg

from services.gateway.clock_rows import ClockRow
from services.gateway.layout import LAYOUT, make_views
from services.gateway.rows import TicketRow
from services.gateway.views import VIEWS_SQL
from tests.gateway.books import told_at_random
from tests.gateway.rooms import dump, fill, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
OLDER = """
drop table views.tickets, views.layout;
create table views.tickets (ticket_id uuid primary key, number text not null);
insert into views.tickets values (gen_random_uuid(), '2025-000001');
"""
DIGEST = "7db5be560df9f39e"
"""Of `views.sql` without its comments: whoever changes the tables raises LAYOUT, and then this."""


async def test_tables_of_an_older_layout_are_dropped_and_replayed(database: MakeDatabase) -> None:
    books = told_at_random(3, tickets=20)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        lived = await dump(pool)
        await pool.execute("insert into access.uploads values ('ana@desk.example', 'kept')")
        await pool.execute(OLDER)
        assert await make_views(pool)
        assert await pool.fetchval("select count(*) from journal.applied") == 0
        assert await pool.fetchval("select count(*) from views.history") == 0
        await fill(pool, books)
        assert await dump(pool) == lived
        assert await pool.fetchval("select count(*) from access.uploads") == 1


async def test_tables_of_this_layout_stay(database: MakeDatabase) -> None:
    async with views_of(await database("gateway")) as pool:
        await fill(pool, told_at_random(3, tickets=5))
        lived = await dump(pool)
        assert not await make_views(pool)
        assert await dump(pool) == lived


async def test_a_table_has_the_columns_of_its_row(database: MakeDatabase) -> None:
    async with asyncpg.create_pool((await database("gateway")).url, min_size=1, max_size=1) as pool:
        assert not await make_views(pool)
        for table, row in (("tickets", TicketRow), ("clocks", ClockRow)):
            prepared = await pool.fetch(
                "select column_name from information_schema.columns where table_schema = 'views' "
                "and table_name = $1 order by ordinal_position",
                table,
            )
            assert [column for (column,) in prepared] == [field.name for field in fields(row)]


def test_a_changed_layout_has_a_number_of_its_own() -> None:
    statements = re.sub(r"--.*", "", VIEWS_SQL.read_text(encoding="utf-8"))
    assert (LAYOUT, sha256(" ".join(statements.split()).encode()).hexdigest()[:16]) == (4, DIGEST)
