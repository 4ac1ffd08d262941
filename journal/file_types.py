"""Kinds of files, as an operator names them: by the ending of their names, or by media type."""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class FileTypes:
    """Some kinds of files; none of them where nothing is named."""

    named: frozenset[str] = frozenset()

    @classmethod
    def of(cls, told: str) -> Self:
        """What a setting says: `.exe,.scr,application/x-msdownload`."""
        return cls(frozenset(filter(None, (kind.strip().lower() for kind in told.split(",")))))

    def include(self, name: str, content_type: str) -> bool:
        """Whether a file is of one of these kinds, by what its sender calls it."""
        # Windows ignores dots and spaces at the end of a name.
        folded = name.lower().rstrip(" .")
        media_type = content_type.partition(";")[0].strip().lower()
        endings = tuple(kind for kind in self.named if kind.startswith("."))
        return media_type in self.named or folded.endswith(endings)
