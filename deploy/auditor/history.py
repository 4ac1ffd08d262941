"""One ticket's history from the journals themselves: what was recorded, and the ticket as it stood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic_core import from_json

from contracts.directory import Desk, Record, RecordDefined, record_stream
from contracts.intake import Terms
from deploy.auditor.entries import CONCERNED, Told, collect_merged, find
from deploy.auditor.place import Connection, Place
from deploy.cli_words import Unable
from journal import store
from journal.entry import Entry
from services.gateway.clock_rows import ClockEvent, ClockRow, clock_after
from services.lifecycle.decider import LIFECYCLE
from services.lifecycle.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Pinned:
    """A record whose version the ticket pinned when it opened; `newest` is the version then in force."""

    kind: str
    key: str
    version: int
    newest: int
    record: Record


@dataclass(frozen=True, slots=True)
class History:
    """A ticket up to an instant: as it stood, its clocks, the terms it was under, and every entry.

    `told` holds the entries of tickets that had been merged into it by then, among its own.
    """

    ticket_id: UUID
    number: str
    upto: datetime | None
    zone: ZoneInfo
    ticket: Ticket
    clocks: Sequence[ClockRow]
    terms: Sequence[Pinned]
    told: Sequence[Told]


async def history(place: Place, number: str, upto: datetime | None) -> History:
    """The ticket of that number, by what was recorded up to that instant.

    Raises:
        Unable: there is no such ticket (`no_ticket`), or not yet by then (`not_yet`); or no journal.
    """
    async with place.open_all(("gateway", *CONCERNED, "directory")) as journals:
        ticket_id = await find(journals, number)
        told = await collect_merged(journals, ticket_id, upto)
        own = [one for one in told if not one.of]
        if not own:
            raise Unable("not_yet", number=number)
        directory = journals["directory"]
        terms = next((t for one in own if (t := getattr(one.event, "terms", None))), None)
        desk = await _versions(directory, "desk", "desk", upto)
        return History(
            ticket_id=ticket_id,
            number=number,
            upto=upto,
            zone=zone_of(desk[-1] if desk else None),
            ticket=LIFECYCLE.fold(one.event for one in own if one.service == "lifecycle" and one.event),
            clocks=_clocks(own),
            terms=await _terms(directory, terms, upto) if terms else (),
            told=told,
        )


def zone_of(desk: RecordDefined | None) -> ZoneInfo:
    """The desk's time zone; of the desk's usual one before it was defined."""
    record = desk.parsed() if desk else None
    return ZoneInfo(record.time_zone if isinstance(record, Desk) else Desk.model_fields["time_zone"].default)


async def desk_zone(place: Place) -> ZoneInfo:
    """The desk's time zone now. Raises Unable."""
    return zone_of(await newest(place, "desk", "desk"))


async def newest(place: Place, kind: str, key: str) -> RecordDefined | None:
    """A record of the directory as it stands; None where it was never defined. Raises Unable."""
    async with place.open("directory") as directory:
        versions = await _versions(directory, kind, key, None)
    return versions[-1] if versions else None


def _by(entry: Entry, upto: datetime | None) -> bool:
    return upto is None or entry.recorded_at <= upto


def _clocks(told: Sequence[Told]) -> list[ClockRow]:
    rows: dict[str, ClockRow] = {}
    for one in told:
        if isinstance(one.event, get_args(ClockEvent)):
            clock: str = one.event.clock
            if row := clock_after(rows.get(clock), one.event):
                rows[clock] = row
    return list(rows.values())


async def _terms(directory: Connection, terms: Terms, upto: datetime | None) -> list[Pinned]:
    pinned: list[Pinned] = []
    for kind in ("contract", "sla_policy", "calendar"):
        key, version = getattr(terms, kind), getattr(terms, f"{kind}_version")
        versions = await _versions(directory, kind, key, upto)
        pinned += [
            Pinned(kind, key, version, versions[-1].version, defined.parsed())
            for defined in versions
            if defined.version == version
        ]
    return pinned


async def _versions(directory: Connection, kind: str, key: str, upto: datetime | None) -> list[RecordDefined]:
    entries = await store.stream(directory, record_stream(kind, key))
    events = [entry.event() for entry in entries if _by(entry, upto)]
    return [event for event in events if isinstance(event, RecordDefined)]


def as_json(found: History) -> dict[str, Any]:
    """The same as plain data: instants in UTC, `entries` with their place and digest in the journal."""
    return {
        "number": found.number,
        "ticket_id": found.ticket_id,
        "upto": found.upto,
        "ticket": found.ticket._asdict(),
        "clocks": list(found.clocks),
        "terms": list(found.terms),
        "entries": [
            {
                "service": one.service,
                "merged": one.of,
                "partition": one.entry.partition,
                "position": one.entry.position,
                "stream_id": one.entry.stream_id,
                "version": one.entry.version,
                "topic": one.entry.topic,
                "at": one.at,
                "recorded_at": one.entry.recorded_at,
                "data": from_json(one.entry.data),
                "digest": one.entry.digest.hex(),
            }
            for one in found.told
        ],
    }
