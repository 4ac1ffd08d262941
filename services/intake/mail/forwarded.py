"""Who wrote what a contact passes on: the analyst sees both, the one who forwards and the original sender."""

from services.intake.mail.addresses import Mailbox, mailboxes
from services.intake.mail.headers import read_head
from services.intake.mail.inner_header import forwarded_header, is_forward
from services.intake.mail.parse import Message

_HEAD_BYTES_MAX = 256 * 1024


def original_sender(message: Message) -> Mailbox | None:
    """The sender of the first message that `message` passes on; None where it passes none on, or his own."""
    found = _in_attachment(message) or _in_text(message)
    return found if found and found.address != message.from_address else None


def _in_attachment(message: Message) -> Mailbox | None:
    for file in message.attachments:
        if file.content_type == "message/rfc822":
            head = read_head(file.content, 0, min(len(file.content), _HEAD_BYTES_MAX), _HEAD_BYTES_MAX)
            return next(iter(mailboxes(head.headers.first("from"), 1)), None)
    return None


def _in_text(message: Message) -> Mailbox | None:
    said = forwarded_header(message.text, marked=not is_forward(message.subject))
    return next(iter(mailboxes(said, 1)), None)
