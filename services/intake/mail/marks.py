"""Where something begins that a mail program put into a text: an attribution, a thread, what is passed on."""

import re
from collections.abc import Sequence

from services.intake.mail.attribution import ATTRIBUTION_LINES_MAX, WORDS_FOR_WROTE, attribution_end
from services.intake.mail.cited import LINE_CHARS_MAX, is_cited
from services.intake.mail.inner_header import FORWARDED, ORIGINAL, is_header_block, label_kind

FORWARD = -1
_SENT_FROM = re.compile(
    r"[\s*_]*(?:(?:enviad[ao]|mandado)\s+(?:do\s+meu|da\s+minha|de\s+meu|pelo\s+meu|pelo|pela|via|com\s+o|a\s+partir\s+d[oe]|do|de\s+um)\s"
    r"|sent\s+from\s+(?:my|mail\s+for|outlook|samsung|yahoo)|gesendet\s+von\s|enviado\s+desde\s+mi\s"
    r"|envoyé\s+(?:de\s+mon|depuis)\s|inviato\s+da\s|verzonden\s+(?:vanaf|met)\s"
    r"|(?:obter|obtenha)\s+o\s+outlook\s+para\s|get\s+outlook\s+for\s|baixe\s+o\s+outlook).{0,80}",
    re.IGNORECASE,
)


def marks_of(lines: Sequence[str]) -> list[int]:
    """What begins at each line; each is looked at a bounded number of times.

    0: nothing. -1: a forwarded message. The number of lines: a thread that runs to the end. Any other: an attribution,
    as the number of the line after it.
    """
    ends = (":", ">", *WORDS_FOR_WROTE)
    short = [line if len(line) <= LINE_CHARS_MAX else "" for line in lines]
    kinds = list(map(label_kind, short))
    closing = [bool(line) and line.rstrip(" \t\r*_-").lower().endswith(ends) for line in short]
    marks = [0] * len(lines)
    for position, line in enumerate(short):
        if not line.strip() or is_cited(line):
            continue
        if FORWARDED.match(line):
            marks[position] = FORWARD
        elif ORIGINAL.fullmatch(line) or is_header_block(kinds, position) or _SENT_FROM.fullmatch(line):
            marks[position] = len(lines)
        elif any(closing[position : position + ATTRIBUTION_LINES_MAX]):
            marks[position] = attribution_end(lines, closing, position)
    return marks
