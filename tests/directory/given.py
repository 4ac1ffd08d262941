"""Records and directories to begin from, and what the decider says of a command."""

from typing import Any

from contracts.commands import DefineRecord
from contracts.directory import KINDS, RecordDefined
from contracts.envelope import SYSTEM, Actor, Event
from journal.directory import Directory
from journal.errors import Refused
from journal.testing import NOON, spec
from services.directory.decider import DIRECTORY
from services.directory.outlook import Outlook

Text = dict[str, Any]
Named = tuple[str, str, Text]

WEEK = {"mon": [["08:00", "12:00"], ["13:00", "24:00"]]}
RECORDS: dict[str, tuple[str, Text]] = {
    "calendar": ("padrao", {"time_zone": "America/Sao_Paulo", "weekly": WEEK}),
    "sla_policy": ("padrao", {"name": "Padrão", "calendar": "padrao"}),
    "area": ("fiscal", {"name": "Fiscal"}),
    "application": ("notas", {"name": "Notas", "area": "fiscal"}),
    "customer": ("serra", {"name": "Serra Azul"}),
    "contact": ("ana", {"name": "Ana Prado", "customer": "serra", "addresses": ["ana@serra.example"]}),
    "contract": (
        "serra-2026",
        {
            "customer": "serra",
            "applications": ["notas"],
            "starts_on": "2026-01-01",
            "sla_policy": "padrao",
            "approvers": ["ana"],
        },
    ),
    "analyst": (
        "bruno",
        {"name": "Bruno", "email": "bruno@desk.example", "areas": ["fiscal"], "calendar": "padrao"},
    ),
    "service_kind": ("duvida", {"name": "Dúvida", "area": "fiscal"}),
    "priority_matrix": ("priority", {"cells": {"high": {"major": "urgent"}}}),
    "canned_answer": (
        "ola",
        {"title": "Olá", "area": "fiscal", "texts": {"pt-BR": "Olá {requester}, sobre {number}: {"}},
    ),
    "mail_template": (
        "aberto-pt",
        {"template": "opened", "language": "pt-BR", "title": "Recebemos", "body": "{number} até {due}"},
    ),
    "desk": (
        "desk",
        {"name": "Suporte", "address": "suporte@desk.example", "default_application": "notas"},
    ),
}
"""One sound record of every kind, that names only others of these."""


def whole(kind: str, text: Text) -> Text:
    """The text as it is kept."""
    return KINDS[kind].model_validate(text).model_dump(mode="json")


def directory(*more: Named, without: tuple[str, ...] = ()) -> Directory:
    """All of `RECORDS` but these kinds, and more."""
    made = Directory()
    for kind, key, text in [*((k, *named) for k, named in RECORDS.items() if k not in without), *more]:
        made.put(kind, key, 1, True, KINDS[kind].model_validate(text))
    return made


def define(kind: str, key: str = "", text: Text | None = None, **more: Any) -> DefineRecord:
    """A command; of the record above where only its kind is named."""
    usual, sound = RECORDS[kind]
    form = {"kind": kind, "key": key or usual, "record": sound if text is None else text, **more}
    return DefineRecord.model_validate(form)


def changed(kind: str, **fields: Any) -> DefineRecord:
    """The command that defines the record above with other fields."""
    return define(kind, text={**RECORDS[kind][1], **fields})


def defined(
    kind: str,
    text: Text | None = None,
    version: int = 1,
    active: bool = True,
    by: Actor = SYSTEM,
    key: str = "",
) -> RecordDefined:
    """The event of that."""
    usual, sound = RECORDS[kind]
    return RecordDefined(
        kind=kind,
        key=key or usual,
        record=whole(kind, sound if text is None else text),
        version=version,
        active=active,
        at=NOON,
        by=by,
    )


def decided(
    command: DefineRecord, *history: Event, known: Directory | None = None, by: Actor = SYSTEM
) -> list[Event] | Refused:
    """What follows from one command in that directory."""
    outlook = Outlook(directory() if known is None else known, [command])
    return spec(DIRECTORY).given(*history).when(command, by=by, facts=outlook)


def decided_together(*commands: DefineRecord, known: Directory | None = None) -> list[list[Event] | Refused]:
    """What follows from several in one request, each as all would stand; none has a history."""
    outlook = Outlook(directory() if known is None else known, commands)
    return [spec(DIRECTORY).when(command, facts=outlook) for command in commands]


def codes(outcome: list[Event] | Refused) -> list[tuple[str, str]]:
    """What is wrong and where; [] of what is done."""
    return [(fault.why or fault.code, fault.field) for fault in getattr(outcome, "faults", [])]
