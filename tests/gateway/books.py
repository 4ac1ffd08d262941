"""Synthetic journals: what intake, lifecycle, sla and notifier would have recorded about some tickets."""

import random
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from contracts import directory as d
from contracts import intake, notifier, sla
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Actor, Attachment, Event, partition_of
from journal.entry import Entry, entries_of, segment
from services.gateway.rows import TicketRow, queued

PARTITIONS = 2
START = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
NAMESPACE = UUID("0b54b3b8-7d0e-4a57-8e3c-6a2f1f8f3a11")
ANA = Actor(role="analyst", key="ana", name="Ana Souza")
BIA = Actor(role="requester", key="bia", name="Bia Lima")
RAW = "a" * 64
PICTURE = Attachment(name="tela.png", content_type="image/png", size=3, sha256="b" * 64)
SECRET = Attachment(name="interno.txt", content_type="text/html", size=3, sha256="c" * 64)
TERMS = intake.Terms(
    contract="aurora", contract_version=1, sla_policy="std", sla_policy_version=1, calendar="sp", calendar_version=1
)  # fmt: skip

RECORDS: list[tuple[str, str, d.Record]] = [
    ("customer", "aurora", d.Customer(name="Aurora Ltda.")),
    ("customer", "serra", d.Customer(name="Serra S.A.")),
    ("contact", "bia", d.Contact(name="Bia Lima", customer="aurora", addresses=("bia@aurora.example",))),
    ("contact", "caio", d.Contact(name="Caio Melo", customer="serra", addresses=("caio@serra.example",))),
    ("area", "fiscal", d.Area(name="Fiscal")),
    ("application", "nota", d.Application(name="Nota Fiscal", area="fiscal")),
    ("analyst", "ana", d.Analyst(name="Ana Souza", email="ana@desk.example", areas=("fiscal",))),
    ("analyst", "mara", d.Analyst(name="Mara Costa", email="mara@desk.example", role="manager")),
    ("analyst", "rui", d.Analyst(name="Rui Teles", email="rui@desk.example", role="auditor")),
    ("desk", "desk", d.Desk(name="Suporte", address="suporte@desk.example")),
    (
        "contract",
        "aurora",
        d.Contract(customer="aurora", applications=("nota",), starts_on=START.date(), sla_policy="std"),
    ),
]


@dataclass
class Books:
    """The journals of all services, in memory; `now` moves with every entry."""

    now: datetime = START
    kept: dict[tuple[str, int], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    versions: dict[tuple[str, UUID], int] = field(default_factory=lambda: defaultdict(int))

    def say(self, event: Event, stream: UUID, partition_by: UUID | None = None) -> None:
        """Record an event in the journal of its owner."""
        self.now += timedelta(seconds=1)
        directory = event.owner == "directory"
        partition = 0 if directory else partition_of(partition_by or stream, PARTITIONS)
        entries = self.kept[event.owner, partition]
        self.versions[event.owner, stream] += 1
        entries.append(
            Entry(
                partition, len(entries) + 1, stream, self.versions[event.owner, stream], event.topic,
                self.now, "", event.encoded(), bytes([len(entries) % 256]) * 32,
            )
        )  # fmt: skip

    def as_published(self, source: str, partition: int) -> list[Entry]:
        """The entries as a follower finds them in segments."""
        return entries_of(segment(source, self.kept[source, partition]))

    def define_desk(self) -> None:
        for kind, key, record in RECORDS:
            event = d.RecordDefined.model_validate(
                {"kind": kind, "key": key, "version": 1, "record": record.model_dump(mode="json"), "at": self.now, "by": SYSTEM}
            )  # fmt: skip
            self.say(event, d.record_stream(kind, key))

    def delivered(self, **changes: Any) -> intake.Delivered:
        return intake.Delivered.model_validate(
            {"channel": "email", "via": "smtp", "received_at": self.now, "sender": "bia@aurora.example",
             "sender_name": "Bia Lima", "subject": "Nota rejeitada", "text": "Não sai <b>nota</b>", "raw": RAW, **changes}
        )  # fmt: skip

    def open(
        self, number: str, customer: str = "aurora", requester: str = "bia", mail: dict[str, Any] | None = None,
        **changes: Any,
    ) -> UUID:  # fmt: skip
        """A ticket that arrived by `mail`, was queued, and whose first clock runs."""
        ticket = uuid5(NAMESPACE, number)
        delivered = self.delivered(**mail or {})
        by = Actor(role="requester", key=requester)
        facts = {
            "ticket_id": ticket, "number": number, "customer": customer, "requester": requester,
            "application": "nota", "area": "fiscal", "terms": TERMS, "by": by,
        }  # fmt: skip
        self.say(intake.TicketRegistered.model_validate({**facts, "delivered": delivered}), ticket)
        queued = {
            **facts, "opened_at": self.now, "channel": "email", "classification": "question", "subject": delivered.subject,
            "text": delivered.text, "quoted": "> texto antigo", "attachments": (PICTURE,), "raw": RAW, **changes,
        }  # fmt: skip
        self.say(l.TicketQueued.model_validate(queued), ticket)
        self.start_clock(ticket, number)
        return ticket

    def start_clock(self, ticket: UUID, number: str, clock: str = "first_response", cycle: int = 1) -> None:
        started = {
            "ticket_id": ticket, "clock": clock, "cycle": cycle, "at": self.now, "number": number, "target_s": 86_400,
            "business": True, "due_at": self.now + timedelta(days=1), "calendar": "sp", "calendar_version": 1,
            "sla_policy": "std", "sla_policy_version": 1,
        }  # fmt: skip
        self.say(sla.ClockStarted.model_validate(started), ticket)

    def on(self, event: type[Event], ticket: UUID, **facts: Any) -> None:
        """An event on a ticket, by Ana unless said otherwise."""
        self.say(event.model_validate({"ticket_id": ticket, "at": self.now, "by": ANA, **facts}), ticket)

    def clock(self, event: type[Event], ticket: UUID, **facts: Any) -> None:
        named = {"ticket_id": ticket, "clock": "first_response", "cycle": 1, "at": self.now, **facts}
        self.say(event.model_validate(named), ticket)

    def park(self, name: str, **mail: Any) -> UUID:
        submission = uuid5(NAMESPACE, name)
        delivered = self.delivered(sender=f"{name}@fora.example", sender_name="Fora", **mail)
        parked = {"submission_id": submission, "delivered": delivered, "reason": "unknown_sender"}
        self.say(intake.SubmissionParked.model_validate(parked), submission)
        return submission

    def reject(self, submission: UUID) -> None:
        rejected = {"submission_id": submission, "delivered": self.delivered(), "reason": "spam", "by": ANA}
        self.say(intake.SubmissionRejected.model_validate(rejected), submission)

    def give_up(self, ticket: UUID, error: str = "550 no such user") -> UUID:
        """An e-mail that could not be delivered."""
        one = uuid5(ticket, f"mail {len(self.versions)}")
        facts = {"notification_id": one, "ticket_id": ticket}
        request = {
            **facts, "template": "answered", "recipient": "bia@aurora.example", "language": "pt-BR",
            "message_id": f"<{one}@desk.example>", "at": self.now, "facts": {"subject": "Nota recusada"},
        }  # fmt: skip
        self.say(notifier.NotificationRequested.model_validate(request), one, ticket)
        given_up = {**facts, "attempt": 3, "at": self.now, "error": error}
        self.say(notifier.NotificationAbandoned.model_validate(given_up), one, ticket)
        return one

    def suspend(self, ticket: UUID, address: str) -> None:
        """An address whose mail kept coming back."""
        facts = {"address": address, "ticket_id": ticket, "bounces": 3, "status": "5.1.1", "at": self.now}
        self.say(notifier.AddressSuspended.model_validate(facts), uuid5(NAMESPACE, address), ticket)


def a_row(**columns: Any) -> TicketRow:
    """A ticket as the views show one that has just been queued, but for the columns said."""
    facts = {
        "ticket_id": uuid5(NAMESPACE, "2026-000001"), "number": "2026-000001", "opened_at": START, "channel": "email",
        "customer": "aurora", "requester": "bia", "application": "nota", "area": "fiscal", "terms": TERMS,
        "classification": "question", "subject": "Nota", "text": "Não sai", "by": BIA,
    }  # fmt: skip
    return replace(queued(l.TicketQueued.model_validate(facts)), **columns)


def told_at_random(seed: int, tickets: int) -> Books:
    """Journals with many lives of tickets, every kind of event in them."""
    chance, books = random.Random(seed), Books()
    books.define_desk()
    living: list[tuple[UUID, str]] = []
    for n in range(tickets):
        number = f"2026-{n + 1:06d}"
        living.append((books.open(number, chance.choice(("aurora", "serra"))), number))
        for _ in range(3):
            _something_happens(books, chance, *chance.choice(living))
    return books


def _something_happens(books: Books, chance: random.Random, ticket: UUID, number: str) -> None:
    match chance.randrange(22):
        case 0:
            books.on(l.TicketAssigned, ticket, analyst=chance.choice(("ana", "mara")), status="in_progress")
        case 1:
            books.on(l.AnswerPublished, ticket, text="Veja isto.", first=True)
            books.clock(sla.ClockMet, ticket, elapsed_s=60, late=False)
        case 2:
            books.on(l.CustomerAwaited, ticket, text="Qual nota?", waiting=1, first=False)
            books.clock(sla.ClockPaused, ticket, elapsed_s=60, remaining_s=3600, reason="waiting_customer")
        case 3:
            books.on(l.TicketResumed, ticket, previous="waiting_customer", because="analyst")
            books.clock(sla.ClockResumed, ticket, due_at=books.now, remaining_s=3600)
        case 4:
            books.on(l.TicketResolved, ticket, text="Pronto.", resolution=1, first=False)
            books.start_clock(ticket, number, "auto_close", chance.randrange(1, 4))
        case 5:
            books.on(l.TicketReopened, ticket, resolution=1, via="email", by=BIA)
            books.clock(sla.ClockStopped, ticket, clock="auto_close", reason="reopened")
        case 6:
            books.on(l.ResolutionRated, ticket, resolution=1, score=chance.randrange(1, 6), by=BIA)
        case 7:
            books.clock(sla.ClockBreached, ticket, detected_at=books.now)
        case 8:
            books.on(l.TicketClosed, ticket, reason="resolved", previous="resolved", by=SYSTEM)
        case 9:
            parked = books.park(f"p{len(books.versions)}")
            if chance.random() < 0.5:
                books.reject(parked)
        case 10:
            one = books.give_up(ticket)
            if chance.random() < 0.5:
                facts = {"notification_id": one, "ticket_id": ticket, "at": books.now, "by": ANA}
                books.say(notifier.NotificationRetried.model_validate(facts), one, ticket)
        case 11:
            books.on(l.NoteAdded, ticket, text="Interno: ligar \x00 depois", attachments=(SECRET,))
        case _:
            _something_newer_happens(books, chance, ticket)


def _something_newer_happens(books: Books, chance: random.Random, ticket: UUID) -> None:
    match chance.randrange(10):
        case 0:
            changes = [
                {"field": "priority", "old": "normal", "new": chance.choice(("low", "urgent"))},
                {"field": "level", "old": "N1", "new": "N2"},
            ]
            books.on(l.TicketReclassified, ticket, changes=changes, reason="parou tudo", by_hand=True)
            due = books.now + timedelta(hours=chance.randrange(1, 9))
            books.clock(
                sla.ClockRetargeted, ticket, target_s=3600, previous_target_s=86_400, elapsed_s=0, remaining_s=3600,
                due_at=chance.choice((due, None)), previous_due_at=None,
            )  # fmt: skip
        case 1:
            held = {"third_party": "Operadora", "expected_on": "2026-03-09", "previous": "in_progress"}
            books.on(l.TicketHeld, ticket, **held)
        case 2:
            facts = {"channel": "phone", "outcome": "no_answer", "attempt": chance.randrange(1, 4)}
            books.on(l.ContactAttempted, ticket, **facts)
        case 3:
            _project_goes_on(books, chance, ticket)
        case 4:
            books.on(l.TicketReturned, ticket, previous="ana", reason="férias")
        case 5:
            other = uuid5(ticket, "other")
            books.on(l.TicketMerged, ticket, into=other, into_number="2026-000777")
            books.on(l.TicketClosed, ticket, reason="merged", previous="in_progress")
        case 6:
            books.on(l.ReopeningDismissed, ticket, resolution=1, resolved_at=books.now)
            books.clock(sla.ClockRestored, ticket, clock="auto_close", due_at=books.now + timedelta(days=1))
        case 7:
            closed = {"closed_at": books.now, "reason": "resolved", "previous": "resolved"}
            books.on(l.ClosureUndone, ticket, **closed, by=SYSTEM)
        case 8:
            books.on(l.OccurrenceEdited, ticket, occurrence=1, text="Veja bem isto.", public=True)
        case 9:
            facts = {"other": uuid5(ticket, "other"), "other_number": "2026-000777", "link": "blocks"}
            books.on(chance.choice((l.TicketLinked, l.TicketUnlinked)), ticket, **facts)


def a_plan(*activities: str, **others: Any) -> dict[str, Any]:
    """A plan with an activity of each title, numbered from 1."""
    return {
        "objective": "Trocar o certificado",
        "activities": [
            {"id": n, "title": title, "owner": "ana", "starts_on": "2026-03-09", "ends_on": "2026-03-10"}
            for n, title in enumerate(activities, 1)
        ],
        **others,
    }


def _project_goes_on(books: Books, chance: random.Random, ticket: UUID) -> None:
    titles = ("Comprar", "Instalar", "Testar")[: chance.randrange(1, 4)]
    revision = chance.randrange(1, 4)
    books.on(l.ProjectPlanned, ticket, plan=a_plan(*titles), revision=revision)
    books.on(l.ApprovalRequested, ticket, revision=revision, previous="in_progress")
    books.on(l.ProjectApproved, ticket, revision=revision)
    for done in (True, chance.choice((True, False))):
        books.on(l.ActivityMarked, ticket, activity=1, title=titles[0], done=done)
