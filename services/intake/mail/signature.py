"""Where a signature begins under a mail: at its mark, at a closing formula, at the sender's own name."""

import re
import unicodedata
from collections.abc import Sequence

SIGNATURE_MARKS = frozenset({"-- ", "--", "__"})
SIGNATURE_LINES_MAX = 15
_LINE_CHARS_MAX = 60
_CONTACT_CHARS_MAX = 200
_NAME_WORDS_MAX = 5
_CLOSING = re.compile(
    r"\W*(?:att|atte|atenciosamente|cordialmente|respeitosamente|saudações|(?:um\s+|forte\s+)?abraços?|abs|grat[oa]"
    r"|(?:muito\s+)?obrigad[oa]|(?:best\s+|kind\s+|warm\s+)?regards|(?:yours\s+)?sincerely|best(?=\s*,|\s*\Z)|cheers|(?:many\s+)?thanks"
    r"|thank\s+you)\b[\s.,;!*_-]*",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\s*_]*[^\W\d_][\w\s.'\u2019-]*[\s*_,]*")
_TITLE = re.compile(r"\s*(?:\||\s[-\u2013\u2014]\s).*")
_WORD = re.compile(r"[^\W\d_]+")
_PARTICLES = frozenset({"de", "da", "do", "das", "dos", "e"})
_CONTACT = re.compile(
    r"@|www\.|https?://|\(\d\d\)|\d{4}[-. ]?\d{4}|\b(?:cep|cnpj|tel|ramal|phone)\b|\|", re.IGNORECASE
)
_POSTSCRIPT = re.compile(r"\W*(?:p\.?\s?s\b|obs\b|em\s+tempo)", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<!Ltda)(?<!S\.A)(?<!Inc)[.?!;:…]\W*\Z")


def names_of(sender: str, address: str) -> frozenset[str]:
    """The words of somebody's name, by what a mail says of its sender."""
    return frozenset(_words(f"{sender} {address.partition('@')[0]}"))


def without_signature(lines: Sequence[str], names: frozenset[str]) -> list[str]:
    """The lines over a signature of whose name the words are `names`; all where there is none.

    But for one under its mark, a signature is short, and no line of it a sentence: who goes on under his name is read.
    """
    said = [position for position, line in enumerate(lines) if line.strip()]
    marked = (position for position in said if lines[position] in SIGNATURE_MARKS)
    end = next(marked, len(lines))
    for position in said[-SIGNATURE_LINES_MAX:]:
        after = [line for line in lines[position + 1 :] if line.strip()]
        if position < end and all(map(_is_of_signature, after)) and _begins(lines[position], after, names):
            end = position
    return list(lines[:end])


def _begins(line: str, after: Sequence[str], names: frozenset[str]) -> bool:
    if _is_name(line, names):
        return True
    closing = _CLOSING.match(line)
    if closing is None:
        return False
    name = line[closing.end() :] or next(iter(after), "")
    return not name or _is_name(name, names) or _is_capitalised(name)


def _is_name(line: str, names: frozenset[str]) -> bool:
    """Whether it is the sender's name, or both of his names and what he is (`Bruno Teles | Suporte`)."""
    bare = _TITLE.sub("", line[:_CONTACT_CHARS_MAX])
    words = set(_words(bare)) - _PARTICLES
    enough = 1 if bare == line else 2
    return bool(_NAME.fullmatch(bare)) and enough <= len(words) <= _NAME_WORDS_MAX and words <= names


def _is_capitalised(line: str) -> bool:
    words = _WORD.findall(line[:_CONTACT_CHARS_MAX])
    return (
        bool(_NAME.fullmatch(line))
        and len(words) <= _NAME_WORDS_MAX
        and all(word[0].isupper() or word in _PARTICLES for word in words)
    )


def _is_of_signature(line: str) -> bool:
    if _POSTSCRIPT.match(line) or _SENTENCE_END.search(line[-_LINE_CHARS_MAX:]):
        return False
    return len(line) <= (_CONTACT_CHARS_MAX if _CONTACT.search(line) else _LINE_CHARS_MAX)


def _words(text: str) -> list[str]:
    """Its words without accents: addresses have none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return _WORD.findall(plain)
