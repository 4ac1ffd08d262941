"""The header block of a message or of a part, read leniently and in one pass."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.mail.text import decode, one_line

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_FIELD = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,200})[ \t]*:")
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?([^?]*)\?=")
_NOT_BASE64 = bytes(
    set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
)


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in the order they came: (lower-case name, unfolded value, encoded words left as they are)."""

    fields: tuple[tuple[str, str], ...] = ()

    def first(self, name: str) -> str:
        """The first value under `name` (lower case); empty when there is none."""
        return next((value for key, value in self.fields if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value under `name` (lower case), in order."""
        return tuple(value for key, value in self.fields if key == name)

    def has(self, name: str) -> bool:
        """Whether a field of this name (lower case) is there at all."""
        return any(key == name for key, _ in self.fields)


@dataclass(frozen=True, slots=True)
class Head:
    """A header block: its fields, the offset where the body starts, and whether fields were left out for size."""

    headers: Headers
    body: int
    truncated: bool


def read_head(raw: bytes, start: int, end: int, bytes_max: int) -> Head:
    """Read the header block that begins at `start`.

    A line that can be neither field nor continuation ends the block: the empty line before the body was lost.

    Args:
        raw: The whole message.
        start: Offset of the block.
        end: Offset where its message or part ends.
        bytes_max: Fields past this many bytes are passed over, so that a header of gigabytes costs nothing.
    """
    fields: list[tuple[str, list[bytes]]] = []
    position, kept, truncated = start, 0, False
    while position < end:
        match = _LINE.match(raw, position, end)
        assert match is not None  # noqa: S101 - the pattern matches the empty string
        line = match.group().rstrip(b"\r\n")
        if not line:
            position = match.end()
            break
        if line[0] in b" \t":
            if fields and kept <= bytes_max:
                fields[-1][1].append(line)
        elif field := _FIELD.match(line):
            if kept <= bytes_max:
                fields.append((field[1].decode("ascii").lower(), [line[field.end() :]]))
        elif not (position == start and line.startswith((b"From ", b">From "))):
            break
        kept += len(line)
        truncated = truncated or kept > bytes_max
        position = match.end()
    return Head(Headers(tuple(_values(fields, bytes_max))), position, truncated)


def _values(fields: list[tuple[str, list[bytes]]], bytes_max: int) -> Iterator[tuple[str, str]]:
    for name, lines in fields:
        yield name, one_line(decode(b"".join(lines)[:bytes_max])[0])


def decode_words(value: str) -> str:
    """A header value with its RFC 2047 words decoded, on one line.

    Neighbouring words of one charset are joined before decoding: many senders cut them inside a character.
    """
    out: list[str] = []
    pending, charset, position = b"", "", 0
    for word in _ENCODED_WORD.finditer(value):
        gap = value[position : word.start()]
        label = word[1].partition("*")[0].lower()
        joined = bool(pending or charset) and not gap.strip()
        if not joined or label != charset:
            out.append(decode(pending, charset)[0])
            pending, charset = b"", label
        if not joined:
            out.append(gap)
        pending += _word_bytes(word[2], word[3])
        position = word.end()
    out.append(decode(pending, charset)[0])
    out.append(value[position:])
    return one_line("".join(out))


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if encoding in "bB":
        return lenient_base64(data)
    return binascii.a2b_qp(data.replace(b"_", b" "), header=False)


def lenient_base64(data: bytes) -> bytes:
    """What the base64 in `data` says, whatever its line breaks, foreign characters and padding.

    Blocks that were encoded apart and put one behind the other are decoded apart.
    """
    blocks = data.translate(None, delete=_NOT_BASE64_BUT_PADDING).rstrip(b"=").split(b"=")
    return b"".join(_base64_block(block) for block in blocks if block)


_NOT_BASE64_BUT_PADDING = _NOT_BASE64.replace(b"=", b"")


def _base64_block(block: bytes) -> bytes:
    if len(block) % 4 == 1:  # six bits that no octet was made of
        block = block[:-1]
    return binascii.a2b_base64(block + b"=" * (-len(block) % 4))
