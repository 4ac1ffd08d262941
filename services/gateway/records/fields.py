"""The forms of the directory: which inputs each kind of record is written with. The one description of them.

Names are those of the contract (`contracts.directory`); a test holds that none is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from contracts.directory import Kind, PauseReason
from contracts.envelope import Language
from contracts.notifier import Template
from contracts.words import AssignmentRule, Classification, Criticality, Priority, Severity

Input = Literal[
    "line", "email", "text", "lines", "date", "number", "numbers", "choice", "record", "records", "rows",
    "languages", "matrix", "weekly", "special", "pauses",
]  # fmt: skip
"""How a field is written: one line, many lines, a choice, another record, a table of rows …"""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record. `of` is the kind of record that it names, or the kind of word that it chooses."""

    name: str
    input: Input = "line"
    required: bool = False
    of: str = ""
    choices: tuple[str, ...] = ()
    columns: tuple["Field", ...] = ()


def _choice(name: str, of: str, values: tuple[str, ...], *, required: bool = False) -> Field:
    return Field(name, "choice", required, of, values)


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCKS = ("first_response", "next_response", "resolution")
"""Clocks of working time, which an SLA policy may pause."""
PAUSES: tuple[str, ...] = get_args(PauseReason)
LANGUAGES: tuple[str, ...] = get_args(Language)
CRITICALITIES: tuple[str, ...] = get_args(Criticality)
SEVERITIES: tuple[str, ...] = get_args(Severity)
PRIORITIES: tuple[str, ...] = get_args(Priority)

_NAME = Field("name", required=True)
_LANGUAGE = _choice("language", "language", LANGUAGES, required=True)
_AREA = Field("area", "record", of="area")
_PROMISES = tuple(Field(f"{clock}_min", "number") for clock in CLOCKS)

FORMS: Mapping[Kind, tuple[Field, ...]] = {
    "customer": (_NAME, Field("tax_id")),
    "contact": (
        _NAME,
        Field("customer", "record", required=True, of="customer"),
        Field("addresses", "lines", required=True),
        Field("domains", "lines"),
        _LANGUAGE,
        Field("phone"),
    ),
    "contract": (
        Field("customer", "record", required=True, of="customer"),
        Field("applications", "records", required=True, of="application"),
        Field("starts_on", "date", required=True),
        Field("ends_on", "date"),
        Field("sla_policy", "record", required=True, of="sla_policy"),
        Field("approvers", "records", of="contact"),
    ),
    "application": (_NAME, Field("area", "record", required=True, of="area")),
    "area": (_NAME, _choice("assignment", "assignment", get_args(AssignmentRule))),
    "service_kind": (_NAME, _AREA),
    "analyst": (
        _NAME,
        Field("email", "email", required=True),
        _choice("role", "role", ("analyst", "manager", "auditor"), required=True),
        Field("areas", "records", of="area"),
        _LANGUAGE,
        Field("calendar", "record", of="calendar"),
        Field(
            "absences",
            "rows",
            columns=(Field("starts_on", "date"), Field("ends_on", "date"), Field("reason")),
        ),
    ),
    "canned_answer": (Field("title", required=True), _AREA, Field("texts", "languages", required=True)),
    "mail_template": (
        _choice("template", "template", get_args(Template), required=True),
        _LANGUAGE,
        Field("subject"),
        Field("title", required=True),
        Field("body", "text", required=True),
    ),
    "priority_matrix": (Field("cells", "matrix", required=True),),
    "desk": (
        _NAME,
        Field("address", "email", required=True),
        Field("accepts", "lines"),
        Field("time_zone", required=True),
        Field("portal_url"),
        Field("phone"),
        Field("default_application", "record", of="application"),
        Field("contact_spacing_min", "number"),
        Field("accent_color"),
        Field("signature", "text"),
    ),
    "sla_policy": (
        _NAME,
        Field("calendar", "record", required=True, of="calendar"),
        *_PROMISES,
        Field(
            "targets",
            "rows",
            columns=(
                _choice("classification", "classification", get_args(Classification)),
                _choice("priority", "priority", PRIORITIES),
                _choice("criticality", "criticality", CRITICALITIES),
                *_PROMISES,
            ),
        ),
        Field("pauses", "pauses"),
        Field("warning_stages", "numbers"),
        Field("customer_silence_days", "number"),
        Field("reminder_days", "numbers"),
        Field("auto_close_days", "number"),
        Field("no_contact_attempts", "number"),
        Field("no_contact_hours", "number"),
    ),
    "calendar": (
        Field("time_zone", required=True),
        Field("weekly", "weekly", required=True),
        Field("closed", "lines"),
        Field("special", "special"),
    ),
}
"""By kind, in the order of the page."""
