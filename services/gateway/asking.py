"""Commands on their way to the services, and the moment when the own views show what came of them."""

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import ValidationError

from contracts.envelope import Actor, Command, Reply, Request
from journal import telemetry
from journal.bus import Bus, BusError
from journal.log import log
from services.gateway.reading import Views

ANSWER_S = 5.0
"""How long a service may take to answer."""
VIEWS_S = 2.0
"""How long a page waits for its own views after a command. Source: architecture page, Time and reading your own writes."""
_LOOK_S = 0.02


class Asker:
    """Sends commands for people and waits until they can read what they wrote."""

    def __init__(self, bus: Bus, views: Views) -> None:
        self._bus = bus
        self._views = views

    async def ask(self, by: Actor, command: Command, key: str) -> Reply:
        """The service's answer; `fault` when none comes, after which the same key may be tried again."""
        request = Request(
            id=key,
            type=command.topic,
            by=by,
            data=command.model_dump(mode="json"),
            trace=telemetry.child(telemetry.start(), f"gateway {type(command).__name__}"),
        )
        try:
            answer = await self._bus.ask(
                f"command.{command.owner}", request.model_dump_json().encode(), ANSWER_S
            )
            reply = Reply.parse(answer)
        except (BusError, ValidationError, ValueError, OSError, TimeoutError) as error:
            log.warning("no answer", command=command.topic, error=repr(error))
            return Reply(outcome="fault", code="unavailable", service=command.owner)
        if reply.outcome == "done" and reply.position:
            await self.until(lambda: self._reached(reply))
        return reply

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> bool:
        """Whether it comes to hold within the time a page waits for its own views."""
        try:
            async with asyncio.timeout(VIEWS_S):
                while not await holds():  # noqa: ASYNC110 - another process's table is what it waits for
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            return False
        return True

    async def _reached(self, reply: Reply) -> bool:
        return await self._views.applied(reply.service, reply.partition) >= reply.position
