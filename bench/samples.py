"""Realistic entries to measure with: the life of a ticket, as its owner records it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from contracts import lifecycle as l
from contracts.envelope import Actor, Event
from contracts.intake import Terms
from journal.entry import NewEntry

START = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
ANALYST = Actor(role="analyst", key="bruno", name="Bruno Teles")
REQUESTER = Actor(role="requester", key="ana", name="Ana Prado")
TERMS = Terms(
    contract="serra-2026",
    contract_version=1,
    sla_policy="padrao",
    sla_policy_version=1,
    calendar="padrao",
    calendar_version=1,
)
TEXT = "Ao emitir a nota fiscal o sistema mostra o erro 539 e não grava. Já reiniciamos o terminal. " * 4


def life(number: int, ticket_id: UUID | None = None) -> list[Event]:
    """Eight events from queue to close, about 500 bytes each."""
    ticket = ticket_id or uuid4()
    at = [START + timedelta(minutes=number + step) for step in range(8)]
    return [
        l.TicketQueued(
            ticket_id=ticket,
            number=f"2026-{number:06d}",
            opened_at=at[0],
            channel="email",
            customer="serra",
            requester="ana",
            application="notas",
            area="fiscal",
            terms=TERMS,
            classification="incident",
            subject="Erro 539 ao emitir nota",
            text=TEXT,
            message_id="<abc@serra.example.com>",
            by=REQUESTER,
        ),
        l.TicketAssigned(ticket_id=ticket, at=at[1], by=ANALYST, analyst="bruno", status="in_progress"),
        l.AnswerPublished(ticket_id=ticket, at=at[2], by=ANALYST, text=TEXT, first=True),
        l.CustomerAwaited(ticket_id=ticket, at=at[3], by=ANALYST, text=TEXT, waiting=1, first=False),
        l.ReplyAdded(
            ticket_id=ticket,
            at=at[4],
            by=REQUESTER,
            channel="email",
            verified=True,
            sender="Ana Prado",
            text=TEXT,
        ),
        l.TicketResumed(
            ticket_id=ticket, at=at[4], by=REQUESTER, previous="waiting_customer", because="requester_replied"
        ),
        l.TicketResolved(ticket_id=ticket, at=at[5], by=ANALYST, text=TEXT, resolution=1, first=False),
        l.TicketClosed(ticket_id=ticket, at=at[6], by=ANALYST, reason="resolved", previous="resolved"),
    ]


def entries(events: list[Event], stream_id: UUID) -> list[NewEntry]:
    """The entries of one stream."""
    return [
        NewEntry(stream_id, version, event.topic, event.encoded())
        for version, event in enumerate(events, start=1)
    ]


def lives(count: int) -> list[NewEntry]:
    """The entries of `count` tickets, one ticket after the other."""
    found: list[NewEntry] = []
    for number in range(count):
        ticket = uuid4()
        found.extend(entries(life(number, ticket), ticket))
    return found
