"""Entries of several partitions in the order of time: each once, and those of a partition as they stand there."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from journal.entry import Entry
from journal.rebuilding import in_order_of_time

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def entry(partition: int, position: int, seconds: float) -> Entry:
    at = NOON + timedelta(seconds=seconds)
    return Entry(partition, position, UUID(int=position), 1, "test.Said.v1", at, "", b"{}", b"")


async def segments(entries: Sequence[Entry], together: int) -> AsyncIterator[Sequence[Entry]]:
    for first in range(0, len(entries), together):
        yield entries[first : first + together]


async def ordered(*partitions: Sequence[Entry], together: int = 2) -> list[tuple[int, int]]:
    waiting = {n: segments(entries, together) for n, entries in enumerate(partitions)}
    return [(each.partition, each.position) async for some in in_order_of_time(waiting) for each in some]


async def test_what_happened_first_comes_first() -> None:
    assert await ordered([entry(0, 1, 1), entry(0, 2, 4)], [entry(1, 1, 2), entry(1, 2, 3)]) == [
        (0, 1), (1, 1), (1, 2), (0, 2),
    ]  # fmt: skip


async def test_a_clock_that_was_behind_changes_no_order_within_a_partition() -> None:
    assert await ordered([entry(0, 1, 5), entry(0, 2, 1), entry(0, 3, 6)], [entry(1, 1, 3)]) == [
        (1, 1), (0, 1), (0, 2), (0, 3),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
async def test_every_entry_comes_once_in_its_partitions_order(seed: int) -> None:
    chance = Random(seed)
    partitions = [
        [entry(n, position, position + chance.uniform(-3, 3)) for position in range(1, chance.randrange(30))]
        for n in range(4)
    ]
    found = await ordered(*partitions, together=chance.randrange(1, 6))
    for n, entries in enumerate(partitions):
        assert [position for partition, position in found if partition == n] == [e.position for e in entries]
