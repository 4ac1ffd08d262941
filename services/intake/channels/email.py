"""E-mail in: the SMTP listener. `250` only after the commit; `452` when the message could not be kept."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts import intake as i
from contracts.envelope import SUBJECT_MAX, TEXT_MAX, Actor, Attachment
from contracts.intake import Delivered
from journal import telemetry
from journal.blobs import Blobs
from journal.clock import Clock
from journal.directory import Directory
from journal.errors import Conflict, NotYet
from journal.follower import INFRASTRUCTURE
from journal.log import log
from journal.store import Pool
from journal.tokens import KeyRing, read_return_path, verify_reply_address
from services.intake import views
from services.intake.mail.automatic import Verdict, classify, delivery_report
from services.intake.mail.identity import fingerprint
from services.intake.mail.matching import Candidate, candidates, remembered_ids
from services.intake.mail.parse import Message, parse
from services.intake.mail.reply import Reply, is_forward, split_reply
from services.intake.reception import Reception
from services.intake.submission import Arrival, Match, submission_stream

SIZE_MAX = 35_000_000
"""Bytes of one message, announced by SIZE: 25 MB of attachments in base64. Source: RFC 1870; DECISIONS.md."""
RECIPIENTS_MAX = 100
"""Source: RFC 5321 section 4.5.3.1.8."""
_KEPT = "250 2.0.0 kept"
_TRY_LATER = "452 4.3.1 cannot keep it now, try again later"
_NOT_HERE = "550 5.1.1 no such mailbox here"


@dataclass(frozen=True, slots=True)
class Read:
    """A raw message, read: everything that takes time away from the event loop."""

    message: Message
    verdict: Verdict
    reply: Reply
    identity: str


class EmailChannel:
    """The desk's mailbox, as an SMTP server of its own."""

    def __init__(
        self,
        reception: Reception,
        pool: Pool,
        directory: Directory,
        blobs: Blobs,
        clock: Clock,
        keys: KeyRing,
    ) -> None:
        self._reception = reception
        self._pool = pool
        self._directory = directory
        self._blobs = blobs
        self._clock = clock
        self._keys = keys

    async def serve(self, host: str, port: int) -> None:
        """Listen until cancelled."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(
                self, data_size_limit=SIZE_MAX, enable_SMTPUTF8=True, loop=loop, ident="Atendimento"
            ),
            host,
            port,
        )
        async with server:
            await server.serve_forever()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[Any]
    ) -> str:
        """Accept the desk's own addresses, and its signed ones."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 too many recipients"
        try:
            if not self._is_ours(address):
                return _NOT_HERE
        except NotYet:
            return _TRY_LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message; 250 once it is committed."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode("utf-8", "surrogateescape")
        try:
            await self.receive(raw, envelope.mail_from or "", tuple(envelope.rcpt_tos))
        except (Conflict, NotYet, *INFRASTRUCTURE) as error:
            log.warning("mail not kept", error=repr(error))
            return _TRY_LATER
        except Exception as error:  # noqa: BLE001 - the sender's server keeps what we could not
            log.exception("mail not kept", error=repr(error))
            return _TRY_LATER
        return _KEPT

    async def receive(self, raw: bytes, mail_from: str, rcpt_to: tuple[str, ...]) -> None:
        """One message from its bytes to its disposition, committed when this returns."""
        received_at = self._clock.now()
        address = await self._blobs.put(raw)
        read = await asyncio.to_thread(_read, raw, mail_from)
        attachments = await self._attachments(read)
        arrival = await self._arrival(read, address, attachments, mail_from, rcpt_to, received_at)
        trace = telemetry.child(telemetry.start(), "channel email")
        await self._reception.receive([arrival], [trace])

    async def _arrival(
        self,
        read: Read,
        raw: str,
        attachments: tuple[Attachment, ...],
        mail_from: str,
        rcpt_to: tuple[str, ...],
        received_at: datetime,
    ) -> Arrival:
        message = read.message
        sender = message.from_address or mail_from
        delivered = Delivered(
            channel="email",
            via=self._directory.desk.address,
            received_at=received_at,
            sender=sender[:320],
            sender_name=message.from_name[:200],
            subject=message.subject[:SUBJECT_MAX],
            text=read.reply.own[:TEXT_MAX],
            quoted=read.reply.quoted[:TEXT_MAX],
            attachments=attachments,
            raw=raw,
            message_id=(message.message_id or "")[:1000],
            references=remembered_ids(message)[:50],
        )
        bounced, match = None, None
        if read.verdict.kind == "bounce":
            bounced = await self._bounced(read, delivered, rcpt_to)
        if bounced is None:
            match = await self._match(message, rcpt_to, sender)
        return Arrival(
            submission_id=submission_stream("mail", read.identity),
            delivered=delivered,
            by=Actor(role="requester", key=sender[:200]),
            sort=read.verdict.kind,
            sort_reason=read.verdict.reason,
            match=match,
            as_duplicate=True,
            desk_own=self._is_desk(sender),
            bounced=bounced,
        )

    async def _match(self, message: Message, rcpt_to: tuple[str, ...], sender: str) -> Match | None:
        """The first way that leads to a ticket. A number counts only where the sender takes part."""
        for candidate in candidates(message, self._keys, self._domain, rcpt_to):
            if found := await self._look_up(candidate, sender):
                return found
        return None

    async def _look_up(self, candidate: Candidate, sender: str) -> Match | None:
        if candidate.ticket_id is not None:
            return await views.ticket(self._pool, candidate.ticket_id, proven=True)
        if candidate.step != "subject_number":
            return await views.ticket_with(self._pool, candidate.lookup)
        found = await views.ticket_numbered(self._pool, candidate.lookup)
        contact = self._directory.contact_at(sender)
        return found if found and contact and contact[1].customer == found.customer else None

    async def _bounced(
        self, read: Read, delivered: Delivered, rcpt_to: tuple[str, ...]
    ) -> i.BounceReceived | None:
        """The notification that a delivery report is about, by its own return path."""
        report = next(iter(delivery_report(read.message)), None)
        for address in rcpt_to:
            notification_id = read_return_path(address, self._domain)
            known = notification_id and await views.notification(self._pool, notification_id)
            if known:
                return i.BounceReceived(
                    ticket_id=known.ticket_id,
                    notification_id=known.notification_id,
                    delivered=delivered,
                    recipient=known.recipient,
                    status=report.status[:20] if report else "",
                    diagnostic=report.diagnostic[:1000] if report else "",
                )
        return None

    async def _attachments(self, read: Read) -> tuple[Attachment, ...]:
        """Every file kept before anything names it; a text too long for an event is one more."""
        kept = []
        for file in read.message.attachments[:99]:
            address = await self._blobs.put(file.content)
            kept.append(
                Attachment(
                    name=file.name[:255],
                    content_type=file.content_type[:200],
                    size=len(file.content),
                    sha256=address,
                    inline=file.inline,
                    content_id=(file.content_id or "")[:500],
                )
            )
        if max(len(read.reply.own), len(read.reply.quoted)) > TEXT_MAX:
            whole = read.message.text.encode()
            address = await self._blobs.put(whole)
            kept.append(
                Attachment(name="mensagem.txt", content_type="text/plain", size=len(whole), sha256=address)
            )
        return tuple(kept)

    @property
    def _domain(self) -> str:
        return self._directory.desk.address.rpartition("@")[2]

    def _is_desk(self, address: str) -> bool:
        desk = self._directory.desk
        return address.lower() in {desk.address.lower(), *(other.lower() for other in desk.accepts)}

    def _is_ours(self, address: str) -> bool:
        return (
            self._is_desk(address)
            or verify_reply_address(address, self._keys, self._domain) is not None
            or read_return_path(address, self._domain) is not None
        )


def _read(raw: bytes, mail_from: str) -> Read:
    message = parse(raw)
    forwarded = is_forward(message.subject)
    reply = Reply(message.text, "") if forwarded else split_reply(message.text)
    return Read(message, classify(message, mail_from), reply, fingerprint(raw))
