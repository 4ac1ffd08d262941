"""`python -m services.lifecycle.rebuild`: makes the tables of assignments and turns anew from the journal.

Stops nothing: replicas that run meanwhile wait for it before they write to the tables. Needs `DATABASE_URL` alone.
"""

import asyncio
import os
import time
from typing import Any

import asyncpg

from services.lifecycle.loads import VIEWS_SQL, rebuild


async def main() -> None:
    """Rebuild, and say how much was read in what time."""
    connection: Any = await asyncpg.connect(os.environ["DATABASE_URL"])
    try:
        await connection.execute(await asyncio.to_thread(VIEWS_SQL.read_text))
        started = time.perf_counter()
        count = await rebuild(connection)
        seconds = time.perf_counter() - started
        print(f"rebuilt: {count:,} entries in {seconds:.1f} s, {count / seconds:,.0f}/s")  # noqa: T201 - its purpose
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
