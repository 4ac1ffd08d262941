"""The journals of lifecycle and sla, read for figures: a partition at a time, only the events that count."""

import re
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast, get_args
from uuid import UUID

import asyncpg

from contracts.directory import RecordDefined
from contracts.envelope import Event, decode
from contracts.lifecycle import TicketQueued
from contracts.sla import Clock
from deploy.auditor.history import desk_zone
from deploy.auditor.place import Connection, Place
from deploy.cli_words import Unable
from figures.attainment import CLOCKS, By, Period, Tally
from figures.lives import CLOCK_TOPICS, TICKET_TOPICS, Runs, Ticket
from journal import store

TOGETHER = 2_000
"""Entries of one read."""
_READ = (
    "select stream_id, topic, data from journal.entries "
    "where partition = $1 and topic = any($2) order by position"
)
_CALENDAR_TIME = "|".join(clock for clock in get_args(Clock) if clock not in CLOCKS)
_OF_CALENDAR_TIME = re.compile(f'"clock":"(?:{_CALENDAR_TIME})"'.encode())
"""What stands in entries that need no decoding: these clocks have no verdict, and fill half the journal."""
_LATEST = "select max(e.recorded_at) from journal.heads h join journal.entries e using (partition, position)"


@dataclass(slots=True)
class Part:
    """The tickets of one partition that were opened in the period, and their clocks as sla judged them."""

    period: Period
    tickets: dict[UUID, Ticket] = field(default_factory=dict)
    runs: dict[UUID, Runs] = field(default_factory=dict)

    def hear_of_ticket(self, stream: UUID, topic: str, data: bytes) -> Event | None:
        """An entry of lifecycle; None where it is of no ticket of the period."""
        ticket = self.tickets.get(stream)
        if ticket is not None:
            event = decode(topic, data)
            ticket.hear(event)
            return event
        if topic == TicketQueued.topic:
            queued = cast("TicketQueued", decode(topic, data))
            if self.period.has(queued.opened_at):
                self.tickets[stream], self.runs[stream] = Ticket.queued(queued), Runs()
                return queued
        return None

    def hear_of_clock(self, stream: UUID, topic: str, data: bytes) -> None:
        """An entry of sla, whose streams are named as the tickets are."""
        runs = self.runs.get(stream)
        if runs is not None and not _OF_CALENDAR_TIME.search(data):
            runs.hear(decode(topic, data))

    def tally(self, by: By) -> Tally:
        """What they add up to."""
        tally = Tally(by, self.period.zone)
        for stream, ticket in self.tickets.items():
            tally.count(ticket, self.runs[stream])
        return tally


async def batches(
    journal: Connection, partition: int, topics: Collection[str]
) -> AsyncIterator[list[asyncpg.Record]]:
    """The entries of a partition that bear one of the topics, in order."""
    entries = await journal.cursor(_READ, partition, list(topics))
    while found := await entries.fetch(TOGETHER):
        yield found


async def period_of(place: Place, first: str, last: str) -> Period:
    """The period from one date as typed to another, in the desk's time zone. Raises Unable."""
    since, until = _date(first), _date(last)
    if until < since:
        raise Unable("dates_crossed", first=since, last=until)
    return Period(since, until, await desk_zone(place))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unable("no_date", text=text) from error


async def records(place: Place) -> list[RecordDefined]:
    """Every version of every record, as the directory's journal tells it. Raises Unable."""
    defined: list[RecordDefined] = []
    async with place.open("directory") as directory:
        for partition in await store.heads(directory):
            async for found in batches(directory, partition, {RecordDefined.topic}):
                defined += [cast("RecordDefined", decode(topic, data)) for _, topic, data in found]
    return defined


async def known_up_to(place: Place) -> datetime | None:
    """The instant of the last entry of lifecycle or sla: what is known of clocks that run. Raises Unable."""
    async with place.open_all(("lifecycle", "sla")) as journals:
        latest = [await journal.fetchval(_LATEST) for journal in journals.values()]
    return max((at for at in latest if at is not None), default=None)


async def report(place: Place, period: Period, by: By) -> Tally:
    """The attainment of a period, from the journals alone. Raises Unable where one cannot be read."""
    whole = Tally(by, period.zone)
    async with place.open_all(("lifecycle", "sla")) as journals:
        for partition in sorted(await store.heads(journals["lifecycle"])):
            part = Part(period)
            async for found in batches(journals["lifecycle"], partition, TICKET_TOPICS):
                for stream, topic, data in found:
                    part.hear_of_ticket(stream, topic, data)
            async for found in batches(journals["sla"], partition, CLOCK_TOPICS):
                for stream, topic, data in found:
                    part.hear_of_clock(stream, topic, data)
            whole.add(part.tally(by))
    return whole


def called(defined: Iterable[RecordDefined], kind: str) -> dict[str, str]:
    """What a person calls the records of a kind, by key: the newest name of each."""
    return {each.key: str(each.record.get("name", each.key)) for each in defined if each.kind == kind}
