"""The caps that stop loops: how many automatic e-mails an hour, counted in three ways. Pure.

What a person of the desk has written is never counted and never held back; nor is the alarm that something was.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from contracts.notifier import Cap, Template
from services.notifier.ticket import Ticket

WINDOW = timedelta(hours=1)
Counted: TypeAlias = tuple[Cap, str]
"""What a cap counts, and of whom."""


@dataclass(frozen=True, slots=True)
class Caps:
    """The most within an hour. Source: domain page, E-mail, loop caps; the numbers are judgement.

    `address_on_ticket`: to one address about one ticket; no honest hour has come near it. `address`:
    acknowledgements to one address of tickets that came by e-mail: the loop that opens a ticket at every
    turn. `ticket`: occasions of one ticket, however many each is told to: the loop whose addresses change.
    """

    address_on_ticket: int = 20
    address: int = 100
    ticket: int = 60

    def most(self, cap: Cap) -> int:
        """The cap's number."""
        return int(getattr(self, cap))


USUAL = Caps()


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a cap is used up; it holds back when `count` has reached `most`."""

    cap: Cap
    count: int
    most: int


def counted(template: Template, automatic: bool, address: str, ticket: Ticket | None) -> list[Counted]:
    """What an e-mail counts towards."""
    if ticket is None or not automatic or template == "loop":
        return []
    folded = address.lower()
    if template == "opened":
        # Owed once a ticket by its own event. Who opens tickets in the portal is no machine that answers mail.
        return [("address", folded)] if ticket.message_id else []
    return [("address_on_ticket", f"{ticket.ticket_id} {folded}"), ("ticket", str(ticket.ticket_id))]


@dataclass
class Tally:
    """The counts of one work: as they stood, and what it adds."""

    caps: Caps
    before: Mapping[Counted, int]
    added: Counter[Counted] = field(default_factory=Counter)
    _judged: dict[tuple[Counted, str], int] = field(default_factory=dict)
    """How far a ticket's cap was when an occasion came: what is told of it is told to all, or to none."""

    def reached(self, keys: list[Counted], occasion: str) -> list[Reached]:
        """How far each cap is used up."""
        return [Reached(key[0], self._count(key, occasion), self.caps.most(key[0])) for key in keys]

    def add(self, keys: list[Counted], occasion: str) -> None:
        """One more towards each of them; one an occasion, of a ticket as a whole."""
        for key in keys:
            if (key, occasion) in self._judged:
                continue
            if key[0] == "ticket":
                self._judged[key, occasion] = self._count(key, occasion)
            self.added[key] += 1

    def _count(self, key: Counted, occasion: str) -> int:
        return self._judged.get((key, occasion), self.before.get(key, 0) + self.added[key])
