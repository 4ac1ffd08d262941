"""The line over a quote that says when and who (`Em seg., 2 de mar. de 2026 às 10:15, Suporte <s@x> escreveu:`)."""

import re
from collections.abc import Sequence

from services.intake.mail.cited import LINE_CHARS_MAX

_LINES_MAX = 4
ATTRIBUTION_LINES_MAX = 7
"""Lines of an attribution that a program has broken around its address, as some on telephones do."""
WORDS_FOR_WROTE = (
    *("escreveu", "escreveram", "enviou", "respondeu", "wrote", "sent", "schrieb", "schreef", "geschreven"),
    *("escribió", "a écrit", "ha scritto", "skrev", "napisał", "napisała", "napisał(a)", "napsal", "napsala"),
    *("napsal(a)", "kirjoitti", "đã viết", "написал", "написала", "пишет"),
)
_WROTE = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in WORDS_FOR_WROTE)
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
_SHARED_LINE = re.compile(r"\s*-{2,}\s*(?=(?:em|on)\s)", re.IGNORECASE)


def made_by_program(attribution: Sequence[str]) -> bool:
    """Whether it says when by the clock, or from which address; else a person may have written it, and goes on himself."""
    return bool(_MADE_BY_PROGRAM.search(" ".join(attribution)))


def attribution_end(lines: Sequence[str], closing: Sequence[bool], position: int) -> int:
    """Past the attribution that begins at this line and may be broken over the next ones; 0 when there is none."""
    broken = bool(_BROKEN_BEGIN.match(lines[position]))
    lines_max = ATTRIBUTION_LINES_MAX if broken else _LINES_MAX
    window = [line.strip() for line in lines[position : position + lines_max]]
    for count in range(1, len(window) + 1):
        if sum(map(len, window[:count])) > LINE_CHARS_MAX:
            return 0
        if closing[position + count - 1] and _is_attribution(window[:count]):
            # One that begins further down leaves the lines above it to the sender.
            later = any(_is_attribution(window[start:count]) for start in range(1, count))
            return 0 if later else position + count
    return 0


def shared(line: str) -> tuple[str, ...]:
    """The line as two where an attribution begins within it, as some mobile programs write them."""
    if (
        "--" in line
        and len(line) <= LINE_CHARS_MAX
        and (found := _SHARED_LINE.search(line))
        and found.start()
    ):
        attribution = line[found.end() :]
        if _is_attribution([attribution]):
            return line[: found.start()], line[found.start() :].lstrip()
    return (line,)


def _is_attribution(window: Sequence[str]) -> bool:
    joined = " ".join(line for line in window if line)
    if _ATTRIBUTION.fullmatch(joined):
        return True
    if len(window) == 1 and (_ISO_DATED_SENDER.fullmatch(joined) or _DEVICE_WROTE.fullmatch(joined)):
        return True
    return "" not in window and any(map(str.isdigit, window[0])) and bool(_DATED_SENDER.fullmatch(joined))
