"""The sample desk as the commands that define it, and its logins. Reads one file; asks nobody."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yaml

from contracts.commands import DefineRecord
from contracts.directory import KINDS
from contracts.envelope import Role
from deploy.directory_files.yaml_file import read_yaml

DESK_YAML = Path(__file__).with_name("desk.yaml")


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
        Unreadable: the file is none of a directory's records.
        pydantic.ValidationError: a record is not of its kind's form.
    """
    text = path.read_text(encoding="utf-8")
    records = []
    for found in read_yaml(text, year, besides=frozenset({"logins"})):
        KINDS[found.kind].model_validate(found.record)
        records.append(DefineRecord(kind=found.kind, key=found.key, record=found.record, active=found.active))
    logins = tuple(SampleLogin(**login) for login in yaml.safe_load(text).get("logins", ()))
    return SampleDesk(tuple(records), logins)


def idempotency_key(command: DefineRecord) -> str:
    """The same for the same record text: sent again, it is the same command, answered and not repeated."""
    return (
        f"sample:{command.kind}:{command.key}:{sha256(command.model_dump_json().encode()).hexdigest()[:32]}"
    )
