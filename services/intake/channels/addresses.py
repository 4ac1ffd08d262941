"""Which addresses are the desk's own, and what mail to each of them is about."""

from collections.abc import Iterable, Sequence

from contracts.envelope import Key
from journal.directory import Directory
from journal.tokens import (
    KeyRing,
    read_answer_address,
    read_unsigned_return_path,
    verify_reply_address,
    verify_return_path,
)
from services.intake.mail.settings import Mailbox


class OwnAddresses:
    """The desk's addresses: those of the directory and the mailboxes, and the signed ones."""

    def __init__(self, directory: Directory, keys: KeyRing, mailboxes: Sequence[Mailbox] = ()) -> None:
        self._directory = directory
        self._keys = keys
        self._mailboxes = {mailbox.address.lower(): mailbox for mailbox in mailboxes}

    def includes(self, address: str) -> bool:
        """Whether the address is the desk's: one of its own, or signed. Raises NotYet."""
        domains = self._directory.mail_domains
        return (
            self._plain(address)
            or verify_reply_address(address, self._keys, *domains) is not None
            or read_answer_address(address, self._keys, *domains) is not None
            or verify_return_path(address, self._keys, *domains) is not None
            or read_unsigned_return_path(address, *domains) is not None
        )

    def takes(self, address: str) -> bool:
        """Whether mail to the address is taken in: the desk's, and its postmaster's. Raises NotYet.

        Source: RFC 5321 section 4.5.1. Mail from a postmaster is not the desk's own: its servers write as he.
        """
        local, _, domain = address.lower().partition("@")
        if local == "postmaster" and (not domain or domain in self._directory.mail_domains):
            return True
        return self.includes(address)

    def mailbox_of(self, addresses: Iterable[str]) -> str:
        """Under which of the desk's addresses a message to these is filed: the first named as such, or the main one."""
        return next(filter(self._plain, addresses), self._directory.desk.address).lower()

    def about(self, mailbox: str) -> tuple[Key | None, Key | None]:
        """The application and the area that mail to one of the desk's addresses is rather about, where somebody said so."""
        found = self._mailboxes.get(mailbox.lower())
        return (found.application, found.area) if found else (None, None)

    def _plain(self, address: str) -> bool:
        desk, folded = self._directory.desk, address.lower()
        return folded in self._mailboxes or folded in {desk.address.lower(), *map(str.lower, desk.accepts)}
