"""Records as a file has them, and where in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.directory import Kind
from deploy.cli_words import tell


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something in a file that cannot be; `text` is a sentence in the person's language."""

    line: int
    text: str


class Unreadable(Exception):  # noqa: N818 - what the person reads
    """A file is not to be read; `wrongs` says why, by its lines."""

    def __init__(self, wrongs: list[Wrong]) -> None:
        self.wrongs = sorted(wrongs, key=lambda wrong: wrong.line)
        super().__init__("; ".join(f"{wrong.line}: {wrong.text}" for wrong in self.wrongs))

    @classmethod
    def at(cls, line: int, code: str, /, **facts: object) -> "Unreadable":
        """One thing wrong."""
        return cls([Wrong(line, tell(code, **facts))])


@dataclass(frozen=True, slots=True)
class Found:
    """One record of a file, as JSON would say it; `lines` has the line of each field, `targets.0.priority`."""

    kind: Kind
    key: str
    record: dict[str, Any]
    active: bool
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, where: str) -> int:
        """The line of that field, or of the nearest thing around it that has one."""
        while where:
            if where in self.lines:
                return self.lines[where]
            where = where.rpartition(".")[0]
        return self.line
