"""What the pages for those who oversee the desk ask of the views: open alerts, ratings, levels, versions in force."""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from contracts.envelope import decode
from contracts.lifecycle import ResolutionRated
from figures.attainment import CLOCKS, By, Period, Tally
from figures.lives import CLOCK_TOPICS, Runs, Ticket
from journal.store import Pool

SHOWN = 200
"""Rows of one page of these. Source: judgement: more than one person sees to in a day."""
TOGETHER = 500
"""Tickets of one read."""

_ALERTS = """
select t.number, t.subject, t.customer, t.area, t.analyst, c.clock, c.alert, c.alerted_at, c.due_at
  from views.clocks c join views.tickets t using (ticket_id)
 where c.alert > 0 and c.state in ('running', 'paused') and t.status <> 'closed'
   and ($1::text[] is null or t.area = any($1))
 order by c.alert = 100 desc, c.alerted_at, t.number, c.clock
 limit $2
"""
_OLDER = {
    kind: f"from views.queue where status <> 'closed' and {kind} = $1 and {kind}_version < $2"
    for kind in ("sla_policy", "calendar")
}
"""By kind of record, the open tickets that go by an older version of one."""
_RATINGS = """
select t.number, t.subject, t.area, t.analyst, t.requester, h.at, h.data
  from views.history h join views.tickets t using (ticket_id)
 where h.topic = $1 and h.at >= $2 and h.at < $3
 order by h.at desc, h.ticket_id
"""
OPENED = """
select ticket_id, number, opened_at, customer, area, classification, analyst -- as figures.lives.Ticket
  from views.tickets where opened_at >= $1 and opened_at < $2
"""
CLOCKS_OF = """
select t.ticket_id, told.topics, told.data
  from views.tickets t cross join lateral (
      select array_agg(h.topic order by h.partition, h.position) as topics,
             array_agg(h.data::text order by h.partition, h.position) as data
        from views.history h
       where h.ticket_id = t.ticket_id and h.service = 'sla' and h.topic = any($3)
         and h.data ->> 'clock' = any($4)
  ) told
 where t.opened_at >= $1 and t.opened_at < $2 and told.topics is not null
"""
"""Ticket by ticket, by the primary key of the history: joined as a whole, all of that is read (bench/README.md)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A clock of a living ticket that has alerted people, `alert` per cent, 100 a breach, and that nobody sees to."""

    number: str
    subject: str
    customer: str
    area: str
    analyst: str | None
    clock: str
    alert: int
    alerted_at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Rated:
    """A rating of a resolution, of a ticket as it stands; the last one said of a resolution counts."""

    number: str
    subject: str
    area: str
    analyst: str | None
    requester: str
    at: datetime
    score: int
    comment: str
    resolution: int


class Overview:
    """The gateway's views, for reading across tickets."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def alerts(self, areas: Collection[str] | None) -> list[Alert]:
        """Open alerts of those areas, of all where none are named: breaches first, then the longest standing."""
        rows = await self._pool.fetch(_ALERTS, None if areas is None else list(areas), SHOWN)
        return [Alert(*row) for row in rows]

    async def older(self, kind: str, key: str, newest: int, most: int) -> list[UUID]:
        """Open tickets that go by an older version of that policy or calendar, the longest open first."""
        query = f"select ticket_id {_OLDER[kind]} order by opened_at, ticket_id limit $3"
        return [row["ticket_id"] for row in await self._pool.fetch(query, key, newest, most)]

    async def older_count(self, kind: str, key: str, newest: int) -> int:
        """How many there are."""
        return int(await self._pool.fetchval(f"select count(*) {_OLDER[kind]}", key, newest))

    async def ratings(self, since: datetime, until: datetime) -> list[Rated]:
        """Ratings given from one instant up to another, the newest first, each resolution's last one alone."""
        found: dict[tuple[str, int], Rated] = {}
        for row in await self._pool.fetch(_RATINGS, ResolutionRated.topic, since, until):
            said = from_json(row["data"])
            facts = [*row[:-1], said["score"], said.get("comment", ""), said["resolution"]]
            rated = Rated(*facts)
            found.setdefault((rated.number, rated.resolution), rated)
        return list(found.values())

    async def levels(self, period: Period, since: datetime, until: datetime, by: By) -> Tally:
        """How far the service levels of the tickets opened in the period were kept: the figures of `figures/`."""
        tickets: dict[UUID, Ticket] = {}
        for key, *facts in await self._pool.fetch(OPENED, since, until):
            tickets[key] = Ticket(*facts)
        runs: dict[UUID, Runs] = {key: Runs() for key in tickets}
        async for key, topics, data in self._clocks(since, until):
            if heard := runs.get(key):
                for topic, said in zip(topics, data, strict=True):
                    heard.hear(decode(topic, said.encode()))
        tally = Tally(by, period.zone)
        for key, ticket in tickets.items():
            tally.count(ticket, runs[key])
        return tally

    async def _clocks(self, since: datetime, until: datetime) -> AsyncIterator[Any]:
        """What sla said of each one's clocks of working time, in its journal's order: never all of it in memory."""
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            asked = connection.cursor(
                CLOCKS_OF, since, until, sorted(CLOCK_TOPICS), list(CLOCKS), prefetch=TOGETHER
            )
            async for row in asked:
                yield row
