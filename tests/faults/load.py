"""A running load: lives of tickets through every channel, each step acknowledged before the next is taken."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from contracts import commands as c
from contracts.channels import RequesterReplied, TicketOpened
from contracts.envelope import Attachment, Reply
from journal.blobs import Blobs
from tests.faults.books import Auditor
from tests.faults.ledger import ADDRESSES, Ledger, Promise, Ticket
from tests.faults.senders import Senders, senders
from tests.flow.deeds import PEOPLE, command_of
from tests.flow.model import ANA, BRUNO, MARTA, OF_REQUESTERS, VERBS, Deed, Life
from tests.running import RunningDesk

DESK = "suporte@desk.example.com"
LIVES_AT_ONCE = 6
STEPS_MAX = 7
PAUSE_S = 0.15
REPLIES = ("bus", "smtp", "web")
OPENINGS = ("bus", "smtp", "web", "phone")
WITH_FILES = 0.4
LEFT_ALONE = 0.5
"""How many closed tickets nobody touches any more."""
STRANGERS = 0.08
"""How many mails come from somebody whom nobody knows."""


class Load:
    """People at work on a desk, until told to stop; then they finish what they have begun."""

    def __init__(
        self, desk: RunningDesk, ledger: Ledger, auditor: Auditor, out: Senders, rng: random.Random
    ) -> None:
        self._ledger = ledger
        self._auditor = auditor
        self._out = out
        self._rng = rng
        self._blobs = Blobs.at(desk.environment("intake")["BLOBS_URL"])
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Live lives until `stop`. Raises what a sender raises that was never acknowledged."""
        async with asyncio.TaskGroup() as people:
            for _ in range(LIVES_AT_ONCE):
                people.create_task(self._lives())

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()

    async def live(self, steps: int) -> None:
        """One life of at most so many steps after its opening."""
        opened = await self._opened(self._rng.choice(OPENINGS))
        if opened is None:
            return
        ticket, number = opened
        for _ in range(steps):
            # After a surprise the model knows no more what must follow.
            if self._stopping.is_set() or self._ledger.surprises:
                return
            await self._step(ticket, number)
            await asyncio.sleep(self._rng.uniform(0, PAUSE_S))
            if ticket.life.status == "closed" and self._rng.random() < LEFT_ALONE:
                return

    async def stranger(self) -> None:
        """A mail of somebody whom nobody knows: it is parked, and answered once."""
        token = uuid4().hex
        sender = f"{token[:12]}@elsewhere.example.net"
        mail = _mail(sender, "Quem pode me ajudar?", token, [])
        await self._out.mail(mail, sender, DESK)
        self._ledger.promises.append(Promise(token, "parked", "smtp", sha256(mail).hexdigest()))
        self._ledger.strangers.add(sender)

    async def _lives(self) -> None:
        while not self._stopping.is_set():
            if self._rng.random() < STRANGERS:
                await self.stranger()
            else:
                await self.live(self._rng.randint(1, STEPS_MAX))

    async def _opened(self, via: str) -> tuple[Ticket, str] | None:
        """A ticket by that way, acknowledged, queued; with its number. None when it is lost."""
        token = uuid4().hex
        files = await self._files(via) if self._rng.random() < WITH_FILES else []
        raw: str | None = None
        answer: dict[str, Any] | None
        match via:
            case "bus":
                answer = await self._out.publish(
                    TicketOpened(
                        submission_id=token, channel="web", requester=ADDRESSES[ANA], subject="Nota recusada",
                        text=f"A nota foi recusada. {token}", attachments=tuple(map(_attachment, files)),
                    )
                )  # fmt: skip
            case "smtp":
                mail = _mail(ADDRESSES[ANA], "Nota recusada", token, files)
                raw = sha256(mail).hexdigest()
                await self._out.mail(mail, ADDRESSES[ANA], DESK)
                answer = await self._auditor.registered(token)
            case _:
                answer = await self._submit(via, token, files)
        hashes = tuple(sha256(file).hexdigest() for file in files)
        self._ledger.promises.append(Promise(token, "ticket", via, raw, hashes))
        if answer is None:
            return None
        ticket = self._ledger.tickets[UUID(answer["ticket_id"])] = Ticket(UUID(answer["ticket_id"]), Life())
        ticket.becomes(Life.opened(via, BRUNO if via == "phone" else None))
        await self._auditor.queued(ticket.ticket_id)
        return ticket, str(answer["number"])

    async def _submit(self, via: str, token: str, files: list[bytes]) -> dict[str, Any]:
        command = c.SubmitTicket.model_validate(
            {
                "channel": via, "requester": ANA, "application": "notas", "subject": "Nota recusada",
                "text": f"A nota foi recusada. {token}", "attachments": [_attachment(file) for file in files],
            }
        )  # fmt: skip
        reply = await self._out.ask(command, PEOPLE[BRUNO if via == "phone" else ANA])
        assert reply.outcome == "done", reply
        return reply.result

    async def _step(self, ticket: Ticket, number: str) -> None:
        verb = self._rng.choice(VERBS)
        if verb == "reply":
            await self._reply(ticket, number)
            return
        by = ANA if verb in OF_REQUESTERS else self._rng.choice((BRUNO, BRUNO, MARTA))
        deed = Deed(verb, by, to=MARTA, resolution=max(1, ticket.life.resolution))
        then = ticket.life.after(deed)
        reply = await self._out.ask(command_of(deed, ticket.ticket_id), PEOPLE[by])
        self._ledger.commands += 1
        if reply.code != then.code or reply.result.get("status", then.life.status) != then.life.status:
            self._surprise(deed, ticket, reply, then.code)
        ticket.becomes(then)

    async def _reply(self, ticket: Ticket, number: str) -> None:
        """The requester writes; the next step waits until lifecycle has read it, so that the model knows the order."""
        token, via = uuid4().hex, self._rng.choice(REPLIES)
        if ticket.life.status == "closed" and ticket.late:
            return
        raw, disposition = None, ""
        match via:
            case "bus":
                answer = await self._out.publish(
                    RequesterReplied(
                        submission_id=token, channel="web", requester=ADDRESSES[ANA], number=number,
                        text=f"Ainda não. {token}",
                    )
                )  # fmt: skip
                disposition = answer["disposition"]
            case "smtp":
                mail = _mail(ADDRESSES[ANA], f"Re: [{number}] Nota recusada", token, [])
                raw = sha256(mail).hexdigest()
                await self._out.mail(mail, ADDRESSES[ANA], DESK)
            case _:
                command = c.SubmitReply(ticket_id=ticket.ticket_id, text=f"Ainda não. {token}")
                reply = await self._out.ask(command, PEOPLE[ANA])
                disposition = reply.result.get("disposition", reply.code)
        if disposition not in ("", "appended", *(("opened",) if ticket.life.status == "closed" else ())):
            self._ledger.surprises.append(f"a reply by {via} to {ticket.ticket_id} was {disposition}")
        self._ledger.promises.append(Promise(token, "reply", via, raw))
        if ticket.life.status == "closed":
            ticket.late += 1
            return
        ticket.becomes(ticket.life.after(Deed("reply", ANA)))
        await self._auditor.added(ticket.ticket_id, token)

    async def _files(self, via: str) -> list[bytes]:
        """Files of a submission; whoever names files by address has put them into the store before."""
        files = [self._rng.randbytes(self._rng.randint(1, 40_000)) for _ in range(self._rng.randint(1, 2))]
        if via != "smtp":
            for file in files:
                await self._blobs.put(file)
        return files

    def _surprise(self, deed: Deed, ticket: Ticket, reply: Reply, code: str) -> None:
        self._ledger.surprises.append(
            f"{deed.verb} by {deed.by} on {ticket.ticket_id} ({ticket.life.status}): "
            f"{reply.outcome} {reply.code} {reply.result}, the model says {code or 'done'}"
        )


@contextlib.asynccontextmanager
async def senders_at_work(
    desk: RunningDesk, ledger: Ledger, auditor: Auditor, rng: random.Random
) -> AsyncIterator[Load]:
    """People who can be told what to do, for the time of a block."""
    async with senders(desk, rng, ledger.surprises) as out:
        yield Load(desk, ledger, auditor, out, rng)


@contextlib.asynccontextmanager
async def under_load(
    desk: RunningDesk, ledger: Ledger, auditor: Auditor, rng: random.Random
) -> AsyncIterator[None]:
    """People at work for the time of a block; afterwards everything they have begun is acknowledged."""
    async with senders_at_work(desk, ledger, auditor, rng) as load:
        working = asyncio.create_task(load.run())
        try:
            yield
            load.stop()
            await working
        finally:
            working.cancel()


def _attachment(file: bytes) -> Attachment:
    address = sha256(file).hexdigest()
    return Attachment(
        name="nota.bin", content_type="application/octet-stream", size=len(file), sha256=address
    )


def _mail(sender: str, subject: str, token: str, files: list[bytes]) -> bytes:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = DESK
    mail["Subject"] = subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{token}@mail.example.net>"
    mail.set_content(f"A nota foi recusada.\n\n{token}\n")
    for file in files:
        mail.add_attachment(file, maintype="application", subtype="octet-stream", filename="nota.bin")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
