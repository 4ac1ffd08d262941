"""How the tests come to the desk's door: real SMTP, the real bus, and a look into intake's journal."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from hashlib import sha256
from typing import Any
from uuid import uuid4

import aiosmtplib
import nats
from nats.aio.client import Client
from pydantic_core import from_json, to_json

from contracts.envelope import Event, decode
from tests.running import RunningDesk
from tests.servers.backing import connected

ANA = "ana.prado@serra.example.com"
DESK = "suporte@desk.example.com"
_LINE_END = re.compile(rb"\r\n|\n|\r")


def on_the_wire(raw: bytes) -> bytes:
    """What a client's SMTP makes of a mail: every line ends in CRLF, the last one too.

    These bytes, after the server has undone the stuffing of dots, are what must be kept.
    """
    wired = _LINE_END.sub(b"\r\n", raw)
    return wired if wired.endswith(b"\r\n") else wired + b"\r\n"


def letter(sender: str = ANA, subject: str = "Nota recusada", text: str = "Oi", **headers: str) -> bytes:
    """A mail as a mail program composes it; `In_Reply_To` becomes In-Reply-To, `To` is the desk where it is not given."""
    message = EmailMessage(SMTP_POLICY)
    message["From"], message["To"], message["Subject"] = sender, headers.pop("To", DESK), subject
    message["Message-ID"] = headers.pop("Message_ID", f"<{uuid4()}@serra.example.com>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


@asynccontextmanager
async def session(port: int) -> AsyncIterator[aiosmtplib.SMTP]:
    """One SMTP session."""
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=60, start_tls=False)
    async with client:
        yield client


async def post(
    desk: RunningDesk,
    raw: bytes,
    sender: str = ANA,
    to: str | Sequence[str] = DESK,
    port: int | None = None,
) -> int:
    """The code that the server answers to a whole mail."""
    async with session(port or desk.smtp_port) as client:
        return await deliver(client, raw, sender, to)


async def deliver(
    client: aiosmtplib.SMTP, raw: bytes, sender: str = ANA, to: str | Sequence[str] = DESK
) -> int:
    """The same in a session that goes on."""
    recipients = [to] if isinstance(to, str) else list(to)
    try:
        await client.sendmail(sender, recipients, raw)
    except aiosmtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[0].code
    except aiosmtplib.SMTPResponseException as refused:
        return refused.code
    return 250


@dataclass
class Channel:
    """The channel `demo`, as its author would write it with plain `nats-py`."""

    client: Client

    async def hand_in(self, kind: str, body: dict[str, Any] | bytes, timeout_s: float = 60) -> dict[str, Any]:
        """Publish, and return what `Confirm-To` was told."""
        inbox = self.client.new_inbox()
        answers = await self.client.subscribe(inbox)
        await self.publish(kind, body, {"Confirm-To": inbox})
        try:
            message = await answers.next_msg(timeout=timeout_s)
        finally:
            await answers.unsubscribe()
        return dict(from_json(message.data))

    async def publish(
        self, kind: str, body: dict[str, Any] | bytes, headers: dict[str, str] | None = None
    ) -> None:
        """Publish, and return when the bus has it."""
        data = body if isinstance(body, bytes) else to_json(body)
        await self.client.jetstream(timeout=60).publish(f"channel.demo.{kind}", data, headers=headers)


@asynccontextmanager
async def channel(desk: RunningDesk) -> AsyncIterator[Channel]:
    """The channel `demo`, connected with its own credential."""
    client = await nats.connect(desk.nats_url("channel-demo"), inbox_prefix=b"_INBOX.channel.demo")
    try:
        yield Channel(client)
    finally:
        await client.close()


def opening(submission_id: str = "", **changes: Any) -> dict[str, Any]:
    """A TicketOpened as a channel writes it."""
    body = {
        "submission_id": submission_id or str(uuid4()),
        "channel": "web",
        "requester": ANA,
        "subject": "Não abre",
        "text": "A tela não abre.",
    }
    return body | changes


async def recorded(desk: RunningDesk, service: str = "intake", *kinds: type[Event]) -> list[Event]:
    """Every event of a service's journal, of these kinds where any are named, by partition and position."""
    async with connected(desk.admin_url(service)) as admin:
        rows = await admin.fetch(
            "select topic, data from journal.entries where cardinality($1::text[]) = 0 or topic = any($1) "
            "order by partition, position",
            [kind.topic for kind in kinds],
        )
    return [decode(row["topic"], row["data"]) for row in rows]


async def of_submission(desk: RunningDesk, submission_id: str) -> list[Event]:
    """The events of one submission."""
    async with connected(desk.admin_url("intake")) as admin:
        rows = await admin.fetch(
            "select topic, data from journal.entries where stream_id = $1 order by version", submission_id
        )
    return [decode(row["topic"], row["data"]) for row in rows]


async def of_mail(desk: RunningDesk, raw: bytes) -> list[Event]:
    """The events that name these raw bytes: one disposition for each time that the mail came."""
    return (await of_mails(desk, [raw])).get(sha256(on_the_wire(raw)).hexdigest(), [])


async def of_mails(desk: RunningDesk, raws: Sequence[bytes]) -> dict[str, list[Event]]:
    """The events that name any of these raw bytes, by their address."""
    wanted = {sha256(on_the_wire(raw)).hexdigest() for raw in raws}
    found: dict[str, list[Event]] = {}
    for event in await recorded(desk):
        if (address := raw_of(event)) in wanted:
            found.setdefault(address, []).append(event)
    return found


def raw_of(event: Event) -> str:
    """The address of the raw mail that an event of intake is about."""
    return getattr(event, "raw", None) or getattr(getattr(event, "delivered", None), "raw", None) or ""


def kept(desk: RunningDesk, address: str) -> bytes:
    """The bytes that the blob store holds at an address."""
    return (desk.state / "blobs" / address[:2] / address[2:4] / address).read_bytes()


def numbers(events: Sequence[Event]) -> Counter[str]:
    """How often each number was given."""
    return Counter(number for event in events if (number := getattr(event, "number", None)))


def gapless(events: Sequence[Event]) -> bool:
    """Whether the numbers of every year are 1, 2, 3 …, each once."""
    by_year: dict[str, list[int]] = {}
    for number, count in numbers(events).items():
        year, _, place = number.partition("-")
        by_year.setdefault(year, []).extend([int(place)] * count)
    return all(sorted(places) == list(range(1, len(places) + 1)) for places in by_year.values())
