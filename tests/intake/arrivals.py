"""Messages at the door and what they become, for intake's specifications."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from contracts import intake as i
from contracts.directory import (
    Analyst,
    Application,
    Calendar,
    Contact,
    Contract,
    Desk,
    Record,
    SlaPolicy,
)
from contracts.envelope import Actor
from journal.directory import Directory
from journal.testing import spec
from services.intake.decider import INTAKE
from services.intake.submission import Arrival, Match

SUBMISSION = UUID("4e1f0000-0000-4000-8000-00000000000a")
TICKET = UUID("4e1f0000-0000-4000-8000-00000000000b")
RECEIVED = datetime(2026, 3, 2, 11, tzinfo=UTC)
ANA = Actor(role="requester", key="ana", name="Ana")
RUI = Actor(role="requester", key="rui", name="Rui")
BY_ADDRESS = {"ana@serra.example": ANA, "rui@vale.example": RUI}
BRUNO = Actor(role="analyst", key="bruno")
MARTA = Actor(role="manager", key="marta")
HOURS = (("08:00", "12:00"),)

RECORDS: tuple[tuple[str, str, Record], ...] = (
    ("desk", "desk", Desk(name="Suporte", address="suporte@desk.example", default_application="notas")),
    ("calendar", "padrao", Calendar(time_zone="America/Sao_Paulo", weekly={"mon": HOURS})),
    ("sla_policy", "padrao", SlaPolicy(name="Padrão", calendar="padrao")),
    ("application", "notas", Application(name="Notas", area="fiscal")),
    ("application", "folha", Application(name="Folha", area="pessoas")),
    ("application", "caixa", Application(name="Caixa", area="comercio")),
    ("contact", "ana", Contact(name="Ana", customer="serra", addresses=("ana@serra.example",))),
    ("contact", "rui", Contact(name="Rui", customer="vale", addresses=("rui@vale.example",))),
    ("contact", "eva", Contact(name="Eva", customer="livre", addresses=("eva@livre.example",))),
    (
        "contract",
        "serra-folha",
        Contract(
            customer="serra",
            applications=("folha",),
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            sla_policy="padrao",
        ),
    ),
    (
        "contract",
        "serra-notas",
        Contract(
            customer="serra",
            applications=("notas",),
            starts_on=date(2026, 3, 2),
            ends_on=date(2026, 3, 2),
            sla_policy="padrao",
        ),
    ),
    (
        "contract",
        "vale",
        Contract(
            customer="vale",
            applications=("caixa", "folha"),
            starts_on=date(2020, 1, 1),
            sla_policy="padrao",
        ),
    ),
    ("analyst", "bruno", Analyst(name="Bruno", email="bruno@desk.example")),
)


def directory(*more: tuple[str, str, Record], without: tuple[str, ...] = ()) -> Directory:
    """The desk of these tests, with records replaced or missing."""
    made = Directory()
    for kind, key, record in (*RECORDS, *more):
        if f"{kind} {key}" not in without:
            made.put(kind, key, made.version(type(record), key) + 1, True, record)
    return made


DIRECTORY = directory()
submission = spec(INTAKE)


def delivered(**changes: Any) -> i.Delivered:
    facts = {
        "channel": "email",
        "via": "suporte@desk.example",
        "received_at": RECEIVED,
        "sender": "ana@serra.example",
        "subject": "Nota recusada",
        "text": "A nota foi recusada.",
        "raw": "b" * 64,
    }
    return i.Delivered.model_validate(facts | changes)


def arrival(sender: str = "ana@serra.example", **changes: Any) -> Arrival:
    facts: dict[str, Any] = {
        "submission_id": SUBMISSION,
        "delivered": delivered(sender=sender),
        "by": Actor(role="requester", key=sender),
    }
    return Arrival(**facts | changes)


def match(
    customer: str = "serra",
    *,
    closed: bool = False,
    proven: bool = False,
    undone_until: datetime | None = None,
) -> Match:
    return Match(TICKET, "2026-000001", customer, closed, proven, undone_until)


def terms(contract: str) -> i.Terms:
    return i.Terms(
        contract=contract,
        contract_version=1,
        sla_policy="padrao",
        sla_policy_version=1,
        calendar="padrao",
        calendar_version=1,
    )


def opened(
    application: str = "notas", contract: str = "serra-notas", area: str = "fiscal", **changes: Any
) -> i.TicketRegistered:
    facts = {
        "ticket_id": SUBMISSION,
        "number": "",
        "delivered": delivered(),
        "customer": "serra",
        "requester": "ana",
        "application": application,
        "area": area,
        "terms": terms(contract),
        "by": ANA,
    }
    return i.TicketRegistered.model_validate(facts | changes)


def parked(
    reason: i.ParkReason, sender: str = "ana@serra.example", detail: str = "", application: str | None = None
) -> i.SubmissionParked:
    return i.SubmissionParked(
        submission_id=SUBMISSION,
        delivered=delivered(sender=sender),
        reason=reason,
        detail=detail,
        application=application,
    )


def appended(
    *, verified: bool, requester: str | None, sender: str = "ana@serra.example", by: Actor | None = None
) -> i.ReplyReceived:
    return i.ReplyReceived(
        ticket_id=TICKET,
        submission_id=SUBMISSION,
        delivered=delivered(sender=sender),
        verified=verified,
        requester=requester,
        by=by or BY_ADDRESS.get(sender, Actor(role="requester", key=sender)),
    )


def rejected(
    reason: i.RejectReason, detail: str = "", by: Actor | None = None, sender: str = "ana@serra.example"
) -> i.SubmissionRejected:
    return i.SubmissionRejected(
        submission_id=SUBMISSION,
        delivered=delivered(sender=sender),
        reason=reason,
        detail=detail,
        by=by or Actor(role="requester", key=sender),
    )
