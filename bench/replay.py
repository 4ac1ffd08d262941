"""Replay of ticket states from the journal, against `eventsourcing` replaying the same lives.

Ours: entries read from PostgreSQL in order, validated by their contract, folded by lifecycle's `evolve`. The
library's: an aggregate as its documentation writes one, its own PostgreSQL recorder on the same server, and
its own mapper and JSON transcoder.
"""

import os
import time
from datetime import datetime
from statistics import median
from urllib.parse import unquote, urlsplit
from uuid import UUID

import asyncpg
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from bench.samples import START, TEXT, entries, life
from journal import store
from journal.replay import replay
from services.lifecycle.decider import LIFECYCLE
from tests.servers.backing import Database

_EVENTS_A_LIFE = 8
_APPENDED_TOGETHER = 100


class TicketAggregate(Aggregate):
    """The same life, kept by the library."""

    @event("Queued")
    def __init__(self, number: str, customer: str, subject: str, text: str) -> None:
        self.number = number
        self.customer = customer
        self.status = "open"
        self.analyst = ""
        self.answered = False
        self.resolution = 0
        self.waiting = 0

    @event("Assigned")
    def assign(self, analyst: str, at: datetime) -> None:
        """Taken by an analyst."""
        self.analyst = analyst
        self.status = "in_progress"

    @event("Answered")
    def answer(self, text: str, at: datetime) -> None:
        """Answered in public."""
        self.answered = True

    @event("Awaited")
    def await_customer(self, text: str, waiting: int, at: datetime) -> None:
        """Waits for the customer."""
        self.waiting = waiting
        self.status = "waiting_customer"

    @event("Replied")
    def reply(self, text: str, at: datetime) -> None:
        """The customer wrote."""

    @event("Resumed")
    def resume(self, at: datetime) -> None:
        """Work goes on."""
        self.status = "in_progress"

    @event("Resolved")
    def resolve(self, text: str, resolution: int, at: datetime) -> None:
        """Resolved."""
        self.resolution = resolution
        self.status = "resolved"

    @event("Closed")
    def close(self, reason: str, at: datetime) -> None:
        """Closed."""
        self.status = "closed"


class Library(Application[UUID]):
    """The library's application over its PostgreSQL recorder."""

    def live(self, number: int) -> UUID:
        """One ticket from queue to close."""
        ticket = TicketAggregate(f"2026-{number:06d}", "serra", "Erro 539 ao emitir nota", TEXT)
        ticket.assign("bruno", START)
        ticket.answer(TEXT, START)
        ticket.await_customer(TEXT, 1, START)
        ticket.reply(TEXT, START)
        ticket.resume(START)
        ticket.resolve(TEXT, 1, START)
        ticket.close("resolved", START)
        self.save(ticket)
        return ticket.id


async def measure(database: Database, *, quick: bool) -> dict[str, float]:
    """`replay_per_s` and `replay_vs_eventsourcing`, medians of interleaved rounds."""
    tickets, rounds = (1_000, 5) if quick else (5_000, 9)
    pool = await asyncpg.create_pool(database.url, min_size=1, max_size=1)
    library = Library(env=_environment(database.admin_url))
    ids = [library.live(number) for number in range(tickets // 5)]
    await _fill(pool, tickets)
    ours, theirs = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        states = await replay(pool, 0, LIFECYCLE)
        ours.append(tickets * _EVENTS_A_LIFE / (time.perf_counter() - began))
        assert len(states) == tickets
        assert all(state.status == "closed" for state in states.values())
        began = time.perf_counter()
        for ticket_id in ids:
            aggregate: TicketAggregate = library.repository.get(ticket_id)
            assert aggregate.status == "closed"
        theirs.append(len(ids) * _EVENTS_A_LIFE / (time.perf_counter() - began))
    library.close()
    await pool.close()
    return {
        "replay_per_s": median(ours),
        "replay_vs_eventsourcing": median(mine / other for mine, other in zip(ours, theirs, strict=True)),
        "eventsourcing_replay_per_s": median(theirs),
    }


async def _fill(pool: store.Pool, tickets: int) -> None:
    """Lives side by side, as on a desk: each entry is followed by one of another ticket."""
    for first in range(0, tickets, _APPENDED_TOGETHER):
        together = []
        for number in range(first, min(first + _APPENDED_TOGETHER, tickets)):
            ticket = UUID(bytes=os.urandom(16))
            together.append(entries(life(number, ticket), ticket))
        mixed = [one_life[step] for step in range(_EVENTS_A_LIFE) for one_life in together]
        await store.append(pool, 0, mixed, START)


def _environment(url: str) -> dict[str, str]:
    """The library's settings for the same server."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": parts.hostname or "",
        "POSTGRES_PORT": str(parts.port),
        "POSTGRES_USER": unquote(parts.username or ""),
        "POSTGRES_PASSWORD": unquote(parts.password or ""),
    }
