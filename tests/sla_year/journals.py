"""Simulated lives laid into real journals, as the desk's services would have recorded them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast
from uuid import UUID

from contracts.directory import KINDS, Kind, RecordDefined, record_stream
from contracts.envelope import SYSTEM, Event, partition_of
from journal import store
from journal.entry import NewEntry
from tests.servers.backing import Database, connected
from tests.sla_year.life import HORIZON, Life
from tests.sla_year.terms import BEGIN, records

TOGETHER = 500
"""Entries of one append."""


async def lay_directory(database: Database) -> None:
    events = [
        (
            record_stream(kind, key),
            RecordDefined(
                kind=cast("Kind", kind),
                key=key,
                version=number,
                record=KINDS[kind].model_validate(record).model_dump(mode="json"),
                at=at,
                by=SYSTEM,
            ),
        )
        for kind, key, number, record, at in records()
    ]
    await _append(database, 0, events, BEGIN)


async def lay_lives(
    lifecycle: Database, sla: Database, lives: Iterable[Life], partitions: int, mixed: Random
) -> None:
    """Streams stay in order, and are otherwise mixed by chance; the last entry is of the horizon."""
    told = list(lives)
    for database, histories in (
        (lifecycle, [(life.ticket_id, life.history) for life in told]),
        (sla, [(life.ticket_id, life.clocks) for life in told]),
    ):
        for partition in range(partitions):
            mine = [
                (stream, events)
                for stream, events in histories
                if partition_of(stream, partitions) == partition
            ]
            await _append(database, partition, _mixed(mine, mixed), HORIZON)


def _mixed(histories: list[tuple[UUID, list[Event]]], mixed: Random) -> list[tuple[UUID, Event]]:
    turns = [place for place, (_, events) in enumerate(histories) for _ in events]
    mixed.shuffle(turns)
    waiting = [iter(events) for _, events in histories]
    return [(histories[turn][0], next(waiting[turn])) for turn in turns]


async def _append(
    database: Database, partition: int, events: Sequence[tuple[UUID, Event]], last: datetime
) -> None:
    versions: dict[UUID, int] = {}
    entries = []
    for stream, event in events:
        versions[stream] = versions.get(stream, 0) + 1
        entries.append(NewEntry(stream, versions[stream], event.topic, event.encoded()))
    async with connected(database.url) as connection:
        for first in range(0, len(entries), TOGETHER):
            behind = (len(entries) - first - 1) // TOGETHER
            at = last.astimezone(UTC) - timedelta(minutes=behind)
            await store.append(connection, partition, entries[first : first + TOGETHER], at)


def environment(databases: Mapping[str, Database]) -> dict[str, Any]:
    """What tells `atendimento` where an auditor reads these journals."""
    return {f"AUDITOR_DATABASE_URL_{name.upper()}": each.auditor_url for name, each in databases.items()}
