"""What the desk has acknowledged: the promises that no fault may break."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from tests.flow.model import Life, Then
from tests.small_desk import RECORDS

ADDRESSES: dict[str, str] = {
    key: record["email"] if kind == "analyst" else record["addresses"][0]
    for kind, key, record in RECORDS
    if kind in ("analyst", "contact")
}
"""Where each person of the small desk is written to."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A message that was acknowledged: `token` stands in its text and nowhere else.

    `raw` is the SHA-256 of the mail as it was sent, `files` those of its attachments.
    """

    token: str
    kind: Literal["ticket", "reply", "parked"]
    via: str
    raw: str | None = None
    files: tuple[str, ...] = ()


@dataclass(slots=True)
class Ticket:
    """An acknowledged ticket, and what it must have become by the commands that were acknowledged."""

    ticket_id: UUID
    life: Life
    mails: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many e-mails are owed, by template and address."""
    late: int = 0
    """Replies that came after its end: each is a linked ticket of its own."""

    def becomes(self, then: Then) -> None:
        """Something was acknowledged."""
        self.life = then.life
        self.mails.update((template, ADDRESSES[to]) for template, to in then.mails)


@dataclass(slots=True)
class Ledger:
    """Everything that was acknowledged since the desk began."""

    promises: list[Promise] = field(default_factory=list)
    tickets: dict[UUID, Ticket] = field(default_factory=dict)
    commands: int = 0
    strangers: set[str] = field(default_factory=set)
    """Addresses that nobody knows: each is owed one courtesy reply."""
    surprises: list[str] = field(default_factory=list)
    """Answers that the model does not give."""
    whole: bool = True
    """Whether everything that was begun has been acknowledged: without it nothing can be told."""
    known: set[object] = field(default_factory=set)
    """What was found wrong before: it stays wrong, and is told once."""

    @property
    def acknowledged(self) -> int:
        """How much was acknowledged: messages and commands."""
        return len(self.promises) + self.commands

    def of(self, kind: str) -> Iterable[Promise]:
        """The promises of a kind."""
        return (promise for promise in self.promises if promise.kind == kind)
