"""One message on its way in: its row in the ledger, and where it lay."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message lies in a mailbox at another server."""

    mailbox: str
    uid_validity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Entered:
    """A message's row in the ledger, and its place in a mailbox where it was read from one."""

    id: UUID
    place: Place | None = None
