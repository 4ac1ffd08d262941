"""What a library takes for a quote, in languages that the desk's own rules do not know."""

import re
from collections.abc import Sequence

from mailparser_reply import EmailReplyParser

from services.intake.mail.cited import LINE_CHARS_MAX
from services.intake.mail.inner_header import FORWARDED, LABEL

_LIBRARY_CHARS_MAX = 20_000
"""Source: measured, mail-parser-reply 1.36: its patterns are quadratic in the length of a line (3,000 characters take
0.16 s); 20,000 characters in lines of up to 400 stay below 0.2 s."""
_LIBRARY = EmailReplyParser(
    languages=["en", "fr", "de", "it", "nl", "pl", "sv", "da", "cs", "ja", "ko", "zh"]
)
_LIBRARY_TRACE = re.compile(r"^[^:\n]{0,60}:|[:\uff1a][ \t]*$|-{5}", re.MULTILINE)
"""What each header that the library knows has: a label with a colon, a colon at a line's end, or a rule.

Most new mails have none, and looking closely costs 3 ms per 1,000 characters.
"""
_BLANK_LINES = re.compile(r"\n\s*\n")


def by_library(lines: Sequence[str]) -> list[bool]:
    """The second opinion, for languages that the rules above do not know."""
    text = _BLANK_LINES.sub("\n\n", "\n".join(lines))  # its patterns are quadratic in them
    if (
        len(text) > _LIBRARY_CHARS_MAX
        or max(map(len, lines)) > LINE_CHARS_MAX
        or any(map(FORWARDED.match, lines))
        or not _LIBRARY_TRACE.search(text)
    ):
        return [False] * len(lines)
    replies = _LIBRARY.read(text).replies
    if len(replies) < 2 or not replies[0].content:  # noqa: PLR2004 - one reply: nothing to fold
        return [False] * len(lines)
    # The library trims and changes blanks; what it kept is found again by counting the other characters.
    kept = len("".join(replies[0].content.split()))
    folded = []
    for line in lines:
        folded.append(kept <= 0)
        kept -= len("".join(line.split()))
    first = next((line for line, hidden in zip(lines, folded, strict=True) if hidden and line.strip()), "")
    # It takes any two labels for a mail's header, such as those of what somebody asks to be changed.
    return [False] * len(lines) if LABEL.match(first) else folded
