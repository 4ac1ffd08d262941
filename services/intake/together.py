"""Messages that arrive together are taken in together: one transaction, one sync of the disk."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from services.intake.reception import Outcome, Reception
from services.intake.submission import Arrival

TOGETHER_MAX = 100
"""Messages in one transaction. Source: as many as commands, journal/commands.py."""

CATCH_UP_S = 0.25
"""How long those that wait let others catch up that are on their way.

Source: measured, with 50 clients: 50 ms made of them two or three transactions, and all services together took half
as much CPU again. A sender does not notice.
"""

Waiting: TypeAlias = "tuple[Arrival, str, asyncio.Future[Outcome]]"


class Together:
    """A queue in front of the reception, for channels in which each message comes by itself."""

    def __init__(self, reception: Reception) -> None:
        self.reception = reception
        self._queue: asyncio.Queue[Waiting] = asyncio.Queue()
        self._coming = 0

    async def run(self) -> None:
        """Take in until cancelled."""
        while True:
            waiting = [await self._queue.get()]
            with suppress(TimeoutError):
                async with asyncio.timeout(CATCH_UP_S):
                    while len(waiting) < TOGETHER_MAX and (self._coming or not self._queue.empty()):
                        waiting.append(await self._queue.get())
            outcomes = await self.reception.receive_each(
                [arrival for arrival, _, _ in waiting], [trace for _, trace, _ in waiting]
            )
            for (_, _, future), outcome in zip(waiting, outcomes, strict=True):
                if not future.done():
                    future.set_result(outcome)

    @contextmanager
    def coming(self) -> Iterator[None]:
        """A message is on its way here: one transaction for many costs every service less."""
        self._coming += 1
        try:
            yield
        finally:
            self._coming -= 1

    async def take_in(self, arrival: Arrival, trace: str) -> Outcome:
        """What became of one message, once it is committed; or the error that kept it out."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        await self._queue.put((arrival, trace, future))
        return await future
