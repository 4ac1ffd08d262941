"""The views' tables, and what happens when a newer release lays them out otherwise: they start over."""

import asyncio
from contextlib import suppress

import asyncpg

from journal.log import log
from journal.store import Pool
from services.gateway.views import TABLES, VIEWS_SQL

LAYOUT = 4
"""Which layout `views.sql` and the folds of `rows.py` and `clock_rows.py` are. Raised with each change of them."""
_LOCK = 7_201_003
"""The advisory lock under which replicas look at the layout one after the other."""


async def make_views(pool: Pool) -> bool:
    """Make the views' tables; whether those of another layout were there, which are dropped and replayed.

    Everything in them follows from the journals, so the followers fill the new ones from the first entry
    on, while the pages are served: they show what has been applied so far. What `access` holds stays.
    """
    script = await asyncio.to_thread(VIEWS_SQL.read_text)
    while True:
        # A follower of a replica in the middle of a segment holds rows that this waits for, and may wait for this.
        with suppress(asyncpg.DeadlockDetectedError):
            started_over = await _made(pool, script)
            # Connections that have used the old tables remember their row types.
            await pool.expire_connections()
            return started_over


async def _made(pool: Pool, script: str) -> bool:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"select pg_advisory_xact_lock({_LOCK})")
        await connection.execute("create table if not exists views.layout (version integer primary key)")
        known = await connection.fetchval("select version from views.layout")
        there_were = await connection.fetchval("select to_regclass('views.tickets') is not null")
        started_over = there_were and known != LAYOUT
        if started_over:
            log.warning("the views start over: another layout", known=known, wanted=LAYOUT)
            ours = ", ".join(f"views.{table}" for table in TABLES if table != "directory")
            await connection.execute(f"drop table if exists {ours}")
            await connection.execute("select journal.forget_applied()")
        await connection.execute(script)
        if known != LAYOUT:
            await connection.execute("delete from views.layout")
            await connection.execute("insert into views.layout values ($1)", LAYOUT)
        return bool(started_over)
