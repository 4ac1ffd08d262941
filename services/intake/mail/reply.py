"""What the sender wrote himself, and what his mail program put under it. Folded, never dropped."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import merge

from services.intake.mail.attribution import made_by_program, shared
from services.intake.mail.cited import LINE_CHARS_MAX, is_cited, rests_of_cited
from services.intake.mail.inner_header import FORWARDED
from services.intake.mail.marks import Mark, marks_of
from services.intake.mail.second_opinion import by_library

_SIGNATURE_LINES_MAX = 15
_RULE = re.compile(r"\s*[_=-]{4,}\s*")
_SIGNATURE_MARKS = {"-- ", "--", "__"}


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


def split_reply(text: str) -> Reply:
    """Tell what the sender wrote from quotes, the headers over them, signatures and `Enviado do meu iPhone`.

    Answers between and under the quotes count as the sender's. Where nothing else would remain, all is his. Linear in
    the length of the text; a line of more than 400 characters begins no quote.
    """
    lines = [part for line in text.split("\n") for part in shared(line)]
    quoted = _folded(lines)
    if not any(quoted):
        quoted = by_library(lines)
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
        if line and (is_cited(line) or FORWARDED.match(line[:LINE_CHARS_MAX])):
            return position
    return sure


def _folded(lines: Sequence[str]) -> list[bool]:
    """For each line, whether it is folded away."""
    folded = [False] * len(lines)
    marks = marks_of(lines)
    cited = [bool(line) and is_cited(line) for line in lines]
    rests = rests_of_cited(lines, cited)
    marked = [position in rests or mark for position, mark in enumerate(cited)] if rests else cited
    stops = [position for position, mark in enumerate(cited) if mark or position in marks]
    signatures = [n for n, line in enumerate(lines) if n and line in _SIGNATURE_MARKS]
    quotes = sum(cited) > 1
    done = 0
    for position in merge(stops, signatures):
        end = position
        match marks.get(position):
            case _ if position < done:
                continue
            case Mark("forward"):
                return folded
            case Mark("device", after):
                # Over a quote it stands alone: who answers further down has it above what he writes.
                end = after if stops[-1] > position else len(lines)
            case Mark("thread", after):
                quotes = True
                end = _quote_end(lines, marked, _header_end(lines, marked, after), attributed=True)
            case Mark("attribution", after):
                sure = made_by_program(lines[position:after])
                end = _quote_end(lines, marked, after, attributed=sure)
                if end == after and not sure:
                    end = position  # nothing is quoted: a sentence of the sender's
                else:
                    quotes = True
            case None if cited[position]:
                end = _quote_end(lines, marked, position, attributed=False) if quotes else position
            case None:
                end = _signature_end(len(lines), stops, position)
        _fold(lines, folded, position, end)
        done = end
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


def _header_end(lines: Sequence[str], marked: Sequence[bool], start: int) -> int:
    """Past the header of a thread: its first blank line, or the first that is marked."""
    return next((n for n in range(start, len(lines)) if marked[n] or not lines[n].strip()), len(lines))


def _quote_end(lines: Sequence[str], marked: Sequence[bool], start: int, *, attributed: bool) -> int:
    """Past the quote that starts here: its marked lines; or, unmarked under an attribution, everything."""
    first = next((n for n in range(start, len(lines)) if lines[n].strip()), len(lines))
    if first == len(lines) or not marked[first]:
        return len(lines) if attributed else start
    end = first
    for position in range(first, len(lines)):
        if marked[position]:
            end = position + 1
        elif lines[position].strip():
            break
    return end


def _signature_end(count: int, stops: Sequence[int], start: int) -> int:
    """Past a signature, at the next of the `stops` or after the last of `count` lines; a long one is taken for text."""
    last = min(count, start + _SIGNATURE_LINES_MAX + 1)
    following = bisect_right(stops, start)
    if following < len(stops) and stops[following] < last:
        return stops[following]
    return count if last == count else start
