"""What breaks a published schema is found, and what does not is let pass."""

from copy import deepcopy
from typing import Any

import pytest

from contracts.compatibility import Schema, incompatibilities

PUBLISHED: Schema = {
    "type": "object",
    "required": ["id", "who"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "at": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}], "default": None},
        "note": {"type": "string", "minLength": 1, "maxLength": 200, "default": "-"},
        "key": {"type": "string", "pattern": "^[a-z]+$", "default": "a"},
        "stage": {"type": "integer", "minimum": 1, "maximum": 5, "default": 1},
        "status": {"enum": ["open", "closed"], "type": "string", "default": "open"},
        "kind": {"const": "one", "default": "one"},
        "who": {"$ref": "#/definitions/Actor"},
        "files": {"type": "array", "items": {"$ref": "#/definitions/File"}, "maxItems": 9, "default": []},
        "facts": {"type": "object", "additionalProperties": {"type": "string"}, "default": {}},
        "hours": {
            "type": "array",
            "items": [{"type": "string"}, {"type": "string"}],
            "default": ["08:00", "10:45"],
        },
        "anything": {"default": None},
    },
    "definitions": {
        "Actor": {
            "type": "object",
            "required": ["key"],
            "properties": {"key": {"type": "string"}, "name": {"type": "string", "default": ""}},
        },
        "File": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 0},
                "parts": {"type": "array", "items": {"$ref": "#/definitions/File"}, "default": []},
            },
        },
    },
}
GONE = object()


def changed(path: str, value: Any) -> Schema:
    """The published schema with the value at a path of keys put in, or taken out."""
    schema = deepcopy(PUBLISHED)
    *way, last = path.split("/")
    place: Any = schema
    for key in way:
        place = place[int(key) if isinstance(place, list) else key]
    if value is GONE:
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = value
    return schema


BREAKS = {
    "a field removed": ("properties/note", GONE, "field note was removed"),
    "a required field removed": ("properties/who", GONE, "field who was removed"),
    "an optional field made required": ("required", ["id", "who", "note"], "field note is now required"),
    "a new field that is required": ("required", ["id", "who", "new"], "field new is now required"),
    "a format changed": ("properties/id/format", "date", "id: format changed: 'uuid', now 'date'"),
    "a format dropped": ("properties/id/format", GONE, "id: format changed: 'uuid', now None"),
    "a format added": ("properties/note/format", "email", "note: format changed: None, now 'email'"),
    "another type": ("properties/note/type", "integer", "note: no longer takes string"),
    "one type less": ("properties/at", {"type": "string", "format": "date-time"}, "at: no longer takes null"),
    "any type narrowed to one": ("properties/anything/type", "string", "anything: no longer takes anything"),
    "a word less": ("properties/status/enum", ["open"], "status: no longer allows 'closed'"),
    "a word renamed": ("properties/status/enum", ["open", "shut"], "status: no longer allows 'closed'"),
    "any text narrowed to words": ("properties/note/enum", ["-", "x"], "note: now only '-', 'x'"),
    "another constant": ("properties/kind/const", "two", "kind: no longer allows 'one'"),
    "a shorter text": ("properties/note/maxLength", 199, "note: maxLength is narrower: 199"),
    "a longer shortest text": ("properties/note/minLength", 2, "note: minLength is narrower: 2"),
    "a lower maximum": ("properties/stage/maximum", 4, "stage: maximum is narrower: 4"),
    "a higher minimum": ("properties/stage/minimum", 2, "stage: minimum is narrower: 2"),
    "a limit where none was": ("properties/key/maxLength", 9, "key: maxLength is narrower: 9"),
    "fewer files": ("properties/files/maxItems", 8, "files: maxItems is narrower: 8"),
    "a pattern changed": ("properties/key/pattern", "^[a-y]+$", "key: pattern is narrower: '^[a-y]+$'"),
    "a pattern added": ("properties/note/pattern", "^.+$", "note: pattern is narrower: '^.+$'"),
    "another default": ("properties/note/default", "", "note: default changed"),
    "a default of another type": ("properties/stage/default", True, "stage: default changed"),
    "a field of a definition removed": (
        "definitions/Actor/properties/name",
        GONE,
        "who: field name was removed",
    ),
    "a definition narrowed, in a list": (
        "definitions/File/properties/size/minimum",
        1,
        "files[].size: minimum is narrower: 1",
    ),
    "values of a mapping narrowed": (
        "properties/facts/additionalProperties",
        {"type": "integer"},
        "facts{}: no longer takes string",
    ),
    "a mapping closed": ("properties/facts/additionalProperties", False, "facts{}: no longer takes string"),
    "unknown fields refused": ("additionalProperties", False, "{}: no longer takes anything"),
    "a place of a pair changed": (
        "properties/hours/items/1",
        {"type": "integer"},
        "hours[1]: no longer takes string",
    ),
    "a pair made a triple": (
        "properties/hours/items",
        [{"type": "string"}] * 3,
        "hours: its places changed",
    ),
    "a keyword not understood": ("not", {"required": ["note"]}, "not changed: None"),
}


@pytest.mark.parametrize(("path", "value", "why"), BREAKS.values(), ids=BREAKS.keys())
@pytest.mark.parametrize("emitted", [False, True], ids=["taken", "emitted"])
def test_a_change_that_breaks_is_found(path: str, value: Any, why: str, *, emitted: bool) -> None:
    found = incompatibilities(PUBLISHED, changed(path, value), emitted=emitted)
    assert any(sentence.startswith(why) for sentence in found), found


PASSES = {
    "nothing": ("title", "Again"),
    "an optional field": ("properties/new", {"type": "string", "default": ""}),
    "an optional field of a definition": (
        "definitions/Actor/properties/team",
        {"type": "string", "default": ""},
    ),
    "a description": ("properties/note/description", "What was noted."),
    "a mark": ("properties/note/x-personal-data", "requester"),
    "one word more": ("properties/status/enum", ["open", "closed", "resolved"]),
    "words in another order": ("properties/status/enum", ["closed", "open"]),
    "a constant that becomes one word of two": (
        "properties/kind",
        {"enum": ["one", "two"], "default": "one"},
    ),
    "a longer text": ("properties/note/maxLength", 201),
    "a text of any length": ("properties/note/maxLength", GONE),
    "a lower minimum": ("properties/stage/minimum", 0),
    "a pattern dropped": ("properties/key/pattern", GONE),
    "a definition put in its place": ("properties/who", PUBLISHED["definitions"]["Actor"]),
    "alternatives in another order": (
        "properties/at/anyOf",
        [{"type": "null"}, {"type": "string", "format": "date-time"}],
    ),
}


@pytest.mark.parametrize(("path", "value"), PASSES.values(), ids=PASSES.keys())
@pytest.mark.parametrize("emitted", [False, True], ids=["taken", "emitted"])
def test_a_change_that_breaks_nothing_passes(path: str, value: Any, *, emitted: bool) -> None:
    assert incompatibilities(PUBLISHED, changed(path, value), emitted=emitted) == []


LOOSENS = {
    "a field that may be missing": ("required", ["who"], "field id may now be missing"),
    "null where none was": (
        "properties/note",
        {
            "anyOf": [{"type": "string", "minLength": 1, "maxLength": 200}, {"type": "null"}],
            "default": "-",
        },
        "note: may now be null",
    ),
    "a fraction where none was": (
        "properties/stage/type",
        "number",
        "stage: may now be number",
    ),
}


@pytest.mark.parametrize(("path", "value", "why"), LOOSENS.values(), ids=LOOSENS.keys())
def test_what_is_read_by_others_is_not_loosened(path: str, value: Any, why: str) -> None:
    assert incompatibilities(PUBLISHED, changed(path, value), emitted=True) == [why]
    assert incompatibilities(PUBLISHED, changed(path, value), emitted=False) == []


def test_every_place_is_named_once() -> None:
    schema = changed("definitions/File/properties/size/minimum", 1)
    schema["properties"]["note"]["maxLength"] = 1
    assert incompatibilities(PUBLISHED, schema) == [
        "files[].size: minimum is narrower: 1",
        "note: maxLength is narrower: 1",
    ]
