"""Delivery on this machine: one Maildir for each recipient address, for `make run` and for tests."""

import asyncio
import os
import re
from pathlib import Path

from services.notifier.mail import Mail, Unreachable

_UNSAFE = re.compile(r"[^a-z0-9@._+-]")
_NAME_MAX = 200
_FOLDERS = ("tmp", "new", "cur")


class MaildirTransport:
    """Writes into `<folder>/<address>/new/`, synced; a mail sent again replaces itself.

    The file is named by the notification, so that the recipient sees it once whatever is repeated.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def deliver(self, mail: Mail) -> str:
        """Write the mail. Raises Unreachable when the disk does not take it."""
        try:
            return await asyncio.to_thread(self._write, mail)
        except OSError as error:
            raise Unreachable(f"{type(error).__name__}: {error.strerror}") from error

    async def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, mail: Mail) -> str:
        box = self._folder / mailbox_name(mail.recipient)
        if not (box / "cur").is_dir():
            for name in _FOLDERS:
                (box / name).mkdir(parents=True, exist_ok=True)
            _sync(self._folder)
            _sync(box)
        name = f"{mail.notification_id.hex}.desk"
        draft = box / "tmp" / name
        with draft.open("wb") as file:
            file.write(mail.content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(box / "new" / name)
        _sync(box / "new")
        return f"in {box.name}/new/{name}"


def mailbox_name(address: str) -> str:
    """The folder of an address: as it is, in lower case, without what a path could take amiss."""
    return _UNSAFE.sub("_", address.lower()).lstrip(".")[:_NAME_MAX] or "_"


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
