"""What the sender wrote himself, and what his mail program put under it. Folded, never dropped."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from mailparser_reply import EmailReplyParser

_LINE_CHARS_MAX = 400
_ATTRIBUTION_LINES_MAX = 4
_BROKEN_ATTRIBUTION_LINES_MAX = 7
"""Lines of an attribution that a program has broken around its address, as some on telephones do."""
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
_SIGNATURE_LINES_MAX = 15
_WRAPPED_CHARS_MIN = 66
"""Source: RFC 3676 section 4.2, lines are broken at 66 to 78 characters."""

_WIDTH = 72
"""A line was broken where its next word did not fit. Source: RFC 3676 section 4.2; most programs break at 72."""

_WORDS_FOR_WROTE = (
    *("escreveu", "escreveram", "enviou", "respondeu", "wrote", "sent", "schrieb", "schreef", "geschreven"),
    *("escribió", "a écrit", "ha scritto", "skrev", "napisał", "napisała", "napisał(a)", "napsal", "napsala"),
    *("napsal(a)", "kirjoitti", "đã viết", "написал", "написала", "пишет"),
)
_WROTE = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in _WORDS_FOR_WROTE)
_INTRODUCED = (
    r"em|no\s+dia|às|a|on|le|am|op|il|in\s+data|el|den|på|w\s+dniu|dnia|dne|vào"
    r"|\w{2,13}\.?,?\s+\d+|\d+|seg|ter|qua|qui|sex|s[áa]b|dom"
)
# `Em seg., 2 de mar. de 2026 às 10:15, Suporte <s@x> escreveu:`; the date is what tells it from prose.
_ATTRIBUTION = re.compile(
    rf"[>\s*_-]*(?:{_INTRODUCED})\b(?=.*\d).*\b(?:{_WROTE})(?:\s*:|\s*\Z|\s*-+\s*\Z|\s[^:]{{1,200}}:)[\s*_-]*",
    re.IGNORECASE,
)
# A line that says when, in full, and not yet who: `On Tue, Apr 11, 2017 at 10:07 PM John Smith`.
_BROKEN_BEGIN = re.compile(r"[>\s]*(?:on|em)\s.{0,60}\b20\d\d\b.{0,20}\d\d?:\d\d", re.IGNORECASE)
# What tells a program's attribution from `Em 02/03 o cliente escreveu:`, after which the sender goes on himself.
_MADE_BY_PROGRAM = re.compile(r"\d\d?\s?[:h.]\s?\d\d|@")
# `2014-10-17 11:28 GMT+03:00 Suporte <s@x>:`, in any language: a clock time, an address in brackets, a colon.
_DATED_SENDER = re.compile(r"[>\s*]*(?=.*\d\d?[:.h]\d\d)[^<]*<\s*[^<>@\s]+@[^<>\s]+\s*>\s*:\s*")
_ISO_DATED_SENDER = re.compile(r"\s*\d{4}[-/.]\d\d?[-/.]\d\d?\s[^<]*<[^<>@\s]+@[^<>\s]+>\s*:?\s*")
_DEVICE_WROTE = re.compile(
    rf"\s*\w.*<[^<>@\s]+@[^<>\s]+>\s*(?:{_WROTE})(?:\s+(?:no\s+dia|em)\s[^:]*\d[^:]*(?::\d\d)*)?\s*:\s*"
    r"|\s*(?:citando|quoting|em\s+resposta\s+a)\s[^<]{0,200}<?[^<>@\s]+@[^<>\s]+>?\s*:\s*"
    rf"|-{{3,}}\s.*\b(?:{_WROTE})\s*-{{3,}}\s*",
    re.IGNORECASE,
)

_ORIGINAL = re.compile(
    r"[>\s*]*[-_=]{2,}\s*(?:mensagem\s+original|original\s+message|ursprüngliche\s+nachricht|mensaje\s+original"
    r"|message\s+d['\u2019]origine|messaggio\s+originale|oprindelig\s+meddelelse|reply\s+message)\s*[-_=]{2,}[\s*]*",
    re.IGNORECASE,
)
_FORWARDED = re.compile(
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
_LABEL = re.compile(
    r"[>\s*_]*(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in _LABELS.items())
    + r")\s?\*?\s?:[\s*]*",
    re.IGNORECASE,
)
# `De: … Para: …` alone may be what somebody asks to be changed; a date or a subject makes it a mail's header.
_HEADER_BLOCKS = ({"from", "sent"}, {"from", "subject"}, {"sent", "to"})
_HEADER_BLOCK_LINES = 6
_HEADER_LINES_SEEN = 2_000
_RULE = re.compile(r"\s*[_=-]{4,}\s*")
_SENT_FROM = re.compile(
    r"[\s*_]*(?:(?:enviad[ao]|mandado)\s+(?:do\s+meu|da\s+minha|de\s+meu|pelo\s+meu|pelo|pela|via|com\s+o|a\s+partir\s+d[oe]|do|de\s+um)\s"
    r"|sent\s+from\s+(?:my|mail\s+for|outlook|samsung|yahoo)|gesendet\s+von\s|enviado\s+desde\s+mi\s"
    r"|envoyé\s+(?:de\s+mon|depuis)\s|inviato\s+da\s|verzonden\s+(?:vanaf|met)\s"
    r"|(?:obter|obtenha)\s+o\s+outlook\s+para\s|get\s+outlook\s+for\s|baixe\s+o\s+outlook).{0,80}",
    re.IGNORECASE,
)
_OPEN_LINK = re.compile(r"[(<]https?://[^)>\s]*\s*\Z")
_SHARED_LINE = re.compile(r"\s*-{2,}\s*(?=(?:em|on)\s)", re.IGNORECASE)
_SIGNATURE_MARKS = {"-- ", "--", "__"}
_BLANK_LINES = re.compile(r"\n\s*\n")
_FORWARD = -1
_FORWARD_SUBJECT = re.compile(r"\s*(?:enc|fwd?|encaminhad[ao]|tr|wg)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """A text in two, and in two again: every line of it stands, in order, in `own` or `quoted`, in `above` or `below`.

    `above` stands over the first line that is folded, marked as a quote or begins what is passed on; `below` is the rest,
    whoever wrote it. It is `own` for whom a line too much is worse than one too few.
    """

    own: str
    quoted: str
    above: str
    below: str


def is_forward(subject: str) -> bool:
    """Whether a subject says that the message passes on another's (`ENC:`, `Fwd:`): nothing of it is to be folded."""
    return bool(_FORWARD_SUBJECT.match(subject))


def forwarded_header(text: str, *, marked: bool) -> str:
    """What stands behind `De:` in the header over a message that is passed on; empty where there is none.

    `marked` asks for a line that says so (`Mensagem encaminhada`), else any header of a mail counts.
    """
    lines = text.split("\n", _HEADER_LINES_SEEN)[:_HEADER_LINES_SEEN]
    kinds = [
        found.lastgroup if len(line) <= _LINE_CHARS_MAX and (found := _LABEL.match(line)) else None
        for line in lines
    ]
    begins = [position for position, line in enumerate(lines) if _FORWARDED.match(line[:_LINE_CHARS_MAX])]
    if not begins and marked:
        return ""
    for position in range(begins[0] if begins else 0, len(lines)):
        if kinds[position] == "from" and (begins or _is_header_block(kinds, position)):
            return lines[position].partition(":")[2].strip(" *")
    return ""


def split_reply(text: str) -> Reply:
    """Tell what the sender wrote from quotes, the headers over them, signatures and `Enviado do meu iPhone`.

    Answers between and under the quotes count as the sender's. Where nothing else would remain, all is his. Linear in
    the length of the text; a line of more than 400 characters begins no quote.
    """
    lines = [part for line in text.split("\n") for part in _shared(line)]
    quoted = _folded(lines)
    if not any(quoted):
        quoted = _by_library(lines)
    first = _first_of_others(lines, quoted)
    above, below = "\n".join(lines[:first]).strip(), "\n".join(lines[first:]).strip("\n")
    own = "\n".join(line for line, folded in zip(lines, quoted, strict=True) if not folded).strip()
    if not own:
        return Reply(text, "", above, below)
    folded_away = "\n".join(line for line, folded in zip(lines, quoted, strict=True) if folded).strip("\n")
    return Reply(own, folded_away, above, below)


def _first_of_others(lines: Sequence[str], folded: Sequence[bool]) -> int:
    """The first line that may be another's; the number of lines where none may."""
    sure = folded.index(True) if True in folded else len(lines)
    for position, line in enumerate(lines[:sure]):
        if line and (_is_cited(line) or _FORWARDED.match(line[:_LINE_CHARS_MAX])):
            return position
    return sure


def _is_cited(line: str) -> bool:
    return line.lstrip().startswith(">")


def _shared(line: str) -> tuple[str, ...]:
    """The line as two where an attribution begins within it, as some mobile programs write them."""
    if (
        "--" in line
        and len(line) <= _LINE_CHARS_MAX
        and (found := _SHARED_LINE.search(line))
        and found.start()
    ):
        attribution = line[found.end() :]
        if _is_attribution([attribution]):
            return line[: found.start()], line[found.start() :].lstrip()
    return (line,)


def _folded(lines: Sequence[str]) -> list[bool]:
    """For each line, whether it is folded away."""
    folded = [False] * len(lines)
    marks = _marks(lines)
    cited = [bool(line) and _is_cited(line) for line in lines]
    stops = [position for position, mark in enumerate(marks) if mark or cited[position]]
    quotes = sum(cited) > 1
    position = 0
    while position < len(lines):
        line, end = lines[position], position
        if marks[position] == _FORWARD:
            return folded
        if marks[position] == len(lines):
            end = len(lines)
        elif marks[position]:
            sure = bool(_MADE_BY_PROGRAM.search(" ".join(lines[position : marks[position]])))
            end = _quote_end(lines, marks[position], attributed=sure)
            if end == marks[position] and not sure:
                end = position  # nothing is quoted: a sentence of the sender's
            else:
                quotes = True
        elif position and line in _SIGNATURE_MARKS:
            end = _signature_end(len(lines), stops, position)
        elif quotes and cited[position]:
            end = _quote_end(lines, position, attributed=False)
        _fold(lines, folded, position, end)
        position = max(end, position + 1)
    return folded


def _fold(lines: Sequence[str], folded: list[bool], start: int, end: int) -> None:
    """Fold from `start`, with the rule that a mail program drew above it."""
    if end <= start:
        return
    while (
        start
        and not folded[start - 1]
        and (not lines[start - 1].strip() or _RULE.fullmatch(lines[start - 1][:200]))
    ):
        start -= 1
    folded[start:end] = [True] * (end - start)


def _marks(lines: Sequence[str]) -> list[int]:
    """What begins at each line; each is looked at a bounded number of times.

    0: nothing. -1: a forwarded message. The number of lines: a thread that runs to the end. Any other: an attribution,
    as the number of the line after it.
    """
    ends = (":", ">", *_WORDS_FOR_WROTE)
    short = [line if len(line) <= _LINE_CHARS_MAX else "" for line in lines]
    kinds = [found.lastgroup if line and (found := _LABEL.match(line)) else None for line in short]
    closing = [bool(line) and line.rstrip(" \t\r*_-").lower().endswith(ends) for line in short]
    marks = [0] * len(lines)
    for position, line in enumerate(short):
        if not line.strip() or _is_cited(line):
            continue
        if _FORWARDED.match(line):
            marks[position] = _FORWARD
        elif _ORIGINAL.fullmatch(line) or _is_header_block(kinds, position) or _SENT_FROM.fullmatch(line):
            marks[position] = len(lines)
        elif any(closing[position : position + _BROKEN_ATTRIBUTION_LINES_MAX]):
            marks[position] = _attribution_end(lines, closing, position)
    return marks


def _is_header_block(kinds: Sequence[str | None], position: int) -> bool:
    if kinds[position] in {None, "to"}:
        return False
    block = set(kinds[position : position + _HEADER_BLOCK_LINES])
    return any(needed <= block for needed in _HEADER_BLOCKS)


def _attribution_end(lines: Sequence[str], closing: Sequence[bool], position: int) -> int:
    """Past the attribution that begins at this line and may be broken over the next ones; 0 when there is none."""
    broken = bool(_BROKEN_BEGIN.match(lines[position]))
    lines_max = _BROKEN_ATTRIBUTION_LINES_MAX if broken else _ATTRIBUTION_LINES_MAX
    window = [line.strip() for line in lines[position : position + lines_max]]
    for count in range(1, len(window) + 1):
        if sum(map(len, window[:count])) > _LINE_CHARS_MAX:
            return 0
        if closing[position + count - 1] and _is_attribution(window[:count]):
            # One that begins further down leaves the lines above it to the sender.
            later = any(_is_attribution(window[start:count]) for start in range(1, count))
            return 0 if later else position + count
    return 0


def _is_attribution(window: Sequence[str]) -> bool:
    joined = " ".join(line for line in window if line)
    if _ATTRIBUTION.fullmatch(joined):
        return True
    if len(window) == 1 and (_ISO_DATED_SENDER.fullmatch(joined) or _DEVICE_WROTE.fullmatch(joined)):
        return True
    return "" not in window and any(map(str.isdigit, window[0])) and bool(_DATED_SENDER.fullmatch(joined))


def _quote_end(lines: Sequence[str], start: int, *, attributed: bool) -> int:
    """Past the quote that starts here: its marked lines; or, unmarked under an attribution, everything."""
    first = next((n for n in range(start, len(lines)) if lines[n].strip()), len(lines))
    if first == len(lines) or not _is_cited(lines[first]):
        return len(lines) if attributed else start
    end = first
    for position in range(first, len(lines)):
        if _is_cited(lines[position]) or _is_wrapped(lines, position):
            end = position + 1
        elif lines[position].strip():
            break
    return end


def _is_wrapped(lines: Sequence[str], position: int) -> bool:
    """Whether a line without a mark is the rest of the quoted one above it, broken by a mail program."""
    above = lines[position - 1]
    if not lines[position].strip() or not above.strip():
        return False
    if _OPEN_LINK.search(above[-_LINE_CHARS_MAX:] + " "):
        return True
    below = lines[position + 1] if position + 1 < len(lines) else ""
    word = lines[position].split(maxsplit=1)[0]
    full = len(above) >= _WRAPPED_CHARS_MIN or len(above) + 1 + len(word) > _WIDTH
    return full and above.startswith(">") and below.startswith(">")


def _signature_end(count: int, stops: Sequence[int], start: int) -> int:
    """Past a signature, at the next of the `stops` or after the last of `count` lines; a long one is taken for text."""
    last = min(count, start + _SIGNATURE_LINES_MAX + 1)
    following = bisect_right(stops, start)
    if following < len(stops) and stops[following] < last:
        return stops[following]
    return count if last == count else start


def _by_library(lines: Sequence[str]) -> list[bool]:
    """The second opinion, for languages that the rules above do not know."""
    text = _BLANK_LINES.sub("\n\n", "\n".join(lines))  # its patterns are quadratic in them
    if (
        len(text) > _LIBRARY_CHARS_MAX
        or max(map(len, lines)) > _LINE_CHARS_MAX
        or any(map(_FORWARDED.match, lines))
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
    return [False] * len(lines) if _LABEL.match(first) else folded
