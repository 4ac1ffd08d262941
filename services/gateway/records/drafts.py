"""A directory form as the record that it writes down, and a record as the texts of its form. Pure.

What cannot be read stays as it was typed: the directory says what is wrong with it, and the form shows it again.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from contracts.directory import KINDS, Kind
from services.gateway.forms import Form
from services.gateway.records.fields import (
    CLOCKS,
    CRITICALITIES,
    FORMS,
    LANGUAGES,
    SEVERITIES,
    WEEKDAYS,
    Field,
)

PREFIX = "r"
"""Before the names of a record's fields in its form: `r-name`."""
_INTERVAL = re.compile(r"(\d\d:\d\d)\s*[-\u2013]\s*(\d\d:\d\d)")
_NOT_IN_KEYS = re.compile(r"[^a-z0-9]+")
_KEY_MAX = 60

Draft = dict[str, Any]
"""A record as typed: of the contract's form where it could be read."""


def drafted(kind: Kind, form: Form) -> Draft:
    """The record that a form says; a field left empty is left out, and takes what the contract gives it."""
    read = {field: _read(field, form, f"{PREFIX}-{field.name}") for field in FORMS[kind]}
    return {
        field.name: value
        for field, value in read.items()
        if value not in ("", [], {})
        or field.input == "numbers"  # no warnings, no reminders: that says something
    }


def fresh(kind: Kind) -> Draft:
    """A new record before anything is typed: what the contract gives it."""
    form: Any = KINDS[kind]
    given = {
        name: field.get_default(call_default_factory=True)
        for name, field in form.model_fields.items()
        if not field.is_required()
    }
    return dict(form.model_construct(**given).model_dump(mode="json"))


def _read(field: Field, form: Form, name: str) -> Any:
    match field.input:
        case "lines":
            return [line.strip() for line in form.text(name).split("\n") if line.strip()]
        case "numbers":
            return [part for part in re.split(r"[\s,;]+", form.text(name)) if part]
        case "records":
            return list(form.texts(name))
        case "rows":
            return [{key: value for key, value in row.items() if value} for row in form.rows(name)]
        case "languages":
            return _filled({each: form.text(f"{name}-{each}") for each in LANGUAGES})
        case "matrix":
            rows = {
                criticality: _filled(
                    {severity: form.text(f"{name}-{criticality}-{severity}") for severity in SEVERITIES}
                )
                for criticality in CRITICALITIES
            }
            return _filled(rows)
        case "weekly":
            return {day: hours(text) for day in WEEKDAYS if (text := form.text(f"{name}-{day}"))}
        case "special":
            lines = (line.strip().partition(" ") for line in form.text(name).split("\n") if line.strip())
            return {day: hours(text) if text else [] for day, _, text in lines}
        case "pauses":
            return {clock: list(form.texts(f"{name}-{clock}")) for clock in CLOCKS}
    return form.text(name)


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def hours(text: str) -> list[list[str]] | str:
    """`08:00-10:45, 13:00-17:30` as intervals; the text itself where it is something else."""
    parts = [_INTERVAL.fullmatch(part.strip()) for part in text.split(",")]
    return [[part[1], part[2]] for part in parts if part] if all(parts) else text


def hours_text(value: Any) -> str:
    """Intervals as they are typed."""
    return value if isinstance(value, str) else ", ".join(f"{start}-{end}" for start, end in value or ())


def special_text(value: Any) -> str:
    """Special days as they are typed, a line each."""
    return "\n".join(f"{day} {hours_text(times)}".strip() for day, times in sorted((value or {}).items()))


def plain(value: Any) -> str:
    """Any value of a record on one line, for its history."""
    match value:
        case None | "" | [] | {} | ():
            return "—"
        case bool():
            return str(value).lower()
        case dict():
            return "; ".join(f"{name}: {plain(each)}" for name, each in value.items())
        case list() | tuple():
            nested = any(isinstance(each, dict | list) for each in value)
            return ("; " if nested else ", ").join(plain(each) for each in value)
    return str(value)


def suggested_key(kind: Kind, draft: Draft) -> str:
    """A key made of what names the record; empty where nothing does."""
    match kind:
        case "desk":
            return "desk"
        case "priority_matrix":
            return "priority"
        case "mail_template":
            named = f"{draft.get('template', '')} {draft.get('language', '')}"
        case "contract":
            named = f"{draft.get('customer', '')} {draft.get('starts_on', '')}"
        case _:
            named = str(draft.get("name") or draft.get("title") or "")
    ascii_only = unicodedata.normalize("NFKD", named).encode("ascii", "ignore").decode().lower()
    return _NOT_IN_KEYS.sub("-", ascii_only).strip("-")[:_KEY_MAX].strip("-")
