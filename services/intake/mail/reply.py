"""What the sender wrote himself, and what his mail program put under it. Folded, never dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from services.intake.mail.attribution import shared
from services.intake.mail.cited import LINE_CHARS_MAX, is_cited
from services.intake.mail.folding import Fold, folds_of
from services.intake.mail.inner_header import FORWARDED
from services.intake.mail.second_opinion import by_library

_QUOTES: frozenset[Fold] = frozenset({"quote", "introduced"})
_MAYBE_OWN: frozenset[Fold] = frozenset({"", "left"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines below the first quote; `between` where another quote follows."""

    text: str
    between: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """A text in two, and in two again: every line of it stands, in order, in `own` or `quoted`, in `above` or `below`.

    `above` stands over the first line that is folded, marked as a quote or begins what is passed on; `below` is the rest,
    whoever wrote it. It is `own` for whom a line too much is worse than one too few. `own_below` is what of `below` may be
    the sender's: an answer, or a footer.
    """

    own: str
    quoted: str
    above: str
    below: str
    own_below: tuple[Piece, ...] = ()


def split_reply(text: str) -> Reply:
    """Tell what the sender wrote from quotes, the headers over them, signatures and `Enviado do meu iPhone`.

    Answers between and under the quotes count as the sender's. Where nothing else would remain, all is his. Linear in
    the length of the text; a line of more than 400 characters begins no quote.
    """
    lines = [part for line in text.split("\n") for part in shared(line)]
    folds: Sequence[Fold] = folds_of(lines)
    if not any(folds):
        folds = ["quote" if folded else "" for folded in by_library(lines)]
    first = _first_of_others(lines, folds)
    above, below = "\n".join(lines[:first]).strip(), "\n".join(lines[first:]).strip("\n")
    own_below = _own_below(lines, folds, first)
    own = "\n".join(line for line, fold in zip(lines, folds, strict=True) if not fold).strip()
    if not own:
        return Reply(text, "", above, below, own_below)
    folded_away = "\n".join(line for line, fold in zip(lines, folds, strict=True) if fold).strip("\n")
    return Reply(own, folded_away, above, below, own_below)


def _own_below(lines: Sequence[str], folds: Sequence[Fold], first: int) -> tuple[Piece, ...]:
    """What stands below the first line of others and may be the sender's."""
    introduced = next((n for n, fold in enumerate(folds) if fold == "introduced"), 0)
    quoted = [n for n, fold in enumerate(folds) if fold in _QUOTES]

    def is_own(position: int) -> bool:
        # What looks quoted over the line that introduces the quote is a command, or text of another.
        return folds[position] in _MAYBE_OWN or (position < introduced and is_cited(lines[position]))

    pieces = list[Piece]()
    for own, group in groupby(range(first, len(lines)), key=is_own):
        positions = list(group)
        text = "\n".join(lines[position] for position in positions)
        if own and text.strip():
            pieces.append(Piece(text, between=bool(quoted) and quoted[0] < positions[0] < quoted[-1]))
    return tuple(pieces)


def _first_of_others(lines: Sequence[str], folds: Sequence[Fold]) -> int:
    """The first line that may be another's; the number of lines where none may."""
    sure = next((position for position, fold in enumerate(folds) if fold), len(lines))
    for position, line in enumerate(lines[:sure]):
        if line and (is_cited(line) or FORWARDED.match(line[:LINE_CHARS_MAX])):
            return position
    return sure
