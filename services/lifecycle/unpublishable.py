"""What of an analyst's e-mail keeps all of it from being published, whatever the ticket. Pure."""

import re

from contracts.envelope import Attachment
from contracts.intake import AnalystReplyReceived
from journal.answering import repeats_notification

_CUT = {"text_cut", "limit_txt_chars", "limit_html_chars"}
"""Notes of a body so long that all of it, the quote too, is one of the files. Source: intake, what it cuts in reading."""
_MAIL_TYPES = re.compile(
    r"(?:message|multipart)/.*|text/rfc822-headers|application/(?:vnd\.)?ms-(?:tnef|outlook)", re.IGNORECASE
)
_MAIL_NAMES = re.compile(r".*\.(?:eml|msg)|winmail\.dat|att\d{5}\.(?:html?|txt)", re.IGNORECASE | re.DOTALL)
"""Files of mails, and the parts of one that Exchange makes files of."""


def why_unpublishable(received: AnalystReplyReceived) -> str:
    """The code of what is wrong with it; empty where nothing is.

    An attached mail may be the notification, with its reply address and what it says to the desk alone. Of what was written
    below or between the quote only its author can say what is his; half of an answer would pass for all of it.
    """
    delivered = received.delivered
    if not delivered.text.strip():
        return "nothing_said"
    if repeats_notification(delivered.text):
        return "repeats_notification"
    if received.written_below.strip():
        return "written_below"
    if not _CUT.isdisjoint(delivered.notes):
        return "mail_too_long"
    return "mail_attached" if any(map(_is_mail, delivered.attachments)) else ""


def _is_mail(file: Attachment) -> bool:
    kind = file.content_type.partition(";")[0].strip()
    return bool(_MAIL_TYPES.fullmatch(kind) or _MAIL_NAMES.fullmatch(file.name))
