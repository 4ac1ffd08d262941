"""A composed e-mail on its way out, and the ways in which a transport can fail."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one recipient; `content` is the whole of it, with CRLF line ends."""

    notification_id: UUID
    return_path: str
    recipient: str
    content: bytes


class Transport(Protocol):
    """One way out, used by one sender at a time; it may keep a connection open between mails."""

    async def deliver(self, mail: Mail) -> str:
        """Hand the mail over; what the other side said to accept it.

        Raises:
            RefusedForGood: this mail will never be taken.
            TryLater: it was not taken now; `Unreachable` when no mail would be.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection, if there is one."""
        ...


class RefusedForGood(Exception):  # noqa: N818 - an outcome
    """The other side will never take this mail; `gone` is its status where there is no such address."""

    def __init__(self, said: str, gone: str = "") -> None:
        super().__init__(said)
        self.gone = gone


class TryLater(Exception):  # noqa: N818 - an outcome
    """The other side did not take this mail now."""


class Unreachable(TryLater):
    """The other side takes no mail at all now, whichever it is."""
