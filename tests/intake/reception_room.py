"""Intake's reception on a real database, without the bus: replicas are so many of these on one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from journal import store
from journal.directory import Directory
from journal.store import Pool
from journal.work import Journal
from services.intake import views
from services.intake.channels.ledger import MAIL_SQL
from services.intake.decider import INTAKE
from services.intake.reception import Reception
from services.intake.submission import Submission
from tests.intake.arrivals import DIRECTORY
from tests.servers.backing import Database

VIEWS = Path(views.__file__).with_name("views.sql")
PARTITIONS = 4


@dataclass
class SetClock:
    """A clock that a test sets, backwards too."""

    instant: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))

    def now(self) -> datetime:
        return self.instant

    async def sleep_until(self, instant: datetime) -> None:
        self.instant = instant


@dataclass
class Room:
    """One replica."""

    pool: Pool
    clock: SetClock
    journal: Journal[Submission]
    reception: Reception

    async def numbers(self) -> list[str]:
        """The numbers of the tickets registered, in order."""
        rows = await self.pool.fetch("select number from views.tickets order by number")
        return [row["number"] for row in rows]

    async def sound(self) -> bool:
        """Whether the journal's chains hold."""
        return all(verdict.sound for verdict in await store.verify_all(self.pool))


@asynccontextmanager
async def room(
    database: Database, clock: SetClock | None = None, directory: Directory = DIRECTORY
) -> AsyncIterator[Room]:
    """One replica on a database that others may share."""
    clock = clock or SetClock()
    async with asyncpg.create_pool(database.url, min_size=1, max_size=6) as pool:
        await pool.execute(VIEWS.read_text())
        await pool.execute(MAIL_SQL.read_text())
        journal: Journal[Submission] = Journal(pool, INTAKE, clock, PARTITIONS, views.project, cached_max=100)
        yield Room(pool, clock, journal, Reception(journal, directory))
