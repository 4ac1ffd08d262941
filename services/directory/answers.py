"""What is told of many records at once: what becomes of each, or what is wrong with which. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json

from contracts.commands.directory import Definition
from contracts.directory import RecordDefined
from contracts.envelope import Event
from journal.errors import Refused
from services.directory.decider import Kept
from services.directory.faults import RecordRefused
from services.directory.outlook import Asked
from services.directory.proposals import as_read_now

FAULTS_TOLD_MAX = 1_000
"""Faults that are told one by one; `count` says how many there are."""
CHANGES_BYTES_MAX = 256 * 1024
"""Of old and new values that are told. What each record becomes takes less than it took to ask for it, so
that an answer fits where the request did. Source: a NATS message holds 1 MiB."""

Change = dict[str, Any]


class Answer:
    """Gathers what one request leads to, record by record in its order."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        """`{"kind", "key", "outcome": "new"|"changed"|"same", "changed": {field: [old, new]}}` of each record.

        A field whose values did not fit is told as null.
        """
        self._faults: list[Change] = []
        self._room = CHANGES_BYTES_MAX

    def decided(self, asked: Asked, kept: Kept, events: Sequence[Event]) -> None:
        """Take in what follows for a record that stands as `kept`."""
        change: Change = {"kind": asked.kind, "key": asked.key, "outcome": "same"}
        for event in events:
            if isinstance(event, RecordDefined):
                change["outcome"] = "changed" if kept.version else "new"
                if kept.version:
                    change["changed"] = self._fitting(_changed(kept, event))
        self.changes.append(change)

    def refused(self, index: int, asked: Definition, refusal: RecordRefused) -> None:
        """Take in everything that is wrong with the record at that place, from 0."""
        named = {"index": index, "kind": asked.kind, "key": asked.key}
        self._faults += (
            {**named, "field": fault.field, "code": fault.code, "facts": dict(fault.facts)}
            for fault in refusal.faults
        )

    def raise_if_refused(self) -> None:
        """Raises Refused (`records_refused`, with `faults` in the order of the request) if any record was."""
        if self._faults:
            raise Refused("records_refused", count=len(self._faults), faults=self._faults[:FAULTS_TOLD_MAX])

    def _fitting(self, changed: Mapping[str, list[Any]]) -> dict[str, list[Any] | None]:
        told: dict[str, list[Any] | None] = {}
        for field, values in changed.items():
            size = len(to_json(values))
            told[field] = values if size <= self._room else None
            self._room -= size if size <= self._room else 0
        return told


def _changed(kept: Kept, event: RecordDefined) -> dict[str, list[Any]]:
    """By field, the old value and the new one; being in use is the field `active`."""
    before = {**as_read_now(event.kind, kept.record), "active": kept.active}
    after = {**event.record, "active": event.active}
    return {field: [before[field], after[field]] for field in before if before[field] != after[field]}
