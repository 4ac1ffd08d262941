"""History stays readable: one frozen JSON of every event version, read by today's contracts."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts import json_schema
from contracts.directory import RecordDefined
from contracts.envelope import EVENTS, decode

SAMPLES = Path(json_schema.__file__).with_name("samples")
TOPICS = sorted(path.stem for path in SAMPLES.glob("*.json"))


def test_every_event_has_a_sample() -> None:
    assert sorted(EVENTS) == TOPICS


@pytest.mark.parametrize("topic", TOPICS)
def test_a_sample_is_read_and_written_again_as_it_was(topic: str) -> None:
    text = (SAMPLES / f"{topic}.json").read_bytes()
    event = decode(topic, text)
    again = event.encoded()
    assert lost(json.loads(text), json.loads(again)) == []
    assert decode(topic, again) == event


def test_the_record_in_the_sample_is_one() -> None:
    event = decode(RecordDefined.topic, (SAMPLES / f"{RecordDefined.topic}.json").read_bytes())
    assert isinstance(event, RecordDefined)
    assert lost(event.record, event.parsed().model_dump(mode="json")) == []


def test_what_is_lost_is_found() -> None:
    assert lost({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1, "d": 0}]}) == [".a[0].c"]
    assert lost({"a": [1, 2]}, {"a": [1]}) == [".a"]
    assert lost({"a": 1}, {"a": True}) == [".a"]


def lost(old: Any, new: Any, at: str = "") -> list[str]:
    """Where something of the old is not in the new; the new may have more fields, added later."""
    if isinstance(old, dict) and isinstance(new, dict):
        missing = [f"{at}.{key}" for key in old.keys() - new.keys()]
        return missing + [
            path for key in old.keys() & new.keys() for path in lost(old[key], new[key], f"{at}.{key}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [path for i, (one, other) in pairs for path in lost(one, other, f"{at}[{i}]")]
    return [] if type(old) is type(new) and old == new else [at]
