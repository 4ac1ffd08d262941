"""What another policy or calendar would have changed: each clock's verdict as it was, and as it would be. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from contracts.sla import Clock
from figures.attainment import CLOCKS
from figures.lives import Runs, Ticket, Verdict

Stood = Verdict | Literal["none"]
"""`none`: the ticket had no such clock under that policy."""
Dimension = Literal["customer", "area", "classification"]
DIMENSIONS: tuple[Dimension, ...] = ("customer", "area", "classification")


class Move(NamedTuple):
    """One clock of a ticket of these groups: its verdict as it was, and as it would be."""

    customer: str
    area: str
    classification: str
    clock: Clock
    before: Stood
    after: Stood


@dataclass(frozen=True, slots=True)
class Contrast:
    """The verdicts on one clock, as they were and as they would be."""

    group: str
    clock: Clock
    before: Counter[Stood]
    after: Counter[Stood]

    @property
    def shares(self) -> tuple[float | None, float | None]:
        """The part of the verdicts that are `met`, before and after."""
        return _share(self.before), _share(self.after)


@dataclass(slots=True)
class Comparison:
    """How often each move was made, by how many tickets; those of several parts of a history add up."""

    tickets: int = 0
    retold: int = 0
    """Tickets that were told again: the others stay as they were."""
    moved: int = 0
    """Tickets of which at least one verdict would be another."""
    moves: Counter[Move] = field(default_factory=Counter)

    def count(self, ticket: Ticket, before: Runs, after: Runs | None) -> None:
        """One more ticket; without `after` it was not told again."""
        self.tickets += 1
        self.retold += after is not None
        after = before if after is None else after
        moved = False
        for key in before.of.keys() | after.of.keys():
            was, would_be = _stood(before, key), _stood(after, key)
            moved = moved or was != would_be
            self.moves[Move(ticket.customer, ticket.area, ticket.classification, key[0], was, would_be)] += 1
        self.moved += moved

    def add(self, other: "Comparison") -> None:
        """Those that were counted elsewhere."""
        self.tickets += other.tickets
        self.retold += other.retold
        self.moved += other.moved
        self.moves.update(other.moves)

    def total(self) -> Sequence[Contrast]:
        """Every ticket together, by clock."""
        return _contrasts((("", move, count) for move, count in self.moves.items()))

    def by(self, dimension: Dimension) -> Sequence[Contrast]:
        """By group, then clock."""
        return _contrasts((getattr(move, dimension), move, count) for move, count in self.moves.items())


def _contrasts(moves: Iterable[tuple[str, Move, int]]) -> Sequence[Contrast]:
    found: dict[tuple[str, Clock], Contrast] = {}
    for group, move, count in moves:
        contrast = found.setdefault((group, move.clock), Contrast(group, move.clock, Counter(), Counter()))
        contrast.before[move.before] += count
        contrast.after[move.after] += count
    return sorted(found.values(), key=lambda each: (each.group, CLOCKS.index(each.clock)))


def _stood(runs: Runs, key: tuple[Clock, int]) -> Stood:
    run = runs.of.get(key)
    return "none" if run is None else run.verdict


def _share(verdicts: Counter[Stood]) -> float | None:
    judged = verdicts["met"] + verdicts["breached"]
    return verdicts["met"] / judged if judged else None
