"""The hash chain over a partition: what makes a changed, removed or inserted entry visible to anyone.

`digest(n) = sha256(digest(n-1) ‖ n as 8 bytes ‖ content(n))`, big-endian, `digest(0) = sha256('')`, and
`content = sha256(stream ‖ version as 4 bytes ‖ µs since 1970 as 8 bytes ‖ lengths of topic and trace as 4
bytes each ‖ topic ‖ trace ‖ data)`. The two-step form leaves room for erasing data on request: their content
digest, kept in their place, would still prove the rest of the chain.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import Struct
from uuid import UUID

from journal.entry import Entry

GENESIS = sha256(b"").digest()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HEAD = Struct(">16siqII")
_POSITION = Struct(">q")


def micros_of(recorded_at: datetime) -> int:
    """Microseconds since 1970, in which the chain counts time."""
    return (recorded_at - _EPOCH) // _MICROSECOND


def content_digest(stream_id: UUID, version: int, micros: int, topic: str, trace: str, data: bytes) -> bytes:
    """The digest of what one entry says, wherever it stands; `micros` is when it was recorded."""
    name, parent = topic.encode(), trace.encode()
    head = _HEAD.pack(stream_id.bytes, version, micros, len(name), len(parent))
    return sha256(head + name + parent + data).digest()


def chained(previous: bytes, position: int, content: bytes) -> bytes:
    """The digest of an entry in its place."""
    return sha256(previous + _POSITION.pack(position) + content).digest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification of one partition found: `entries` checked, and the first bad one, if any."""

    partition: int
    entries: int
    bad_position: int | None = None
    because: str = ""

    @property
    def sound(self) -> bool:
        """Whether nothing bad was found."""
        return self.bad_position is None


async def verify(
    partition: int, entries: AsyncIterator[Entry], head_position: int, head_digest: bytes
) -> Verdict:
    """Recompute one partition's chain from its first entry to its head."""
    expected, digest, count = 1, GENESIS, 0
    async for entry in entries:
        if entry.position != expected:
            return Verdict(partition, count, expected, f"missing; the next one found is {entry.position}")
        content = content_digest(
            entry.stream_id, entry.version, micros_of(entry.recorded_at), entry.topic, entry.trace, entry.data
        )
        digest = chained(digest, entry.position, content)
        if digest != entry.digest:
            return Verdict(partition, count, entry.position, "its digest does not follow from what it says")
        expected, count = expected + 1, count + 1
    if expected - 1 != head_position:
        bad = min(expected, head_position + 1)
        return Verdict(partition, count, bad, f"the head says {head_position}, the last entry {expected - 1}")
    if digest != head_digest:
        return Verdict(partition, count, head_position, "the head's digest is another")
    return Verdict(partition, count)
