"""Files of the directory, without a desk: what is read of them, in which line what is wrong."""

import re
from typing import Any

import pytest

from contracts.directory import KINDS
from deploy.directory_files.csv_file import read_csv, write_csv
from deploy.directory_files.found import Found, Unreadable
from deploy.directory_files.words import SENTENCES
from deploy.directory_files.yaml_file import read_yaml, write_yaml
from deploy.provision import ROOT
from tests.directory.given import RECORDS, whole

MORE: dict[str, dict[str, Any]] = {
    "calendar": {"closed": ["2026-12-25"], "special": {"2026-12-24": [["08:00", "12:00"]], "2026-12-31": []}},
    "sla_policy": {
        "warning_stages": [],
        "resolution_min": 0 + 60,
        "pauses": {"first_response": []},
        "targets": [{"priority": "high", "resolution_min": 60}],
    },
    "area": {"name": 'Fiscal; "Contábil", e mais\numa linha', "assignment": "least_open"},
    "customer": {"tax_id": "12.ABC.345/01DE-35"},
    "contact": {
        "addresses": ["ana@serra.example", "a;b@serra.example"],
        "domains": ["a.example", "b.example"],
        "phone": "007",
        "language": "en",
    },
    "contract": {"ends_on": "2027-01-01"},
    "analyst": {"absences": [{"starts_on": "2026-03-01", "ends_on": "2026-03-02", "reason": "no"}]},
    "service_kind": {"name": "no"},
    "priority_matrix": {"cells": {"low": {"minor": "low"}, "high": {"total": "urgent"}}},
    "canned_answer": {
        "texts": {"pt-BR": "{number}:\r\n- sim: não\n\ttabulado \N{PARTY POPPER}", "en": "1.0"}
    },
    "mail_template": {"subject": " com espaços ", "title": "# não é comentário"},
    "desk": {"contact_spacing_min": 0, "accepts": ["ajuda@desk.example"]},
}
"""Fields with values that a careless writer would bend."""


def text_of(kind: str) -> dict[str, Any]:
    return {**RECORDS[kind][1], **MORE.get(kind, {})}


def usual_left_out(kind: str) -> dict[str, Any]:
    return KINDS[kind].model_validate(text_of(kind)).model_dump(mode="json", exclude_defaults=True)


def test_every_kind_is_tried() -> None:
    assert RECORDS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("active", [True, False])
def test_what_is_written_as_yaml_is_read_as_it_was(kind: str, active: bool) -> None:
    record = usual_left_out(kind)
    written = write_yaml({kind: {"2026": record if active else {**record, "active": False}}})
    (found,) = read_yaml(written, 2026)
    assert (found.kind, found.key, found.active) == (kind, "2026", active)
    assert whole(kind, found.record) == whole(kind, text_of(kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("active", [True, False])
def test_what_is_written_as_csv_is_read_as_it_was(kind: Any, active: bool) -> None:
    record = usual_left_out(kind)
    written = write_csv(kind, {"2026": record if active else {**record, "active": False}})
    (found,) = read_csv(written, kind, 2026)
    assert (found.kind, found.key, found.active) == (kind, "2026", active)
    assert whole(kind, found.record) == whole(kind, text_of(kind))


def wrongs(unreadable: pytest.ExceptionInfo[Unreadable]) -> list[tuple[int, str]]:
    return [(wrong.line, wrong.text) for wrong in unreadable.value.wrongs]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("area: [\n", 2, "não é YAML"),
        ("area:\n  a: {name: A}\n  a: {name: B}\n", 3, "a aparece duas vezes"),
        ("area:\n  a:\n    name: A\n    name: B\n", 4, "name aparece duas vezes"),
        ("aria:\n  a: {name: A}\n", 1, "não há o tipo aria"),
        ("- area\n", 1, "aqui se esperam nomes"),
        ("", 1, "aqui se esperam nomes"),
        ("area:\n  a: A\n", 2, "aqui se esperam nomes"),
        ("area:\n  a: {name: A, active: talvez}\n", 2, "active é true ou false"),
        ("area:\n  [a, b]: {name: A}\n", 2, "aqui se esperam nomes"),
        ("area: &a\n  a: *a\n", 2, ""),
        ("calendar:\n  c:\n    holidays: {state: ZZ}\n", 3, "holidays não vale"),
        ("calendar:\n  c:\n    holidays: {estado: MG}\n", 3, "holidays não vale"),
        ("calendar:\n  c:\n    holidays: [MG]\n", 3, "holidays não vale"),
        ("area:\n  a: {name: A}\n--- \narea: {}\n", 3, "não é YAML"),
        ("area:\n  a: !!python/object:os.system {name: A}\n", 2, "não é YAML"),
        ("area: " + "[" * 2_000, 1, "não é YAML"),
        (f"area:\n  a:\n    name: {'9' * 5_000}\n", 3, "não é YAML"),
        ("area:\n  a:\n    name: !!int x\n", 3, "não é YAML"),
        ("area:\n  a:\n    name: !!bool x\n", 3, "não é YAML"),
        ("area:\n  a:\n    name: !!timestamp x\n", 3, "não é YAML"),
        ("area:\n  a:\n    name: !!binary eA==\n", 3, "não é YAML"),
        ("area:\n  a:\n    <<: {name: A, active: 5}\n", 2, "active é true ou false"),
        ("calendar:\n  c:\n    <<: {holidays: [MG]}\n", 2, "holidays não vale"),
        ('area:\n  a:\n    name: "\\ud800"\n', 3, "não é YAML"),
    ],
)
def test_what_is_wrong_with_a_yaml_is_told_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        read_yaml(text, 2026)
    assert wrongs(unreadable)[0][0] in {line, 1 if not said else line}
    assert wrongs(unreadable)[0][1].startswith(said)


def test_a_small_file_cannot_become_an_endless_one() -> None:
    """Each name stands ten times in the next: a thousand million fields after nine lines."""
    lists = "".join(f"    x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 10))
    with pytest.raises(Unreadable) as unreadable:
        read_yaml(f"area:\n  a:\n    x0: &x0 [x]\n{lists}", 2026)
    assert "100000" in str(unreadable.value)


def test_everything_wrong_is_told_in_the_order_of_the_lines() -> None:
    text = "area:\n  a: {name: A, active: 1}\naria: {}\narea:\n  b: 3\n"
    with pytest.raises(Unreadable) as unreadable:
        read_yaml(text, 2026)
    assert [line for line, _ in wrongs(unreadable)] == [2, 3, 4, 5]


def test_scalars_are_what_a_person_means() -> None:
    text = "area:\n  no: {name: no, x: 13:00, y: 2026-01-01, z: 010, w: on, v: 7, u: 1.5, t: ~, s: true}\n"
    (found,) = read_yaml(text, 2026)
    said = {"name": "no", "x": "13:00", "y": "2026-01-01", "z": "010", "w": "on"}
    assert (found.key, found.record) == ("no", {**said, "v": 7, "u": 1.5, "t": None, "s": True})


def test_a_field_is_found_by_its_line() -> None:
    text = "contact:\n  ana:\n    name: Ana\n    addresses:\n      - a@x.example\n      - b@x.example\n"
    (found,) = read_yaml(text, 2026)
    lines = {"": 2, "name": 3, "addresses": 4, "addresses.1": 6, "addresses.1.x": 6, "customer": 2}
    assert {where: found.line_of(where) for where in lines} == lines


def test_holidays_become_dates_of_three_years_beside_those_named() -> None:
    rule = {"country": "BR", "state": "MG", "municipal": ["06-13"]}
    text = write_yaml({"calendar": {"c": {"closed": ["2026-06-05"], "holidays": rule}}})
    (found,) = read_yaml(text, 2026)
    closed = found.record["closed"]
    assert closed == sorted(closed)
    assert {"2026-06-05", "2026-06-13", "2027-09-07", "2028-12-25"} <= set(closed)
    assert {day[:4] for day in closed} == {"2026", "2027", "2028"}
    assert "holidays" not in found.record


def test_a_csv_of_a_spreadsheet_is_read() -> None:
    text = 'key;name;customer;addresses;active\r\nana;Ana;serra;"a@x.example;b@x.example";\r\n\r\nbia;Bia;serra;c@x.example;não\r\n'
    ana, bia = read_csv(text, "contact", 2026)
    record = {"name": "Ana", "customer": "serra", "addresses": ["a@x.example", "b@x.example"]}
    assert ana == Found("contact", "ana", record, True, 2)
    assert (bia.active, bia.line, bia.record["addresses"]) == (False, 4, ["c@x.example"])


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "colunas -"),
        ("key,nome\n", 1, "colunas key, nome; pode haver key, active, name, area"),
        ("name\nx\n", 1, "colunas name"),
        ("key,name,name\n", 1, "colunas key, name, name"),
        ("key,name\na,b,c\n", 2, "3 células, para 2 colunas"),
        ('key,name\n"a\nb",c\nd\n', 4, "1 células"),
        ("key,name,active\na,b,talvez\n", 2, "active é"),
        ('key,name\na,"b\n', 2, "não é CSV"),
    ],
)
def test_what_is_wrong_with_a_csv_is_told_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        read_csv(text, "service_kind", 2026)
    assert wrongs(unreadable)[0][0] == line
    assert wrongs(unreadable)[0][1].startswith(said)


@pytest.mark.parametrize(("cell", "said"), [("{", "weekly não é JSON"), ("", None)])
def test_a_cell_with_a_form_of_its_own_is_json(cell: str, said: str | None) -> None:
    text = f"key,time_zone,weekly\na,UTC,{cell}\n"
    if said is None:
        assert read_csv(text, "calendar", 2026)[0].record == {"time_zone": "UTC"}
        return
    with pytest.raises(Unreadable) as unreadable:
        read_csv(text, "calendar", 2026)
    assert wrongs(unreadable)[0][1].startswith(said)


def test_a_calendar_in_csv_may_give_its_holidays() -> None:
    text = 'key,holidays\na,"{""state"": ""MG""}"\nb,"{""state"": ""ZZ""}"\n'
    with pytest.raises(Unreadable) as unreadable:
        read_csv(text, "calendar", 2026)
    assert wrongs(unreadable)[0][0] == 3
    (found,) = read_csv(text.rpartition("b,")[0], "calendar", 2026)
    assert "2026-04-21" in found.record["closed"]


def test_every_fault_has_its_words() -> None:
    source = "".join(path.read_text() for path in (ROOT / "services" / "directory").glob("*.py"))
    codes = {f"fault_{code}" for code in re.findall(r'Fault\(\s*"(\w+)"', source)} - {"fault_malformed"}
    whys = {f"why_{why}" for why in re.findall(r'malformed\([^()]*?, f?"(\w+)', source)}
    assert {"fault_still_in_use", "why_unknown_placeholder", "why_blank"} <= codes | whys
    assert codes | whys <= SENTENCES.keys()
