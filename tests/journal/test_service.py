"""A service as a process of its own: starts, stops, and lives through its servers' restarts."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from uuid import uuid4

import nats
from pydantic_core import to_json

from contracts.commands import RetryDeadLetter, TakeTicket
from contracts.envelope import Actor, Command, Reply, Request
from deploy.nats import EmbeddedNats
from deploy.ports import free_port
from deploy.provision import ROOT
from tests.running import RunningDesk, running_desk
from tests.servers.backing import Database, connected

Make = Callable[[str], Awaitable[Database]]
ANALYST = Actor(role="analyst", key="ana")
STOP_S = 8.0
"""The service gives itself 3 s (journal/service.py); the rest is for a machine that has other things to do."""


async def stopped(process: asyncio.subprocess.Process) -> tuple[int | None, float]:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(60):
        await process.wait()
    return process.returncode, time.monotonic() - began


async def started(**environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.lifecycle",
        cwd=ROOT, env=os.environ | environment, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_it_stops_while_its_servers_are_still_away(database: Make, nats_server: EmbeddedNats) -> None:
    db, nobody = await database("lifecycle"), free_port()
    for urls in (
        {"DATABASE_URL": db.url, "NATS_URL": f"nats://127.0.0.1:{nobody}"},
        {"DATABASE_URL": f"postgresql://a:b@127.0.0.1:{nobody}/c", "NATS_URL": nats_server.url("lifecycle")},
    ):
        process = await started(**urls)
        assert process.stdout is not None
        async with asyncio.timeout(60):
            assert b"waits for the" in await process.stdout.readline()
        code, took_s = await stopped(process)
        assert (code, took_s < STOP_S) == (0, True), took_s


async def test_it_lives_through_the_restarts_of_its_servers_and_stops_in_time() -> None:
    async with running_desk(["lifecycle"], records=[]) as desk:
        await _answers_together(desk)
        for server in ("postgres", "nats"):
            desk.kill(server)
            await asyncio.sleep(0.5)
            await desk.restart(server)
            refused = await desk.ask(TakeTicket(ticket_id=uuid4()), by=ANALYST)
            assert (refused.outcome, refused.code) == ("refused", "no_such_ticket"), server
            await desk.define("customer", f"after-{server}", {"name": "Acme"})
            await desk.spread()
        assert all(child.running for child in desk.children.values())
        parked = RetryDeadLetter.to("lifecycle")(source="intake", partition=0, position=1)
        assert (await desk.ask(parked)).code == "no_such_dead_letter"
        began = time.monotonic()
        for child in desk.children.values():
            child.ask_to_stop()
        for child in desk.children.values():
            await asyncio.to_thread(child.wait, 10)
        assert time.monotonic() - began < STOP_S + 0.5
        assert "a part of it ended" not in desk.said("lifecycle")


async def _answers_together(desk: RunningDesk) -> None:
    """Commands that arrive together over the bus are answered in few transactions."""
    client = await nats.connect(desk.nats_url())
    requests = [_request(TakeTicket(ticket_id=uuid4())) for _ in range(60)]
    answers = await asyncio.gather(
        *(client.request("command.lifecycle", to_json(request), timeout=60) for request in requests)
    )
    await client.close()
    assert {Reply.parse(answer.data).code for answer in answers} == {"no_such_ticket"}
    async with connected(desk.admin_url("lifecycle")) as admin:
        assert await admin.fetchval("select count(*) from journal.answers") == 60
        assert await admin.fetchval("select count(distinct answered_at) from journal.answers") <= 20


def _request(command: Command) -> Request:
    return Request(id=str(uuid4()), type=command.topic, by=ANALYST, data=command.model_dump(mode="json"))
