"""Where something begins that a mail program put into a text: an attribution, a thread, what is passed on."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from services.intake.mail.attribution import ATTRIBUTION_LINES_MAX, WORDS_FOR_WROTE, attribution_end
from services.intake.mail.cited import LINE_CHARS_MAX, is_cited
from services.intake.mail.inner_header import FORWARDED, ORIGINAL, is_header_block, label_kind

_SENT_FROM = re.compile(
    r"[\s*_]*(?:(?:enviad[ao]|mandado)\s+(?:do\s+meu|da\s+minha|de\s+meu|pelo\s+meu|pelo|pela|via|com\s+o|a\s+partir\s+d[oe]|do|de\s+um)\s"
    r"|sent\s+from\s+(?:my|mail\s+for|outlook|samsung|yahoo|gmail|proton)|sent\s+(?:with\s+proton|via\s+blackberry)"
    r"|gesendet\s+von\s|enviado\s+desde\s+mi\s"
    r"|envoyé\s+(?:de\s+mon|depuis)\s|inviato\s+da\s|verzonden\s+(?:vanaf|met)\s"
    r"|(?:obter|obtenha)\s+o\s+outlook\s+para\s|get\s+outlook\s+for\s|baixe\s+o\s+outlook).{0,80}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What begins at a line, and the number of the line after what introduces it.

    `attribution`: `… escreveu:`; `thread`: a mail's header, or `Mensagem original`, where a program marks no lines;
    `device`: `Enviado do meu iPhone`; `forward`: what is passed on.
    """

    kind: Literal["attribution", "thread", "device", "forward"]
    end: int


def marks_of(lines: Sequence[str]) -> Mapping[int, Mark]:
    """What begins, by the number of its first line; each line is looked at a bounded number of times."""
    ends = (":", ">", *WORDS_FOR_WROTE)
    short = [line if len(line) <= LINE_CHARS_MAX else "" for line in lines]
    kinds = [label_kind(line) if line else None for line in short]
    closing = [bool(line) and line.rstrip(" \t\r*_-").lower().endswith(ends) for line in short]
    marks = dict[int, Mark]()
    for position, line in enumerate(short):
        if not line.strip() or is_cited(line):
            continue
        if FORWARDED.match(line):
            marks[position] = Mark("forward", position + 1)
        elif ORIGINAL.fullmatch(line) or is_header_block(kinds, position):
            marks[position] = Mark("thread", position + 1)
        elif _SENT_FROM.fullmatch(line):
            marks[position] = Mark("device", position + 1)
        elif any(closing[position : position + ATTRIBUTION_LINES_MAX]) and (
            end := attribution_end(lines, closing, position)
        ):
            marks[position] = Mark("attribution", end)
    return marks
