"""The header of a message within another's text: over what is answered, and over what is passed on."""

import re
from collections.abc import Sequence

from services.intake.mail.cited import LINE_CHARS_MAX

ORIGINAL = re.compile(
    r"[>\s*]*[-_=]{2,}\s*(?:mensagem\s+original|original\s+message|ursprüngliche\s+nachricht|mensaje\s+original"
    r"|message\s+d['\u2019]origine|messaggio\s+originale|oprindelig\s+meddelelse|reply\s+message)\s*[-_=]{2,}[\s*]*",
    re.IGNORECASE,
)
FORWARDED = re.compile(
    r"[>\s*]*(?:[-_=]{2,}\s*(?:mensagem\s+encaminhada|forwarded\s+message|mensaje\s+reenviado|message\s+transféré)"
    r"|(?:início\s+da\s+mensagem\s+(?:encaminhada|reenviada)|begin\s+forwarded\s+message)\s*:).*",
    re.IGNORECASE,
)
_LABELS = {
    "from": r"de|from|von|van|da|fra|från|od|remetente",
    "sent": r"enviad[ao](?:\s+em)?|data|date|sent|gesendet|datum|envoyé(?:\s+le)?|verzonden|inviato|sendt|skickat"
    r"|enviado\s+el|fecha|message\s+du|dato",
    "to": r"para|to|an|à|a|aan|til|till|komu|cc|cópia|copie\s+à|destinatário",
    "subject": r"assunto|subject|betreff|objet|onderwerp|oggetto|emne|ämne|asunto|sujet|temat",
}
LABEL = re.compile(
    r"[>\s*_]*(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items())
    + r")\s?\*?\s?:[\s*]*",
    re.IGNORECASE,
)
# `De: … Para: …` alone may be what somebody asks to be changed; a date or a subject makes it a mail's header.
_HEADER_BLOCKS = ({"from", "sent"}, {"from", "subject"}, {"sent", "to"})
_HEADER_BLOCK_LINES = 6
_HEADER_LINES_SEEN = 2_000
_FORWARD_SUBJECT = re.compile(r"\s*(?:enc|fwd?|encaminhad[ao]|tr|wg)\s*:", re.IGNORECASE)


def is_forward(subject: str) -> bool:
    """Whether a subject says that the message passes on another's (`ENC:`, `Fwd:`): nothing of it is to be folded."""
    return bool(_FORWARD_SUBJECT.match(subject))


def forwarded_header(text: str, *, marked: bool) -> str:
    """What stands behind `De:` in the header over a message that is passed on; empty where there is none.

    `marked` asks for a line that says so (`Mensagem encaminhada`), else any header of a mail counts.
    """
    lines = text.split("\n", _HEADER_LINES_SEEN)[:_HEADER_LINES_SEEN]
    kinds = list(map(label_kind, lines))
    begins = [position for position, line in enumerate(lines) if FORWARDED.match(line[:LINE_CHARS_MAX])]
    if not begins and marked:
        return ""
    for position in range(begins[0] if begins else 0, len(lines)):
        if kinds[position] == "from" and (begins or is_header_block(kinds, position)):
            return lines[position].partition(":")[2].strip(" *")
    return ""


def label_kind(line: str) -> str | None:
    """`from`, `sent`, `to` or `subject`, where a line begins as such a line of a header does."""
    found = LABEL.match(line) if len(line) <= LINE_CHARS_MAX else None
    return found.lastgroup if found else None


def is_header_block(kinds: Sequence[str | None], position: int) -> bool:
    """Whether a mail's header begins at that line, by the kinds of it and the next ones."""
    if kinds[position] in {None, "to"}:
        return False
    block = set(kinds[position : position + _HEADER_BLOCK_LINES])
    return any(needed <= block for needed in _HEADER_BLOCKS)
