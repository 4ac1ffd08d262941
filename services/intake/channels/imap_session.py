"""One signed-in session at an IMAP server, as calls that block: each runs in the mailbox's own thread.

Nothing here marks a message as read: bodies are fetched by `BODY.PEEK`. Source: RFC 3501 section 6.4.5.
"""

import contextlib
import select
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from journal.log import log
from services.intake.mail.settings import Imap

_CONNECT_S, _READ_S = 10.0, 60.0
"""Source: our choice."""
_BEGINNING = 256 * 1024
"""Bytes fetched of a message that is too large: its header and the beginning of its text. Source: our choice."""
_IDLE_MAX_S = 29 * 60.0
"""Source: RFC 2177."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message, and when its server received it, where that can be read.

    `size` is above 0 where `raw` is only its beginning.
    """

    raw: bytes
    received_at: datetime | None
    size: int = 0


class NotGivenError(Exception):
    """A server does not give a message that it says is there."""


class Session:
    """A mailbox's folder, opened; `tells` of new messages by itself (IDLE), or not. Every call raises OSError or `imapclient.exceptions.IMAPClientError`."""

    def __init__(self, imap: Imap, bytes_max: int) -> None:
        self._imap = imap
        self._bytes_max = bytes_max
        context = ssl.create_default_context(cafile=imap.ca_file) if imap.security != "none" else None
        self._client = IMAPClient(
            imap.host,
            imap.port,
            ssl=imap.security == "tls",
            ssl_context=context,
            timeout=SocketTimeout(_CONNECT_S, _READ_S),
        )
        self._client.normalise_times = False
        if imap.security == "starttls":
            self._client.starttls(context)
        secret = imap.secret_file.read_text("utf-8").strip()
        if imap.auth == "xoauth2":
            self._client.oauth2_login(imap.user, secret)
        else:
            self._client.login(imap.user, secret)
        if imap.moved_to and not self._client.folder_exists(imap.moved_to):
            self._client.create_folder(imap.moved_to)
        state = self._client.select_folder(imap.folder, readonly=not imap.moved_to)
        self.uid_validity = int(state[b"UIDVALIDITY"])
        # Some servers do not tell. Source: RFC 3501 section 6.3.1.
        self.uid_next = int(state.get(b"UIDNEXT", 0)) or max(self.uids(1), default=0) + 1
        self.tells = bool(self._client.has_capability("IDLE"))
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)

    def uids(self, first: int, last: int | None = None) -> list[int]:
        """The messages with these UIDs that are there, in order."""
        found = self._client.search(["UID", f"{first}:{last or '*'}"])
        # `n:*` names the last message even where its UID is below n. Source: RFC 3501 section 6.4.8.
        return sorted(uid for uid in found if first <= uid <= (last or uid))

    def arrived(self, first: int) -> list[int]:
        """The messages from this UID on that have come by now.

        Without NOOP a server may know of none that it has not told of. Source: RFC 3501 sections 5.2 and 6.1.2.
        """
        self._client.noop()
        return self.uids(first)

    def received_since(self, uids: Sequence[int], instant: datetime) -> list[int]:
        """Those of these messages that were received at that instant or later, or nobody can tell when."""
        since: list[int] = []
        for start in range(0, len(uids), 500):
            asked = uids[start : start + 500]
            told = self._client.fetch(asked, ["INTERNALDATE"])
            instants = {uid: _instant(told[uid].get(b"INTERNALDATE")) for uid in asked if uid in told}
            since += [uid for uid in asked if (instants.get(uid) or instant) >= instant]
        return since

    def fetch(self, uid: int) -> Fetched | None:
        """A message; None when it is not there any more. Raises NotGivenError."""
        told = self._client.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]).get(uid)
        size = int(told[b"RFC822.SIZE"]) if told else 0
        part = f"<0.{_BEGINNING}>" if size > self._bytes_max else ""
        body = self._client.fetch([uid], [f"BODY.PEEK[]{part}"]).get(uid) if told else None
        raw = body.get(b"BODY[]<0>" if part else b"BODY[]") if body else None
        if raw is None:
            if uid in self.arrived(uid):
                raise NotGivenError("no body, of a message that is there")
            return None
        return Fetched(raw, _instant(told.get(b"INTERNALDATE")), size if part else 0)

    def fetch_head(self, uid: int) -> Fetched:
        """What a server gives of a message whose whole it does not: its header and instant, or nothing."""
        told: dict[bytes, object] = {}
        for item in ("INTERNALDATE", "BODY.PEEK[HEADER]"):
            try:
                told |= self._client.fetch([uid], [item]).get(uid, {})
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                log.warning("a message is not given", host=self._imap.host, item=item, error=repr(error))
        head = told.get(b"BODY[HEADER]")
        return Fetched(head if isinstance(head, bytes) else b"", _instant(told.get(b"INTERNALDATE")))

    def move(self, uids: Sequence[int]) -> None:
        """Put messages into the folder for those that are done with; what the server refuses stays, and is read on behind."""
        if not self._imap.moved_to or not uids:
            return
        try:
            self._move(uids)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            log.warning("messages cannot be moved", host=self._imap.host, error=repr(error))

    def _move(self, uids: Sequence[int]) -> None:
        """By copy where the server cannot move."""
        if self._client.has_capability("MOVE"):
            self._client.move(uids, self._imap.moved_to)
        elif self._client.has_capability("UIDPLUS"):
            self._client.copy(uids, self._imap.moved_to)
            self._client.delete_messages(uids, silent=True)
            self._client.uid_expunge(uids)
        else:
            # Without UIDPLUS, whatever else is marked as deleted in the folder would be expunged too.
            log.warning("a mailbox's server cannot move messages", host=self._imap.host, messages=len(uids))

    def wait(self, seconds: float) -> None:
        """Wait that long, or less when the server tells of something or `wake` is called. Raises when it is closed meanwhile."""
        poll = select.poll()
        poll.register(self._woken, select.POLLIN)
        if self.tells:
            self._client.idle()
            poll.register(self._client.socket(), select.POLLIN)
        if not (self.tells and self._has_told()):
            poll.poll(min(seconds, _IDLE_MAX_S) * 1000)
        with contextlib.suppress(BlockingIOError):
            self._woken.recv(4096)
        if self.tells:
            self._client.idle_done()

    def _has_told(self) -> bool:
        """Whether the server has told of something with its answer to IDLE: of what came since the last look.

        That was read with the answer, so that the socket has nothing to poll for.
        """
        connection = self._client.socket()
        timeout_s = connection.gettimeout()
        connection.settimeout(0)
        try:
            return bool(self._client._imap.file.peek(1))  # noqa: SLF001 - imapclient asks the socket alone
        except ssl.SSLWantReadError:
            return False
        finally:
            connection.settimeout(timeout_s)

    def wake(self) -> None:
        """End the wait, or the next one; from any thread."""
        with contextlib.suppress(OSError):
            self._waker.send(b"\0")

    def close(self) -> None:
        """Leave at once, from any thread: a call that waits in another ends. Once it has, `free`."""
        self.wake()
        with contextlib.suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)

    def free(self) -> None:
        """Let go of its sockets, in the thread of its calls."""
        self._woken.close()
        self._waker.close()
        with contextlib.suppress(OSError):
            self._client.shutdown()


def _instant(told: object) -> datetime | None:
    """The INTERNALDATE that a server told; None where it is no instant."""
    try:
        return told.astimezone(UTC) if isinstance(told, datetime) and told.tzinfo else None
    except (ValueError, OverflowError):
        return None
