"""Lines that a mail program marked as a quote (`> `), and the rest of those that it broke."""

import re
from collections.abc import Sequence

LINE_CHARS_MAX = 400
"""Of a longer line only so much is looked at, and it begins no quote."""
_WRAPPED_CHARS_MIN = 66
"""Source: RFC 3676 section 4.2, lines are broken at 66 to 78 characters."""
_WIDTH = 72
"""A line was broken where its next word did not fit. Source: RFC 3676 section 4.2; most programs break at 72."""
_OPEN_LINK = re.compile(r"[(<]https?://[^)>\s]*\s*\Z")


def is_cited(line: str) -> bool:
    """Whether a line is marked as a quote."""
    return line.lstrip().startswith(">")


def is_wrapped(lines: Sequence[str], position: int) -> bool:
    """Whether a line without a mark is the rest of the quoted one above it, broken by a mail program."""
    above = lines[position - 1]
    if not lines[position].strip() or not above.strip():
        return False
    if _OPEN_LINK.search(above[-LINE_CHARS_MAX:] + " "):
        return True
    below = lines[position + 1] if position + 1 < len(lines) else ""
    word = lines[position].split(maxsplit=1)[0]
    full = len(above) >= _WRAPPED_CHARS_MIN or len(above) + 1 + len(word) > _WIDTH
    return full and above.startswith(">") and below.startswith(">")
