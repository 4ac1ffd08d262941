"""Who a message is from and to: addresses out of headers, without recursion and in linear time."""

import re
import sys
from dataclasses import dataclass

from services.intake.mail.headers import decode_words
from services.intake.mail.text import one_line

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"?|<[^<>]*>?|[(),;:>]|[^"<>(),;:]+')
_UNCLOSED = re.compile(r'"([^"<]*)(<[^"<>]*>)[^"]*')  # the quote that nobody closed took the address in
_ADDRESS = re.compile(r'(?:"[^"\s]{1,64}"|[^@\s"(),:;<>]{1,64})@[^@\s"(),:;<>]{1,255}')

ADDRESS_CHARS_MAX = 320
"""Source: RFC 3696 section 3 (64 of the local part, an at sign, 255 of the domain)."""


_EMBEDDED = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
"""A character by its number, in hexadecimal. Source: RFC 6533 section 3, `EmbeddedUnicodeChar`."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address, lower case, and the name its owner gives himself (either may be empty)."""

    name: str
    address: str


def normalised(address: str) -> str:
    """`address` as two spellings of it compare: trimmed, without brackets, lower case; empty when it is none."""
    text = address.strip().strip("<>").strip().rstrip(".").lower().removeprefix("mailto:")
    if text.startswith("@") and ":" in text:  # a source route, RFC 5321 appendix C
        text = text.rpartition(":")[2]
    return text if len(text) <= ADDRESS_CHARS_MAX and _ADDRESS.fullmatch(text) else ""


def reported(field: str) -> str:
    r"""The address that a delivery report names in Original-Recipient or Final-Recipient, whatever its type.

    One of the type `utf-8` may spell characters as `\x{E9}`, all of them (utf-8-addr-xtext) or some
    (utf-8-addr-unitext); what is no character that can be shown stays as it is spelled. Source: RFC 6533 section 3.
    """
    kind, typed, address = field.partition(";")
    if not typed:
        address = field
    elif kind.strip().lower() == "utf-8":
        address = _EMBEDDED.sub(_character, address)
    return normalised(address) or one_line(address)[:ADDRESS_CHARS_MAX]


def _character(embedded: re.Match[str]) -> str:
    number = int(embedded[1], 16)
    character = chr(number) if number <= sys.maxunicode else ""
    return character if character.isprintable() and character else embedded[0]


def mailboxes(header: str, count_max: int = 500) -> tuple[Mailbox, ...]:
    """Every mailbox of an address header, in order; groups are opened, comments become names, nonsense is skipped.

    Args:
        header: The value, unfolded, encoded words not yet decoded (a decoded comma would split a name).
        count_max: Mailboxes past this number are left out.
    """
    found: list[Mailbox] = []
    words: list[str] = []
    comments: list[str] = []
    angle, depth = "", 0
    for match in _PIECE.finditer(header):
        piece = match[0]
        if piece in "()":
            depth = max(0, depth + (1 if piece == "(" else -1))
        elif depth:
            comments.append(piece)
        elif piece.startswith("<"):
            angle = angle or piece
        elif piece.startswith('"') and (rest := _UNCLOSED.fullmatch(piece)):
            words.append(rest[1])
            angle = angle or rest[2]
        elif piece == ":" and not angle:
            words = []  # the name of a group
        elif piece in ",;":
            _add(found, words, comments, angle)
            words, comments, angle = [], [], ""
            if len(found) >= count_max:
                return tuple(found)
        elif piece not in ":>":
            words.append(piece)
    _add(found, words, comments, angle)
    return tuple(found)


def _add(found: list[Mailbox], words: list[str], comments: list[str], angle: str) -> None:
    phrase = "".join(words).strip()
    address = normalised(angle) if angle else normalised(phrase)
    if not address:
        return
    name = " ".join(comments) if not angle or not phrase else "".join(_plain(word) for word in words)
    found.append(Mailbox(decode_words(one_line(name)), address))


def _plain(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word.strip('"')) if word.startswith('"') else word
