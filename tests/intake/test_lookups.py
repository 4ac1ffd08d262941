"""Which ticket is found for a name of it, once tickets are merged; and tables of an earlier release go on."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Event
from journal.entry import Entry
from services.intake import lookups, views
from services.intake.submission import Match
from tests.intake.arrivals import BRUNO, delivered
from tests.intake.reception_room import room
from tests.intake.test_reception import new
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
RUI = "rui@vale.example"
CLOSED_AT = datetime(2026, 3, 9, 12, tzinfo=UTC)
BEFORE = """
create table views.numbers (year integer primary key, last integer not null);
create table views.tickets (
    ticket_id uuid primary key, number text not null unique, customer text not null,
    closed boolean not null default false
);
create table views.message_ids (
    message_id text not null, ticket_id uuid not null, notification_id uuid,
    primary key (message_id, ticket_id)
);
create table views.notifications (notification_id uuid primary key, ticket_id uuid, recipient text not null);
"""
"""The tables as they were before tickets could be merged."""


def entries(*events: l.OfTicket) -> list[Entry]:
    """As they stand in lifecycle's journal."""
    return [
        Entry(0, place, event.ticket_id, place, event.topic, CLOSED_AT, "", event.encoded())
        for place, event in enumerate(events, start=1)
    ]


def merged(ticket_id: UUID, into: UUID) -> tuple[l.OfTicket, l.OfTicket]:
    gone = l.TicketMerged(ticket_id=ticket_id, at=CLOSED_AT, by=BRUNO, into=into, into_number="2026-000009")
    return gone, l.TicketClosed(ticket_id=ticket_id, at=CLOSED_AT, by=BRUNO, reason="merged", previous="open")


def by_clock(ticket_id: UUID) -> l.TicketClosed:
    return l.TicketClosed(
        ticket_id=ticket_id, at=CLOSED_AT, by=SYSTEM, reason="resolved", previous="resolved"
    )


async def test_every_name_of_a_merged_ticket_leads_to_the_end_of_its_chain(database: Make) -> None:
    async with room(await database("intake")) as one:
        first, second, last, other = [
            new(delivered=delivered(message_id=f"<{n}@x>", references=("<root@x>",))) for n in range(4)
        ]
        for each in (first, second, last, other):
            await one.reception.receive([each], [""])
        # The later merge is heard of first: partitions do not wait for each other.
        async with one.pool.acquire() as connection:
            await views.write_fates(connection, entries(*merged(second.submission_id, last.submission_id)))
            await views.write_fates(connection, entries(*merged(first.submission_id, second.submission_id)))
        living = Match(
            last.submission_id, "2026-000003", "serra", closed=False, proven=False, application="folha"
        )
        assert await lookups.ticket(one.pool, first.submission_id, proven=False) == living
        assert await lookups.ticket_numbered(one.pool, "2026-000002") == living
        assert await lookups.ticket_with(one.pool, "<0@x>") == living
        found = await lookups.tickets_numbered(one.pool, ["2026-000001", "2026-000004", "2026-000099"])
        assert {number: match.number for number, match in found.items()} == {
            "2026-000001": "2026-000003",
            "2026-000004": "2026-000004",
        }

        async with one.pool.acquire() as connection:
            await views.write_fates(connection, entries(by_clock(other.submission_id)))
        on_the_thread = await lookups.ticket_with(one.pool, "<root@x>")
        assert on_the_thread == living, "the newest that lives, not the newest"
        ended = await lookups.ticket(one.pool, other.submission_id, proven=True)
        assert ended == Match(
            other.submission_id,
            "2026-000004",
            "serra",
            closed=True,
            proven=True,
            undone_until=CLOSED_AT,
            application="folha",
        )


async def test_on_a_thread_of_many_the_tickets_of_the_senders_customer_come_first(database: Make) -> None:
    async with room(await database("intake")) as one:
        anas, bias, ruis = (
            new(delivered=delivered(sender=sender, references=("<root@x>",)), requester=key)
            for sender, key in (("ana@serra.example", "ana"), ("bia@serra.example", "ana"), (RUI, "rui"))
        )
        for each in (anas, bias, ruis):
            await one.reception.receive([each], [""])
        moved = "update views.participants set contact = 'bia' where ticket_id = $1"
        await one.pool.execute(moved, bias.submission_id)

        async def found(*sender: str) -> UUID | None:
            match = await lookups.ticket_with(one.pool, "<root@x>", *sender)
            return match.ticket_id if match else None

        assert await found() == ruis.submission_id, "the newest, for whom the desk does not know"
        assert await found("rui", "vale") == ruis.submission_id
        assert await found("ana", "serra") == anas.submission_id
        assert await found("bia", "serra") == bias.submission_id
        assert await found("leo", "serra") == bias.submission_id, "the customer's newest"
        assert await found("eva", "livre") == ruis.submission_id
        async with one.pool.acquire() as connection:
            await views.write_fates(connection, entries(by_clock(anas.submission_id)))
            await views.write_fates(connection, entries(by_clock(ruis.submission_id)))
        assert await found("ana", "serra") == bias.submission_id, "a colleague's that lives"
        assert await found("rui", "vale") == ruis.submission_id, "their own that has ended, not another's"


async def test_who_takes_part_in_what_was_merged_takes_part_in_its_heir(database: Make) -> None:
    async with room(await database("intake")) as one:
        gone, heir, newest = (
            new(delivered=delivered(message_id=f"<{n}@x>", references=references))
            for n, references in enumerate((("<root@x>",), (), ("<root@x>",)))
        )
        for each in (gone, heir, newest):
            await one.reception.receive([each], [""])
        moved = "update views.participants set contact = 'bia' where ticket_id = $1"
        await one.pool.execute(moved, gone.submission_id)
        async with one.pool.acquire() as connection:
            await views.write_fates(connection, entries(*merged(gone.submission_id, heir.submission_id)))
        for contact, expected in (("bia", heir), ("ana", newest)):
            match = await lookups.ticket_with(one.pool, "<root@x>", contact, "serra")
            assert match is not None
            assert match.ticket_id == expected.submission_id


_FILLED = """
with made as (select n, gen_random_uuid() as id from generate_series(1, 20000) n), tickets as (
    insert into views.tickets (ticket_id, number, customer)
    select id, '2025-' || lpad(n::text, 6, '0'), 'c' || n % 50 from made
), participants as (
    insert into views.participants select id, 'p' || k from made, generate_series(1, 3) k
)
insert into views.message_ids
select case when n % 4000 = 0 then '<root@x>' else '<' || n || '@x>' end, id from made
"""


async def test_a_message_id_is_looked_up_by_indexes(database: Make) -> None:
    """Whoever asks: the plan that asyncpg's prepared statement keeps has no value to go by."""
    async with room(await database("intake")) as one, one.pool.acquire() as connection:
        await connection.execute(_FILLED)
        await connection.execute("analyze views.tickets, views.participants, views.message_ids")
        await connection.execute("set plan_cache_mode = force_generic_plan")
        values = ("<root@x>", "c0", "p1")
        explained = await connection.fetch(f"explain (analyze) {lookups._BY_MESSAGE_ID}", *values)
        plan = "\n".join(row[0] for row in explained)
        assert "Seq Scan" not in plan, plan
        match = await lookups.ticket_with(one.pool, "<root@x>", "p1", "c0")
        assert match is not None
        assert match.number == "2025-020000"


async def test_a_segment_that_ends_between_merge_and_closure_loses_neither(database: Make) -> None:
    async with room(await database("intake")) as one:
        first, heir = new(), new()
        await one.reception.receive([first, heir], ["", ""])
        gone, closed = merged(first.submission_id, heir.submission_id)
        for event in (gone, closed):
            async with one.pool.acquire() as connection:
                await views.write_fates(connection, entries(event))
        row = await one.pool.fetchrow(
            "select closed, heir, undone_until from views.tickets where ticket_id = $1", first.submission_id
        )
        assert tuple(row or ()) == (True, heir.submission_id, None)


async def test_tables_of_an_earlier_release_go_on(database: Make) -> None:
    shared, old = await database("intake"), uuid4()
    connection = await asyncpg.connect(shared.url)
    await connection.execute(BEFORE)
    await connection.execute("insert into views.numbers values (2026, 7)")
    await connection.execute("insert into views.tickets values ($1, '2026-000007', 'serra', true)", old)
    await connection.execute("insert into views.message_ids values ('<old@x>', $1)", old)
    await connection.close()
    async with room(shared), room(shared) as again:
        known = Match(old, "2026-000007", "serra", closed=True, proven=False)
        assert await lookups.ticket_with(again.pool, "<old@x>") == known
        (state,) = await again.reception.receive([new()], [""])
        assert isinstance(state.event, Event)
        assert await again.numbers() == ["2026-000007", "2026-000008"]


async def test_who_took_part_before_it_was_kept_takes_part(database: Make) -> None:
    shared = await database("intake")
    async with room(shared) as before:
        opened = new()
        await before.reception.receive([opened], [""])
        await before.pool.execute("drop table views.participants")
    async with room(shared) as one:
        assert await lookups.takes_part(one.pool, opened.submission_id, "ana")
        assert not await lookups.takes_part(one.pool, opened.submission_id, "rui")
