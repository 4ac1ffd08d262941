"""The MIME message of a notification: its words, who it is from, where answers go, how it threads."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from contracts.directory import Desk
from contracts.notifier import NotificationRequested
from journal.tokens import KeyRing, make_reply_address, make_return_path
from services.notifier.mail import Mail
from services.notifier.rating import rating_link
from services.notifier.wording import Words, one_line

_POLICY = SMTP.clone(cte_type="7bit")
"""CRLF, and seven bits: not every server on the way takes eight."""
_POLICY_UTF8 = _POLICY.clone(utf8=True)
"""For addresses beyond ASCII. Source: RFC 6532."""
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


@dataclass(frozen=True, slots=True)
class Composer:
    """Composes e-mails of one desk."""

    words: Words
    keys: KeyRing
    portal_url: str
    """Where the portal is, unless the desk's own record says so."""

    def compose(self, asked: NotificationRequested, desk: Desk, now: datetime) -> Mail:
        """The e-mail of a notification; the same one, but for its Date, whenever it is composed.

        Raises:
            ValueError: the recipient's address cannot be one.
            jinja2.TemplateError: its facts are not those of its template.
        """
        domain = desk.address.rpartition("@")[2]
        written = self.words.write(asked.template, asked.language, self._facts(asked, desk))
        message = EmailMessage(policy=_POLICY if asked.recipient.isascii() else _POLICY_UTF8)
        message["From"] = _address(desk.name, desk.address)
        message["To"] = _address(asked.recipient_name, asked.recipient)
        message["Subject"] = written.subject
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
        message.set_content(written.text, cte="quoted-printable")
        message.add_alternative(written.html, subtype="html", cte="quoted-printable")
        return Mail(
            notification_id=asked.notification_id,
            return_path=make_return_path(asked.notification_id, domain),
            recipient=asked.recipient,
            content=message.as_bytes(),
        )

    def _facts(self, asked: NotificationRequested, desk: Desk) -> dict[str, object]:
        """The notification's facts with those of the desk, and the links: they hold secrets, so no event does."""
        portal = (desk.portal_url or self.portal_url).rstrip("/")
        facts: dict[str, object] = {
            **asked.facts,
            "name": asked.recipient_name,
            "desk": desk.name,
            "phone": desk.phone,
            "address": desk.address,
            "time_zone": desk.time_zone,
            "portal": portal,
            "link": portal,
        }
        if asked.ticket_id is not None:
            facts["link"] = f"{portal}/tickets/{asked.facts['number']}"
        if asked.template == "resolved" and asked.ticket_id is not None:
            resolution = asked.facts["resolution"]
            facts["rating_link"] = rating_link(portal, asked.ticket_id, resolution, self.keys)
        return facts

    def _reply_address(self, asked: NotificationRequested, desk: Desk, domain: str) -> str:
        assert asked.ticket_id is not None  # noqa: S101 - the caller looked
        try:
            return make_reply_address(desk.address.rpartition("@")[0], asked.ticket_id, self.keys, domain)
        except ValueError:
            # No room for a token beside a long mailbox name: the Message-ID still says which ticket it is.
            return desk.address


def _address(name: str, address: str) -> Address:
    """Raises ValueError when it is no address."""
    try:
        return Address(one_line(name), addr_spec=address)
    except (ValueError, IndexError, AttributeError, MessageError) as error:
        raise ValueError("not an e-mail address") from error


def _thread(message: EmailMessage, asked: NotificationRequested) -> None:
    """In-Reply-To and References; ids that others wrote are taken only if they are ids."""
    if _MESSAGE_ID.fullmatch(asked.in_reply_to):
        message["In-Reply-To"] = asked.in_reply_to
    if references := [each for each in asked.references if _MESSAGE_ID.fullmatch(each)]:
        message["References"] = " ".join(references)
