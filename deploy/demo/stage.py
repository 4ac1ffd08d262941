"""What the people of the story can do: write an e-mail, ask a service, wait, reply to what they received."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import aiosmtplib
from nats.errors import Error as NatsError
from pydantic_core import to_json
from rich.console import Console

from contracts.envelope import Actor, Command, Reply, Request
from contracts.notifier import NotificationRequested, NotificationSent
from deploy.auditor import shown
from deploy.demo.lines import Failed, line
from deploy.demo.watch import Watch
from journal.bus import Bus
from journal.clock import DeskClock
from worktime.calendar import Calendar

SLACK_S = 30.0
"""Real seconds that a step may take on a slow machine, beside the desk time it needs."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A desk that runs, and what is needed to act on it."""

    described: dict[str, Any]
    clock: DeskClock
    bus: Bus
    watch: Watch
    console: Console
    address: str
    """The desk's own e-mail address."""
    calendar: Calendar
    zone: ZoneInfo

    def act(self, code: str, **facts: object) -> None:
        """Say what happens next."""
        self.console.print(f"[bold cyan]▶ {line(code, **facts)}[/]", highlight=False, soft_wrap=True)

    def link(self, number: str) -> str:
        """The ticket's page."""
        return f"{self.described['web']}/tickets/{number}"

    async def next_morning(self) -> datetime:
        """Wait until the next working day begins; that instant."""
        now = self.clock.now()
        midnight = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        opening = self.calendar.next_opening(midnight)
        if opening < now:
            opening = self.calendar.next_opening(midnight + timedelta(days=1))
        self.act("opens", at=shown.instant(opening, self.zone))
        await self.clock.sleep_until(opening)
        return opening

    def patience_s(self, desk_time: timedelta) -> float:
        """Real seconds to wait for what comes within that time of the desk."""
        return desk_time.total_seconds() / self.clock.speed + SLACK_S

    async def ask(self, by: Actor, command: Command) -> Reply:
        """Ask as the gateway does for somebody logged in.

        Raises:
            Failed: a rule said no (`refused`), or nobody answered (`unheard`).
        """
        request = Request(id=str(uuid4()), type=command.topic, by=by, data=command.model_dump(mode="json"))
        try:
            reply = Reply.parse(await self.bus.ask(f"command.{command.owner}", to_json(request), 10))
        except (NatsError, TimeoutError) as error:
            raise Failed("unheard", service=command.owner) from error
        if reply.outcome != "done":
            raise Failed(
                "refused", service=command.owner, command=command.topic, code=reply.code, facts=reply.facts
            )
        return reply

    async def write(self, sender: str, subject: str, text: str) -> None:
        """Send the desk an e-mail, by SMTP."""
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, self.address, subject
        mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        mail.set_content(text)
        await self._send(mail, sender, self.address)

    async def received(self, ticket_id: UUID, template: str) -> Path:
        """The file of the newest e-mail of that kind about the ticket, once it was delivered."""
        owed = await self.watch.until(
            template,
            lambda told: (
                isinstance(told.event, NotificationRequested)
                and told.event.ticket_id == ticket_id
                and told.event.template == template
            ),
            SLACK_S,
        )
        await self.watch.until(
            f"{template}: {NotificationSent.__name__}",
            lambda told: (
                told.entry.stream_id == owed.entry.stream_id and isinstance(told.event, NotificationSent)
            ),
            SLACK_S,
        )
        return await asyncio.to_thread(self._file, owed.entry.stream_id)

    def _file(self, notification_id: UUID) -> Path:
        return next(Path(self.described["maildir"]).glob(f"*/new/{notification_id.hex}.desk"))

    async def reply_to(self, file: Path, sender: str, text: str) -> None:
        """Answer an e-mail as a mail program does: to its reply address, threaded, quoting it."""
        received = message_from_bytes(await asyncio.to_thread(file.read_bytes), policy=SMTP)
        to = str(received["Reply-To"] or received["From"])
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Subject"] = sender, to, f"Re: {received['Subject']}"
        mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
        mail["In-Reply-To"] = mail["References"] = str(received["Message-ID"])
        quoted = line("quoted", date=received["Date"], sender=received["From"])
        mail.set_content(f"{text}\n\n{quoted}\n> {received['Subject']}\n")
        await self._send(mail, sender, mail["To"].addresses[0].addr_spec)

    async def _send(self, mail: EmailMessage, sender: str, recipient: str) -> None:
        host, _, port = str(self.described["smtp"]).rpartition(":")
        await aiosmtplib.send(mail, sender=sender, recipients=[recipient], hostname=host, port=int(port))
