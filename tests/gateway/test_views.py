"""The views follow from the journals alone: whatever the order between journals and the cut into segments."""

import random
import secrets
from collections.abc import Awaitable, Callable

import pytest

from contracts import lifecycle as l
from contracts import sla
from services.gateway.filters import Filter
from services.gateway.reading import Views
from services.gateway.views import REACTIONS
from tests.gateway.books import START, Books, told_at_random
from tests.gateway.rooms import apply, dump, fill, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]


async def test_any_order_between_journals_and_any_cut_gives_the_same_views(database: MakeDatabase) -> None:
    seed = secrets.randbelow(2**32)
    books = told_at_random(seed, tickets=60)
    dumps = []
    for chance in (random.Random(seed), random.Random(seed + 1)):
        async with views_of(await database("gateway")) as pool:
            await fill(pool, books, chance)
            dumps.append(await dump(pool))
    assert dumps[0] == dumps[1], f"seed {seed}"
    assert len(dumps[0]["tickets"]) == 60
    assert len(dumps[0]["history"]) == sum(len(entries) for entries in books.kept.values())


class OneConnection:
    """As much of a work as a reaction of the gateway uses."""

    def __init__(self, connection: object) -> None:
        self._connection = connection

    async def connection(self) -> object:
        return self._connection


async def test_a_segment_costs_a_constant_number_of_statements(database: MakeDatabase) -> None:
    books = told_at_random(7, tickets=40)
    async with views_of(await database("gateway")) as pool:
        said: list[str] = []
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda query: said.append(query.query))
            work = OneConnection(connection)
            for source in ("intake", "lifecycle", "sla"):
                entries = books.as_published(source, 0)
                for part in (entries[:20], entries[20:]):
                    said.clear()
                    await REACTIONS[source](work, part)  # type: ignore[arg-type]
                    # History; read and write of the rows that change, and of what lists find them by.
                    assert len([text for text in said if " views." in text]) <= 4, said


async def test_the_queue_is_ordered_by_priority_then_deadline_then_opening(database: MakeDatabase) -> None:
    books = Books()
    for number, priority in (("2026-000001", "normal"), ("2026-000002", "urgent"), ("2026-000003", "normal")):
        books.open(number, priority=priority)
    books.clock(
        sla.ClockResumed, ticket=books.open("2026-000004"), due_at=START, remaining_s=1
    )  # the nearest deadline of the normal ones
    done = books.open("2026-000005")
    books.on(l.TicketClosed, done, reason="withdrawn", previous="open")
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        views = Views(pool)
        working = await views.tickets(Filter(status="working"))
        assert [each.ticket.number for each in working.tickets] == [
            "2026-000002", "2026-000004", "2026-000001", "2026-000003",
        ]  # fmt: skip
        assert not working.next
        assert len((await views.tickets(Filter(status="all"))).tickets) == 5
        third = await views.ticket("2026-000003")
        assert third is not None
        assert await views.waiting_before(third) == 3


@pytest.mark.parametrize("words", ["%", "_", "\\", "' or 1=1 --", "\x00"])
async def test_what_is_searched_is_not_a_pattern(database: MakeDatabase, words: str) -> None:
    books = Books()
    books.open("2026-000001")
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        listing = await Views(pool).tickets(Filter(words=words))
        assert listing.tickets == []


async def test_a_parked_message_waits_until_somebody_settles_it(database: MakeDatabase) -> None:
    books = Books()
    first, second = books.park("um"), books.park("dois")
    books.reject(first)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        views = Views(pool)
        assert [parked.submission_id for parked in (await views.parked()).parked] == [second]
        settled = await views.parked_one(first)
        assert settled is not None
        assert settled.state == "rejected"
        assert await views.parked_count() == 1


async def test_an_undelivered_mail_shows_until_it_is_tried_again(database: MakeDatabase) -> None:
    books = Books()
    ticket = books.open("2026-000001")
    one = books.give_up(ticket)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        assert await Views(pool).undelivered(ticket) == {one}


async def test_a_segment_applied_twice_is_refused_whole(database: MakeDatabase) -> None:
    books = Books()
    books.open("2026-000001")
    (key,) = [key for key in books.kept if key[0] == "lifecycle"]
    async with views_of(await database("gateway")) as pool:
        await apply(pool, *key, books.as_published(*key))
        before = await dump(pool)
        with pytest.raises(Exception, match=r"history_pkey|applied past"):
            await apply(pool, *key, books.as_published(*key))
        assert await dump(pool) == before
