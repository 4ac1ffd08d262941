"""Lines that a mail program marked as a quote (`> `), and the rest of those that it broke."""

import re
from collections.abc import Sequence

LINE_CHARS_MAX = 400
"""Of a longer line only so much is looked at, and it begins no quote."""
_WIDTH_MIN, _WIDTH_MAX = 64, 80
"""Characters behind the mark. Source: RFC 3676 section 4.2, lines are broken at 66 to 78 with it; a terminal has 80."""
_OPEN_LINK = re.compile(r"[(<]https?://[^)>\s]*\s*\Z")
_SENTENCE_ENDS = (".", "?", "!", ":", ";", "…")


def is_cited(line: str) -> bool:
    """Whether a line is marked as a quote."""
    return line.lstrip().startswith(">")


def rests_of_cited(lines: Sequence[str], cited: Sequence[bool]) -> frozenset[int]:
    """The lines without a mark that are the rest of the quoted one above them, broken by a mail program.

    A line is broken where its next word does not fit, and the program breaks each: what stands under a line shorter than
    the longest, or one longer than any program leaves, or under a whole sentence, was typed there.
    """
    under = [n for n in range(1, len(lines)) if cited[n - 1] and not cited[n] and lines[n].strip()]
    linked, runs = set[int](), dict[int, int]()
    width = _width(lines, cited) if under else 0
    breaks = width <= _WIDTH_MAX
    for start in under:
        end = start
        while end < len(lines) and not cited[end] and lines[end].strip():
            if _is_open(lines[end - 1]):
                linked.add(end)
            elif not breaks or not _is_full(lines[end - 1], lines[end], width):
                break
            end += 1
        if end < len(lines) and cited[end]:
            runs[start] = end
    broken = [start for start in runs if not lines[start - 1].rstrip().endswith(_SENTENCE_ENDS)]
    rests = (range(start, end) for start, end in runs.items() if broken)
    return frozenset(linked).union(*rests)


def _width(lines: Sequence[str], cited: Sequence[bool]) -> int:
    """How long a line may be before it is broken, by the longest that could have been."""
    quoted = (line.strip("> ") for line, marked in zip(lines, cited, strict=True) if marked)
    breakable = (len(line) for line in quoted if " " in line and "://" not in line)
    return max(_WIDTH_MIN, max(breakable, default=0))


def _is_open(line: str) -> bool:
    return bool(_OPEN_LINK.search(line[-LINE_CHARS_MAX:] + " "))


def _is_full(above: str, line: str, width: int) -> bool:
    word = line[:LINE_CHARS_MAX].split(maxsplit=1)[0]
    return len(above.strip("> ")) + 1 + len(word) > width
