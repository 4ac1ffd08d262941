"""A directory record as people read it: what it is called, in one line, and its versions."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from contracts.directory import Contact, Contract, Record, RecordDefined
from contracts.envelope import Actor
from services.gateway.names import Names
from services.gateway.portal import Visit
from services.gateway.records.drafts import plain


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record: who made it, when, and each field that it changed: name, old, new."""

    version: int
    at: datetime
    by: Actor
    active: bool
    changes: tuple[tuple[str, str, str], ...]


def named(record: Record, key: str) -> str:
    """What a record is called; its key where it bears no name."""
    return str(getattr(record, "name", "") or getattr(record, "title", "") or key)


def summary(record: Record, names: Names) -> str:
    """What tells a record from others of like name, on one line."""
    match record:
        case Contact():
            return f"{names.customer(record.customer)} · {', '.join((*record.addresses, *record.domains))}"
        case Contract():
            span = " / ".join(day.isoformat() for day in (record.starts_on, record.ends_on) if day)
            products = ", ".join(map(names.application, record.applications))
            return f"{names.customer(record.customer)} · {span} · {products}"
    told = {
        name: getattr(record, name, "") for name in ("tax_id", "email", "template", "language", "time_zone")
    }
    area = getattr(record, "area", None)
    return " · ".join(str(each) for each in (*told.values(), names.area(area) if area else "") if each)


async def versions(visit: Visit, stream: UUID) -> list[Version]:
    """Every version of a record, the newest first."""
    told = await visit.portal.views.history(stream)
    events = [event for each in told if isinstance(event := each.event(), RecordDefined)]
    found = [_version(None, event) for event in events[:1]]
    found += [_version(before, event) for before, event in pairwise(events)]
    return found[::-1]


def _version(before: RecordDefined | None, event: RecordDefined) -> Version:
    old: dict[str, Any] = dict(before.record) if before else {}
    changes = tuple(
        (name, plain(old.get(name)), plain(value))
        for name, value in event.record.items()
        if before and old.get(name) != value
    )
    return Version(event.version, event.at, event.by, event.active, changes)
