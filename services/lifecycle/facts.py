"""What a decision may ask of the world around its ticket: looked up before, handed in as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.directory import Analyst
from contracts.directory import Calendar as CalendarRecord
from journal.directory import Directory
from services.lifecycle.ticket import Ticket
from worktime.calendar import Calendar


class Load(NamedTuple):
    """How much an analyst has to do, and when an area's rule last gave them a ticket."""

    open_tickets: int = 0
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """`other` is the second ticket of a merge or a link; `loads` those of an area's analysts, where it has a rule."""

    directory: Directory
    other_id: UUID | None = None
    other: Ticket | None = None
    loads: Mapping[str, Load] = field(default_factory=dict)

    def calendar(self, ticket: Ticket) -> Calendar:
        """The calendar that the ticket pinned. Raises NotYet while it has not arrived."""
        return self.directory.calendar(ticket.pinned.calendar, ticket.pinned.calendar_version)

    def works_at(self, analyst: Analyst, instant: datetime) -> bool:
        """Whether the analyst works at that instant; one without hours of their own always may."""
        if analyst.calendar is None:
            return True
        version = self.directory.version(CalendarRecord, analyst.calendar)
        return self.directory.calendar(analyst.calendar, version).is_open(instant)

    def local_date(self, instant: datetime) -> date:
        """The desk's date at an instant."""
        return instant.astimezone(ZoneInfo(self.directory.desk.time_zone)).date()
