"""A reply that lies where intake has not looked when the seven days are over: a whole desk, a real mailbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from contracts import commands as c
from contracts import intake as i
from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from journal.clock import DeskClock
from tests.intake import dovecot
from tests.intake.door import letter, post, recorded
from tests.intake.dovecot import Dovecot
from tests.intake.test_imap import mailbox
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from tests.sla.lives import BRUNO, local

WHY_NOT = dovecot.why_not()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
PATIENCE_S = 120.0
UNREAD = "a mailbox cannot be read now"
START = local("2026-03-02 08:00")
SPEED = 36_000
"""Ten hours of the desk in a second: seven days are 17 s."""
BEFORE = timedelta(hours=20)
"""How long before its end a reply reaches the desk: two real seconds.

Nothing hangs on their number: from before the question on nobody can read the mailbox, so no closure can ring.
"""


@dataclass
class Waiting:
    """A desk whose mailbox is read, with a ticket for each number; once they are asked it waits until `ends`."""

    desk: RunningDesk
    server: Dovecot
    clock: DeskClock
    tickets: dict[str, UUID]
    ends: dict[UUID, datetime]

    async def stop_reading(self) -> None:
        """The mailbox's server goes, its sessions too, after it was read once."""
        async with asyncio.timeout(PATIENCE_S), connected(self.desk.admin_url("intake")) as admin:
            while not await admin.fetchval("select count(read_at) from views.mailboxes"):
                await asyncio.sleep(0.1)
        before = self.said("intake").count(UNREAD)
        self.server.stop()
        await self.until(lambda _: self.said("intake").count(UNREAD) > before)

    async def ask(self) -> None:
        """Ask the requester of each ticket."""
        for ticket_id in self.tickets.values():
            reply = await self.desk.ask(c.AwaitCustomer(ticket_id=ticket_id, text="Qual é a nota?"), BRUNO)
            assert reply.outcome == "done", reply
        self.ends.update(
            _silences(await self.until(lambda events: len(_silences(events)) == len(self.tickets), "sla"))
        )

    def said(self, service: str) -> str:
        """What all replicas of a service have logged."""
        return "".join(self.desk.said(name) for name in self.desk.children if name.startswith(service))

    async def until(self, condition: Any, service: str = "lifecycle") -> list[Event]:
        """The events of a service's journal, once the condition holds for them."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition(events := await recorded(self.desk, service)):
                await asyncio.sleep(0.1)
            return events


@asynccontextmanager
async def waiting(*replicas: str, **environment: str) -> AsyncIterator[Waiting]:
    """Two tickets, which came by SMTP."""
    with dovecot.mail_folder() as folder:
        server, mailboxes = _post_office(folder)
        clock = f"{START.isoformat()}@{datetime.now(UTC).isoformat()}x{SPEED}"
        told = {"MAILBOXES": str(mailboxes), "DESK_CLOCK": clock, **environment}
        services = ["intake", "lifecycle", "sla", *replicas]
        with dovecot.running(server):
            async with running_desk(services, told) as desk:
                held = Waiting(desk, server, DeskClock.parse(clock), {}, {})
                await _open(held, 2)
                yield held


def _post_office(folder: Path) -> tuple[Dovecot, Path]:
    """A server, and the file that says where to read."""
    (folder / "post").mkdir()
    server, mailboxes = Dovecot(folder / "post"), folder / "mailboxes.toml"
    mailboxes.write_text(mailbox(server, "suporte", "suporte@desk.example.com", folder, poll_s="3600"))
    return server, mailboxes


async def _open(held: Waiting, count: int) -> None:
    for n in range(count):
        assert await post(held.desk, letter(subject=f"Nota {n}")) == 250
    for event in await recorded(held.desk, "intake", i.TicketRegistered):
        assert isinstance(event, i.TicketRegistered)
        held.tickets[event.number] = event.ticket_id
    await held.until(lambda events: sum(isinstance(e, l.TicketQueued) for e in events) == count)


def _silences(events: list[Event]) -> dict[UUID, datetime]:
    return {
        event.ticket_id: event.due_at
        for event in events
        if isinstance(event, sla.ClockStarted) and event.clock == "customer_silence" and event.due_at
    }


async def _replied_unread(held: Waiting) -> tuple[UUID, datetime]:
    """The ticket whose reply lies in the mailbox since then, in time, while nobody can read it."""
    (number, replied), *_ = held.tickets.items()
    await held.stop_reading()
    await held.ask()
    at = held.ends[replied] - BEFORE
    await held.clock.sleep_until(at)
    held.server.drop(letter(subject=f"Re: [{number}] Nota", text="É a 123."), at=at)
    return replied, at


async def _only_the_silent_one_is_closed(held: Waiting, replied: UUID) -> None:
    (silent,) = set(held.tickets.values()) - {replied}
    lived = await held.until(lambda events: any(isinstance(e, l.TicketClosed) for e in events))
    ends = await recorded(held.desk, "sla", sla.DeadlineReached)
    assert [(e.ticket_id, e.at) for e in ends if isinstance(e, sla.DeadlineReached)] == [
        (silent, held.ends[silent])
    ]
    assert [e.ticket_id for e in lived if isinstance(e, l.TicketClosed)] == [silent]
    assert not [e for e in lived if isinstance(e, l.ClosureUndone)]
    met = await recorded(held.desk, "sla", sla.ClockMet)
    assert replied in [
        e.ticket_id for e in met if isinstance(e, sla.ClockMet) and e.clock == "customer_silence"
    ]


async def test_a_reply_in_a_mailbox_that_could_not_be_read_keeps_its_ticket_open() -> None:
    async with waiting("intake-2", "lifecycle-2", "sla-2") as held:
        replied, at = await _replied_unread(held)
        await held.until(lambda _: "closures wait for inbound mail" in held.said("sla"))
        await held.clock.sleep_until(max(held.ends.values()) + timedelta(days=5))
        assert await recorded(held.desk, "sla", sla.DeadlineReached) == []
        held.server.start()
        await _only_the_silent_one_is_closed(held, replied)
        (event,) = await recorded(held.desk, "intake", i.ReplyReceived)
        assert isinstance(event, i.ReplyReceived)
        assert (event.ticket_id, event.delivered.received_at) == (replied, at.replace(microsecond=0))


async def test_what_was_closed_out_of_patience_is_undone_when_the_reply_is_read() -> None:
    async with waiting(CLOSURE_PATIENCE_S="3") as held:
        replied, _ = await _replied_unread(held)
        await held.until(lambda events: sum(isinstance(e, l.TicketClosed) for e in events) == 2)
        assert "tickets close though inbound mail may be unread" in held.said("sla")
        held.server.start()
        lived = await held.until(lambda events: any(isinstance(e, l.ClosureUndone) for e in events))
        assert [e.ticket_id for e in lived if isinstance(e, l.ClosureUndone)] == [replied]
