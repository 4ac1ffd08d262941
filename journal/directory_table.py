"""The copy of the directory that every follower keeps in a table of its own, and takes into memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic_core import from_json, to_json

from contracts.directory import KINDS, RecordDefined
from journal.directory import Directory
from journal.entry import Entry
from journal.metrics import DIRECTORY_KNOWN
from journal.store import Runner
from journal.work import Work

DIRECTORY_SQL = Path(__file__).with_name("directory.sql")


async def refresh(directory: Directory, runner: Runner) -> None:
    """Take in what was applied since, by this replica or another."""
    after = directory.position
    rows = await runner.fetch(
        "select kind, key, version, active, record, position from views.directory "
        "where position > $1 order by position",
        after,
    )
    for kind, key, version, active, record, position in rows:
        directory.put(kind, key, version, active, KINDS[kind].model_validate(from_json(record)))
        if directory.position >= after:
            directory.position = position
    DIRECTORY_KNOWN.set(directory.position)


async def copy_directory(work: Work[Any], entries: Sequence[Entry]) -> None:
    """React to the directory's journal: keep every version of every record."""
    rows = []
    for entry in entries:
        event = entry.event()
        if isinstance(event, RecordDefined):
            event.parsed()
            row = (event.kind, event.key, event.version, event.active)
            rows.append((*row, to_json(event.record).decode(), entry.position))
    connection = await work.connection()
    await connection.executemany(
        "insert into views.directory values ($1, $2, $3, $4, $5, $6) on conflict do nothing", rows
    )
    # Told from where on there is news: an entry that was parked and is retried is an old one.
    await connection.execute("select pg_notify('directory', $1)", str(entries[0].position - 1))
