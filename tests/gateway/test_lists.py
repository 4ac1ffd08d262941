"""Lists: their filters, their order, and pages that follow each other whatever happens between them."""

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from contracts import lifecycle as l
from contracts import sla
from services.gateway.filters import OWN_AREAS, Filter
from services.gateway.orders import NEWEST_FIRST, QUEUE_ORDER
from services.gateway.reading import PAGE, Listed, Views
from tests.gateway.books import BIA, Books
from tests.gateway.rooms import fill, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]


def many(count: int) -> Books:
    """Tickets of every priority, with and without a deadline, some of them at the same instant."""
    books, chance = Books(), random.Random(5)
    for n in range(count):
        ticket = books.open(f"2026-{n + 1:06d}", priority=chance.choice(("low", "normal", "high", "urgent")))
        due = books.now + timedelta(hours=chance.randrange(4))
        match chance.randrange(3):
            case 0:
                books.clock(sla.ClockMet, ticket, elapsed_s=1, late=False)
            case 1:
                books.clock(sla.ClockResumed, ticket, due_at=due, remaining_s=1)
    return books


async def paged(views: Views, wanted: Filter, *, newest_first: bool = False) -> list[Listed]:
    found: list[Listed] = []
    while True:
        listing = await views.tickets(wanted, newest_first=newest_first)
        found += listing.tickets
        if not listing.next:
            return found
        wanted = Filter(status=wanted.status, customer=wanted.customer, after=listing.next)


async def test_pages_follow_each_other_in_the_queues_order(database: MakeDatabase) -> None:
    count = 2 * PAGE + 7
    async with views_of(await database("gateway")) as pool:
        await fill(pool, many(count))
        views = Views(pool)
        found = await paged(views, Filter(status="working"))
        keys = [QUEUE_ORDER.values_of(each) for each in found]
        assert keys == sorted(keys)
        assert len({each.ticket.number for each in found}) == count
        assert {each.due_at is None for each in found} == {True, False}
        newest = [each.ticket.opened_at for each in await paged(views, Filter(), newest_first=True)]
        assert newest == sorted(newest, reverse=True)
        assert len(newest) == count


async def test_a_ticket_that_goes_meanwhile_moves_no_other_off_a_page(database: MakeDatabase) -> None:
    async with views_of(await database("gateway")) as pool:
        await fill(pool, many(2 * PAGE))
        views = Views(pool)
        first = await views.tickets(Filter(status="working"))
        await pool.execute(
            "update views.queue set status = 'closed' where ticket_id = $1", first.tickets[0].ticket.ticket_id
        )
        second = await views.tickets(Filter(status="working", after=first.next))
        seen = [each.ticket.number for each in (*first.tickets, *second.tickets)]
        assert len(set(seen)) == len(seen) == 2 * PAGE


@pytest.mark.parametrize("key", ["x", "e30", "WzFd", "W10", "bnVsbA", "WzksMSwyLDNd", "\x00", "á", "W" * 400])
def test_a_key_that_is_none_begins_at_the_start(key: str) -> None:
    assert QUEUE_ORDER.read(key) is None
    assert NEWEST_FIRST.read(key) is None


FILTERS = [
    (Filter(status="all"), {"1", "2", "3", "4"}),
    (Filter(), {"1", "2", "3"}),
    (Filter(status="working"), {"1", "2"}),
    (Filter(status="closed"), {"4"}),
    (Filter(status="resolved"), {"3"}),
    (Filter(status="on_hold"), {"2"}),
    (Filter(status="all", kind="rede"), {"2"}),
    (Filter(status="all", priority="urgent"), {"2"}),
    (Filter(status="all", customer="serra"), {"4"}),
    (Filter(status="all", analyst="ana"), {"1"}),
    (Filter(status="all", area="fiscal", requester="bia", words="000003"), {"3"}),
    (Filter(status="all", words="REJEITADA"), {"1", "2", "3", "4"}),
    (Filter(status="all", area="folha"), set()),
    (Filter(status="working", area=OWN_AREAS, own_areas=("folha", "fiscal")), {"1", "2"}),
    (Filter(status="all", area=OWN_AREAS, own_areas=("folha",)), set()),
    (Filter(status="all", area=OWN_AREAS), set()),
    (Filter(status="closed", own_areas=("folha",)), {"4"}),
]


async def test_every_filter_leaves_in_what_it_names(database: MakeDatabase) -> None:
    books = Books()
    one, two, three, four = (
        books.open(f"2026-00000{n}", customer="serra" if n == 4 else "aurora") for n in range(1, 5)
    )
    books.on(l.TicketAssigned, one, analyst="ana", status="in_progress")
    changes = [
        {"field": "kind", "old": None, "new": "rede"},
        {"field": "priority", "old": "normal", "new": "urgent"},
    ]
    books.on(l.TicketReclassified, two, changes=changes, by_hand=True)
    books.on(l.TicketHeld, two, third_party="Operadora", expected_on="2026-03-09", previous="open")
    books.on(l.TicketResolved, three, text="x", resolution=1, first=True)
    books.on(l.TicketClosed, four, reason="withdrawn", previous="open", by=BIA)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        for wanted, numbers in FILTERS:
            listing = await Views(pool).tickets(wanted)
            assert {each.ticket.number[-1] for each in listing.tickets} == numbers, wanted


async def test_a_deadline_known_before_its_ticket_shows_nothing(database: MakeDatabase) -> None:
    books = Books()
    books.start_clock(books.open("2026-000001"), "2026-000001")
    books.kept = {key: kept for key, kept in books.kept.items() if key[0] == "sla"}
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        assert not (await Views(pool).tickets(Filter(status="all"))).tickets
