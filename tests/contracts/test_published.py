"""The folder `contracts/schemas` is what the contracts say, and no contract breaks what it says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field, create_model

from contracts import json_schema, publish
from contracts.channels import TicketOpened
from contracts.envelope import COMMANDS, EVENTS
from contracts.json_schema import schema_of, schemas
from contracts.lifecycle import TicketClosed
from contracts.publish import ASYNCAPI, FOLDER, Incompatible, breaks, documents, published

HOW = "run python -m contracts.publish"
CONTRACTS = {path.stem for path in Path(publish.__file__).parent.glob("*.py")}
NO_CONTRACTS = {
    "__init__",
    "envelope",
    "json_schema",
    "asyncapi",
    "compatibility",
    "publish",
    "policy",
    "words",
    "imported",
}


def test_no_contract_breaks_what_was_published() -> None:
    assert breaks(published(), schemas()) == []


def test_the_folder_is_up_to_date() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    now = documents()
    assert sorted(there) == sorted(now), HOW
    assert [name for name in now if there[name] != now[name]] == [], HOW


def test_every_module_of_contracts_is_published() -> None:
    assert [name for name in CONTRACTS - NO_CONTRACTS if not hasattr(json_schema, name)] == []


def test_a_broken_promise_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    now = schemas()
    (topic,) = (name for name in now if name == TicketOpened.topic)
    longer = create_model("TicketOpened", __base__=TicketOpened, text=(str, Field(max_length=60_000)))
    (tmp_path / f"{topic}.json").write_text(json.dumps(schema_of(longer)))
    with pytest.raises(Incompatible) as broken:
        publish.publish(tmp_path)
    assert str(broken.value) == f"{topic}: text: maxLength is narrower: 50000"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_topic_that_is_gone_is_refused() -> None:
    now = schemas()
    kept = {name: schema for name, schema in now.items() if name != TicketClosed.topic}
    assert breaks(now, kept) == [f"{TicketClosed.topic}: is gone, and history may hold it"]


def test_a_new_topic_is_published_and_a_second_time_changes_nothing(tmp_path: Path) -> None:
    assert sorted(publish.publish(tmp_path)) == sorted(documents())
    (tmp_path / f"{TicketClosed.topic}.json").unlink()
    assert publish.publish(tmp_path) == [f"{TicketClosed.topic}.json"]
    assert publish.publish(tmp_path) == []


def test_personal_data_are_marked() -> None:
    opened = schemas()[TicketOpened.topic]["properties"]
    marked = {name for name, field in opened.items() if "x-personal-data" in field}
    assert marked == {"requester", "subject", "text"}


def test_every_contract_is_in_the_description_of_the_bus() -> None:
    document = json.loads((FOLDER / ASYNCAPI).read_text(encoding="utf-8"))
    named = set(references(document))
    for name in named:
        if name.startswith("#/"):
            place = document
            for key in name.removeprefix("#/").split("/"):
                place = place[key]
        else:
            assert (FOLDER / name).is_file(), name
    assert {f"./{topic}.json" for topic in (*EVENTS, *COMMANDS)} <= named
    addresses = {channel["address"] for channel in document["channels"].values()}
    assert {
        "channel.{name}.TicketOpened",
        "lifecycle.{partition}",
        "command.intake",
        "journal.sla.read",
        "journal.lifecycle.hear",
        "journal.sla.heads",
    } <= addresses


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
