"""The sample desk as the commands that define it, and its logins. Reads one file; asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from contracts.commands import DefineRecord
from contracts.directory import KINDS, Kind
from contracts.envelope import Role
from worktime.holidays import holidays_between

DESK_YAML = Path(__file__).with_name("desk.yaml")
YEARS = 3
"""Holidays are written for this year and the next two: an estimate late in a year needs those to come."""


@dataclass(frozen=True, slots=True)
class SampleLogin:
    """Somebody who may log in to the sample desk; `key` names their contact or analyst."""

    login: str
    role: Role
    key: str
    password: str


@dataclass(frozen=True, slots=True)
class SampleDesk:
    """Everything in the file, in its order."""

    records: tuple[DefineRecord, ...]
    logins: tuple[SampleLogin, ...]


def read_desk(path: Path, year: int) -> SampleDesk:
    """The desk of that file; `year` is the first one whose holidays its calendars get.

    Raises:
        ValueError: the file names a kind that the directory does not know.
        pydantic.ValidationError: a record is not of its kind's form.
    """
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    logins = tuple(SampleLogin(**login) for login in found.pop("logins", ()))
    if strangers := sorted(set(found) - set(get_args(Kind))):
        raise ValueError(f"{path.name}: no kinds of record: {', '.join(strangers)}")
    records = tuple(
        _defined(cast("Kind", kind), str(key), record, year)
        for kind, keyed in found.items()
        for key, record in keyed.items()
    )
    return SampleDesk(records, logins)


def idempotency_key(command: DefineRecord) -> str:
    """The same for the same record text: sent again, it is the same command, answered and not repeated."""
    return (
        f"sample:{command.kind}:{command.key}:{sha256(command.model_dump_json().encode()).hexdigest()[:32]}"
    )


def _defined(kind: Kind, key: str, record: Mapping[str, Any], year: int) -> DefineRecord:
    text = dict(record)
    if holidays := text.pop("holidays", None):
        text["closed"] = _closed(holidays, year)
    whole = KINDS[kind].model_validate(text).model_dump(mode="json")
    return DefineRecord(kind=kind, key=key, record=whole)


def _closed(holidays: Mapping[str, Any], year: int) -> list[date]:
    return list(holidays_between(year, year + YEARS - 1, **holidays))
