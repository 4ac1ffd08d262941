"""The MIME message of a notification: its words, who it is from, where answers go, how it threads."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr

from contracts.directory import Desk, MailTemplate
from contracts.notifier import NotificationRequested
from journal.answering import ANSWER_LINE
from journal.tokens import KeyRing, make_answer_address, make_reply_address, make_return_path
from services.notifier.branding import branding
from services.notifier.dkim import Signature
from services.notifier.mail import Mail
from services.notifier.rating import rating_link
from services.notifier.shown import one_line
from services.notifier.wording import Words

_WIRE = compat32.clone(linesep="\r\n", cte_type="7bit", max_line_length=250)
"""The older of the two e-mail interfaces of the standard library: it composes several times faster.

Lines may be long enough for a Message-ID, since some programs do not know a folded one again.
"""
_WORD_MAX = 75
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
"""What may stand in an envelope and in a header. Source: RFC 5322 section 3.4.1, `dot-atom`, in effect."""


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes e-mails of one desk."""

    words: Words
    keys: KeyRing
    portal_url: str
    """Where the portal is, unless the desk's own record says so."""
    signature: Signature | None = None

    def compose(
        self, asked: NotificationRequested, desk: Desk, now: datetime, own: MailTemplate | None = None
    ) -> Mail:
        """The e-mail of a notification, in the desk's own words where it has some.

        The same one, but for its Date, whenever it is composed with the same words.

        Raises:
            ValueError: the recipient's address cannot be one.
            jinja2.TemplateError: its facts are not those of its template.
        """
        domain = desk.address.rpartition("@")[2]
        written = self.words.write(asked.template, asked.language, self.facts(asked, desk), own)
        message = MIMEMultipart("alternative", policy=_WIRE)
        message["From"] = _address(desk.name, desk.address)
        message["To"] = _address(asked.recipient_name, asked.recipient)
        message["Subject"] = _encoded(written.subject)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = asked.message_id
        if asked.ticket_id is not None:
            message["Reply-To"] = _address(desk.name, self._reply_address(asked, desk, domain))
        _thread(message, asked)
        if asked.automatic:
            # Source: RFC 3834 section 5; [MS-OXCMAIL] section 2.2.3.2.14.
            message["Auto-Submitted"] = "auto-generated"
            message["X-Auto-Response-Suppress"] = "All"
        message["Content-Language"] = asked.language
        for subtype, text in (("plain", written.text), ("html", written.html)):
            part = MIMEText(text, subtype, _UTF8, policy=_WIRE)  # type: ignore[arg-type] # takes a Charset
            del part["MIME-Version"]
            message.attach(part)
        content = message.as_bytes(policy=_WIRE)
        return Mail(
            notification_id=asked.notification_id,
            return_path=make_return_path(asked.notification_id, self.keys, domain),
            recipient=_mailbox(asked.recipient),
            content=self.signature.sign(content, domain) if self.signature else content,
        )

    def facts(self, asked: NotificationRequested, desk: Desk) -> dict[str, object]:
        """The notification's facts with those of the desk, and the links: they hold secrets, so no event does."""
        portal = (desk.portal_url or self.portal_url).rstrip("/")
        facts: dict[str, object] = {
            **asked.facts,
            **branding(desk),
            "name": asked.recipient_name,
            "desk": desk.name,
            "phone": desk.phone,
            "address": desk.address,
            "time_zone": desk.time_zone,
            "portal": portal,
            "link": portal,
            "answer_line": ANSWER_LINE[asked.language] if asked.answerable_by else "",
        }
        if asked.ticket_id is not None:
            facts["link"] = f"{portal}/tickets/{asked.facts['number']}"
        if asked.template == "resolved" and asked.ticket_id is not None:
            # Who only takes part does not rate: one rating a resolution, and it is the requester's.
            joined, resolution = asked.facts.get("joined"), asked.facts["resolution"]
            link = "" if joined else rating_link(portal, asked.ticket_id, resolution, self.keys)
            facts["rating_link"] = link
        return facts

    def _reply_address(self, asked: NotificationRequested, desk: Desk, domain: str) -> str:
        assert asked.ticket_id is not None  # noqa: S101 - the caller looked
        local = desk.address.rpartition("@")[0]
        try:
            if asked.answerable_by is not None:
                return make_answer_address(local, asked.notification_id, self.keys, domain)
            return make_reply_address(local, asked.ticket_id, self.keys, domain)
        except ValueError:
            # No room for a token beside a long mailbox name: the Message-ID still says which ticket it is.
            return desk.address


def _address(name: str, address: str) -> str:
    phrase = one_line(name)
    if phrase.isascii():
        return formataddr((phrase, _mailbox(address)))
    return f"{_encoded(phrase)} <{_mailbox(address)}>"


def _encoded(text: str) -> str:
    """In encoded words where it needs them. Source: RFC 2047 section 2, 75 characters a word."""
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=_WORD_MAX).encode(linesep="")


def _mailbox(address: str) -> str:
    """The address with its domain in ASCII. Raises ValueError when no server could take it."""
    local, _, domain = address.rpartition("@")
    mailbox = address if domain.isascii() else f"{local}@{domain.encode('idna').decode()}"
    if not _ADDRESS.fullmatch(mailbox):
        raise ValueError("not an e-mail address")
    return mailbox


def _thread(message: Message, asked: NotificationRequested) -> None:
    """In-Reply-To and References; ids that others wrote are taken only if they are ids."""
    if _MESSAGE_ID.fullmatch(asked.in_reply_to):
        message["In-Reply-To"] = asked.in_reply_to
    if references := [each for each in asked.references if _MESSAGE_ID.fullmatch(each)]:
        message["References"] = " ".join(references)
