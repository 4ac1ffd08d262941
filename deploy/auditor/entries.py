"""Every entry about one ticket, from the journals of all services that speak of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import asyncpg

from contracts.envelope import Event, UnknownTopicError, decode
from contracts.intake import TicketRegistered
from contracts.lifecycle import TicketAbsorbed, TicketQueued
from deploy.auditor.place import Connection
from deploy.cli_words import Unable
from journal import store
from journal.entry import Entry

CONCERNED = ("intake", "lifecycle", "sla", "notifier")
"""Whose journals speak of tickets, in the order in which one follows from the other."""
_COLUMNS = "partition, position, stream_id, version, topic, recorded_at, trace, data, digest"


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the history: whose journal it stands in, and the event (None: of a newer release).

    `of` is the number of the merged ticket that it is about, "" where it is the ticket asked for.
    """

    service: str
    entry: Entry
    event: Event | None
    of: str = ""

    @property
    def at(self) -> datetime:
        """When it happened; when it was recorded, where the event does not say."""
        delivered = getattr(self.event, "delivered", None)
        for source, name in ((self.event, "at"), (self.event, "opened_at"), (delivered, "received_at")):
            if isinstance(instant := getattr(source, name, None), datetime):
                return instant
        return self.entry.recorded_at


def in_order(told: Iterable[Told]) -> list[Told]:
    """In the order of recording; what follows after what it follows from."""
    return sorted(
        told,
        key=lambda one: (
            one.entry.recorded_at,
            CONCERNED.index(one.service),
            one.entry.partition,
            one.entry.position,
        ),
    )


async def find(journals: Mapping[str, Connection], number: str) -> UUID:
    """The id behind a number: the gateway's view is a shortcut, the journals have the word.

    Raises:
        Unable: no journal knows the number (`no_ticket`).
    """
    shortcut = await _of_view(
        journals["gateway"], "select ticket_id from views.tickets where number = $1", number
    )
    for row in shortcut:
        return UUID(str(row["ticket_id"]))
    for service, topic in (("lifecycle", TicketQueued.topic), ("intake", TicketRegistered.topic)):
        found = await journals[service].fetch(
            "select topic, data from journal.entries where topic = $1 and position($2::bytea in data) > 0",
            topic,
            f'"number":"{number}"'.encode(),
        )
        for row in found:
            event = decode(row["topic"], row["data"])
            if isinstance(event, TicketQueued | TicketRegistered) and event.number == number:
                return event.ticket_id
    raise Unable("no_ticket", number=number)


async def _of_view(gateway: Connection, query: str, *arguments: object) -> list[asyncpg.Record]:
    """Rows of a view; none where the gateway has not made it yet."""
    table = query.partition(" from ")[2].split()[0]
    if not await gateway.fetchval("select to_regclass($1) is not null", table):
        return []
    return await gateway.fetch(query, *arguments)


async def collect(journals: Mapping[str, Connection], ticket_id: UUID) -> list[Told]:
    """Every entry about the ticket, in the order of recording; what follows after what it follows from."""
    listed = await _of_view(
        journals["gateway"],
        "select service, partition, position from views.history where ticket_id = $1",
        ticket_id,
    )
    gateway = journals["gateway"]
    applied = {
        (row["source"], row["partition"]): row["position"]
        for row in await gateway.fetch("select source, partition, position from journal.applied")
    }
    # Filed nowhere in its views, though applied.
    parked = await gateway.fetch("select source as service, partition, position from journal.dead_letters")
    told: list[Told] = []
    for service in CONCERNED:
        known = [
            (row["partition"], row["position"]) for row in (*listed, *parked) if row["service"] == service
        ]
        tails = {partition: to for (source, partition), to in applied.items() if source == service and listed}
        told += await _of_service(service, journals[service], ticket_id, known, tails)
    return in_order(told)


async def collect_merged(
    journals: Mapping[str, Connection], ticket_id: UUID, upto: datetime | None
) -> list[Told]:
    """The same with the entries of the tickets that had been merged into it by that instant, chains followed."""
    told: dict[UUID, list[Told]] = {}
    living: dict[UUID, str] = {ticket_id: ""}
    while living:
        joined: dict[UUID, str] = {}
        for each, number in living.items():
            found = await collect(journals, each)
            told[each] = [
                replace(one, of=number) for one in found if upto is None or one.entry.recorded_at <= upto
            ]
            events = (one.event for one in told[each])
            joined |= {e.merged: e.merged_number for e in events if isinstance(e, TicketAbsorbed)}
        living = {each: number for each, number in joined.items() if each not in told}
    return in_order(one for entries in told.values() for one in entries)


async def _of_service(
    service: str,
    journal: Connection,
    ticket_id: UUID,
    known: Sequence[tuple[int, int]],
    tails: Mapping[int, int],
) -> list[Told]:
    """What one journal holds about the ticket.

    `known` are positions that the gateway has filed, complete up to `tails` by partition; what is behind
    those is searched for the ticket's id. The streams so found are then read whole.
    """
    streams = {ticket_id}
    rows = await journal.fetch(
        "select e.stream_id from journal.entries e "
        "join unnest($1::smallint[], $2::bigint[]) k(partition, position) using (partition, position)",
        [partition for partition, _ in known],
        [position for _, position in known],
    )
    streams |= {row["stream_id"] for row in rows}
    for partition, (head, _) in (await store.heads(journal)).items():
        if head > tails.get(partition, 0):
            rows = await journal.fetch(
                "select distinct stream_id from journal.entries "
                "where partition = $1 and position > $2 and position($3::bytea in data) > 0",
                partition,
                tails.get(partition, 0),
                str(ticket_id).encode(),
            )
            streams |= {row["stream_id"] for row in rows}
    found = await journal.fetch(
        f"select {_COLUMNS} from journal.entries where stream_id = any($1)",  # noqa: S608 - names of ours
        list(streams),
    )
    told = (Told(service, entry, _event(entry)) for entry in (Entry(*row) for row in found))
    return [one for one in told if _about(one, ticket_id)]


def _about(told: Told, ticket_id: UUID) -> bool:
    """Whether the entry is of this ticket: a submission's stream may concern another one later on."""
    return getattr(told.event, "ticket_id", None) in (None, ticket_id)


def _event(entry: Entry) -> Event | None:
    try:
        return entry.event()
    except UnknownTopicError:
        return None
