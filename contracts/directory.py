"""Records of the directory: whole, keyed, versioned. A later version replaces; none is ever removed.

Each record is one stream, `version` is its place there, from 1. `active: false` takes a record out of
use without touching the tickets that name it.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field

from contracts.envelope import Actor, Email, Event, Frozen, Instant, Key, Language, Name, PersonName

Hours = tuple[tuple[str, str], ...]
"""Half-open intervals of local wall time, `(("08:00", "10:45"), ("13:00", "17:30"))`."""


class Record(Frozen):
    """What the directory keeps: one of the forms below."""


class Customer(Record):
    """A contracting company."""

    name: Name
    tax_id: Annotated[str, Field(max_length=20)] = ""


class Contact(Record):
    """A person who may ask for support; `addresses` are those that identify them, exact."""

    name: PersonName
    customer: Key
    addresses: Annotated[tuple[Email, ...], Field(min_length=1, max_length=20)]
    language: Language = "pt-BR"
    phone: Annotated[str, Field(max_length=40)] = ""


class Contract(Record):
    """Which applications a customer has support for, from and to which local dates (both inclusive)."""

    customer: Key
    applications: Annotated[tuple[Key, ...], Field(min_length=1)]
    starts_on: date
    ends_on: date | None = None
    sla_policy: Key

    def covers(self, application: str, day: date) -> bool:
        """Whether this contract gives support for the application on that local date."""
        in_force = self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
        return in_force and application in self.applications


class Application(Record):
    """A product the desk supports; its area gets its tickets."""

    name: Name
    area: Key


class Area(Record):
    """A team specialised in some applications."""

    name: Name


class Analyst(Record):
    """A support consultant or manager; areas are those whose queue they work."""

    name: PersonName
    email: Email
    areas: tuple[Key, ...] = ()
    role: Literal["analyst", "manager", "auditor"] = "analyst"
    language: Language = "pt-BR"


class Calendar(Record):
    """Working time: weekly hours by weekday, closed dates, and special days that replace the weekly hours."""

    time_zone: str
    weekly: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Hours]
    closed: tuple[date, ...] = ()
    special: dict[date, Hours] = Field(default_factory=dict)


class SlaPolicy(Record):
    """How fast the desk answers. Minutes of working time, unless the name says hours or days.

    Defaults are the support policy's: answer in 24 working hours, silence closes after 7 days, a
    resolved ticket closes after 7 days. Source: domain page, Business time and Clocks.
    """

    name: Name
    calendar: Key
    first_response_min: Annotated[int, Field(gt=0)] = 1440
    next_response_min: Annotated[int, Field(gt=0)] | None = None
    resolution_min: Annotated[int, Field(gt=0)] | None = None
    warning_stages: tuple[int, ...] = (50, 75, 90)
    customer_silence_days: int = 7
    reminder_days: tuple[int, ...] = (3, 6)
    auto_close_days: int = 7


class Desk(Record):
    """The desk itself: what it is called, and where it receives mail and shows its pages."""

    name: Name
    address: Email
    accepts: tuple[Email, ...] = ()
    time_zone: str = "America/Sao_Paulo"
    portal_url: str = ""
    phone: str = ""
    default_application: Key | None = None


KINDS: dict[str, type[Record]] = {
    "customer": Customer,
    "contact": Contact,
    "contract": Contract,
    "application": Application,
    "area": Area,
    "analyst": Analyst,
    "calendar": Calendar,
    "sla_policy": SlaPolicy,
    "desk": Desk,
}
Kind = Literal[
    "customer", "contact", "contract", "application", "area", "analyst", "calendar", "sla_policy", "desk"
]


class RecordDefined(Event, owner="directory"):
    """A record was added or changed: `record` is its whole new text, of the form that `kind` names."""

    kind: Kind
    key: Key
    version: int
    active: bool = True
    record: dict[str, object]
    at: Instant
    by: Actor

    def parsed(self) -> Record:
        """The record in its own type. Raises pydantic.ValidationError."""
        return KINDS[self.kind].model_validate(self.record)


def record_stream(kind: str, key: str) -> UUID:
    """The stream of one record."""
    return uuid5(NAMESPACE_URL, f"atendimento:directory:{kind}:{key}")
