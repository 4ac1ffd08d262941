"""Keeps a test's desk alive as `make run` does: the supervisor itself starts again whatever has died."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from deploy.supervisor import Supervisor
from tests.running import RunningDesk

_LOOK_EVERY_S = 0.1
_KILLED = -9


class Keeper:
    """Looks after every process of a desk; `deaths` names those that ended without having been killed."""

    def __init__(self, desk: RunningDesk) -> None:
        self._desk = desk
        self._look = asyncio.Lock()
        self._noted: set[tuple[str, int]] = set()
        self.deaths: list[str] = []
        self._supervisor = Supervisor(lambda _: None)
        for server in (desk.nats, desk.postgres):
            self._supervisor.watch(server, is_server=True)
        for child in desk.children.values():
            self._supervisor.watch(child)

    async def run(self) -> None:
        """Look after them until cancelled."""
        while True:
            async with self._look:
                self._note_deaths()
                await asyncio.to_thread(self._supervisor.look)
            await asyncio.sleep(_LOOK_EVERY_S)

    def away(self) -> asyncio.Lock:
        """While this is held, what is dead stays dead: `async with keeper.away()`."""
        return self._look

    def _note_deaths(self) -> None:
        for name, child in self._desk.children.items():
            if child.code not in (None, _KILLED) and (name, child.pid) not in self._noted:
                self._noted.add((name, child.pid))
                self.deaths.append(f"{name} ended by itself, code {child.code}: {child.last_words()}")


@contextlib.asynccontextmanager
async def kept(desk: RunningDesk) -> AsyncIterator[Keeper]:
    """The desk's processes of this moment, looked after for the time of a block."""
    keeper = Keeper(desk)
    task = asyncio.create_task(keeper.run())
    try:
        yield keeper
    finally:
        async with keeper.away():  # never in the middle of a start
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
