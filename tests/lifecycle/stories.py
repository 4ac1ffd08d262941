"""A ticket's events as they follow each other, for histories and for what is expected."""

from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from contracts import intake, sla
from contracts import lifecycle as l
from contracts.directory import Analyst, Contact, Desk, Record
from contracts.envelope import Actor, Attachment
from journal.directory import Directory
from journal.testing import NOON, spec
from services.lifecycle.decider import LIFECYCLE
from services.lifecycle.facts import Facts

TICKET = UUID("9d3c5f7e-0000-4000-8000-000000000001")
SUBMISSION = UUID("9d3c5f7e-0000-4000-8000-000000000002")
NUMBER = "2026-000123"
RECEIVED = NOON - timedelta(hours=3)
FILE = Attachment(name="nota.png", content_type="image/png", size=3, sha256="a" * 64)

ANA = Actor(role="requester", key="ana", name="Ana Prado")
CAIO = Actor(role="requester", key="caio", name="Caio Lemos")
"""A colleague of Ana's."""
RIVAL = Actor(role="requester", key="rival", name="Rui Alves")
"""A contact of another customer."""
NOBODY = Actor(role="requester", key="nobody")
BRUNO = Actor(role="analyst", key="bruno", name="Bruno Teles")
MARTA = Actor(role="manager", key="marta", name="Marta Lins")
AUDITOR = Actor(role="auditor", key="ivo")

_RECORDS: tuple[tuple[str, str, Record], ...] = (
    ("desk", "desk", Desk(name="Suporte", address="suporte@desk.example")),
    ("contact", "ana", Contact(name="Ana Prado", customer="serra", addresses=("ana@serra.example",))),
    ("contact", "caio", Contact(name="Caio Lemos", customer="serra", addresses=("caio@serra.example",))),
    ("contact", "rival", Contact(name="Rui Alves", customer="vale", addresses=("rui@vale.example",))),
    ("analyst", "bruno", Analyst(name="Bruno Teles", email="bruno@desk.example")),
    ("analyst", "lia", Analyst(name="Lia Souza", email="lia@desk.example")),
    ("analyst", "marta", Analyst(name="Marta Lins", email="marta@desk.example", role="manager")),
    ("analyst", "ivo", Analyst(name="Ivo Reis", email="ivo@desk.example", role="auditor")),
)


def directory() -> Directory:
    made = Directory()
    for kind, key, record in _RECORDS:
        made.put(kind, key, 1, True, record)
    return made


DIRECTORY = Facts(directory())
TERMS = intake.Terms(
    contract="serra-2026",
    contract_version=1,
    sla_policy="padrao",
    sla_policy_version=1,
    calendar="padrao",
    calendar_version=1,
)


def delivered(**changes: Any) -> intake.Delivered:
    facts = {
        "channel": "email",
        "via": "suporte@desk.example",
        "received_at": RECEIVED,
        "sender": "ana@serra.example",
        "sender_name": "Ana Prado",
        "subject": "Nota recusada",
        "text": "A nota foi recusada.",
        "quoted": "> antes",
        "attachments": (FILE,),
        "raw": "b" * 64,
        "message_id": "<1@serra.example>",
    }
    return intake.Delivered.model_validate(facts | changes)


def registered(**changes: Any) -> intake.TicketRegistered:
    facts = {
        "ticket_id": TICKET,
        "number": NUMBER,
        "delivered": delivered(),
        "customer": "serra",
        "requester": "ana",
        "application": "notas",
        "area": "fiscal",
        "terms": TERMS,
        "by": ANA,
    }
    return intake.TicketRegistered.model_validate(facts | changes)


def replied(*, verified: bool = True, **changes: Any) -> intake.ReplyReceived:
    return intake.ReplyReceived(
        ticket_id=TICKET, submission_id=SUBMISSION, delivered=delivered(**changes), verified=verified, by=ANA
    )


def deadline(clock: sla.Clock, cycle: int) -> sla.DeadlineReached:
    return sla.DeadlineReached(
        ticket_id=TICKET, clock=clock, cycle=cycle, at=RECEIVED + timedelta(days=7), detected_at=NOON
    )


QUEUED = l.TicketQueued(
    ticket_id=TICKET,
    number=NUMBER,
    opened_at=RECEIVED,
    channel="email",
    customer="serra",
    requester="ana",
    application="notas",
    area="fiscal",
    terms=TERMS,
    classification="question",
    subject="Nota recusada",
    text="A nota foi recusada.",
    quoted="> antes",
    attachments=(FILE,),
    raw="b" * 64,
    message_id="<1@serra.example>",
    by=ANA,
)


def assigned(
    analyst: str = "bruno",
    *,
    by: Actor = BRUNO,
    previous: str | None = None,
    reason: str = "",
    status: l.Status = "in_progress",
    at: datetime = NOON,
) -> l.TicketAssigned:
    return l.TicketAssigned(
        ticket_id=TICKET, at=at, by=by, analyst=analyst, previous=previous, reason=reason, status=status
    )


def answered(*, first: bool = True, text: str = "Olá") -> l.AnswerPublished:
    return l.AnswerPublished(ticket_id=TICKET, at=NOON, by=BRUNO, text=text, first=first)


def awaited(waiting: int = 1, *, first: bool = False) -> l.CustomerAwaited:
    return l.CustomerAwaited(
        ticket_id=TICKET, at=NOON, by=BRUNO, text="Qual nota?", waiting=waiting, first=first
    )


def resumed(
    because: Literal["requester_replied", "analyst"] = "analyst", by: Actor = BRUNO, at: datetime = NOON
) -> l.TicketResumed:
    return l.TicketResumed(ticket_id=TICKET, at=at, by=by, previous="waiting_customer", because=because)


def resolved(resolution: int = 1, *, first: bool = False) -> l.TicketResolved:
    return l.TicketResolved(
        ticket_id=TICKET, at=NOON, by=BRUNO, text="Feito", resolution=resolution, first=first
    )


def reopened(
    resolution: int = 1, via: str = "web", by: Actor = ANA, at: datetime = NOON, reason: str = "Ainda não"
) -> l.TicketReopened:
    facts = {"ticket_id": TICKET, "at": at, "by": by, "resolution": resolution, "via": via, "reason": reason}
    return l.TicketReopened.model_validate(facts)


def closed(
    reason: l.CloseReason = "resolved",
    previous: l.Status = "resolved",
    by: Actor = ANA,
    at: datetime = NOON,
    text: str = "",
) -> l.TicketClosed:
    return l.TicketClosed(ticket_id=TICKET, at=at, by=by, reason=reason, previous=previous, text=text)


def rated(
    score: int, *, resolution: int = 1, comment: str = "", corrected: bool = False, by: Actor = ANA
) -> l.ResolutionRated:
    return l.ResolutionRated(
        ticket_id=TICKET,
        at=NOON,
        by=by,
        resolution=resolution,
        score=score,
        comment=comment,
        corrected=corrected,
    )


ticket = spec(LIFECYCLE)
OPEN = ticket.given(QUEUED)
IN_PROGRESS = OPEN.given(assigned())
WAITING = IN_PROGRESS.given(awaited(first=True))
RESOLVED = IN_PROGRESS.given(resolved(first=True))
CLOSED = RESOLVED.given(closed())
ON_HOLD = OPEN.given(assigned(status="on_hold"))
"""No command leads there yet; the rules about it hold all the same."""
STATES = {
    "absent": ticket,
    "open": OPEN,
    "in_progress": IN_PROGRESS,
    "waiting_customer": WAITING,
    "on_hold": ON_HOLD,
    "resolved": RESOLVED,
    "closed": CLOSED,
}
