"""Records of the directory: who may change them, what is no record, versions, addresses of contacts."""

from typing import Any

import pytest

from contracts.commands import DefineRecord
from contracts.directory import Contact, RecordDefined
from contracts.envelope import SYSTEM, Actor
from journal.directory import Directory
from journal.errors import Refused
from journal.testing import NOON, spec
from services.directory.decider import DIRECTORY

record = spec(DIRECTORY)
NOTHING = Directory()
MANAGER = Actor(role="manager", key="marta")
ANALYST = Actor(role="analyst", key="bruno")
AREA = {"name": "Fiscal"}
ANA = {
    "name": "Ana Prado",
    "customer": "serra",
    "addresses": ["ana@serra.example"],
    "language": "pt-BR",
    "phone": "",
}
DESK = {"name": "Suporte", "address": "suporte@desk.example"}
CALENDAR = {"time_zone": "America/Sao_Paulo", "weekly": {"mon": [["08:00", "12:00"], ["13:00", "24:00"]]}}


def define(kind: str = "area", key: str = "fiscal", text: Any = AREA, **more: Any) -> DefineRecord:
    return DefineRecord.model_validate({"kind": kind, "key": key, "record": text, **more})


def defined(
    kind: str = "area",
    key: str = "fiscal",
    text: Any = AREA,
    version: int = 1,
    active: bool = True,
    by: Actor = SYSTEM,
) -> RecordDefined:
    return RecordDefined.model_validate(
        {
            "kind": kind,
            "key": key,
            "record": text,
            "version": version,
            "active": active,
            "at": NOON,
            "by": by,
        }
    )


def knowing(**contacts: tuple[str, bool]) -> Directory:
    """A directory with contacts of these addresses, in use or not."""
    made = Directory()
    for key, (address, active) in contacts.items():
        made.put("contact", key, 1, active, Contact(name=key, customer="serra", addresses=(address,)))
    return made


def test_a_new_record_is_version_1() -> None:
    assert record.when(define(), facts=NOTHING) == [defined()]


def test_a_changed_record_is_the_next_version_whole() -> None:
    changed = {"name": "Fiscal e Contábil"}
    assert record.given(defined()).when(define(text=changed), facts=NOTHING) == [
        defined(text=changed, version=2)
    ]


def test_the_same_text_again_is_no_new_version() -> None:
    assert record.given(defined()).when(define(), facts=NOTHING) == []


def test_taking_out_of_use_is_a_version_and_so_is_taking_back() -> None:
    out = record.given(defined())
    assert out.when(define(active=False), facts=NOTHING) == [defined(version=2, active=False)]
    back = out.given(defined(version=2, active=False))
    assert back.when(define(active=False), facts=NOTHING) == []
    assert back.when(define(), facts=NOTHING) == [defined(version=3)]


@pytest.mark.parametrize(("expected", "allowed"), [(None, True), (1, True), (0, False), (2, False)])
def test_who_changes_what_another_has_changed_is_told(expected: int | None, allowed: bool) -> None:
    outcome = record.given(defined()).when(
        define(text={"name": "Outra"}, expected_version=expected), facts=NOTHING
    )
    moved = Refused("version_moved", kind="area", key="fiscal", version=1)
    assert outcome == ([defined(text={"name": "Outra"}, version=2)] if allowed else moved)


@pytest.mark.parametrize(
    ("role", "kind", "allowed"),
    [
        ("system", "area", True),
        ("manager", "area", True),
        ("analyst", "area", False),
        ("analyst", "contact", True),
        ("requester", "contact", False),
        ("auditor", "area", False),
    ],
)
def test_who_may_change_which_records(role: str, kind: str, allowed: bool) -> None:
    by = Actor.model_validate({"role": role, "key": "someone"})
    text, key = (AREA, "fiscal") if kind == "area" else (ANA, "ana")
    outcome = record.when(define(kind, key, text), by=by, facts=NOTHING)
    assert outcome == ([defined(kind, key, text, by=by)] if allowed else Refused("not_allowed", role=role))


@pytest.mark.parametrize(
    ("kind", "text", "fields"),
    [
        ("area", {}, ["name"]),
        ("area", {"name": "x" * 201}, ["name"]),
        ("contact", {**ANA, "addresses": []}, ["addresses"]),
        ("contact", {**ANA, "addresses": [""]}, ["addresses"]),
        ("contact", {**ANA, "addresses": ["ana@serra.example", "Ana <ana@x.example>"]}, ["addresses"]),
        ("contact", {**ANA, "addresses": ["a@b@c"]}, ["addresses"]),
        ("desk", {**DESK, "address": "suporte"}, ["address"]),
        ("desk", {**DESK, "accepts": ["ajuda @desk.example"]}, ["accepts"]),
        ("desk", {**DESK, "time_zone": "America/Nowhere"}, ["time_zone"]),
        ("desk", {**DESK, "time_zone": "../etc/passwd"}, ["time_zone"]),
        ("desk", {**DESK, "address": "x", "time_zone": "\x00"}, ["address", "time_zone"]),
        ("calendar", {**CALENDAR, "time_zone": ""}, ["time_zone"]),
        ("calendar", {**CALENDAR, "weekly": {}}, ["weekly"]),
        ("calendar", {**CALENDAR, "weekly": {"mon": []}}, ["weekly"]),
        ("calendar", {**CALENDAR, "weekly": {"mon": [["12:00", "08:00"]]}}, ["weekly"]),
        ("calendar", {**CALENDAR, "weekly": {"mon": [["08:00", "08:00"]]}}, ["weekly"]),
        ("calendar", {**CALENDAR, "weekly": {"mon": [["08:00", "12:00"], ["11:00", "13:00"]]}}, ["weekly"]),
        ("calendar", {**CALENDAR, "weekly": {"mon": [["8h", "12h"]]}}, ["weekly"]),
        ("calendar", {**CALENDAR, "weekly": {"mon": [["08:00", "25:00"]]}}, ["weekly"]),
        ("calendar", {**CALENDAR, "special": {"2026-12-24": [["12:00", "08:00"]]}}, ["special"]),
    ],
)
def test_what_would_make_others_stumble_is_no_record(kind: str, text: Any, fields: list[str]) -> None:
    assert record.when(define(kind, "x", text), facts=NOTHING) == Refused("malformed", errors=fields)


@pytest.mark.parametrize(("kind", "text"), [("contact", ANA), ("desk", DESK), ("calendar", CALENDAR)])
def test_a_sound_record_is_kept(kind: str, text: Any) -> None:
    outcome = record.when(define(kind, "x", text), facts=NOTHING)
    assert isinstance(outcome, list)
    assert len(outcome) == 1


@pytest.mark.parametrize(
    ("known", "active", "taken"),
    [
        (knowing(caio=("ana@serra.example", True)), True, True),
        (knowing(caio=("ANA@Serra.Example", True)), True, True),
        (knowing(caio=("ana@serra.example", False)), True, False),
        (knowing(caio=("caio@serra.example", True)), True, False),
        (knowing(ana=("ana@serra.example", True)), True, False),
        (knowing(caio=("ana@serra.example", True)), False, False),
    ],
    ids=["taken", "in another case", "out of use", "another", "its own", "taken, but this one is out of use"],
)
def test_an_address_belongs_to_one_contact(known: Directory, active: bool, taken: bool) -> None:
    outcome = record.when(define("contact", "ana", ANA, active=active), by=ANALYST, facts=known)
    refused = Refused("address_taken", address="ana@serra.example", contact="caio")
    expected = [defined("contact", "ana", ANA, active=active, by=ANALYST)]
    assert outcome == (refused if taken else expected)


def test_what_no_rule_knows_is_refused() -> None:
    assert record.when(object(), by=MANAGER, facts=NOTHING) == Refused("unknown_command")
