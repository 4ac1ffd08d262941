"""A media type or disposition with its parameters, in every form that senders write (RFC 2045, 2231, 2047)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from services.intake.mail.headers import decode_words
from services.intake.mail.text import decode, one_line

# Comments before a name are passed over; behind an unquoted value, `nota (1).pdf` is what senders mean.
_PARAMETER = re.compile(r';\s*(?:\([^()]{0,500}\)\s*){0,5}([^\s=;"]{1,200})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)')
_CONTINUED = re.compile(r"(.+?)(?:\*([0-9]{1,4}))?(\*)?")
_ESCAPED = re.compile(r"\\(.)")

PARAMETERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Valued:
    """A header such as Content-Type: its lower-case value, and its parameters decoded to text."""

    value: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def read_valued(header: str) -> Valued:
    """Read `text/plain; charset=utf-8; name*0*=utf-8''a%20b`. Never raises."""
    value = re.split(r"[;(]", header, maxsplit=1)[0].strip().lower()
    simple: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for position, match in enumerate(_PARAMETER.finditer(header)):
        if position >= PARAMETERS_MAX:
            break
        form = _CONTINUED.fullmatch(match[1].lower())
        if form is None:
            continue
        content = _unquoted(match[2])
        if form[2] is None and form[3] is None:
            simple.setdefault(form[1], decode_words(content))
        else:
            pieces.setdefault(form[1], {}).setdefault(int(form[2] or 0), (content, bool(form[3])))
    extended = {name: _joined(parts) for name, parts in pieces.items()}
    return Valued(one_line(value), simple | extended)


def _unquoted(text: str) -> str:
    text = text.strip()
    if not text.startswith('"'):
        return text
    text = text[1:-1] if text.endswith('"') and len(text) > 1 else text[1:]
    # Windows senders write C:\docs\a.txt in quotes; a path keeps its backslashes, and its folders go later.
    return _ESCAPED.sub(r"\1", text) if not re.match(r"[A-Za-z]:\\|\\\\", text) else text


def _joined(parts: Mapping[int, tuple[str, bool]]) -> str:
    """RFC 2231 section 3 and 4: pieces in their order, the charset in front of the first."""
    charset, data = "", b""
    for position, number in enumerate(sorted(parts)):
        content, encoded = parts[number]
        if encoded and position == 0 and content.count("'") >= 2:  # noqa: PLR2004 - charset'language'text
            charset, _, content = content.split("'", 2)
        data += unquote_to_bytes(content) if encoded else content.encode("utf-8", "replace")
    return one_line(decode_words(decode(data, charset or "utf-8")[0]))
