"""`python -m services.sla.rebuild`: makes the table of timers anew from the journal, while replicas run or not."""

import uvloop

from journal.bus import Bus
from journal.rebuilding import rebuild_tables
from journal.service import Settings
from journal.store import Connection
from services.sla.views import VIEWS_SQL, rebuild


async def _timers(connection: Connection, _: Bus) -> int:
    return await rebuild(connection, Settings().partitions)


if __name__ == "__main__":
    uvloop.run(rebuild_tables("sla", VIEWS_SQL, _timers))
