"""A forged journal is found, and its first bad entry named: what only a superuser can do, done."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from journal import store
from journal.entry import NewEntry
from tests.cli.atendimento import Outcome, atendimento
from tests.servers.backing import Database, connected

PARTITION = 2
COUNT = 9
STREAM = UUID("6f7b8f0e-5d0a-4c5e-9d6e-0a8c1f1d2e3f")
Databases = Callable[[str], Awaitable[Database]]


async def journals(database: Databases) -> tuple[Database, Database]:
    """Lifecycle's with nine entries in one partition and one in another, and that of sla, who has applied them."""
    lifecycle, sla = await database("lifecycle"), await database("sla")
    entries = [
        NewEntry(STREAM, version, "test.Said.v1", b'{"n": %d}' % version) for version in range(1, COUNT + 1)
    ]
    other = NewEntry(UUID(int=1), 1, "test.Said.v1", b"{}")
    async with connected(lifecycle.url) as service:
        await store.append(service, PARTITION, entries, datetime(2026, 3, 2, 11, tzinfo=UTC))
        await store.append(service, 0, [other], datetime(2026, 3, 2, 12, tzinfo=UTC))
    async with connected(sla.url) as service:
        await store.advance(service, ("lifecycle", PARTITION), (0, COUNT))
    return lifecycle, sla


async def verified(lifecycle: Database, sla: Database, *arguments: str) -> Outcome:
    return await atendimento(
        Path("/nowhere"),
        "--lang",
        "en",
        "verify",
        *arguments,
        AUDITOR_DATABASE_URL_LIFECYCLE=lifecycle.auditor_url,
        AUDITOR_DATABASE_URL_SLA=sla.auditor_url,
    )


async def test_whole_chains_are_told_with_their_entries_and_time(database: Databases) -> None:
    lifecycle, sla = await journals(database)
    outcome = await verified(lifecycle, sla)
    assert outcome.code == 0, outcome.complained
    assert f"lifecycle: {COUNT + 1} entries verified in " in outcome.said
    assert "sla: 0 entries" in outcome.said
    verdicts = (await verified(lifecycle, sla, "lifecycle", "--json")).json
    assert [(each["service"], each["verdict"]["entries"]) for each in verdicts] == [
        ("lifecycle", 1),
        ("lifecycle", COUNT),
    ]


FORGERIES = {
    "a byte changed": (
        5,
        "update journal.entries set data = set_byte(data, 3, get_byte(data, 3) # 1) "
        "where partition = 2 and position = 5",
    ),
    "an instant changed": (
        1,
        "update journal.entries set recorded_at = recorded_at + interval '1 us' "
        "where partition = 2 and position = 1",
    ),
    "two exchanged": (
        3,
        "update journal.entries set position = -position where partition = 2 and position in (3, 4); "
        "update journal.entries set position = 7 + position where partition = 2 and position < 0",
    ),
    "a row removed": (5, "delete from journal.entries where partition = 2 and position = 5"),
    "a row removed and the gap closed": (
        5,
        "delete from journal.entries where partition = 2 and position = 5; "
        "update journal.entries set position = -position where partition = 2 and position > 5; "
        "update journal.entries set position = -position - 1 where partition = 2 and position < 0; "
        "update journal.heads set position = 8 where partition = 2",
    ),
    "a row inserted": (
        6,
        "update journal.entries set position = -position where partition = 2 and position > 5; "
        "update journal.entries set position = 1 - position where partition = 2 and position < 0; "
        "insert into journal.entries select partition, 6, gen_random_uuid(), 1, topic, recorded_at, trace, "
        "data, digest from journal.entries where partition = 2 and position = 5; "
        "update journal.heads set position = 10 where partition = 2",
    ),
    "a row appended": (
        10,
        "insert into journal.entries select partition, 10, gen_random_uuid(), 1, topic, recorded_at, trace, "
        "data, digest from journal.entries where partition = 2 and position = 9",
    ),
    "the last row removed": (9, "delete from journal.entries where partition = 2 and position = 9"),
    "the end cut off, head and all": (
        7,
        "delete from journal.entries where partition = 2 and position > 6; "
        "update journal.heads set position = 6, digest = (select digest from journal.entries "
        "where partition = 2 and position = 6) where partition = 2",
    ),
    "everything gone": (
        1,
        "delete from journal.entries where partition = 2; delete from journal.heads where partition = 2",
    ),
}
"""By what was done to the partition of nine: the first bad position, and the statements."""


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forgery_is_found_and_its_first_entry_named(database: Databases, forgery: str) -> None:
    lifecycle, sla = await journals(database)
    position, statements = FORGERIES[forgery]
    async with connected(lifecycle.admin_url) as superuser:
        await superuser.execute(statements)
    outcome = await verified(lifecycle, sla)
    assert outcome.code == 1
    assert f"First bad entry: lifecycle, partition 2, position {position} " in outcome.said
    assert outcome.said.count("First bad entry") == 1
