"""The orders in which lists show tickets, and the keys by which their pages follow each other.

A page begins after the key of the last ticket before it, so that no ticket is left out or shown twice
because others come and go, and the hundredth page costs what the first does.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

_NEVER = datetime.max.replace(tzinfo=UTC)
"""`infinity`, as asyncpg writes it."""


@dataclass(frozen=True)
class Order:
    """One order: what it sorts by, in SQL, and which values of a ticket those are."""

    columns: tuple[str, ...]
    descending: bool
    values_of: Callable[[Any], tuple[Any, ...]]
    types: tuple[type, ...]

    @property
    def sql(self) -> str:
        """The `order by`."""
        return ", ".join(f"{column} desc" if self.descending else column for column in self.columns)

    def after(self, first: int) -> str:
        """The condition that a ticket stands behind the key whose values are `$first` and on."""
        places = ", ".join(f"${first + n}" for n in range(len(self.columns)))
        return f"({', '.join(self.columns)}) {'<' if self.descending else '>'} ({places})"

    def key(self, listed: Any) -> str:
        """Where that one stands, as an address can carry it."""
        values = [_written(value) for value in self.values_of(listed)]
        return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")

    def read(self, key: str) -> tuple[Any, ...] | None:
        """The values of a key; None for none, and for what `key` has not written."""
        try:
            values = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
            return tuple(_READ[kind](value) for kind, value in zip(self.types, values, strict=True))
        except (ValueError, TypeError, OverflowError, RecursionError):
            return None


def _written(value: object) -> object:
    return (
        value if isinstance(value, int) else value.isoformat() if isinstance(value, datetime) else str(value)
    )


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without an offset")
    # As the database will: an instant beyond the last day is none.
    return at.astimezone(UTC)


def _urgency(value: object) -> int:
    if value not in (0, 1, 2, 3):
        raise ValueError("no urgency")
    return int(value)


_READ: dict[type, Callable[[Any], Any]] = {int: _urgency, datetime: _instant, UUID: UUID}

QUEUE_ORDER = Order(
    ("q.urgency", "coalesce(q.due_at, 'infinity')", "q.opened_at", "q.ticket_id"),
    descending=False,
    values_of=lambda listed: (
        listed.ticket.urgency, listed.due_at or _NEVER, listed.ticket.opened_at, listed.ticket.ticket_id,
    ),
    types=(int, datetime, datetime, UUID),
)  # fmt: skip
"""By priority, then due instant, then opening; what has no deadline behind what has."""
NEWEST_FIRST = Order(
    ("q.opened_at", "q.ticket_id"),
    descending=True,
    values_of=lambda listed: (listed.ticket.opened_at, listed.ticket.ticket_id),
    types=(datetime, UUID),
)
"""The latest opening first."""
LONGEST_WAITING = Order(
    ("received_at", "submission_id"),
    descending=False,
    values_of=lambda parked: (parked.delivered.received_at, parked.submission_id),
    types=(datetime, UUID),
)
LATEST_RECEIVED = replace(LONGEST_WAITING, descending=True)
