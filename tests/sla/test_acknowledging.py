"""Acknowledging an alert by command, over a real journal: recorded once, and the timers stay."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from contracts import commands as c
from contracts import sla
from contracts.envelope import Actor, Command, Request
from journal.commands import Commands
from journal.work import Work
from services.sla.subscribers import on_command
from services.sla.views import rebuild
from tests.servers.backing import Database
from tests.sla.lives import ANA, BRUNO, MARTA, PINNED, TICKET, local, queued
from tests.sla.replicas import SetClock, replica

FRIDAY = local("2026-03-06 17:00")
MORNING = local("2026-03-13 08:00")
SEE_TO_IT = c.AcknowledgeAlert(ticket_id=TICKET, clock="first_response")


async def test_by_command_it_is_recorded_once_and_the_timers_stay(
    database: Callable[[str], Awaitable[Database]],
) -> None:
    async with replica(await database("sla"), SetClock(FRIDAY), 1) as desk:

        async def handle(work: Work[Any], command: Command, request: Request) -> dict[str, Any]:
            return await on_command(work, command, request, PINNED)

        commands = Commands("sla", desk.journal, handle)
        answering = asyncio.create_task(commands.run())

        async def ask(by: Actor) -> str:
            data = SEE_TO_IT.model_dump(mode="json")
            reply = await commands.ask(Request(id=str(uuid4()), type=SEE_TO_IT.topic, by=by, data=data))
            return reply.code or reply.outcome

        await desk.told(queued(FRIDAY))
        assert await ask(BRUNO) == "no_alert"
        desk.clock.instant = local("2026-03-10 14:30")
        assert await desk.timers().ring_due(desk.clock.instant) == 1
        table = await desk.table()
        assert [await ask(by) for by in (BRUNO, MARTA, ANA)] == ["done", "done", "not_allowed"]
        assert await desk.table() == table
        async with desk.pool.acquire() as connection:
            await rebuild(connection, 1)
        assert await desk.table() == table
        desk.clock.instant = local("2026-03-12 18:00")
        await desk.timers().ring_due(desk.clock.instant)
        answering.cancel()
        events = await desk.events()
        seen_to = [event for event in events if isinstance(event, sla.AlertAcknowledged)]
        assert [(event.stage, event.by) for event in seen_to] == [(50, BRUNO)]
        rung_ = await desk.rung()
        assert [getattr(event, "acknowledged", None) for event in rung_] == [False, True, True, None]
        assert {event.alert_at for event in rung_[1:]} == {MORNING}
