"""A record as somebody wants it, read: its form, what it says that no record says, its spelling. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from contracts.commands import DefineRecord
from contracts.commands.directory import Definition
from contracts.directory import KINDS, Record
from services.directory.faults import Fault, malformed
from services.directory.soundness import spelled, unsound

ERRORS_MAX = 20
"""Of one record that are told: whoever sends more has sent something else."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is asked of a record; `record` and its `text` are None and empty where it has not the form of its kind."""

    active: bool
    record: Record | None
    text: dict[str, Any]
    faults: Sequence[Fault]


def read(asked: DefineRecord | Definition) -> Proposal:
    """The record in what was sent, and what is wrong with it by itself.

    One that goes out of use need only have its form: what was recorded before a rule was made must be able to.
    """
    try:
        record = spelled(KINDS[asked.kind].model_validate(asked.record))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        faults = [malformed(".".join(map(str, each["loc"])), each["type"], each["msg"]) for each in problems]
        return Proposal(asked.active, None, {}, faults[:ERRORS_MAX])
    text = record.model_dump(mode="json")
    faults = [malformed(field, "unknown_field") for field in _strangers(asked.record, text, "")]
    if asked.active:
        faults += unsound(record)
    return Proposal(asked.active, record, text, faults[:ERRORS_MAX])


def as_read_now(kind: str, kept: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The text that is kept of a record, with the fields that its form has got since; {} of none."""
    return KINDS[kind].model_validate(kept).model_dump(mode="json") if kept is not None else {}


def _strangers(sent: object, kept: object, where: str) -> Iterator[str]:
    """Fields that were sent and say nothing: a name misspelt would else be left aside in silence."""
    match sent, kept:
        case dict(), dict():
            for name, value in sent.items():
                if name in kept:
                    yield from _strangers(value, kept[name], f"{where}{name}.")
                else:
                    yield f"{where}{name}"
        case ((list() | tuple()), list()):
            for place, (value, taken) in enumerate(zip(sent, kept, strict=True)):
                yield from _strangers(value, taken, f"{where}{place}.")
