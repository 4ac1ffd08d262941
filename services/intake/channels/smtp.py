"""The desk's SMTP server: `250` only after the commit, `452` when a message could not be kept now."""

import asyncio
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from journal.errors import NotYet
from services.intake.channels.email import EmailChannel

SIZE_MAX = 35_000_000
"""Bytes of one message, announced by SIZE: 25 MB of attachments in base64. Source: RFC 1870; DECISIONS.md."""
RECIPIENTS_MAX = 100
"""Source: RFC 5321 section 4.5.3.1.8."""
SESSIONS_MAX = 100
"""Sessions at once: each may hold a whole message in memory. Source: our choice."""
_KEPT = "250 2.0.0 kept"
_TRY_LATER = "452 4.3.1 cannot keep it now, try again later"
_NOT_HERE = "550 5.1.1 no such mailbox here"
_TOO_LARGE = f"552 5.3.4 a message may have {SIZE_MAX} bytes"
_BUSY = b"421 4.3.2 too many sessions, try again later\r\n"
_LAST, _END = b".\r\n", b"\r\n.\r\n"


class Listener:
    """Takes mail for the desk's addresses, signed ones included, and hands it to the e-mail channel."""

    def __init__(self, channel: EmailChannel) -> None:
        self._channel = channel
        self._sessions: set[DeskSMTP] = set()

    async def serve(self, host: str, port: int) -> None:
        """Listen until cancelled."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: DeskSMTP(self, self._sessions), host, port)
        async with server:
            await server.serve_forever()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[Any]
    ) -> str:
        """Accept the desk's own addresses, and its signed ones."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 too many recipients"
        try:
            if not self._channel.is_ours(address):
                return _NOT_HERE
        except NotYet:
            return _TRY_LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the message; 250 once it is committed."""
        raw = envelope.original_content or b""
        kept = await self._channel.receive(raw, envelope.mail_from or "", tuple(envelope.rcpt_tos))
        return _KEPT if kept else _TRY_LATER

    async def handle_exception(self, error: Exception) -> str:
        """What a client is told about a fault in its session: that it is ours."""
        return f"451 4.3.0 {type(error).__name__} here, try again later"


class DeskSMTP(SMTP):
    """One session; above `SESSIONS_MAX` of them, one that only says so."""

    line_length_limit = 64 * 1024
    """Of the buffer that commands are read from. Lines of a message may be of any length."""

    def __init__(self, listener: Listener, sessions: "set[DeskSMTP]") -> None:
        super().__init__(
            listener,
            data_size_limit=SIZE_MAX,
            enable_SMTPUTF8=True,
            # Else the machine's own name is looked up in the DNS, for each session, while all others wait.
            hostname="atendimento",
            ident="ESMTP",
            loop=asyncio.get_running_loop(),
        )
        self._sessions = sessions

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or send away."""
        if len(self._sessions) >= SESSIONS_MAX:
            cast("asyncio.WriteTransport", transport).write(_BUSY)
            transport.close()
            return
        self._sessions.add(self)
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Read the message in large pieces: line by line was half of all work (measured, 20 KB mails)."""
        envelope = self.envelope
        if await self.check_helo_needed() or envelope is None:
            return
        if arg or not envelope.rcpt_tos:
            await self.push("501 5.5.4 DATA has no argument" if arg else "503 5.5.1 need RCPT first")
            return
        await self.push("354 end with a dot on a line of its own")
        content = await self._content()
        if content is None:
            status = _TOO_LARGE
        else:
            envelope.content = envelope.original_content = content
            status = await self._call_handler_hook("DATA")
        self._set_post_data_state()  # type: ignore[no-untyped-call]
        await self.push(status)

    async def _content(self) -> bytes | None:
        """The message up to the lone dot, its stuffed dots undone (RFC 5321 section 4.5.2); None when too large.

        Only CRLF ends a line: a dot between bare line ends is part of the message (section 2.3.8).
        """
        read, too_large = bytearray(), False
        while True:
            try:
                read += await self._reader.readuntil(_LAST)
                ended = read.endswith(_END) or read == _LAST
            except asyncio.LimitOverrunError as overrun:
                read += await self._reader.readexactly(overrun.consumed)
                ended = False
            self._reset_timeout()
            if ended:
                break
            if len(read) > SIZE_MAX:
                too_large = True
                del read[: -len(_END)]
        if too_large or len(read) - len(_LAST) > SIZE_MAX:
            return None
        return bytes(read[: -len(_LAST)]).removeprefix(b".").replace(b"\r\n.", b"\r\n")

    def eof_received(self) -> bool | None:
        """The client has said all it will."""
        return super().eof_received() if self in self._sessions else None

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for another."""
        if self in self._sessions:
            self._sessions.discard(self)
            super().connection_lost(error)
