"""When a desk is quiet: everybody is ready, has applied everything, and has nothing left to take in or to send."""

import asyncio
import contextlib

import nats
from nats.errors import Error as NatsError
from nats.js.errors import APIError

from journal.infrastructure import INFRASTRUCTURE
from tests.faults.books import Auditor
from tests.running import RunningDesk

PATIENCE_S = 75.0
_LOOK_EVERY_S = 0.25


async def quiet(desk: RunningDesk, auditor: Auditor) -> list[str]:
    """Return when nothing moves any more; after the patience, what still does."""
    stirring, began = await _stirring(desk, auditor), asyncio.get_running_loop().time()
    calm = 0
    while calm < 2 and asyncio.get_running_loop().time() - began < PATIENCE_S:
        await asyncio.sleep(_LOOK_EVERY_S)
        stirring = await _stirring(desk, auditor)
        calm = 0 if stirring else calm + 1
    return stirring


async def _stirring(desk: RunningDesk, auditor: Auditor) -> list[str]:
    """What is not at rest."""
    try:
        return [
            *(f"{name} does not run" for name, child in desk.children.items() if not child.running),
            *await auditor.behind(),
            *await _to_send(auditor),
            *await _to_take_in(desk),
        ]
    except (APIError, *INFRASTRUCTURE) as error:
        return [f"cannot be asked: {error!r}"]


async def _to_send(auditor: Auditor) -> list[str]:
    count = await auditor.pools["notifier"].fetchval("select count(*) from views.outbox")
    return [f"{count} e-mails are still to be sent"] if count else []


async def _to_take_in(desk: RunningDesk) -> list[str]:
    client = await nats.connect(desk.nats_url(), allow_reconnect=False, connect_timeout=2)
    try:
        info = await client.jetstream(timeout=2).consumer_info("CHANNELS", "intake")
    finally:
        with contextlib.suppress(NatsError):
            await client.close()
    waiting = (info.num_pending or 0) + (info.num_ack_pending or 0)
    return [f"{waiting} messages of channels wait"] if waiting else []
