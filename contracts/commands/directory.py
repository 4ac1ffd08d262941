"""Commands of the directory."""

from typing import Annotated

from pydantic import Field

from contracts.directory import Kind
from contracts.envelope import Command, Frozen, Key

RECORDS_MAX = 10_000
"""Records of one import. Source: judgement; a request holds 1 MiB, which a company's contacts fit into."""


class Definition(Frozen):
    """One record as it is to stand; `expected_version` 0 for a new one, left out to write whatever stands."""

    kind: Kind
    key: Key
    record: dict[str, object]
    active: bool = True
    expected_version: int | None = None


class DefineRecord(Command, owner="directory"):
    """Add or change one record; `expected_version` 0 for a new one, left out to write whatever stands."""

    kind: Kind
    key: Key
    record: dict[str, object]
    active: bool = True
    expected_version: int | None = None


class DefineRecords(Command, owner="directory"):
    """Add or change many records, all or none; they may name each other. `dry_run` says what would change."""

    records: Annotated[tuple[Definition, ...], Field(min_length=1, max_length=RECORDS_MAX)]
    dry_run: bool = False
