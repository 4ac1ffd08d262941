"""The states of all streams of a partition, from the first entry: for rebuilding, auditing and what-if."""

import asyncio
from uuid import UUID

from contracts.envelope import decode
from journal.decider import Decider, State
from journal.store import Pool

_TOGETHER = 2_000
_READ = (
    "select position, stream_id, topic, data from journal.entries "
    "where partition = $1 and position > $2 order by position limit $3"
)


async def replay(pool: Pool, partition: int, decider: Decider[State]) -> dict[UUID, State]:
    """The state of every stream of a partition; the next entries are read while these are folded."""
    states: dict[UUID, State] = {}
    initial, evolve, silent = decider.initial, decider.evolve, decider.silent
    rows = await pool.fetch(_READ, partition, 0, _TOGETHER)
    while rows:
        following = asyncio.ensure_future(pool.fetch(_READ, partition, rows[-1]["position"], _TOGETHER))
        await asyncio.sleep(0)
        for _, stream_id, topic, data in rows:
            if topic in silent:
                continue
            states[stream_id] = evolve(states.get(stream_id, initial), decode(topic, data))
        rows = await following
    return states
