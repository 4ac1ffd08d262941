"""Which records name which others: the one table. Pure."""

from collections.abc import Iterator, Mapping

from contracts.directory import (
    Analyst,
    Application,
    CannedAnswer,
    Contact,
    Contract,
    Desk,
    Kind,
    Record,
    ServiceKind,
    SlaPolicy,
)
from contracts.envelope import Key

REFERENCES: Mapping[type[Record], Mapping[str, Kind]] = {
    Contact: {"customer": "customer"},
    Contract: {
        "customer": "customer",
        "applications": "application",
        "sla_policy": "sla_policy",
        "approvers": "contact",
    },
    Application: {"area": "area"},
    Analyst: {"areas": "area", "calendar": "calendar"},
    SlaPolicy: {"calendar": "calendar"},
    ServiceKind: {"area": "area"},
    CannedAnswer: {"area": "area"},
    Desk: {"default_application": "application"},
}
"""By form, the fields that hold keys of other records, and of which kind."""


def named_by(record: Record) -> Iterator[tuple[str, Kind, Key]]:
    """Every record that this one names: in which field, `applications.0`, of which kind, which."""
    for field, kind in REFERENCES.get(type(record), {}).items():
        match getattr(record, field):
            case str(key):
                yield field, kind, key
            case tuple() as keys:
                yield from ((f"{field}.{place}", kind, key) for place, key in enumerate(keys))
