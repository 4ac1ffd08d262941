"""E-mail in: one message from its bytes to its disposition, whatever the bytes."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from contracts import intake as i
from contracts.envelope import ATTACHMENTS_MAX, SUBJECT_MAX, TEXT_MAX, Actor, Attachment
from contracts.intake import Delivered
from journal import telemetry
from journal.blobs import Blobs
from journal.clock import Clock
from journal.directory import Directory
from journal.log import log
from journal.tokens import KeyRing, read_return_path, verify_reply_address
from services.intake.channels.finding import Finding
from services.intake.mail.automatic import Verdict, classify
from services.intake.mail.identity import fingerprint
from services.intake.mail.matching import remembered_ids
from services.intake.mail.parse import Message, parse
from services.intake.mail.reply import Reply, is_forward, split_reply
from services.intake.metrics import DISPOSITIONS, MESSAGES, PUT_OFF
from services.intake.reception import Outcome, passes
from services.intake.submission import Arrival, Submission, submission_stream
from services.intake.together import Together

_READERS = 2
"""Messages read at once: each takes a processor, and up to its own size again in memory. Source: our choice."""


@dataclass(frozen=True, slots=True)
class Read:
    """A raw message, read: everything that takes time away from the event loop."""

    message: Message
    verdict: Verdict
    reply: Reply
    identity: str


class EmailChannel:
    """The desk's mailbox: every message that comes in ends in exactly one disposition, or is not accepted."""

    def __init__(
        self,
        together: Together,
        finding: Finding,
        directory: Directory,
        blobs: Blobs,
        clock: Clock,
        keys: KeyRing,
    ) -> None:
        self._together = together
        self._finding = finding
        self._directory = directory
        self._blobs = blobs
        self._clock = clock
        self._keys = keys
        self._readers = asyncio.Semaphore(_READERS)

    async def receive(self, raw: bytes, mail_from: str, rcpt_to: tuple[str, ...]) -> bool:
        """Whether the message is safe here, disposition and all; otherwise its sender must keep it."""
        MESSAGES.labels("email").inc()
        try:
            outcome = await self._disposed(raw, _storable(mail_from), rcpt_to)
        except Exception as error:  # noqa: BLE001 - the sender's server keeps what we could not
            outcome = error
        if isinstance(outcome, Submission):
            DISPOSITIONS.labels("email", outcome.disposition).inc()
            return True
        PUT_OFF.labels("email").inc()
        log.warning("mail not kept", error=type(outcome).__name__)
        return False

    async def _disposed(self, raw: bytes, mail_from: str, rcpt_to: tuple[str, ...]) -> Outcome:
        received_at = self._clock.now()
        address = await self._blobs.put(raw)
        trace = telemetry.child(telemetry.start(), "channel email")
        try:
            arrival = await self._arrival(raw, address, mail_from, rcpt_to, received_at)
        except Exception as error:
            if passes(error):
                raise
            log.error("a mail cannot be read", raw=address, error=type(error).__name__)
            shell = self._shell(raw, address, mail_from, received_at)
            return await self._together.reception.park(error, trace, shell)
        outcome = await self._together.take_in(arrival, trace)
        if isinstance(outcome, Submission) or passes(outcome):
            return outcome
        log.error("a mail cannot be decided on", raw=address, error=type(outcome).__name__)
        shell = self._shell(raw, address, mail_from, received_at)
        return await self._together.reception.park(outcome, trace, arrival, shell)

    async def _arrival(
        self, raw: bytes, address: str, mail_from: str, rcpt_to: tuple[str, ...], received_at: datetime
    ) -> Arrival:
        async with self._readers:
            read = await asyncio.to_thread(_read, raw, mail_from)
        message = read.message
        sender = message.from_address or mail_from
        delivered = self._delivered(read, sender, address, received_at, await self._attachments(read))
        arrival = Arrival(
            submission_id=submission_stream("mail", read.identity),
            delivered=delivered,
            by=Actor(role="requester", key=sender[:200]),
            sort=read.verdict.kind,
            sort_reason=read.verdict.reason[:200],
            as_duplicate=True,
            desk_own=self.is_ours(sender),
        )
        if read.verdict.kind == "bounce":
            return replace(arrival, bounced=await self._finding.bounced(message, delivered, rcpt_to))
        return replace(arrival, match=await self._finding.ticket(message, rcpt_to, sender))

    def _delivered(
        self, read: Read, sender: str, raw: str, received_at: datetime, attachments: tuple[Attachment, ...]
    ) -> Delivered:
        message = read.message
        return Delivered(
            channel="email",
            via=self._directory.desk.address[:200],
            received_at=received_at,
            sender=sender[:320],
            sender_name=message.from_name[:200],
            subject=message.subject[:SUBJECT_MAX],
            text=read.reply.own[:TEXT_MAX],
            quoted=read.reply.quoted[:TEXT_MAX],
            attachments=attachments,
            raw=raw,
            message_id=(message.message_id or "")[: i.MESSAGE_ID_MAX],
            references=tuple(one[: i.MESSAGE_ID_MAX] for one in remembered_ids(message)),
        )

    def _shell(self, raw: bytes, address: str, mail_from: str, received_at: datetime) -> Arrival:
        """A person looks at the raw bytes, which are all that is sure."""
        delivered = Delivered(
            channel="email",
            via=self._directory.desk.address[:200],
            received_at=received_at,
            sender=mail_from[:320],
            raw=address,
        )
        return Arrival(
            submission_id=submission_stream("raw mail", sha256(raw).hexdigest()),
            delivered=delivered,
            by=Actor(role="requester", key=mail_from[:200]),
            as_duplicate=True,
            parked="unreadable",
        )

    async def _attachments(self, read: Read) -> tuple[Attachment, ...]:
        """Every file kept before anything names it; a text too long for an event is one more."""
        kept = []
        for file in read.message.attachments[: ATTACHMENTS_MAX - 1]:
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

    def is_ours(self, address: str) -> bool:
        """Whether mail to the address is the desk's, and mail from it the desk's own. Raises NotYet."""
        desk = self._directory.desk
        if address.lower() in {desk.address.lower(), *(other.lower() for other in desk.accepts)}:
            return True
        domain = desk.address.rpartition("@")[2]
        return (
            verify_reply_address(address, self._keys, domain) is not None
            or read_return_path(address, domain) is not None
        )


def _read(raw: bytes, mail_from: str) -> Read:
    message = parse(raw)
    forwarded = is_forward(message.subject)
    reply = Reply(message.text, "") if forwarded else split_reply(message.text)
    return Read(message, classify(message, mail_from), reply, fingerprint(raw))


def _storable(address: str) -> str:
    """An address as SMTP gave it: bytes that are no UTF-8 came through as lone surrogates."""
    return address.encode("utf-8", "replace").decode().replace("\x00", "\N{REPLACEMENT CHARACTER}")
