"""Which lines of a text are folded away: quotes with what introduces them, signatures, the lines that devices leave."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from heapq import merge
from typing import Literal

from services.intake.mail.attribution import made_by_program
from services.intake.mail.cited import is_cited, rests_of_cited
from services.intake.mail.marks import Mark, marks_of
from services.intake.mail.signature import SIGNATURE_LINES_MAX, SIGNATURE_MARKS

Fold = Literal["", "quote", "introduced", "signature", "left"]
"""Why a line is folded, empty where it is not. `introduced`: a quote under an attribution or a header, with these; `left`:
under a device's line where no quote is found, so of a program or of the sender."""
_RULE = re.compile(r"\s*[_=-]{4,}\s*")


def folds_of(lines: Sequence[str]) -> list[Fold]:
    """For each line, whether it is folded away and why."""
    folds: list[Fold] = [""] * len(lines)
    marks = marks_of(lines)
    cited = [bool(line) and is_cited(line) for line in lines]
    rests = rests_of_cited(lines, cited)
    marked = [position in rests or mark for position, mark in enumerate(cited)] if rests else cited
    stops = [position for position, mark in enumerate(cited) if mark or position in marks]
    signatures = [n for n, line in enumerate(lines) if n and line in SIGNATURE_MARKS]
    quotes = sum(cited) > 1
    done = 0
    for position in merge(stops, signatures):
        if position < done:
            continue
        why: Fold = "introduced"
        end = position
        match marks.get(position):
            case Mark("forward"):
                break
            case Mark("device", after):
                # Over a quote it stands alone: who answers further down has it above what he writes.
                why, end = "signature", after
                if stops[-1] == position:
                    folds[after:] = ["left"] * (len(lines) - after)
            case Mark("thread", after):
                end = _quote_end(lines, marked, _header_end(lines, marked, after), attributed=True)
            case Mark("attribution", after):
                sure = made_by_program(lines[position:after])
                end = _quote_end(lines, marked, after, attributed=sure)
                if end == after and not sure:
                    end = position  # nothing is quoted: a sentence of the sender's
            case None if cited[position]:
                why = "quote"
                end = _quote_end(lines, marked, position, attributed=False) if quotes else position
            case None:
                why, end = "signature", _signature_end(len(lines), stops, position)
        quotes = quotes or (why == "introduced" and end > position)
        _fold(lines, folds, position, end, why)
        done = end
    return folds


def _fold(lines: Sequence[str], folds: list[Fold], start: int, end: int, why: Fold) -> None:
    """Fold from `start`, with the rule that a mail program drew above it."""
    if end <= start:
        return
    while (
        start
        and not folds[start - 1]
        and (not lines[start - 1].strip() or _RULE.fullmatch(lines[start - 1][:200]))
    ):
        start -= 1
    folds[start:end] = [why] * (end - start)


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
    last = min(count, start + SIGNATURE_LINES_MAX + 1)
    following = bisect_right(stops, start)
    if following < len(stops) and stops[following] < last:
        return stops[following]
    return count if last == count else start
