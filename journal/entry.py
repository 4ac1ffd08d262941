"""One entry of a journal, and the segment in which entries travel: a CloudEvents 1.0 JSON batch."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from contracts.envelope import Event, decode, validated

SEGMENT_ENTRIES_MAX = 200
"""Entries in one segment. Source: architecture page, Segments."""
SEGMENT_BYTES_MAX = 256 * 1024
"""Bytes of entry data in one segment, unless a single entry is larger. Source: architecture page, Segments."""


ENTRY_BYTES_MAX = 1_000_000
"""Bytes of data in one entry. Source: NATS carries 1 MiB (1,048,576) in a message, the envelope included."""
_PLAIN = re.compile(r"[ !#-\[\]-~]{0,200}")
"""What stands in a segment as it is: printable ASCII but for the quote and the backslash of JSON."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A fact about to be appended; `version` is its place in its stream, from 1.

    Raises:
        ValueError: no segment could carry it, and nothing behind it in its partition would arrive.
    """

    stream_id: UUID
    version: int
    topic: str
    data: bytes
    trace: str = ""

    def __post_init__(self) -> None:
        if len(self.data) > ENTRY_BYTES_MAX:
            raise ValueError(f"{self.topic}: {len(self.data)} bytes are more than an entry holds")
        if not (_PLAIN.fullmatch(self.topic) and _PLAIN.fullmatch(self.trace)):
            raise ValueError(f"not a topic and a trace: {self.topic!r}, {self.trace!r}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact as recorded: `position` in its partition and `version` in its stream are both gapless.

    `data` is the JSON as bytes where the journal was read, already parsed where a segment was.
    """

    partition: int
    position: int
    stream_id: UUID
    version: int
    topic: str
    recorded_at: datetime
    trace: str
    data: Any
    digest: bytes = b""

    def event(self) -> Event:
        """The event inside. Raises as `contracts.envelope.decode`."""
        if isinstance(self.data, bytes):
            return decode(self.topic, self.data)
        return validated(self.topic, self.data)

    def data_bytes(self) -> bytes:
        """The JSON, for keeping what could not be understood."""
        return self.data if isinstance(self.data, bytes) else to_json(self.data)


def segment(source: str, entries: Iterable[Entry]) -> bytes:
    """The batch that carries entries as read from the journal: their data go in byte for byte."""
    parts = [
        b'{"specversion":"1.0","id":"%d-%d","source":"/%s","type":"%s","time":"%s",'
        b'"datacontenttype":"application/json","partitionkey":"%s","sequence":"%d","version":"%d",%s'
        b'"digest":"%s","data":%s}'
        % (
            e.partition,
            e.position,
            source.encode(),
            e.topic.encode(),
            e.recorded_at.astimezone(UTC).isoformat().encode(),
            str(e.stream_id).encode(),
            e.position,
            e.version,
            b'"traceparent":"%s",' % e.trace.encode() if e.trace else b"",
            e.digest.hex().encode(),
            e.data,
        )
        for e in entries
    ]
    return b"[" + b",".join(parts) + b"]"


def entries_of(body: bytes) -> list[Entry]:
    """The entries of a segment.

    Raises:
        ValueError: the body is no batch of consecutive entries of one partition; nothing of it is used then.
    """
    try:
        entries = [_entry(item) for item in _listed(from_json(body))]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a segment: {error!r}") from error
    for place, entry in enumerate(entries):
        if (entry.partition, entry.position) != (entries[0].partition, entries[0].position + place):
            raise ValueError(f"entry {entry.partition}-{entry.position} does not follow in its segment")
    return entries


def _listed(batch: Any) -> list[dict[str, Any]]:
    if not isinstance(batch, list):
        raise TypeError("no list")
    return batch


def _entry(item: dict[str, Any]) -> Entry:
    return Entry(
        partition=int(item["id"].partition("-")[0]),
        position=int(item["sequence"]),
        stream_id=UUID(item["partitionkey"]),
        version=int(item["version"]),
        topic=item["type"],
        recorded_at=datetime.fromisoformat(item["time"]),
        trace=item.get("traceparent", ""),
        data=item["data"],
        digest=bytes.fromhex(item["digest"]),
    )


def cut(entries: Sequence[Entry]) -> list[Entry]:
    """As many of the entries, from the first, as one segment holds; at least one."""
    size, count = 0, 0
    for entry in entries[:SEGMENT_ENTRIES_MAX]:
        size += len(entry.data) + 400
        if count and size > SEGMENT_BYTES_MAX:
            break
        count += 1
    return list(entries[:count])
