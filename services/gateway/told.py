"""One event of a ticket's history as the views keep it, and which tickets' histories it is told with. Pure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json

from contracts.envelope import Event, UnknownTopicError, decode
from contracts.lifecycle import TicketAbsorbed

RANK = {"directory": 0, "intake": 1, "lifecycle": 2, "sla": 3, "notifier": 4}
"""Order of entries recorded at the same instant: what follows stands after what it follows from."""


@dataclass(frozen=True, slots=True)
class Told:
    """One row of `views.history`."""

    ticket_id: UUID
    service: str
    partition: int
    position: int
    topic: str
    at: datetime
    recorded_at: datetime
    data: str
    digest: bytes

    @property
    def order(self) -> tuple[datetime, int, int]:
        """Sort key: as recorded, causes before what followed."""
        return self.recorded_at, RANK.get(self.service, 9), self.position

    @property
    def name(self) -> str:
        """What happened, as the contract calls it."""
        return self.topic.split(".")[1]

    @property
    def pretty(self) -> str:
        """Its data, laid out for reading."""
        return json.dumps(from_json(self.data), ensure_ascii=False, indent=2)

    def event(self) -> Event | None:
        """The event; None when it was written by a newer release than this."""
        try:
            return decode(self.topic, self.data.encode())
        except (UnknownTopicError, ValidationError):
            return None


def absorbed(history: Iterable[Told], ticket_id: UUID, at: datetime | None = None) -> dict[UUID, str]:
    """The tickets that had been merged into this one by the instant, chains followed, with their numbers."""
    merges = [
        (told.ticket_id, event.merged, event.merged_number)
        for told in history
        if told.topic == TicketAbsorbed.topic
        and (at is None or told.recorded_at <= at)
        and isinstance(event := told.event(), TicketAbsorbed)
    ]
    found: dict[UUID, str] = {}
    living = {ticket_id}
    while living:
        joined = {merged: number for into, merged, number in merges if into in living and merged not in found}
        found |= joined
        living = set(joined)
    return found
