import json
import re
from pathlib import Path

import pytest

from contracts.envelope import TRACEPARENT
from journal import telemetry

FORM = re.compile(TRACEPARENT)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "spans.jsonl"
    monkeypatch.setenv("OTEL_TRACES_FILE", str(path))
    monkeypatch.setattr(telemetry, "_tracer", None)
    monkeypatch.setattr(telemetry, "_ratio", 1.0)
    telemetry.configure("intake")
    return path


def spans(path: Path) -> list[dict[str, str]]:
    assert telemetry._tracer is not None
    telemetry.flush()
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_one_trace_goes_from_parent_to_child(file: Path) -> None:
    root = telemetry.start()
    first = telemetry.child(root, "intake Arrived")
    second = telemetry.child(first, "lifecycle TicketOpened")
    assert all(FORM.fullmatch(trace) for trace in (root, first, second))
    assert len({trace.split("-")[1] for trace in (root, first, second)}) == 1
    assert len({trace.split("-")[2] for trace in (root, first, second)}) == 3
    one, two = spans(file)
    assert [one["name"], two["name"]] == ["intake Arrived", "lifecycle TicketOpened"]
    assert one["parent_id"] == "0x" + root.split("-")[2]
    assert two["parent_id"] == "0x" + first.split("-")[2]
    assert one["resource"]["attributes"]["service.name"] == "intake"  # type: ignore[index]


def test_what_is_not_sampled_passes_through_unrecorded(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "_ratio", 0.0)
    root = telemetry.start()
    assert root.endswith("-00")
    assert telemetry.child(root, "x") == root
    assert spans(file) == []


def test_other_flags_do_not_hide_that_it_is_sampled(file: Path) -> None:
    """Source: W3C Trace Context level 2, the random flag is 0x02."""
    assert telemetry.child(telemetry.start()[:-2] + "03", "x").split("-")[3][1] in "13"
    assert len(spans(file)) == 1


@pytest.mark.parametrize(
    "forged", ['","id":"1', "00-zz-b7-01", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "x" * 5000]
)
def test_a_malformed_traceparent_begins_a_new_trace(forged: str) -> None:
    new = telemetry.child(forged, "x")
    assert FORM.fullmatch(new)
    assert forged.split("-")[1:2] != new.split("-")[1:2]


def test_none_stays_none(file: Path) -> None:
    assert telemetry.child("", "x") == ""
    assert spans(file) == []


def test_without_a_file_the_context_still_travels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry, "_tracer", None)
    root = telemetry.start()
    assert telemetry.child(root, "x") == root
