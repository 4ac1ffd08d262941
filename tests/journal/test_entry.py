import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.entry import (
    ENTRY_BYTES_MAX,
    SEGMENT_BYTES_MAX,
    SEGMENT_ENTRIES_MAX,
    Entry,
    NewEntry,
    cut,
    entries_of,
    segment,
)
from tests.journal.rooms import Said

AT = datetime(2026, 3, 2, 11, 0, 0, 123456, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def entry(position: int = 1, data: bytes = b"{}", **change: object) -> Entry:
    fields = {"topic": "test.Said.v1", "recorded_at": AT, "trace": "", "digest": b"\x01" * 32} | change
    return Entry(partition=1, position=position, stream_id=UUID(int=7), version=position, data=data, **fields)  # type: ignore[arg-type]


said = st.builds(
    Said,
    stream=st.uuids(),
    number=st.integers(-(2**53), 2**53),
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
)


@given(
    st.lists(said, max_size=5),
    st.integers(1, 2**62),
    st.sampled_from(["", TRACE]),
    st.datetimes(timezones=st.just(UTC)),
)
def test_a_segment_carries_entries_whole(events: list[Said], first: int, trace: str, at: datetime) -> None:
    entries = [
        Entry(2, first + n, e.stream, n + 1, e.topic, at, trace, e.encoded(), b"\xff" * 32)
        for n, e in enumerate(events)
    ]
    read = entries_of(segment("intake", entries))
    assert [r.event() for r in read] == events
    assert [(r.partition, r.position, r.stream_id, r.version, r.topic) for r in read] == [
        (e.partition, e.position, e.stream_id, e.version, e.topic) for e in entries
    ]
    assert [(r.recorded_at, r.trace, r.digest) for r in read] == [(at, trace, b"\xff" * 32)] * len(events)
    assert [Said.model_validate_json(r.data_bytes()) for r in read] == events


def test_each_entry_is_a_cloud_event() -> None:
    """Source: CloudEvents 1.0, required attributes; the extensions' names are lower case and short."""
    batch = json.loads(segment("intake", [entry(8, trace=TRACE), entry(9)]))
    for position, event in zip((8, 9), batch, strict=True):
        assert event["specversion"] == "1.0"
        assert (event["id"], event["source"]) == (f"1-{position}", "/intake")
        assert (event["type"], event["datacontenttype"]) == ("test.Said.v1", "application/json")
        assert datetime.fromisoformat(event["time"]) == AT
        assert all(name.isalnum() and name.islower() and len(name) <= 20 for name in event)
        assert all(isinstance(event[name], str) for name in event if name != "data")
    assert [event.get("traceparent") for event in batch] == [TRACE, None]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"rubbish",
        b"{}",
        b"7",
        b"null",
        b'"text"',
        b"[1]",
        b"[{}]",
        b"[null]",
        b"\xff\xfe",
        b"[" * 10_000,
        segment("s", [entry(1), entry(3)]),
        segment("s", [entry(2), entry(1)]),
        segment("s", [entry(1), entry(1)]),
        segment("s", [entry()]).replace(b'"id":"1-1"', b'"id":"one"'),
        segment("s", [entry()]).replace(b'"partitionkey":"0', b'"partitionkey":"no'),
        segment("s", [entry()]).replace(b'"time":"2', b'"time":"x'),
        segment("s", [entry()]).replace(b'"digest":"0', b'"digest":"xx'),
        segment("s", [entry()])[:-10],
    ],
)
def test_what_is_no_segment_is_refused_whole(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        entries_of(body)


def test_an_empty_segment_is_one() -> None:
    assert entries_of(segment("s", [])) == []


@pytest.mark.parametrize("odd", ['say "it"', "back\\slash", "new\nline", "nul\x00", "acção", "x" * 201])
def test_what_a_segment_could_not_carry_is_not_appended(odd: str) -> None:
    with pytest.raises(ValueError, match="not a topic and a trace"):
        NewEntry(uuid4(), 1, odd, b"{}")
    with pytest.raises(ValueError, match="not a topic and a trace"):
        NewEntry(uuid4(), 1, "test.Said.v1", b"{}", odd)


def test_an_entry_too_large_for_a_message_is_not_appended() -> None:
    NewEntry(uuid4(), 1, "t", b"x" * ENTRY_BYTES_MAX, TRACE)
    with pytest.raises(ValueError, match="more than an entry holds"):
        NewEntry(uuid4(), 1, "t", b"x" * (ENTRY_BYTES_MAX + 1))
    assert len(segment("intake", [entry(data=b"x" * ENTRY_BYTES_MAX, trace=TRACE)])) < 1024 * 1024


def test_a_segment_is_cut_by_count_and_by_size() -> None:
    small = [entry(n) for n in range(1, 500)]
    assert len(cut(small)) == SEGMENT_ENTRIES_MAX
    half = [entry(n, data=b"x" * (SEGMENT_BYTES_MAX // 2 - 400)) for n in range(1, 5)]
    assert [e.position for e in cut(half)] == [1, 2]
    huge = [entry(1, data=b"x" * 900_000), entry(2)]
    assert [e.position for e in cut(huge)] == [1]
    assert cut([]) == []


@given(st.lists(st.integers(0, 300_000), max_size=30))
def test_a_cut_is_a_prefix_that_fits(sizes: list[int]) -> None:
    entries = [entry(n + 1, data=b"x" * size) for n, size in enumerate(sizes)]
    taken = cut(entries)
    assert taken == entries[: len(taken)]
    assert bool(taken) == bool(entries)
    assert len(taken) <= 1 or len(segment("intake", taken)) <= SEGMENT_BYTES_MAX
