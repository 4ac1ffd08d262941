"""The journals of a simulated desk, what `atendimento sla` says of them, and what a slow reference counts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from contracts import lifecycle as l
from tests.cli.atendimento import Outcome, python
from tests.servers.backing import Database, Servers
from tests.sla_year.journals import environment, lay_directory, lay_lives
from tests.sla_year.life import HORIZON, Life, year
from tests.sla_year.reference import Desk, Key
from tests.sla_year.reference import Outcome as Verdict
from tests.sla_year.terms import BEGIN, ZONE, directory, hours, policy_of

FIRST, LAST = date(2018, 2, 3), date(2018, 3, 20)
SPAN = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())
Make = Callable[[str], Awaitable[Database]]


@dataclass
class Told:
    """A desk's journals, and the lives that are in them."""

    databases: dict[str, Database]
    lives: list[Life]
    desk: Desk

    async def ask(self, *arguments: str, language: str = "en_US.UTF-8") -> Outcome:
        return await python("deploy.cli", "sla", *arguments, LC_ALL=language, **environment(self.databases))

    async def json(self, *arguments: str) -> Any:
        outcome = await self.ask(*arguments, "--format", "json")
        assert outcome.code == 0, outcome.complained
        return outcome.json

    def chosen(self) -> list[Life]:
        zone = ZoneInfo(ZONE)
        return [life for life in self.lives if FIRST <= life.opened_at.astimezone(zone).date() <= LAST]

    def verdicts(
        self, life: Life, policy: dict[str, Any] | None = None, calendar: tuple[str, int] | None = None
    ) -> dict[Key, Verdict]:
        """What the reference says; under another policy and calendar than the ticket pinned where they are given."""
        queued = life.history[0]
        assert isinstance(queued, l.TicketQueued)
        pinned = (queued.terms.calendar, queued.terms.calendar_version)
        story = self.desk.story(policy or policy_of(queued.terms), calendar or pinned)
        return story.read(life.history, HORIZON)


@asynccontextmanager
async def told_desk(servers: Servers) -> AsyncIterator[Told]:
    """Four months of a hundred tickets each; its databases are gone afterwards."""
    lives = list(year(directory(), 7, 100, range(4)))
    desk = Desk(hours(), BEGIN, HORIZON + timedelta(days=60))
    laid = await journals(servers.new_database, lives, 4, 1)
    yield Told(laid, lives, desk)
    for each in laid.values():
        await servers.drop(each.name)


async def journals(make: Make, lives: list[Life], partitions: int, seed: int) -> dict[str, Database]:
    laid = {name: await make(name) for name in ("directory", "lifecycle", "sla")}
    await lay_directory(laid["directory"])
    await lay_lives(laid["lifecycle"], laid["sla"], lives, partitions, Random(seed))
    return laid


def group(life: Life, by: str) -> str:
    """Whose a ticket is, read off its history by hand."""
    queued = life.history[0]
    assert isinstance(queued, l.TicketQueued)
    analyst, area, classification = "", queued.area, str(queued.classification)
    for event in life.history:
        if isinstance(event, l.TicketAssigned):
            analyst = event.analyst
        if isinstance(event, l.TicketReclassified):
            for change in event.changes:
                area = str(change.new) if change.field == "area" else area
                classification = str(change.new) if change.field == "classification" else classification
    month = queued.opened_at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m")
    return {
        "period": month, "customer": queued.customer, "area": area, "analyst": analyst,
        "classification": classification,
    }[by]  # fmt: skip
