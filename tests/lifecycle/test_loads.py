"""Who has how much to do, on a real PostgreSQL: in step with the journal, and turns that hold across replicas."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from contracts import commands as c
from contracts import intake
from contracts import lifecycle as l
from contracts.commands.said import OnTicket
from contracts.directory import Analyst, Area
from contracts.words import AssignmentRule
from journal.directory import Directory
from journal.testing import NOON
from services.lifecycle.loads import make_ready, rebuild
from services.lifecycle.rebuild import main
from tests.lifecycle.room import Room, room
from tests.lifecycle.stories import ANA, BRUNO, SUBMISSION, deadline, delivered, directory, registered
from tests.lifecycle.test_importing import LIFE, imported
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
TEAM = ("ada", "bia", "caetano")


def ids(count: int, after: int = 0) -> list[UUID]:
    return [UUID(int=n) for n in range(after + 1, after + count + 1)]


def campo(rule: AssignmentRule) -> Directory:
    """An area `campo` with a rule and three analysts."""
    team = [
        ("analyst", key, Analyst(name=key, email=f"{key}@desk.example", areas=("campo",))) for key in TEAM
    ]
    return directory(("area", "campo", Area(name="Campo", assignment=rule)), *team)


async def analysts(desk: Room, tickets: list[UUID]) -> list[str | None]:
    return [(await desk.ticket(each)).analyst for each in tickets]


async def test_in_turn_across_segments_and_replicas(database: MakeDatabase) -> None:
    made = await database("lifecycle")
    async with room(made, campo("round_robin")) as one, room(made, campo("round_robin")) as other:
        tickets = ids(12)
        for n, each in enumerate(tickets):
            await (one, other)[n % 2].opens(each, area="campo")
        assert await analysts(one, tickets) == [*TEAM] * 4


async def test_in_turn_within_a_segment_and_on_from_there(database: MakeDatabase) -> None:
    async with room(await database("lifecycle"), campo("round_robin")) as desk:
        tickets = ids(8)
        await desk.opens(*tickets[:4], area="campo")
        await desk.opens(*tickets[4:], area="campo")
        assert await analysts(desk, tickets) == [TEAM[n % 3] for n in range(8)]


async def test_works_that_run_at_once_give_nobody_two_turns(database: MakeDatabase) -> None:
    made = await database("lifecycle")
    async with room(made, campo("round_robin")) as one, room(made, campo("round_robin")) as other:
        tickets = ids(30)
        await asyncio.gather(
            *((one, other)[n % 2].opens(each, area="campo") for n, each in enumerate(tickets))
        )
        assert Counter(await analysts(one, tickets)) == dict.fromkeys(TEAM, 10)


async def test_a_work_waits_for_the_turns_of_another_that_has_not_committed(database: MakeDatabase) -> None:
    async with room(await database("lifecycle"), campo("round_robin")) as desk:
        first, second = ids(2)
        async with desk.journal.work() as work:
            await desk.hears(_new(first), work=work)
            waiting = asyncio.create_task(desk.hears(_new(second)))
            await asyncio.sleep(0.3)
            assert not waiting.done()
            await work.commit()
        await asyncio.wait_for(waiting, 60)
        assert await analysts(desk, [first, second]) == ["ada", "bia"]


def _new(ticket_id: UUID) -> intake.TicketRegistered:
    return registered(ticket_id=ticket_id, area="campo")


async def test_least_open_looks_at_what_is_neither_resolved_nor_closed(database: MakeDatabase) -> None:
    async with room(await database("lifecycle"), campo("least_open")) as desk:
        await desk.opens(*ids(3), area="campo")
        assert await analysts(desk, ids(3)) == [*TEAM]
        await desk.asked(c.ResolveTicket(ticket_id=UUID(int=2), text="Feito"))
        await desk.opens(UUID(int=4), area="campo")
        await desk.asked(c.AssignTicket(ticket_id=UUID(int=1), analyst="bia"))
        await desk.opens(UUID(int=5), area="campo")
        assert await analysts(desk, ids(5)) == ["bia", "bia", "caetano", "bia", "ada"]


async def test_areas_without_a_rule_ask_for_no_loads(database: MakeDatabase) -> None:
    async with room(await database("lifecycle"), campo("least_open")) as desk:
        await desk.opens(*ids(2))
        assert await analysts(desk, ids(2)) == [None, None]
        assert await desk.tables() == ([], [])


A, B = ids(2)
DUE = NOON + timedelta(days=7)
STORY: list[tuple[OnTicket, bool]] = [
    (c.TakeTicket(ticket_id=A), True),
    (c.ReturnTicket(ticket_id=A, reason="Férias"), True),
    (c.ReclassifyTicket(ticket_id=A, analyst="lia", level="N2"), True),
    (c.ResolveTicket(ticket_id=A, text="Feito"), False),
    (c.AssignTicket(ticket_id=A, analyst="bruno"), False),
    (c.ReclassifyTicket(ticket_id=A, level="N3"), False),
    (c.ReopenTicket(ticket_id=A, text="Não"), True),
    (c.DismissReopening(ticket_id=A), False),
]
"""Each command, and whether the ticket counts as work after it."""


async def test_every_event_moves_the_table_as_it_moves_the_ticket(database: MakeDatabase) -> None:
    async with room(await database("lifecycle")) as desk:
        await desk.opens(A)
        for command, live in STORY:
            await desk.asked(command, ANA if isinstance(command, c.ReopenTicket) else BRUNO)
            ticket = await desk.ticket(A)
            assert (await desk.tables())[0] == [(A, ticket.analyst, live)]
            assert live == (ticket.status not in ("resolved", "closed"))
        await desk.hears(deadline("auto_close", 1, DUE).model_copy(update={"ticket_id": A}))
        assert (await desk.tables())[0] == [(A, "bruno", False)]
        await desk.hears(_replied(A))
        assert (await desk.ticket(A)).status == "in_progress"
        assert (await desk.tables())[0] == [(A, "bruno", True)]


def _replied(ticket_id: UUID) -> intake.ReplyReceived:
    on_time = delivered(received_at=DUE)
    return intake.ReplyReceived(
        ticket_id=ticket_id, submission_id=SUBMISSION, delivered=on_time, verified=True, by=ANA
    )


async def test_what_was_resolved_elsewhere_and_nobodys_is_no_work_whoever_gets_it(
    database: MakeDatabase,
) -> None:
    async with room(await database("lifecycle")) as desk:
        unassigned = [step for step in LIFE[1:10] if step.what != "assigned"]
        brought = imported(*unassigned)
        await desk.hears(brought)
        assert (await desk.tables())[0] == [(brought.ticket_id, None, False)]
        await desk.asked(c.ReclassifyTicket(ticket_id=brought.ticket_id, analyst="lia"))
        assert (await desk.tables())[0] == [(brought.ticket_id, "lia", False)]


async def _worked(desk: Room) -> None:
    """Forty tickets of all fortunes."""
    tickets = ids(40)
    await desk.opens(*tickets[:30], area="campo")
    await desk.opens(*tickets[30:])
    for n, each in enumerate(tickets):
        if n % 3 == 0:
            await desk.asked(c.ReturnTicket(ticket_id=each, reason="?"))
        if n % 4 == 0:
            await desk.asked(c.ResolveTicket(ticket_id=each, text="Feito"))
        if n % 8 == 0:
            await desk.asked(c.ReopenTicket(ticket_id=each, text="Não"), ANA)
        if n % 5 == 0:
            await desk.asked(c.CloseTicket(ticket_id=each, reason="withdrawn"), ANA)
    await desk.hears(imported(*LIFE).model_copy(update={"ticket_id": UUID(int=99)}))


async def test_a_rebuild_equals_what_was_kept_in_step(database: MakeDatabase) -> None:
    async with room(await database("lifecycle"), campo("round_robin")) as desk:
        await _worked(desk)
        before = await desk.tables()
        assert {row[2] for row in before[0]} == {True, False}
        await desk.pool.execute("update views.assignments set live = not live, analyst = 'x'")
        await desk.pool.execute("delete from views.turns where analyst = 'ada'")
        entries = await desk.pool.fetchval("select count(*) from journal.entries")
        async with desk.pool.acquire() as connection:
            assert await rebuild(connection) == entries
        assert await desk.tables() == before


async def test_a_rebuild_beside_a_running_replica_ends_in_the_same_tables(database: MakeDatabase) -> None:
    async with room(await database("lifecycle"), campo("round_robin")) as desk:

        async def rebuilding() -> None:
            for _ in range(5):
                async with desk.pool.acquire() as connection:
                    await rebuild(connection)

        await asyncio.gather(_worked(desk), rebuilding())
        kept = await desk.tables()
        async with desk.pool.acquire() as connection:
            await rebuild(connection)
        assert await desk.tables() == kept


async def test_the_command_rebuilds_and_says_how_much(
    database: MakeDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await database("lifecycle")
    async with room(made, campo("round_robin")) as desk:
        await desk.opens(*ids(3), area="campo")
        before = await desk.tables()
        await desk.pool.execute("drop table views.assignments, views.turns")
        monkeypatch.setenv("DATABASE_URL", made.url)
        await main()
        assert "rebuilt: 6 entries" in capsys.readouterr().out
        assert await desk.tables() == before
        assert isinstance((await desk.history(UUID(int=1)))[1], l.TicketAssigned)


async def test_a_desk_older_than_the_tables_has_them_filled_at_the_start(database: MakeDatabase) -> None:
    async with room(await database("lifecycle"), campo("least_open")) as desk:
        await desk.opens(*ids(4), area="campo")
        before = await desk.tables()
        await desk.pool.execute("drop table views.assignments, views.turns")

        async def make_tables(script: Path) -> None:
            await desk.pool.execute(await asyncio.to_thread(script.read_text))

        await make_ready(desk.pool, make_tables)
        assert await desk.tables() == before
        assert before[0]
        await desk.pool.execute("delete from views.turns")
        await make_ready(desk.pool, make_tables)
        assert (await desk.tables())[1] == []
