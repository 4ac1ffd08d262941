"""Records of the directory: whole, keyed, versioned. A later version replaces; none is ever removed.

Each record is one stream, `version` is its place there, from 1. `active: false` takes a record out of
use without touching the tickets that name it.
"""

from datetime import date
from typing import Annotated, Literal
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import Field

from contracts.envelope import (
    Actor,
    Email,
    Event,
    Frozen,
    Instant,
    Key,
    Language,
    Name,
    PersonName,
    Subject,
    Text,
)
from contracts.words import AssignmentRule, Classification, Criticality, Priority, Severity

Hours = tuple[tuple[str, str], ...]
"""Half-open intervals of local wall time, `(("08:00", "10:45"), ("13:00", "17:30"))`."""


class Record(Frozen):
    """What the directory keeps: one of the forms below."""


class Customer(Record):
    """A contracting company; `tax_id` is its CNPJ, numeric or alphanumeric, with or without punctuation."""

    name: Name
    tax_id: Annotated[str, Field(max_length=20)] = ""


class Contact(Record):
    """A person who may ask for support; `addresses` are those that identify them, exact.

    Whoever writes from another address of one of the `domains` is taken for this contact: a customer's
    shared mailbox, for instance. An exact address of anybody goes before a domain.
    """

    name: PersonName
    customer: Key
    addresses: Annotated[tuple[Email, ...], Field(min_length=1, max_length=20)]
    domains: Annotated[tuple[Annotated[str, Field(max_length=253)], ...], Field(max_length=20)] = ()
    language: Language = "pt-BR"
    phone: Annotated[str, Field(max_length=40)] = ""


class Contract(Record):
    """Which applications a customer has support for, from and to which local dates (both inclusive).

    `approvers` are the customer's contacts who may decide on its projects, as the desk's managers may.
    """

    customer: Key
    applications: Annotated[tuple[Key, ...], Field(min_length=1)]
    starts_on: date
    ends_on: date | None = None
    sla_policy: Key
    approvers: tuple[Key, ...] = ()

    def covers(self, application: str, day: date) -> bool:
        """Whether this contract gives support for the application on that local date."""
        in_force = self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
        return in_force and application in self.applications


class Application(Record):
    """A product the desk supports; its area gets its tickets."""

    name: Name
    area: Key


class Area(Record):
    """A team specialised in some applications; `assignment` says who gets its new tickets, if a rule does."""

    name: Name
    assignment: AssignmentRule | None = None


class ServiceKind(Record):
    """One of the desk's own kinds of service, of one area, or of all where it names none."""

    name: Name
    area: Key | None = None


class Absence(Frozen):
    """Local dates, both inclusive, on which an analyst is away."""

    starts_on: date
    ends_on: date
    reason: Name = ""


class Analyst(Record):
    """A support consultant or manager; areas are those whose queue they work.

    `calendar` has their own working hours; without one they work when the desk does.
    """

    name: PersonName
    email: Email
    areas: tuple[Key, ...] = ()
    role: Literal["analyst", "manager", "auditor"] = "analyst"
    language: Language = "pt-BR"
    calendar: Key | None = None
    absences: Annotated[tuple[Absence, ...], Field(max_length=200)] = ()

    def absent_on(self, day: date) -> Absence | None:
        """The absence that covers that local date."""
        return next((away for away in self.absences if away.starts_on <= day <= away.ends_on), None)


class PriorityMatrix(Record):
    """The priority that follows from criticality and severity; the desk's has the key `priority`."""

    cells: dict[Criticality, dict[Severity, Priority]]

    def priority(self, criticality: Criticality | None, severity: Severity | None) -> Priority | None:
        """The priority of that cell; None where either was not assessed, or the cell is empty."""
        if criticality is None or severity is None:
            return None
        return self.cells.get(criticality, {}).get(severity)


class CannedAnswer(Record):
    """A text that analysts start from, of one area or of all.

    `{requester}`, `{customer}`, `{number}`, `{subject}`, `{application}`, `{analyst}` and `{due}` are
    filled in from the ticket.
    """

    title: Name
    area: Key | None = None
    texts: Annotated[dict[Language, Text], Field(min_length=1)]


class MailTemplate(Record):
    """The desk's own words for one e-mail in one language, instead of those it comes with.

    `subject`, `title` and `body` may name the e-mail's facts in braces, `{number}` for instance; an empty
    `subject` keeps the usual one.
    """

    template: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]
    language: Language
    subject: Subject = ""
    title: Annotated[str, Field(min_length=1, max_length=200)]
    body: Annotated[Text, Field(min_length=1)]


class Calendar(Record):
    """Working time: weekly hours by weekday, closed dates, and special days that replace the weekly hours."""

    time_zone: str
    weekly: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], Hours]
    closed: tuple[date, ...] = ()
    special: dict[date, Hours] = Field(default_factory=dict)


class Target(Frozen):
    """Minutes of working time for the tickets that it names; what it leaves out it takes as it comes.

    Of several that fit a ticket the one that names most counts, among equals the first.
    """

    classification: Classification | None = None
    priority: Priority | None = None
    criticality: Criticality | None = None
    first_response_min: Annotated[int, Field(gt=0)] | None = None
    next_response_min: Annotated[int, Field(gt=0)] | None = None
    resolution_min: Annotated[int, Field(gt=0)] | None = None


PauseReason = Literal["waiting_customer", "on_hold", "awaiting_approval"]


class Pauses(Frozen):
    """The statuses that stop each clock of working time. Source: domain page, Clocks, column "pauses"."""

    first_response: tuple[PauseReason, ...] = ("on_hold",)
    next_response: tuple[PauseReason, ...] = ("waiting_customer", "on_hold")
    resolution: tuple[PauseReason, ...] = ("waiting_customer", "on_hold", "awaiting_approval")


class SlaPolicy(Record):
    """How fast the desk answers. Minutes of working time, unless the name says hours or days.

    Defaults are the support policy's: answer in 24 working hours, silence closes after 7 days, a
    resolved ticket closes after 7 days, the third vain attempt at contact closes after 48 hours from the
    opening. Source: domain page, Business time and Clocks.

    `targets` replace the three general ones for some tickets; `pauses` says for each clock of working
    time which statuses stop it.
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
    no_contact_attempts: Annotated[int, Field(gt=0)] = 3
    no_contact_hours: Annotated[int, Field(gt=0)] = 48
    targets: Annotated[tuple[Target, ...], Field(max_length=500)] = ()
    pauses: Pauses = Pauses()


class Desk(Record):
    """The desk itself: what it is called, and where it receives mail and shows its pages.

    Its e-mails bear its `accent_color` (`#rrggbb`) and close with its `signature`. No image: those of
    others are not shown before the reader allows it, and tell who reads when.
    """

    name: Name
    address: Email
    accepts: tuple[Email, ...] = ()
    time_zone: str = "America/Sao_Paulo"
    portal_url: str = ""
    phone: str = ""
    default_application: Key | None = None
    contact_spacing_min: Annotated[int, Field(ge=0)] = 30
    """Working minutes between two attempts at contact. Source: domain page, Working a ticket."""
    accent_color: Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")] = ""
    signature: Annotated[str, Field(max_length=500)] = ""


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
    "service_kind": ServiceKind,
    "priority_matrix": PriorityMatrix,
    "canned_answer": CannedAnswer,
    "mail_template": MailTemplate,
}
Kind = Literal[
    "customer",
    "contact",
    "contract",
    "application",
    "area",
    "analyst",
    "calendar",
    "sla_policy",
    "desk",
    "service_kind",
    "priority_matrix",
    "canned_answer",
    "mail_template",
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
