"""The faults: what may happen to a desk at work. Each returns when it has happened; the supervisor does the rest."""

import asyncio
import random
import shutil
import signal
from collections.abc import Awaitable, Callable
from typing import TypeAlias
from uuid import uuid4

import nats
import psutil
from nats.js.errors import NotFoundError

from tests.faults.books import JOURNALS, SERVICES
from tests.faults.keeper import Keeper
from tests.running import RunningDesk

ROLLED_BACK_S = 10.0
BETWEEN_KILLS_S = 1.0
REPLICAS = tuple(f"{service}-2" for service in SERVICES)

Fault: TypeAlias = Callable[[RunningDesk, Keeper, random.Random], Awaitable[None]]


def killed(name: str) -> Fault:
    """kill -9 of a service, of `nats` or of `postgres`."""

    async def fault(desk: RunningDesk, keeper: Keeper, _: random.Random) -> None:
        async with keeper.away():
            desk.kill(name)

    return fault


async def each_service_killed(desk: RunningDesk, keeper: Keeper, rng: random.Random) -> None:
    """kill -9 of every service, one after the other, in any order; of two replicas, one or the other."""
    names = list(SERVICES)
    rng.shuffle(names)
    for service in names:
        name = rng.choice([name for name in desk.children if name.partition("-")[0] == service])
        async with keeper.away():
            desk.kill(name)
        await asyncio.sleep(BETWEEN_KILLS_S)


async def rolled_back(desk: RunningDesk, keeper: Keeper, _: random.Random) -> None:
    """NATS comes back with the storage of 10 s ago: a snapshot of one instant, as a volume's is."""
    copy = desk.nats.storage.with_name("snapshot")
    server = psutil.Process(desk.nats.pid)
    server.send_signal(signal.SIGSTOP)
    try:
        await asyncio.to_thread(shutil.copytree, desk.nats.storage, copy)
    finally:
        server.send_signal(signal.SIGCONT)
    await asyncio.sleep(ROLLED_BACK_S)
    async with keeper.away():
        desk.nats.kill()
        shutil.rmtree(desk.nats.storage)
        copy.rename(desk.nats.storage)
        await asyncio.to_thread(desk.nats.start)


async def wiped(desk: RunningDesk, keeper: Keeper, _: random.Random) -> None:
    """NATS comes back with nothing: no stream, no consumer, no message."""
    async with keeper.away():
        desk.nats.kill()
        shutil.rmtree(desk.nats.storage)
        await asyncio.to_thread(desk.nats.start)


async def doubled_and_shuffled(desk: RunningDesk, _: Keeper, rng: random.Random) -> None:
    """Every segment that the streams hold is published once more, in any order, among what is new."""
    client = await nats.connect(desk.nats_url())
    try:
        js = client.jetstream(timeout=10)
        copies = []
        for service in JOURNALS:
            stream = service.upper()
            info = await js.stream_info(stream)
            for sequence in range(info.state.first_seq, info.state.last_seq + 1):
                try:
                    held = await js.get_msg(stream, sequence)
                except NotFoundError:
                    continue
                span = (held.headers or {})["Nats-Msg-Id"].partition(":")[2]
                copies.append((held.subject or "", held.data or b"", f"{uuid4().hex}:{span}"))
        rng.shuffle(copies)
        for subject, body, message_id in copies:
            await js.publish(subject, body, headers={"Nats-Msg-Id": message_id})
    finally:
        await client.close()


FAULTS: dict[str, Fault] = {
    **{f"kill {name}": killed(name) for name in (*SERVICES, "nats", "postgres")},
    "kill each service": each_service_killed,
    "roll nats back": rolled_back,
    "wipe nats": wiped,
    "double and shuffle": doubled_and_shuffled,
}
"""By what the campaign calls them."""
