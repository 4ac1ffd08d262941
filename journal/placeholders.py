"""Texts with blanks, as the desk writes them: `{number}` stands for the ticket's number. Pure.

The directory refuses a text whose blanks nobody fills; notifier and gateway fill them. Nothing but a known
name in lower case between braces is a blank, so that a text may hold any other brace.
"""

import re
from collections.abc import Mapping

_BLANK = re.compile(r"\{([a-z_]+)\}")


def placeholders(text: str) -> set[str]:
    """The names in braces in a text."""
    return set(_BLANK.findall(text))


def fill(text: str, facts: Mapping[str, object]) -> str:
    """The text with its blanks filled in; a name without a fact stays as it was written.

    What is filled in is never read for blanks itself: it may be what somebody typed.
    """
    return _BLANK.sub(lambda blank: str(facts.get(blank[1], blank[0])), text)


CANNED_ANSWER = frozenset({"requester", "customer", "number", "subject", "application", "analyst", "due"})
"""What a canned answer may name: the ticket's own facts, and the analyst who uses it."""

_LETTER = frozenset({"name", "subject", "desk", "phone", "address", "portal", "link"})
"""Of every e-mail: the recipient's name, the subject, the desk and how to reach it."""
_OF_TICKET = _LETTER | {"number"}

MAIL_TEMPLATE: Mapping[str, frozenset[str]] = {
    "opened": _OF_TICKET | {"due", "place"},
    "answered": _OF_TICKET | {"analyst", "text"},
    "awaiting_customer": _OF_TICKET | {"analyst", "text"},
    "reminder": _OF_TICKET | {"due"},
    "held": _OF_TICKET | {"third_party", "expected", "text"},
    "resumed": _OF_TICKET,
    "reclassified": _OF_TICKET | {"text"},
    "awaiting_approval": _OF_TICKET | {"text"},
    "approval_wanted": _OF_TICKET | {"by", "text"},
    "approved": _OF_TICKET | {"by", "text"},
    "sent_back": _OF_TICKET | {"by", "text"},
    "rejected": _OF_TICKET | {"by", "text"},
    "resolved": _OF_TICKET | {"analyst", "text", "rating_link"},
    "reopened": _OF_TICKET | {"text"},
    "closed": _OF_TICKET | {"text"},
    "parked": _LETTER,
    "assigned": _OF_TICKET | {"by", "text"},
    "answer_refused": _OF_TICKET | {"text"},
    "mentioned": _OF_TICKET | {"by", "text"},
    "requester_replied": _OF_TICKET | {"sender", "text"},
    "reopened_analyst": _OF_TICKET | {"text"},
    "warning": _OF_TICKET | {"stage", "due"},
    "breach": _OF_TICKET | {"due"},
    "bounce": _OF_TICKET | {"recipient", "text"},
    "loop": _OF_TICKET | {"recipient"},
    "suspended": _OF_TICKET | {"recipient"},
}
"""What the desk's own words for an e-mail may name, by template.

`due` and `expected` are shown in words of the recipient's language; `text` is what a person wrote, or the
reason given.
"""
