"""Tickets of the desk's earlier system, with what happened to them: one line of an import file each.

Instants are the original ones. People are named by their directory key where they have one; who has
none stands as a name alone.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from contracts.envelope import (
    Actor,
    Channel,
    Frozen,
    HandedIn,
    Instant,
    Key,
    Name,
    PersonalSubject,
    PersonalText,
    Text,
)
from contracts.words import Classification, CloseReason, Criticality, Level, Priority, Severity

STEPS_MAX = 500
"""Steps of one imported ticket. Source: judgement; texts must fit one request besides, 1 MiB."""


class Step(Frozen):
    """One thing that happened to the ticket, in order; which fields count depends on `what`.

    `text` of whatever was written; `analyst` of `assigned`; `third_party` and `expected_on` of `held`;
    `reason` of `closed`; `score` of `rated`.
    """

    what: Literal[
        "assigned",
        "answered",
        "noted",
        "replied",
        "awaited",
        "held",
        "resumed",
        "resolved",
        "reopened",
        "rated",
        "closed",
    ]
    at: Instant
    by: Actor
    text: Text = ""
    attachments: Annotated[tuple[HandedIn, ...], Field(max_length=100)] = ()
    analyst: Key | None = None
    third_party: Name = ""
    expected_on: date | None = None
    reason: CloseReason | None = None
    score: Annotated[int, Field(ge=1, le=5)] | None = None


class ImportedTicket(Frozen):
    """One ticket with its steps. `reference` is what the earlier system called it: the same one twice is one ticket."""

    reference: Annotated[str, Field(min_length=1, max_length=100)]
    opened_at: Instant
    channel: Channel
    requester: Key
    application: Key
    subject: PersonalSubject
    text: PersonalText
    classification: Classification = "question"
    priority: Priority = "normal"
    kind: Key | None = None
    level: Level = "N1"
    criticality: Criticality | None = None
    severity: Severity | None = None
    steps: Annotated[tuple[Step, ...], Field(max_length=STEPS_MAX)] = ()
