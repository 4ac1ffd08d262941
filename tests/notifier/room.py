"""A notifier on a real database, without its bus: what others say is handed to it as entries."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid5

import asyncpg

from contracts import intake, sla
from contracts import lifecycle as l
from contracts import notifier as n
from contracts.directory import KINDS
from contracts.envelope import Actor, Event, decode, partition_of
from contracts.intake import Terms
from journal.directory import Directory
from journal.entry import Entry
from journal.store import Pool
from journal.tokens import KeyRing
from journal.work import Journal
from services.notifier import subscribers
from services.notifier.commands import Answers
from services.notifier.compose import Composer
from services.notifier.decider import NOTIFIER, Notification
from services.notifier.due import project
from services.notifier.mail import Transport
from services.notifier.mailroom import Mailroom
from services.notifier.outbox import Outbox
from services.notifier.wording import Words
from tests.servers.backing import Database
from tests.small_desk import RECORDS

PARTITIONS = 4
NOON = datetime(2026, 3, 2, 15, tzinfo=UTC)
NAMESPACE = UUID("0d5a9c7e-1b1c-4c39-8a55-5a2f0f1c7d11")
KEYS = KeyRing.of("k1:a secret of the tests")
DOMAIN = "desk.example.com"
BRUNO = Actor(role="analyst", key="bruno", name="Bruno Teles")
MARTA = Actor(role="manager", key="marta", name="Marta Lins")
ANA = Actor(role="requester", key="ana", name="Ana Prado")
COMPOSER = Composer(Words(), KEYS, "http://portal.example.com")
ROOT = Path(subscribers.__file__).parent


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    async def sleep_until(self, instant: datetime) -> None:
        self.at = max(self.at, instant)

    def advance(self, **units: float) -> None:
        self.at += timedelta(**units)


def small_directory() -> Directory:
    """The tests' directory, with a second analyst of the area and a contact who reads English."""
    directory = Directory()
    john = {
        "name": "John Hale",
        "customer": "serra",
        "addresses": ["john@serra.example.com"],
        "language": "en",
    }
    clara = {"name": "Clara Reis", "email": "clara.reis@desk.example.com", "areas": ["fiscal"]}
    more: list[tuple[str, str, dict[str, Any]]] = [("contact", "john", john), ("analyst", "clara", clara)]
    for kind, key, record in [*RECORDS, *more]:
        directory.put(kind, key, 1, True, KINDS[kind].model_validate(record))
    return directory


@dataclass
class Notifier:
    """The parts of the service, and what was said to it so far."""

    pool: Pool
    clock: SetClock
    journal: Journal[Notification]
    mailroom: Mailroom
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    versions: dict[tuple[str, UUID], int] = field(default_factory=dict)

    def entries(self, *events: Event, partition: int | None = None) -> list[Entry]:
        """The events as their owner has recorded them."""
        made = []
        for event in events:
            stream: UUID = (
                getattr(event, "ticket_id", None) or getattr(event, "submission_id", None) or ticket("bounce")
            )
            where = partition if partition is not None else partition_of(stream, PARTITIONS)
            position = self.positions[event.owner, where] = self.positions.get((event.owner, where), 0) + 1
            version = self.versions[event.owner, stream] = self.versions.get((event.owner, stream), 0) + 1
            data = event.encoded()
            made.append(Entry(where, position, stream, version, event.topic, NOON, "", data))
        return made

    async def apply(self, entries: Sequence[Entry], *, commit: bool = True) -> None:
        """React to entries of one source and partition, as the follower does."""
        react = {
            "lifecycle": subscribers.on_lifecycle,
            "sla": subscribers.on_sla,
            "intake": subscribers.on_intake,
        }[entries[0].topic.partition(".")[0]]
        async with self.journal.work() as work:
            await react(work, entries, self.mailroom)
            if commit:
                await work.commit()

    async def hear(self, *events: Event) -> None:
        """Events of one source and one ticket each, applied one after the other."""
        for event in events:
            await self.apply(self.entries(event))

    async def recorded(self, *kinds: type[Event]) -> list[Event]:
        rows = await self.pool.fetch("select topic, data from journal.entries order by recorded_at, position")
        events = [decode(row["topic"], row["data"]) for row in rows]
        return [event for event in events if not kinds or isinstance(event, kinds)]

    async def requested(self) -> list[n.NotificationRequested]:
        return cast("list[n.NotificationRequested]", await self.recorded(n.NotificationRequested))

    async def told(self) -> list[tuple[str, str]]:
        """Template and the recipient's mailbox name of every notification requested, in order."""
        return [(each.template, each.recipient.partition("@")[0]) for each in await self.requested()]

    def outbox(self, *transports: Transport, **options: Any) -> Outbox:
        return Outbox(self.journal, self.mailroom, COMPOSER, transports, **options)

    def answers(self) -> Answers:
        return Answers(self.mailroom.directory, COMPOSER, PARTITIONS)


@contextlib.asynccontextmanager
async def notifier(database: Database, **mailroom: Any) -> AsyncIterator[Notifier]:
    pool = await asyncpg.create_pool(database.url, min_size=1, max_size=6)
    clock = SetClock()
    journal = Journal(pool, NOTIFIER, clock, PARTITIONS, project)
    try:
        await pool.execute((ROOT / "views.sql").read_text())
        yield Notifier(pool, clock, journal, Mailroom(small_directory(), KEYS, **mailroom))
    finally:
        pool.terminate()


def ticket(name: str) -> UUID:
    return uuid5(NAMESPACE, name)


def queued(name: str = "t", **changed: Any) -> l.TicketQueued:
    terms = Terms(
        contract="serra-2026",
        contract_version=1,
        sla_policy="padrao",
        sla_policy_version=1,
        calendar="padrao",
        calendar_version=1,
    )
    facts: dict[str, Any] = {
        "ticket_id": ticket(name),
        "number": "2026-000123",
        "opened_at": NOON,
        "channel": "email",
        "customer": "serra",
        "requester": "ana",
        "application": "notas",
        "area": "fiscal",
        "terms": terms,
        "classification": "question",
        "subject": "Nota não sai",
        "text": "Ajuda",
        "message_id": "<original@serra.example.com>",
        "by": ANA,
    }
    return l.TicketQueued.model_validate(facts | changed)


def started(name: str = "t", **changed: Any) -> sla.ClockStarted:
    facts: dict[str, Any] = {
        "ticket_id": ticket(name),
        "clock": "first_response",
        "cycle": 1,
        "at": NOON,
        "number": "2026-000123",
        "target_s": 86_400,
        "business": True,
        "due_at": NOON + timedelta(days=3),
        "calendar": "padrao",
        "calendar_version": 1,
        "sla_policy": "padrao",
        "sla_policy_version": 1,
    }
    return sla.ClockStarted.model_validate(facts | changed)


def assigned(name: str = "t", analyst: str = "bruno", by: Actor = BRUNO) -> l.TicketAssigned:
    return l.TicketAssigned(ticket_id=ticket(name), at=NOON, by=by, analyst=analyst, status="in_progress")


def answered(name: str = "t", text: str = "Tente de novo.", by: Actor = BRUNO) -> l.AnswerPublished:
    return l.AnswerPublished(ticket_id=ticket(name), at=NOON, by=by, text=text, first=True)


def parked(submission: str, sender: str, **changed: Any) -> intake.SubmissionParked:
    delivered = {
        "channel": "email",
        "via": "suporte@desk.example.com",
        "received_at": NOON,
        "sender": sender,
        "subject": "Socorro",
        "message_id": "<theirs@other.example>",
    }
    facts = {"submission_id": ticket(submission), "delivered": delivered, "reason": "unknown_sender"}
    return intake.SubmissionParked.model_validate(facts | changed)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)
