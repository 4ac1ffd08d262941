"""The desk that runs: asked to record what a file says, and read for what stands."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic_core import to_json

from contracts.commands import DefineRecords
from contracts.directory import KINDS, RecordDefined
from contracts.envelope import Reply, Request, decode
from deploy.asking import answered, operator, whereabouts
from deploy.auditor.place import Place
from deploy.cli_words import Unable
from deploy.directory_files.found import Found
from journal.bus import Bus
from journal.clock import DeskClock

PATIENCE_S = 30.0
"""How long the directory may take to begin to answer."""
_CONNECT_S = 10.0
_ANSWER_S = 60.0
"""Source: measured: 4,000 records take under 1 s."""


@dataclass(frozen=True, slots=True)
class Way:
    """How to reach the running desk's directory with commands, and which year it is there."""

    nats_url: str
    year: int

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> "Way":
        """From `NATS_URL` and `DESK_CLOCK`, else the desk that runs here. Raises Unable (`no_desk`)."""
        url, clock = whereabouts(environ)
        return cls(url, DeskClock.parse(clock).now().year)


async def define(way: Way, found: Sequence[Found], *, dry_run: bool) -> Reply:
    """The directory's answer to all of them at once.

    Raises:
        Unable: the request is larger than the bus takes (`file_too_large`), or nobody answers.
    """
    request = _request(found, dry_run=dry_run)
    try:
        bus = await asyncio.wait_for(Bus.connect(way.nats_url, "gateway"), _CONNECT_S)
    except (TimeoutError, OSError) as error:
        raise Unable("directory_unheard", reason=type(error).__name__) from error
    try:
        size, most = len(request), bus.client.max_payload
        if size > most:
            raise Unable("file_too_large", count=len(found), size_kib=size // 1024 + 1, most_kib=most // 1024)
        reply = await answered(bus, "directory", request, answer_s=_ANSWER_S, patience_s=PATIENCE_S)
    finally:
        await bus.close()
    if reply.outcome == "fault":
        raise Unable("directory_unheard", reason=reply.code)
    return reply


def _request(found: Sequence[Found], *, dry_run: bool) -> bytes:
    records = [
        {"kind": each.kind, "key": each.key, "record": each.record, "active": each.active} for each in found
    ]
    asked = Request(
        id=f"import:{uuid4()}",
        type=DefineRecords.topic,
        by=operator(),
        data={"records": records, "dry_run": dry_run},
    )
    return to_json(asked)


async def standing(place: Place) -> dict[str, dict[str, dict[str, Any]]]:
    """Every record as it stands, by key, by kind: what differs from the usual, and `active: false`.

    Raises:
        Unable: the directory's journal cannot be reached.
    """
    async with place.open("directory") as directory:
        rows = await directory.fetch(
            "select distinct on (stream_id) topic, data from journal.entries order by stream_id, version desc"
        )
    events = [decode(row["topic"], row["data"]) for row in rows]
    found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
    for event in sorted(
        (event for event in events if isinstance(event, RecordDefined)), key=lambda event: event.key
    ):
        text = event.parsed().model_dump(mode="json", exclude_defaults=True)
        found[event.kind][event.key] = text if event.active else {**text, "active": False}
    return {kind: records for kind, records in found.items() if records}
