"""CSV: records of one kind, one a row; the columns are `key`, `active` and the fields of the kind.

A list of texts stands in one cell, separated by `;`; what has a form of its own (hours, targets, texts by
language) as JSON. An empty cell says nothing: the field has its usual value.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Literal

from pydantic_core import from_json, to_json

from contracts.directory import KINDS, Kind
from deploy.directory_files.closed import with_holidays
from deploy.directory_files.found import Found, Unreadable, Wrong

Cell = Literal["text", "list", "json"]
_YES = frozenset({"", "true", "1", "yes", "sim"})
_NO = frozenset({"false", "0", "no", "não", "nao"})
_OWN = ("key", "active")


def read_csv(text: str, kind: Kind, first_year: int) -> list[Found]:
    """The records of a file, in its order. Cells are separated by comma or semicolon, as its first line is.

    Raises:
        Unreadable: with all that is wrong of it, by its lines.
    """
    header = text.partition("\n")[0]
    rows = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if header.count(";") > header.count(",") else ",",
        strict=True,
    )
    wrongs: list[Wrong] = []
    try:
        found = list(_records(rows, kind, first_year, wrongs))
    except csv.Error as error:
        raise Unreadable.at(max(rows.line_num, 1), "file_no_csv", reason=error) from error
    if wrongs:
        raise Unreadable(wrongs)
    return found


def write_csv(kind: Kind, records: Mapping[str, Mapping[str, Any]]) -> str:
    """The same form, separated by commas."""
    cells = _cells(kind)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_OWN, *cells])
    for key, record in records.items():
        active = "" if record.get("active", True) else "false"
        writer.writerow([key, active, *(_written(cell, record.get(name)) for name, cell in cells.items())])
    return text.getvalue()


def _records(rows: Any, kind: Kind, first_year: int, wrongs: list[Wrong]) -> Iterator[Found]:
    cells = dict(_cells(kind))
    if kind == "calendar":
        cells["holidays"] = "json"
    columns = [name.strip() for name in next(rows, [])]
    known = {*_OWN, *cells}
    strangers = [name for name in columns if name not in known]
    if strangers or "key" not in columns or len(set(columns)) < len(columns):
        raise Unreadable.at(
            1, "file_columns", found=", ".join(columns) or "-", known=", ".join([*_OWN, *cells])
        )
    while True:
        line = rows.line_num + 1
        row = next(rows, None)
        if row is None:
            return
        if not any(row):
            continue
        if len(row) != len(columns):
            wrongs.append(_wrong(line, "file_row", count=len(row), columns=len(columns)))
            continue
        one = _record(kind, dict(zip(columns, row, strict=True)), cells, line, first_year, wrongs)
        if one is not None:
            yield one


def _record(
    kind: Kind,
    row: dict[str, str],
    cells: Mapping[str, Cell],
    line: int,
    first_year: int,
    wrongs: list[Wrong],
) -> Found | None:
    key, active = row.pop("key").strip(), row.pop("active", "").strip().lower()
    if active not in _YES | _NO:
        wrongs.append(_wrong(line, "file_active"))
        return None
    record: dict[str, Any] = {}
    for name, cell in row.items():
        if not cell:
            continue
        try:
            record[name] = _read(cells[name], cell)
        except ValueError as error:
            wrongs.append(_wrong(line, "file_cell", column=name, reason=error))
            return None
    try:
        whole = with_holidays(record, first_year) if kind == "calendar" else record
    except ValueError as error:
        wrongs.append(_wrong(line, "file_holidays", reason=error))
        return None
    return Found(kind, key, whole, active in _YES, line)


def _read(form: Cell, cell: str) -> Any:
    if form == "text":
        return cell
    if form == "json" or cell.startswith("["):
        return from_json(cell)
    return [item.strip() for item in cell.split(";") if item.strip()]


def _written(form: Cell, value: Any) -> str:
    match form, value:
        case _, None:
            return ""
        case "text", _:
            return str(value)
        case "list", [*items] if items and not any(";" in item for item in items):
            return "; ".join(items)
    return to_json(value).decode()


@cache
def _cells(kind: Kind) -> dict[str, Cell]:
    """How each field of a kind stands in a cell."""
    return {name: _cell(schema) for name, schema in KINDS[kind].model_json_schema()["properties"].items()}


def _cell(schema: Mapping[str, Any]) -> Cell:
    forms: Sequence[Mapping[str, Any]] = schema.get("anyOf", (schema,))
    types = {form.get("type") for form in forms}
    if types == {"array"} and schema["items"].get("type") == "string":
        return "list"
    return "text" if types <= {"string", "integer", "null"} else "json"


def _wrong(line: int, code: str, **facts: object) -> Wrong:
    return Unreadable.at(line, code, **facts).wrongs[0]
