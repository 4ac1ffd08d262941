"""The three kinds of error: refused (a person's command), conflict (retried), fault (anything else)."""

from typing import Any


class Refused(Exception):  # noqa: N818 - the domain's word, an outcome rather than a failure
    """A rule said no to a command; `code` and `facts` become a sentence in the person's language."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refused) and (self.code, self.facts) == (other.code, other.facts)

    def __hash__(self) -> int:
        return hash(self.code)


class Conflict(Exception):  # noqa: N818 - an outcome: another writer was first, decide again
    """Another writer was first; load again and decide again."""


class NotYet(Exception):  # noqa: N818 - an outcome: what it needs is on its way
    """An entry names something of another journal that has not arrived here; retried, bounded."""
