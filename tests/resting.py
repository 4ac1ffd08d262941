"""When a desk is at rest: whatever follows from what was said stands in its journals and views."""

import asyncio
import contextlib

from deploy.nats_rules import FOLLOWS
from tests.running import RunningDesk
from tests.servers.backing import connected

_APPLIED = "select source, partition, position from journal.applied"
_HEADS = "select partition, position from journal.heads"
_LOOK_EVERY_S = 0.1
_PATIENCE_S = 60.0


async def at_rest(desk: RunningDesk) -> None:
    """Return when no service that runs has anything of another's journal left to apply.

    What was applied is read before the heads are: where everybody is at them all the same, there was a moment in
    between at which everybody was. Mail that is still to be sent, and clocks that go on, are another matter.
    """
    running = {name.partition("-")[0] for name, child in desk.children.items() if child.running}
    async with contextlib.AsyncExitStack() as stack, asyncio.timeout(_PATIENCE_S):
        databases = {
            service: await stack.enter_async_context(connected(desk.admin_url(service)))
            for service in running
        }
        while True:
            applied = {service: await of.fetch(_APPLIED) for service, of in databases.items()}
            heads = {service: await of.fetch(_HEADS) for service, of in databases.items()}
            left = {
                (service, source, partition): head
                for service in running
                for source in running.intersection(FOLLOWS[service])
                for partition, head in heads[source]
            }
            for service, rows in applied.items():
                for source, partition, position in rows:
                    if position >= left.get((service, source, partition), 0):
                        left.pop((service, source, partition), None)
            if not left:
                return
            await asyncio.sleep(_LOOK_EVERY_S)
