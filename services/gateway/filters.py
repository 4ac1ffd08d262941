"""Which tickets a list shows, and the same as SQL."""

from dataclasses import dataclass, replace
from typing import Any

OWN_AREAS = "~"
"""As the area of a filter: all of `Filter.own_areas`. The key of no area: keys begin with a letter or digit."""
_ALERTS = {"breached": "q.breached", "warned": "q.warned and not q.breached"}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets a list shows; empty fields leave all in, but closed ones stay out without a status.

    `status` may be `working`, which leaves resolved ones out too, or `all`; `area` may be `OWN_AREAS`; `alert` is
    `breached`, `warned` (and not breached) or nothing. `after`
    is the key of the last ticket of the page before, as `Listing.next` said.
    """

    area: str = ""
    status: str = ""
    analyst: str = ""
    customer: str = ""
    requester: str = ""
    kind: str = ""
    priority: str = ""
    alert: str = ""
    words: str = ""
    after: str = ""
    own_areas: tuple[str, ...] = ()


def conditions(wanted: Filter) -> tuple[list[str], list[Any]]:
    """The filter as SQL, with its values from `$1` on."""
    where: list[str] = ["q.status is not null"]
    values: list[Any] = []
    if wanted.area == OWN_AREAS:
        values.append(list(wanted.own_areas))
        where.append("q.area = any($1)")
        wanted = replace(wanted, area="")
    for column in ("area", "analyst", "customer", "requester", "kind", "priority"):
        if value := getattr(wanted, column):
            values.append(storable(value))
            where.append(f"q.{column} = ${len(values)}")
    if wanted.status != "all":
        where.append("q.status <> 'closed'" if wanted.status != "closed" else "q.status = 'closed'")
    if wanted.status == "working":
        where.append("q.status <> 'resolved'")
    elif wanted.status not in ("", "all", "closed"):
        values.append(wanted.status)
        where.append(f"q.status = ${len(values)}")
    if wanted.alert in _ALERTS:
        where.append(_ALERTS[wanted.alert])
    if wanted.words:
        values.append(f"%{_literal(wanted.words)}%")
        where.append(f"(t.number ilike ${len(values)} or t.subject ilike ${len(values)})")
    return where, values


def _literal(words: str) -> str:
    """For `like`: what was typed, not a pattern."""
    return storable(words).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def storable(text: str) -> str:
    """As the tables hold it: PostgreSQL has no NUL, and what is written has another character in its place."""
    return text.replace("\x00", "\ufffd")
