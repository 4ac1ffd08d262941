"""A mail, from its bytes to what the decider needs to know about it."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from contracts import intake as i
from contracts.envelope import ATTACHMENTS_MAX, SUBJECT_MAX, TEXT_MAX, Actor, Attachment, Sha256
from contracts.intake import Delivered
from journal.blobs import Blobs
from journal.file_types import FileTypes
from services.intake.channels.addresses import OwnAddresses
from services.intake.channels.finding import Finding
from services.intake.mail.addresses import Mailbox as Sender
from services.intake.mail.authenticity import dmarc_failure, dmarc_passed
from services.intake.mail.automatic import Verdict, classify
from services.intake.mail.below import written_below
from services.intake.mail.content import Attachment as File
from services.intake.mail.entered import Place
from services.intake.mail.forwarded import original_sender
from services.intake.mail.identity import fingerprint
from services.intake.mail.inner_header import is_forward
from services.intake.mail.matching import remembered_ids, speaks_to_the_desk
from services.intake.mail.parse import Message, parse
from services.intake.mail.reply import Reply, split_reply
from services.intake.submission import Answer, Arrival, Match, submission_stream

ENVELOPE_TO_MAX = 20
"""Source: contracts/intake.py, `envelope_to`."""
_READERS = 2
"""Messages read at once: each takes a processor, and up to its own size again in memory. Source: our choice."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One mail as it was brought here; `address` names its bytes in the blob store.

    `mail_from` is None where no envelope came with it (IMAP): its header tells. `size` is above 0 where the
    message is so large that only its beginning was fetched; `refused` has its server's words where no more than
    a header could be fetched.
    """

    raw: bytes
    address: str
    mailbox: str
    received_at: datetime
    mail_from: str | None
    rcpt_to: tuple[str, ...] = ()
    place: Place | None = None
    size: int = 0
    refused: str = ""

    def identity(self, fingerprint: str) -> str:
        """What tells it from others: of a message that is not given, only where it lies."""
        return repr(self.place) if self.refused else fingerprint


@dataclass(frozen=True, slots=True)
class Read:
    """A raw message, read: everything that takes time away from the event loop."""

    message: Message
    verdict: Verdict
    reply: Reply
    written_below: str
    identity: str
    original: Sender | None


@dataclass(frozen=True, slots=True)
class Attached:
    """The files that an event names, and what is to be said of those that it does not; `forms`: which are the body again."""

    files: tuple[Attachment, ...]
    forms: tuple[bool, ...]
    notes: tuple[str, ...]


class Reader:
    """Reads mails and looks up what they are about."""

    def __init__(
        self,
        finding: Finding,
        blobs: Blobs,
        own: OwnAddresses,
        trusted: frozenset[str] = frozenset(),
        refused: FileTypes = FileTypes(),  # noqa: B008 - frozen, and empty
    ) -> None:
        """`trusted` are the names of the desk's own mail servers; files of `refused` kinds are in the raw mail only."""
        self._finding = finding
        self._blobs = blobs
        self._own = own
        self._trusted = trusted
        self._refused = refused
        self._readers = asyncio.Semaphore(_READERS)

    async def arrival(self, mail: Carried) -> Arrival:
        """What has arrived, its files kept. Raises whatever is wrong with the bytes, or away."""
        async with self._readers:
            read = await asyncio.to_thread(_read, mail.raw, mail.mail_from)
        message = read.message
        sender = message.from_address or mail.mail_from or ""
        rcpt_to = mail.rcpt_to or (mail.mailbox, *message.delivered, *message.to)
        carried, html = await asyncio.gather(self._attachments(read), self._html(message))
        delivered = self._delivered(read, sender, mail, carried, html)
        rather, area = self._own.about(mail.mailbox)
        arrival = Arrival(
            submission_id=submission_stream("mail", mail.identity(read.identity)),
            delivered=delivered,
            by=Actor(role="requester", key=sender[:200]),
            sort=read.verdict.kind,
            sort_reason=read.verdict.reason[:200],
            rather=rather,
            area=area,
            as_duplicate=True,
            desk_own=self._own.includes(sender),
            unauthenticated=dmarc_failure(message.headers, self._trusted, sender),
            parked="over_limit" if mail.size else "unreadable" if mail.refused else None,
            detail=f"{mail.size} bytes" if mail.size else mail.refused,
        )
        if read.verdict.kind == "bounce":
            return await self._finding.reported(arrival, message, rcpt_to)
        sure = not arrival.unauthenticated
        at = mail.received_at
        match = await self._finding.ticket(message, rcpt_to, sender if sure else "", at)
        if match is None and read.verdict.kind == "auto_reply":
            match = await self._finding.answered(rcpt_to, at)
        # What is passed on was written for others: nobody means to publish all of it.
        if match is None or read.verdict.kind != "human" or is_forward(message.subject):
            return replace(arrival, match=match)
        # To speak for the desk it takes more than that nobody objects.
        if self._trusted and not dmarc_passed(message.headers, self._trusted, sender):
            return replace(arrival, match=match)
        if not self._speaks_to_the_desk(message, sender, match):
            return replace(arrival, match=match)
        analysts = await self._finding.answering(message, sender, match, at)
        if not analysts:
            return replace(arrival, match=match)
        above = _above(delivered, read.reply, carried)
        answer = Answer(analysts, above, read.written_below[:TEXT_MAX])
        return replace(arrival, match=match, answer=answer)

    def _speaks_to_the_desk(self, message: Message, sender: str, match: Match) -> bool:
        """Of their own mail, people may send themselves a copy."""
        return speaks_to_the_desk(
            message,
            self._own.includes,
            lambda address: address == sender or self._finding.may_look_on(address, match),
        )

    def shell(self, mail: Carried) -> Arrival:
        """A person looks at the raw bytes, which are all that is sure."""
        sender = mail.mail_from or ""
        return Arrival(
            submission_id=submission_stream("raw mail", mail.identity(sha256(mail.raw).hexdigest())),
            delivered=Delivered(
                channel="email",
                via=mail.mailbox[:200],
                received_at=mail.received_at,
                sender=sender[:320],
                raw=mail.address,
                **_envelope(mail),
            ),
            by=Actor(role="requester", key=sender[:200]),
            as_duplicate=True,
            parked="unreadable",
        )

    def _delivered(
        self, read: Read, sender: str, mail: Carried, carried: Attached, html: Sha256 | None
    ) -> Delivered:
        message, original = read.message, read.original
        if original is None or self._own.includes(original.address):
            original = Sender("", "")
        return Delivered(
            channel="email",
            via=mail.mailbox[:200],
            received_at=mail.received_at,
            sender=sender[:320],
            sender_name=message.from_name[:200],
            original_sender=original.address[:320],
            original_sender_name=original.name[:200],
            subject=message.subject[:SUBJECT_MAX],
            text=read.reply.own[:TEXT_MAX],
            quoted=read.reply.quoted[:TEXT_MAX],
            attachments=carried.files,
            raw=mail.address,
            html=html,
            message_id=(message.message_id or "")[: i.MESSAGE_ID_MAX],
            references=tuple(one[: i.MESSAGE_ID_MAX] for one in remembered_ids(message)),
            **_envelope(mail),
            notes=(*message.notes, *carried.notes),
        )

    async def _html(self, message: Message) -> Sha256 | None:
        return await self._blobs.put(message.html.encode()) if message.html else None

    async def _attachments(self, read: Read) -> Attached:
        """Every file kept before anything names it; a text too long for an event is one more."""
        notes = list[str]()
        files = [
            file
            for file in read.message.attachments
            if not self._refused.include(file.name, file.content_type)
        ]
        if len(files) < len(read.message.attachments):
            notes.append("file_refused")
        if len(files) >= ATTACHMENTS_MAX:
            notes.append("more_files")
        files = files[: ATTACHMENTS_MAX - 1]
        kept = await asyncio.gather(*map(self._attached, files))
        if max(len(read.reply.own), len(read.reply.quoted)) > TEXT_MAX:
            notes.append("text_cut")
            whole = read.message.text.encode()
            address = await self._blobs.put(whole)
            kept.append(
                Attachment(name="mensagem.txt", content_type="text/plain", size=len(whole), sha256=address)
            )
        forms = [file.form for file in files]
        return Attached(tuple(kept), (*forms, *[False] * (len(kept) - len(forms))), tuple(notes))

    async def _attached(self, file: File) -> Attachment:
        return Attachment(
            name=file.name[:255],
            content_type=file.content_type[:200],
            size=len(file.content),
            sha256=await self._blobs.put(file.content),
            inline=file.inline,
            content_id=(file.content_id or "")[:500],
        )


def _above(delivered: Delivered, reply: Reply, carried: Attached) -> Delivered:
    """The mail with what stands above its first quote as its text; of a quote too long for an event the raw mail has the rest.

    So it has other forms of the body: the quote is in them as well.
    """
    notes = list(delivered.notes)
    if any(carried.forms):
        notes.append("other_form")
    update = {
        "text": reply.above[:TEXT_MAX],
        "quoted": reply.below[:TEXT_MAX],
        "attachments": tuple(
            file for file, form in zip(carried.files, carried.forms, strict=True) if not form
        ),
        "notes": tuple(notes),
    }
    return delivered.model_copy(update=update)


def _envelope(mail: Carried) -> dict[str, Any]:
    """What SMTP gave a mail with, or where it lay in a mailbox."""
    recipients = tuple(dict.fromkeys(address[:320] for address in mail.rcpt_to))
    place = mail.place and i.MailboxPlace(
        mailbox=mail.place.mailbox, uid_validity=mail.place.uid_validity, uid=mail.place.uid
    )
    return {
        "envelope_from": (mail.mail_from or "")[:320],
        "envelope_to": recipients[:ENVELOPE_TO_MAX],
        "place": place,
    }


def _read(raw: bytes, mail_from: str | None) -> Read:
    message = parse(raw)
    forwarded = is_forward(message.subject)
    reply = Reply(message.text, "", "", message.text) if forwarded else split_reply(message.text)
    below = written_below(reply.own_below, message.from_name, message.from_address)
    return Read(
        message, classify(message, mail_from), reply, below, fingerprint(raw), original_sender(message)
    )
