"""Partitions are applied in any order: the rows of tickets that name each other are the same, and so is who is told where."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import permutations

import pytest

from contracts.envelope import Event, partition_of
from journal.entry import Entry
from services.notifier.subscribers import keep_tickets
from tests.notifier import room
from tests.notifier.room import PARTITIONS, Notifier, answered, assigned, queued, started, ticket
from tests.notifier.test_requesting import absorbed, merged
from tests.notifier.test_where_to import FIRST, SECOND, THIRD, register, to_ana, wrote
from tests.servers.backing import Database

STRANGER = "ana@evil.example.com"


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier")) as made:
        register(made, FIRST, SECOND, THIRD)
        yield made


def _apart(*names: str) -> list[str]:
    """Tickets so called, each in a partition of its own."""
    found: dict[int, str] = {}
    for name in names:
        made = (f"{name} {n}" for n in range(1_000))
        each = next(each for each in made if partition_of(ticket(each), PARTITIONS) not in found)
        found[partition_of(ticket(each), PARTITIONS)] = each
    return list(found.values())


def _lived(first: str, second: str, third: str) -> list[Event]:
    """Ana's ticket goes on in John's, and that one in another of his; Ana writes on hers from elsewhere before."""
    return [
        queued(first, number="2026-000001", sender_address=THIRD),
        queued(second, number="2026-000002", requester="john", message_id="", channel="web"),
        queued(third, number="2026-000003", requester="john", message_id="", channel="web"),
        wrote(STRANGER, second),
        wrote(SECOND, first),
        merged(first, second),
        absorbed(second, first, "ana"),
        merged(second, third),
        absorbed(third, second, "john"),
        assigned(third),
    ]


async def test_merged_tickets_have_the_same_rows_in_any_order_and_after_a_rebuild(desk: Notifier) -> None:
    names = _apart("first", "second", "third")
    entries = desk.entries(*_lived(*names))
    async with desk.pool.acquire() as connection:
        # As a rebuild does it: in the order of time.
        for entry in entries:
            await keep_tickets(connection, [entry])
    rebuilt = await _rows(desk)
    for order in permutations(_by_partition(entries)):
        await desk.pool.execute("truncate views.tickets, views.queues")
        for each in order:
            await desk.apply(each)
        assert await _rows(desk) == rebuilt
    await desk.hear(answered(names[2]))
    assert await to_ana(desk) == ["john@serra.example.com", SECOND]


@pytest.mark.parametrize("origin_first", [True, False])
async def test_what_is_split_off_knows_its_origin_whichever_is_applied_first(
    desk: Notifier, *, origin_first: bool
) -> None:
    origin, split = _apart("origin", "split")
    entries = desk.entries(
        queued(origin, number="2026-000001", sender_address=THIRD),
        wrote(SECOND, origin),
        queued(split, number="2026-000002", linked_to=ticket(origin), relation="split"),
    )
    async with desk.pool.acquire() as connection:
        for entry in entries:
            await keep_tickets(connection, [entry])
    rebuilt = await _rows(desk)
    await desk.pool.execute("truncate views.tickets, views.queues")
    for each in sorted(_by_partition(entries), key=len, reverse=origin_first):
        await desk.apply(each)
    assert await _rows(desk) == rebuilt
    await desk.hear(started(split))
    assert await to_ana(desk) == [SECOND]
    (told,) = await desk.requested()
    assert (told.facts["relation"], told.facts["origin"]) == ("split", "2026-000001")


def _by_partition(entries: list[Entry]) -> list[list[Entry]]:
    partitions = dict.fromkeys(each.partition for each in entries)
    return [[each for each in entries if each.partition == partition] for partition in partitions]


async def _rows(desk: Notifier) -> list[str]:
    """The tickets, without the place at which each arrived, which is an estimate."""
    rows = await desk.pool.fetch(
        "select (to_jsonb(t) - 'place')::text from views.tickets t order by ticket_id"
    )
    return [row[0] for row in rows]
