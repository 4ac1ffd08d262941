"""A raw message as the desk reads it. Any bytes give a `Message`; what could not be read is named in its notes."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_tz

from services.intake.mail.addresses import Mailbox, mailboxes
from services.intake.mail.content import Attachment, Content
from services.intake.mail.headers import Headers, decode_words
from services.intake.mail.mime import Limits, Walk, leaves

__all__ = ["Attachment", "Limits", "Message", "parse"]

_ID = re.compile(r"<([^<>]{1,998})>")
_BARE_ID = re.compile(r"[^\s<>@,;]{1,500}@[^\s<>@,;]{1,498}")

IDS_MAX = 200
"""Message-IDs read from one header; of more, the thread's root and the newest are kept."""
SUBJECT_CHARS_MAX = 998
"""Source: RFC 5322 section 2.1.1, the longest line a header may have."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as read. Every text can be stored as UTF-8 and in PostgreSQL.

    Message-IDs carry their angle brackets. `sent_at` is what the sender's machine claims: aware UTC, None when absent
    or absurd. `text` is the plain text, made from the HTML where there was nothing else. `html` is not sanitised.
    `notes` are codes of what was broken, guessed, or left raw for a limit.
    """

    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    from_address: str
    from_name: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    delivered: tuple[str, ...]
    subject: str
    sent_at: datetime | None
    text: str
    html: str | None
    attachments: tuple[Attachment, ...]
    headers: Headers
    notes: tuple[str, ...]


def parse(raw: bytes, limits: Limits | None = None) -> Message:
    """Read one raw message. Never raises, whatever the bytes.

    Args:
        raw: The message as it came over SMTP or from a mailbox; line ends of any kind.
        limits: How far to expand it; the defaults suit a desk that takes 30 MB mails.
    """
    walk = Walk(raw, limits or Limits())
    headers, parts = leaves(walk)
    content = Content(walk)
    for leaf in parts:
        content.read(leaf)
    text, html = content.body()
    sender = _sender(headers)
    ids = _ids(headers, "message-id")
    return Message(
        message_id=ids[0] if ids else None,
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        from_address=sender.address,
        from_name=sender.name,
        to=_addresses(headers, "to"),
        cc=_addresses(headers, "cc"),
        delivered=_addresses(headers, "delivered-to", "x-original-to", "envelope-to", "x-envelope-to"),
        subject=decode_words(headers.first("subject"))[:SUBJECT_CHARS_MAX],
        sent_at=_sent_at(headers.first("date")),
        text=text,
        html=html,
        attachments=content.attachments(html),
        headers=headers,
        notes=tuple(walk.notes),
    )


def _sender(headers: Headers) -> Mailbox:
    found = (box for name in ("from", "sender") for value in headers.all(name) for box in mailboxes(value, 1))
    return next(found, Mailbox("", ""))


def _addresses(headers: Headers, *names: str) -> tuple[str, ...]:
    found = (box.address for name in names for value in headers.all(name) for box in mailboxes(value))
    return tuple(dict.fromkeys(found))


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    """The Message-IDs of a header, each once, in order; a bare one gets its brackets."""
    value = " ".join(headers.all(name))
    if "=?" in value:
        # Python's own `email` folds an id of more than 78 characters so, and ours are.
        value = decode_words(value)
    found = ["<" + re.sub(r"\s+", "", match[1]) + ">" for match in _ID.finditer(value)]
    if not found:
        found = [f"<{match[0]}>" for match in _BARE_ID.finditer(value[:10_000])]
    ids = [one for one in dict.fromkeys(found) if one != "<>"]
    return tuple(ids if len(ids) <= IDS_MAX else [ids[0], *ids[-IDS_MAX + 1 :]])


def _sent_at(header: str) -> datetime | None:
    """Source: our choice of years; before 1990 and from 2100 on a clock was wrong, not the post slow."""
    try:
        fields = parsedate_tz(header[:200])
        if fields is None:
            return None
        local = datetime(*fields[:6], tzinfo=UTC)
        sent_at = datetime.fromtimestamp(local.timestamp() - (fields[9] or 0), UTC)
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None
    return sent_at if 1990 <= sent_at.year < 2100 else None  # noqa: PLR2004 - said above
