"""A ticket's events as they follow each other, for histories and for what is expected.

The desk of these stories: areas `fiscal` and `rh`, two customers, `serra` (Ana, Caio) and `vale` (Rui); Bruno and
Lia work, Tomas is on holiday until the 6th, Marta manages, Ivo audits. It is Monday the 2nd, 09:00 in São Paulo.
"""

from datetime import date, datetime, timedelta
from typing import Any, Literal, TypeVar
from uuid import UUID

from contracts import commands as c
from contracts import directory as d
from contracts import intake, sla
from contracts import lifecycle as l
from contracts.envelope import Actor, Attachment, Command, Event
from journal.directory import Directory
from journal.errors import Refused
from journal.testing import NOON, Spec, spec
from services.lifecycle.decider import LIFECYCLE
from services.lifecycle.facts import Facts
from services.lifecycle.ticket import Ticket

TICKET = UUID("9d3c5f7e-0000-4000-8000-000000000001")
SUBMISSION = UUID("9d3c5f7e-0000-4000-8000-000000000002")
OTHER = UUID("9d3c5f7e-0000-4000-8000-000000000003")
NUMBER = "2026-000123"
OTHER_NUMBER = "2026-000099"
RECEIVED = NOON - timedelta(hours=3)
TODAY = date(2026, 3, 2)
FILE = Attachment(name="nota.png", content_type="image/png", size=3, sha256="a" * 64)

ANA = Actor(role="requester", key="ana", name="Ana Prado")
CAIO = Actor(role="requester", key="caio", name="Caio Lemos")
"""A colleague of Ana's, whom the contract names as approver."""
RIVAL = Actor(role="requester", key="rival", name="Rui Alves")
"""A contact of another customer."""
NOBODY = Actor(role="requester", key="nobody")
BRUNO = Actor(role="analyst", key="bruno", name="Bruno Teles")
LIA = Actor(role="analyst", key="lia", name="Lia Souza")
TOMAS = Actor(role="analyst", key="tomas", name="Tomás Reis")
MARTA = Actor(role="manager", key="marta", name="Marta Lins")
OTTO = Actor(role="manager", key="otto", name="Otto Paz")
AUDITOR = Actor(role="auditor", key="ivo")
EVERYBODY = (ANA, CAIO, RIVAL, NOBODY, BRUNO, MARTA, AUDITOR)

_WEEK: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], d.Hours] = {
    "mon": (("08:00", "10:45"), ("13:00", "17:30")),
    "tue": (("08:00", "10:45"), ("13:00", "17:30")),
    "wed": (("08:00", "10:45"), ("13:00", "17:30")),
    "thu": (("08:00", "10:45"), ("13:00", "17:30")),
    "fri": (("08:00", "10:45"), ("13:00", "17:30")),
}
_HOLIDAY = d.Absence(starts_on=TODAY, ends_on=date(2026, 3, 6), reason="férias")
_RECORDS: tuple[tuple[str, str, d.Record], ...] = (
    ("desk", "desk", d.Desk(name="Suporte", address="suporte@desk.example")),
    ("calendar", "padrao", d.Calendar(time_zone="America/Sao_Paulo", weekly=_WEEK)),
    ("sla_policy", "padrao", d.SlaPolicy(name="Padrão", calendar="padrao")),
    ("area", "fiscal", d.Area(name="Fiscal")),
    ("area", "rh", d.Area(name="RH")),
    ("application", "notas", d.Application(name="Notas", area="fiscal")),
    ("application", "folha", d.Application(name="Folha", area="rh")),
    ("application", "ponto", d.Application(name="Ponto", area="rh")),
    ("service_kind", "nota-fiscal", d.ServiceKind(name="Nota fiscal", area="fiscal")),
    ("service_kind", "ferias", d.ServiceKind(name="Férias", area="rh")),
    ("service_kind", "senha", d.ServiceKind(name="Senha")),
    ("contact", "ana", d.Contact(name="Ana Prado", customer="serra", addresses=("ana@serra.example",))),
    ("contact", "caio", d.Contact(name="Caio Lemos", customer="serra", addresses=("caio@serra.example",))),
    ("contact", "rival", d.Contact(name="Rui Alves", customer="vale", addresses=("rui@vale.example",))),
    ("analyst", "bruno", d.Analyst(name="Bruno Teles", email="bruno@desk.example", areas=("fiscal",))),
    ("analyst", "lia", d.Analyst(name="Lia Souza", email="lia@desk.example", areas=("fiscal", "rh"))),
    (
        "analyst",
        "tomas",
        d.Analyst(name="Tomás Reis", email="tomas@desk.example", areas=("fiscal",), absences=(_HOLIDAY,)),
    ),
    ("analyst", "rosa", d.Analyst(name="Rosa Melo", email="rosa@desk.example", areas=("rh",))),
    ("analyst", "marta", d.Analyst(name="Marta Lins", email="marta@desk.example", role="manager")),
    ("analyst", "otto", d.Analyst(name="Otto Paz", email="otto@desk.example", role="manager")),
    ("analyst", "ivo", d.Analyst(name="Ivo Reis", email="ivo@desk.example", role="auditor")),
)
CONTRACT = d.Contract(
    customer="serra",
    applications=("notas", "folha"),
    starts_on=date(2026, 1, 1),
    sla_policy="padrao",
    approvers=("caio",),
)
MATRIX = d.PriorityMatrix(
    cells={
        "low": {"minor": "low"},
        "high": {"minor": "normal", "major": "high"},
        "critical": {"total": "urgent"},
    }
)


def directory(*more: tuple[str, str, d.Record]) -> Directory:
    """The desk's records, and more, or others of the same name."""
    made = Directory()
    matrix = ("priority_matrix", "priority", MATRIX)
    for kind, key, record in (*_RECORDS, ("contract", "serra-2026", CONTRACT), matrix):
        made.put(kind, key, 1, True, record)
    for kind, key, record in more:
        made.put(kind, key, 2, True, record)
    return made


FACTS = Facts(directory())
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


def deadline(
    clock: sla.Clock, cycle: int, at: datetime = RECEIVED + timedelta(days=7)
) -> sla.DeadlineReached:
    attempts = 3 if clock == "unreachable" else None
    return sla.DeadlineReached(
        ticket_id=TICKET, clock=clock, cycle=cycle, at=at, detected_at=at, attempts=attempts
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
    sender_address="ana@serra.example",
    by=ANA,
)

E = TypeVar("E", bound=l.OfTicket)


def happened(kind: type[E], *, at: datetime = NOON, by: Actor = BRUNO, **facts: Any) -> E:
    """An event of the ticket: by Bruno, at noon UTC, unless it says otherwise."""
    return kind.model_validate({"ticket_id": TICKET, "at": at, "by": by, **facts})


def assigned(
    analyst: str = "bruno",
    *,
    by: Actor = BRUNO,
    previous: str | None = None,
    reason: str = "",
    status: l.Status = "in_progress",
    at: datetime = NOON,
) -> l.TicketAssigned:
    return happened(
        l.TicketAssigned, at=at, by=by, analyst=analyst, previous=previous, reason=reason, status=status
    )


def answered(
    occurrence: int = 1, *, first: bool = True, by: Actor = BRUNO, at: datetime = NOON
) -> l.AnswerPublished:
    return happened(l.AnswerPublished, at=at, by=by, text="Olá", first=first, occurrence=occurrence)


def noted(occurrence: int = 1, *, by: Actor = BRUNO, text: str = "Ligar amanhã") -> l.NoteAdded:
    return happened(l.NoteAdded, by=by, text=text, occurrence=occurrence)


def awaited(waiting: int = 1, *, first: bool = False, occurrence: int = 1) -> l.CustomerAwaited:
    return happened(l.CustomerAwaited, text="Qual nota?", waiting=waiting, first=first, occurrence=occurrence)


def held(previous: l.Status = "in_progress") -> l.TicketHeld:
    return happened(l.TicketHeld, third_party="Prefeitura", expected_on=TODAY, previous=previous)


def resumed(
    because: Literal["requester_replied", "analyst"] = "analyst",
    by: Actor = BRUNO,
    at: datetime = NOON,
    previous: l.Status = "waiting_customer",
) -> l.TicketResumed:
    return happened(l.TicketResumed, at=at, by=by, previous=previous, because=because)


def attempted(attempt: int = 1, *, at: datetime = NOON, **facts: Any) -> l.ContactAttempted:
    outcome = "no_answer" if attempt else "reached"
    return happened(
        l.ContactAttempted, at=at, **{"channel": "phone", "outcome": outcome, "attempt": attempt, **facts}
    )


def resolved(resolution: int = 1, *, first: bool = False, occurrence: int = 1) -> l.TicketResolved:
    return happened(l.TicketResolved, text="Feito", resolution=resolution, first=first, occurrence=occurrence)


def reopened(
    resolution: int = 1, via: str = "web", by: Actor = ANA, at: datetime = NOON, reason: str = "Ainda não"
) -> l.TicketReopened:
    return happened(l.TicketReopened, at=at, by=by, resolution=resolution, via=via, reason=reason)


def closed(
    reason: l.CloseReason = "resolved",
    previous: l.Status = "resolved",
    by: Actor = ANA,
    at: datetime = NOON,
    text: str = "",
) -> l.TicketClosed:
    return happened(l.TicketClosed, at=at, by=by, reason=reason, previous=previous, text=text)


def rated(
    score: int, *, resolution: int = 1, comment: str = "", corrected: bool = False, by: Actor = ANA
) -> l.ResolutionRated:
    return happened(
        l.ResolutionRated, by=by, resolution=resolution, score=score, comment=comment, corrected=corrected
    )


def reclassified(
    *changes: tuple[l.Classified, str | None, str | None],
    by: Actor = BRUNO,
    by_hand: bool = False,
    reason: str = "",
) -> l.TicketReclassified:
    """Changes as (field, old, new)."""
    told = tuple(l.Change(field=field, old=old, new=new) for field, old, new in changes)
    return happened(l.TicketReclassified, by=by, changes=told, by_hand=by_hand, reason=reason)


def plan(*titles: str, owner: str = "bruno") -> l.Plan:
    """A plan of activities 1, 2, 3 …"""
    activities = tuple(
        l.Activity(id=n, title=title, owner=owner, starts_on=TODAY, ends_on=TODAY)
        for n, title in enumerate(titles, 1)
    )
    return l.Plan(objective="Trocar o leiaute da nota", activities=activities)


PLAN = plan("Levantar", "Trocar")


def planned(revision: int = 1, the_plan: l.Plan = PLAN, by: Actor = BRUNO) -> l.ProjectPlanned:
    return happened(l.ProjectPlanned, by=by, plan=the_plan, revision=revision)


def requested(
    revision: int = 1, previous: l.Status = "in_progress", by: Actor = BRUNO, text: str = ""
) -> l.ApprovalRequested:
    return happened(l.ApprovalRequested, by=by, revision=revision, previous=previous, text=text)


def approved(revision: int = 1, by: Actor = MARTA, text: str = "") -> l.ProjectApproved:
    return happened(l.ProjectApproved, by=by, revision=revision, text=text)


def marked(activity: int, title: str, *, done: bool = True) -> l.ActivityMarked:
    return happened(l.ActivityMarked, activity=activity, title=title, done=done)


def do(
    state: Spec[Ticket], command: Command, by: Actor = BRUNO, *, now: datetime = NOON, facts: Facts = FACTS
) -> list[Event] | Refused:
    """What a command of that person leads to."""
    return state.when(command, now=now, by=by, facts=facts)


def status_of(state: Spec[Ticket]) -> l.Status:
    """The status that the ticket, which is there, has come to."""
    status = come_of(state).status
    assert status != "absent"
    return status


def come_of(state: Spec[Ticket]) -> Ticket:
    """What the ticket has become."""
    return state.decider.fold(state.history)


def then(state: Spec[Ticket], command: Command, by: Actor = BRUNO, *, now: datetime = NOON) -> Spec[Ticket]:
    """The story after a command that has to be allowed."""
    events = do(state, command, by, now=now)
    assert isinstance(events, list), events.code
    return state.given(*events)


ticket = spec(LIFECYCLE)
OPEN = ticket.given(QUEUED)
IN_PROGRESS = OPEN.given(assigned())
WAITING = IN_PROGRESS.given(awaited(first=True))
ON_HOLD = IN_PROGRESS.given(held())
RESOLVED = IN_PROGRESS.given(resolved(first=True))
CLOSED = RESOLVED.given(closed())
PROJECT = ticket.given(QUEUED.model_copy(update={"classification": "project"}), assigned())
PLANNED = PROJECT.given(planned())
AWAITING_APPROVAL = PLANNED.given(requested())
APPROVED = AWAITING_APPROVAL.given(approved())
MERGED = IN_PROGRESS.given(
    happened(l.TicketMerged, into=OTHER, into_number=OTHER_NUMBER), closed("merged", "in_progress", by=BRUNO)
)
STATES: dict[str, Spec[Ticket]] = {
    "open": OPEN,
    "in_progress": IN_PROGRESS,
    "waiting_customer": WAITING,
    "on_hold": ON_HOLD,
    "awaiting_approval": AWAITING_APPROVAL,
    "resolved": RESOLVED,
    "closed": CLOSED,
}
"""One story for each status."""
LIVE = {status: story for status, story in STATES.items() if status != "closed"}

TAKE = c.TakeTicket(ticket_id=TICKET)
ANSWER = c.PublishAnswer(ticket_id=TICKET, text="Olá")
NOTE = c.AddNote(ticket_id=TICKET, text="Ligar amanhã")
AWAIT = c.AwaitCustomer(ticket_id=TICKET, text="Qual nota?")
HOLD = c.HoldTicket(ticket_id=TICKET, third_party="Prefeitura", expected_on=TODAY)
RESUME = c.ResumeTicket(ticket_id=TICKET)
RESOLVE = c.ResolveTicket(ticket_id=TICKET, text="Feito")
REOPEN = c.ReopenTicket(ticket_id=TICKET, text="Ainda não")
DISMISS = c.DismissReopening(ticket_id=TICKET)
WITHDRAW = c.CloseTicket(ticket_id=TICKET, reason="withdrawn")
ASK_APPROVAL = c.RequestApproval(ticket_id=TICKET)
APPROVE = c.ApproveProject(ticket_id=TICKET, revision=1)
TICKET_CLOSED = Refused("ticket_closed", number=NUMBER)
TICKET_RESOLVED = Refused("ticket_resolved", number=NUMBER)


def not_allowed(by: Actor) -> Refused:
    return Refused("not_allowed", role=by.role)
