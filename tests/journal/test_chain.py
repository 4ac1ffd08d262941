"""The chain as anybody would recompute it, in any language: golden vectors."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from struct import pack
from uuid import UUID

import pytest

from journal.chain import GENESIS, chained, content_digest, micros_of, verify
from journal.entry import Entry

STREAM = UUID("00112233-4455-6677-8899-aabbccddeeff")
AT = datetime(2026, 3, 2, 11, 0, 0, 123456, tzinfo=UTC)


def test_micros_count_from_1970_in_any_zone() -> None:
    assert micros_of(AT) == 1_772_449_200_123_456
    assert micros_of(AT.astimezone(timezone(timedelta(hours=-3)))) == micros_of(AT)
    assert micros_of(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)) == -1


def test_the_digest_is_the_documented_one() -> None:
    """Written out by hand from the module's formula, and pinned: a published chain must verify for ever."""
    topic, trace, data = "lifecycle.TicketResolved.v1", "00-aa-bb-01", '{"texto":"é"}'.encode()
    plain = STREAM.bytes + pack(">i", 3) + pack(">q", 1_772_449_200_123_456)
    plain += pack(">I", len(topic)) + pack(">I", len(trace)) + topic.encode() + trace.encode() + data
    content = content_digest(STREAM, 3, micros_of(AT), topic, trace, data)
    assert content == sha256(plain).digest()
    assert content.hex() == CONTENT
    first = chained(GENESIS, 1, content)
    assert first == sha256(sha256(b"").digest() + (1).to_bytes(8, "big") + content).digest()
    assert first.hex() == FIRST
    assert chained(first, 2, content).hex() == SECOND


def test_no_two_contents_share_a_digest_by_moving_a_border() -> None:
    def digest(topic: str, trace: str, data: bytes) -> bytes:
        return content_digest(STREAM, 1, 0, topic, trace, data)

    assert len({digest("ab", "c", b"d"), digest("a", "bc", b"d"), digest("ab", "", b"cd")}) == 3


def chain(count: int) -> list[Entry]:
    entries, digest = [], GENESIS
    for position in range(1, count + 1):
        entry = Entry(0, position, STREAM, position, "t", AT, "", b"%d" % position)
        content = content_digest(STREAM, position, micros_of(AT), "t", "", entry.data)
        digest = chained(digest, position, content)
        entries.append(replace(entry, digest=digest))
    return entries


async def given(entries: Iterable[Entry]) -> AsyncIterator[Entry]:
    for entry in entries:
        yield entry


async def test_a_whole_chain_is_sound() -> None:
    entries = chain(5)
    verdict = await verify(0, given(entries), 5, entries[-1].digest)
    assert (verdict.sound, verdict.entries, verdict.bad_position) == (True, 5, None)
    assert (await verify(0, given([]), 0, GENESIS)).sound


@pytest.mark.parametrize("bad", range(5))
async def test_the_first_bad_entry_is_named(bad: int) -> None:
    entries = chain(5)
    head = entries[-1].digest
    changed = [*entries[:bad], replace(entries[bad], data=b"other"), *entries[bad + 1 :]]
    assert (await verify(0, given(changed), 5, head)).bad_position == bad + 1
    removed = [*entries[:bad], *entries[bad + 1 :]]
    assert (await verify(0, given(removed), 5, head)).bad_position == bad + 1
    forged = [*entries[:bad], replace(entries[bad], data=b"other"), *entries[bad + 1 :]]
    verdict = await verify(0, given(rechained(forged)), 5, head)
    assert (verdict.bad_position, verdict.because) == (5, "the head's digest is another")


def rechained(entries: list[Entry]) -> list[Entry]:
    """As a forger would who can write the table but not the head that others have seen."""
    digest, made = GENESIS, []
    for e in entries:
        content = content_digest(e.stream_id, e.version, micros_of(e.recorded_at), e.topic, e.trace, e.data)
        digest = chained(digest, e.position, content)
        made.append(replace(e, digest=digest))
    return made


CONTENT = "9c24c5a4ad3365275c9145886d5d641596039563fd3ae7bb3092946ee71e60eb"
FIRST = "ddf1bf64ff5eae584467d7f0596afca4f184aac9799419f8e1535d80d9b0ed52"
SECOND = "af61ee77da2a2fc78d4a2380c24aaede9af2d68b203a329742a10431b02af167"
