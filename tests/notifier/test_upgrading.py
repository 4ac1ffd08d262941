"""A notifier that starts on the tables of an earlier release, and one that makes its tables anew."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import uuid4

import asyncpg
import pytest

from contracts import commands as c
from contracts import lifecycle as l
from services.notifier import views
from services.notifier.rebuild import TABLES
from services.notifier.ticket import Ticket
from tests.cli.atendimento import python
from tests.intake.door import Channel, channel, letter, opening
from tests.intake.test_living import disposed, done, known, mailed, merged, of_ticket
from tests.notifier import room
from tests.notifier.room import BRUNO, NOON, answered, queued, ticket
from tests.resting import at_rest
from tests.running import RunningDesk, running_desk
from tests.servers.backing import Database, connected

RELEASED = """
create table views.tickets (
    ticket_id  uuid primary key,
    number     text    not null,
    subject    text    not null,
    requester  text    not null,
    area       text    not null,
    analyst    text,
    waiting    boolean not null,
    message_id text    not null,
    place      integer not null
);
create table views.automatic (
    ticket_id uuid, recipient text, since timestamptz not null, count integer not null,
    primary key (ticket_id, recipient)
);
create table views.outbox (
    notification_id uuid primary key, next_attempt_at timestamptz not null, trace text not null
);
create index outbox_due on views.outbox (next_attempt_at);
"""
"""The tables that have changed since, as the release of commit c3bfcb1 made them."""
_ROWS = "select t::text from views.{} t order by 1"


@pytest.fixture
async def old(database: Callable[[str], Awaitable[Database]]) -> Database:
    """A database as that release left it, with tickets in every state and an e-mail to be sent."""
    made = await database("notifier")
    rows = [
        (ticket("waits"), None, True),
        (ticket("in hand"), "bruno", False),
        (ticket("asked"), None, False),
    ]
    connection = await asyncpg.connect(made.url)
    try:
        await connection.execute(RELEASED)
        await connection.executemany(
            "insert into views.tickets values ($1, '2026-000007', 'Nota', 'ana', 'fiscal', $2, $3, '<a@b>', 4)",
            rows,
        )
        await connection.execute("insert into views.outbox values ($1, $2, '')", uuid4(), NOON)
    finally:
        await connection.close()
    return made


async def test_it_starts_on_the_tables_of_the_release_before(old: Database) -> None:
    async with room.notifier(old) as desk:
        await desk.pool.execute((room.ROOT / "views.sql").read_text())
        tables = {
            row[0]
            for row in await desk.pool.fetch("select tablename from pg_tables where schemaname = 'views'")
        }
        assert tables == {"tickets", "queues", "early", "counts", "outbox", "bundled", "suspended"}
        rows = await views.tickets(cast("Any", desk.pool), map(ticket, ("waits", "in hand", "asked")))
        assert {each.status for each in rows.values()} == {"open", "in_progress", "waiting_customer"}
        assert rows[ticket("in hand")] == Ticket(
            ticket("in hand"), "2026-000007", "Nota", "ana", "fiscal", "", "<a@b>", 4,
            status="in_progress", analyst="bruno",
        )  # fmt: skip
        assert [rows[ticket(name)].waiting for name in ("waits", "in hand", "asked")] == [True, False, False]
        assert await desk.pool.fetchval("select count(*) from views.outbox where unsettled = 0") == 1


async def test_its_tickets_go_on(old: Database) -> None:
    async with room.notifier(old) as desk:
        plan = {"text": "", "revision": 1, "previous": "in_progress"}
        asked = l.ApprovalRequested.model_validate(
            {"ticket_id": ticket("in hand"), "at": NOON, "by": BRUNO, **plan}
        )
        await desk.hear(answered("in hand"), asked, queued("new"))
        assert await desk.told() == [
            ("answered", "ana.prado"),
            ("awaiting_approval", "ana.prado"),
            ("approval_wanted", "marta.lins"),
        ]


async def test_tables_made_anew_equal_those_that_grew_and_nobody_is_told_again() -> None:
    async with (
        running_desk(["intake", "lifecycle", "sla", "notifier"], {"BUNDLE_S": "2"}) as desk,
        channel(desk) as demo,
    ):
        await _lived(desk, demo)
        before, told = await _settled(desk)
        assert all(before[table] for table in ("tickets", "queues", "bundled"))
        async with connected(desk.admin_url("notifier")) as admin:
            await admin.execute(
                "update views.tickets set status = 'open', contract = '', customer = '', participants = '[]'"
            )
            await admin.execute("delete from views.tickets where number like '%3'")
            await admin.execute("update views.queues set waiting = waiting + 5")
            await admin.execute("delete from views.bundled")
            await admin.execute(
                "insert into views.outbox values (gen_random_uuid(), now() + interval '1 day', '')"
            )
        outcome = await python("services.notifier.rebuild", **desk.environment("notifier"))
        assert outcome.code == 0, outcome.complained
        assert "rebuilt: " in outcome.said
        assert await _settled(desk) == (before, told)


async def _lived(desk: RunningDesk, demo: Channel) -> None:
    first, second, third, last = [await mailed(desk) for _ in range(4)]
    await merged(desk, first.ticket_id, second.ticket_id)
    await merged(desk, second.ticket_id, third.ticket_id)
    for text in ("Uma coisa.", "E outra."):
        await done(desk, c.PublishAnswer(ticket_id=third.ticket_id, text=text))
    await done(desk, c.SplitTicket(ticket_id=third.ticket_id, subject="Outra", text="Outra coisa"))
    (split,) = await of_ticket(desk, third.ticket_id, l.TicketSplit)
    await of_ticket(desk, split.new_ticket_id, l.TicketQueued)
    await done(desk, c.CloseTicket(ticket_id=last.ticket_id, reason="withdrawn"))
    await known(desk, last.ticket_id, "closed")
    await disposed(desk, letter(subject=f"Re: {last.number}"))
    await asyncio.gather(*(demo.hand_in("TicketOpened", opening()) for _ in range(20)))


async def _settled(desk: RunningDesk) -> tuple[dict[str, list[str]], int]:
    """Every row of every table, and how many entries there are, once nothing moves any more.

    Without the place at which a ticket arrived: an estimate, which may be another one.
    """
    before: Any = None
    await at_rest(desk)
    async with asyncio.timeout(60):
        while True:
            async with connected(desk.admin_url("notifier")) as admin:
                now = {
                    table: [row[0] for row in await admin.fetch(_ROWS.format(table))]
                    for table in (*TABLES, "outbox")
                    if table != "tickets"
                }
                rows = await admin.fetch(
                    "select to_jsonb(t) - 'place' from views.tickets t order by ticket_id"
                )
                now["tickets"] = [row[0] for row in rows]
                count = await admin.fetchval("select count(*) from journal.entries")
            if (now, count) == before and not now["outbox"]:
                return now, count
            before = (now, count)
            await asyncio.sleep(1)
