"""Rebases and explanations asked for by command, over a real journal."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts import sla
from contracts.commands import ExplainClock, PreviewRebase, Rebased, RebaseTickets
from contracts.envelope import Actor, Command, Event, Reply, Request
from journal import store
from journal.commands import Commands
from journal.work import Journal, Work
from services.sla.clocks import Clocks
from services.sla.decider import SLA
from services.sla.subscribers import on_command
from services.sla.views import VIEWS_SQL, timers_of
from tests.servers.backing import Database
from tests.sla.lives import (
    BRUNO,
    MARTA,
    PINNED,
    awaited,
    local,
    queued,
    reclassified,
    reopened,
    resolved,
    ticket,
)
from tests.sla.replicas import SetClock

FRIDAY = local("2026-03-06 17:00")
TUESDAY = local("2026-03-10 09:00")


@pytest.fixture
async def asked(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Any]:
    """Asks the commands of sla on a real journal that has heard of two tickets; with it, that journal."""
    pool = await asyncpg.create_pool((await database("sla")).url, min_size=1, max_size=4)
    await pool.execute(VIEWS_SQL.read_text())
    clock = SetClock(TUESDAY)
    journal: Journal[Clocks] = Journal(pool, SLA, clock, 2, project=timers_of(2))

    async def handle(work: Work[Any], command: Command, request: Request) -> dict[str, Any]:
        return await on_command(work, command, request, PINNED)

    commands = Commands("sla", journal, handle)
    async with journal.work() as work:
        for of in ("one", "two"):
            await work.load([ticket(of)])
            work.decide(ticket(of), queued(FRIDAY, "whole", of=ticket(of)), facts=PINNED)
        await work.load([ticket("two")])
        work.decide(ticket("two"), awaited(TUESDAY, first=True, of=ticket("two")), facts=PINNED)
        await work.commit()

    async def ask(command: Command, by: Actor = MARTA) -> Reply:
        request = Request(id=str(uuid4()), type=command.topic, by=by, data=command.model_dump(mode="json"))
        return await commands.ask(request)

    answering = asyncio.create_task(commands.run())
    try:
        yield ask, pool
    finally:
        answering.cancel()
        pool.terminate()


async def _events(pool: Any, of: UUID) -> list[Event]:
    async with pool.acquire() as connection:
        return [entry.event() for entry in await store.stream(connection, of)]


async def _entries(pool: Any) -> int:
    return int(await pool.fetchval("select count(*) from journal.entries"))


async def test_a_preview_says_what_a_rebase_then_does_and_writes_nothing(asked: Any) -> None:
    ask, pool = asked
    ids = (ticket("one"), ticket("two"))
    before = await _entries(pool)
    preview = await ask(PreviewRebase(ticket_ids=ids))
    assert await _entries(pool) == before
    done = await ask(RebaseTickets(ticket_ids=ids, reason="feriado esquecido"))
    assert (preview.outcome, done.outcome) == ("done", "done")
    assert preview.result == done.result
    changed = Rebased.model_validate(done.result)
    assert [(each.number, each.calendar_version, each.sla_policy_version) for each in changed.tickets] == [
        ("2026-000001", 2, 2), ("2026-000001", 2, 2),
    ]  # fmt: skip
    assert {(each.clock, each.due_at is None) for each in changed.tickets[1].clocks} == {("resolution", True)}
    rows = await pool.fetch("select clock, due_at from views.timers where ticket_id = $1", ticket("one"))
    assert {row["clock"]: row["due_at"] for row in rows}["first_response"] == local("2026-03-11 14:30")
    again = await ask(PreviewRebase(ticket_ids=ids))
    assert again.result == {"tickets": []}


async def test_what_may_stand_again_is_counted_anew_and_the_timer_of_what_runs_stays(asked: Any) -> None:
    ask, pool = asked
    of = ticket("three")
    causes = (
        resolved(local("2026-03-09 09:00"), first=True),
        reopened(local("2026-03-10 08:00")),
        reclassified(local("2026-03-10 08:10"), classification="question"),
        reclassified(local("2026-03-10 08:20"), classification="incident"),
    )
    journal: Journal[Clocks] = Journal(pool, SLA, SetClock(TUESDAY), 2, project=timers_of(2))
    async with journal.work() as work:
        await work.load([of])
        work.decide(of, queued(FRIDAY, "graded", of=of, classification="incident"), facts=PINNED)
        for cause in causes:
            work.decide(of, cause.model_copy(update={"ticket_id": of}), facts=PINNED)
        await work.commit()
    timer = "select clock, cycle, due_at from views.timers where ticket_id = $1 and clock = 'resolution'"
    before = await pool.fetchrow(timer, of)
    assert before["cycle"] == 2
    done = await ask(RebaseTickets(ticket_ids=(of,), reason="feriado esquecido"))
    (changed,) = Rebased.model_validate(done.result).tickets
    assert changed.clocks == ()
    (retargeted,) = [e for e in await _events(pool, of) if isinstance(e, sla.ClockRetargeted)]
    assert (retargeted.clock, retargeted.cycle, retargeted.elapsed_s) == ("resolution", 1, 30 * 60)
    assert await pool.fetchrow(timer, of) == before
    told = await ask(ExplainClock(ticket_id=of, clock="resolution"))
    assert told.result["cycle"] == 2


@pytest.mark.parametrize(
    ("command", "by", "code"),
    [
        (PreviewRebase(ticket_ids=(ticket("one"),)), BRUNO, "not_allowed"),
        (RebaseTickets(ticket_ids=(ticket("one"),), reason="x"), BRUNO, "not_allowed"),
        (RebaseTickets(ticket_ids=(ticket("one"), ticket("none")), reason="x"), MARTA, "no_such_ticket"),
        (PreviewRebase(ticket_ids=(ticket("one"),), sla_policy="none"), MARTA, "no_such_sla_policy"),
        (ExplainClock(ticket_id=ticket("one"), clock="auto_close"), BRUNO, "no_such_clock"),
        (ExplainClock(ticket_id=ticket("none"), clock="auto_close"), BRUNO, "no_such_ticket"),
        (
            ExplainClock(ticket_id=ticket("one"), clock="resolution"),
            Actor(role="requester", key="ana"),
            "not_allowed",
        ),
    ],
)
async def test_what_is_refused_leaves_nothing(asked: Any, command: Command, by: Actor, code: str) -> None:
    ask, pool = asked
    before = await _entries(pool)
    reply = await ask(command, by)
    assert (reply.outcome, reply.code) == ("refused", code)
    assert await _entries(pool) == before


@pytest.mark.parametrize("role", ["analyst", "manager", "auditor"])
async def test_an_explanation_can_be_asked_for(asked: Any, role: Any) -> None:
    ask, _ = asked
    reply = await ask(
        ExplainClock(ticket_id=ticket("one"), clock="first_response"), Actor(role=role, key="x")
    )
    assert reply.outcome == "done"
    assert reply.result["elapsed_s"] == (30 + 435 + 60) * 60
    assert len(reply.result["words"]["pt-BR"]) == 5
