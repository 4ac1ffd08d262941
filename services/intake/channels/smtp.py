"""The desk's SMTP and LMTP server: `250` only after the commit, `452` when a message could not be kept now."""

import asyncio
import re
import ssl
from io import BytesIO
from typing import Any, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from journal.errors import NotYet
from journal.log import log
from services.intake.channels.email import EmailChannel
from services.intake.mail.certificate import Certificate
from services.intake.mail.settings import MAIL_BYTES_MAX

RECIPIENTS_MAX = 100
"""Source: RFC 5321 section 4.5.3.1.8."""
SESSIONS_MAX = 100
"""Sessions at once. Source: our choice."""
HELD_MAX = 200_000_000
"""Bytes of messages in memory, of all sessions together. Source: our choice; a sender tries again."""
_KEPT = "250 2.0.0 kept"
_TRY_LATER = "452 4.3.1 cannot keep it now, try again later"
_NOT_HERE = "550 5.1.1 no such mailbox here"
_TOO_LARGE = (
    "552 5.3.4 A mensagem passa do limite de {mb:g} MB; envie os arquivos em partes. "
    "/ The message is over the limit of {mb:g} MB; send its files in parts."
)
_NO_TLS = "454 4.7.0 TLS is not available now"
_HANDSHAKE_S = 30.0
"""Source: our choice; half of asyncio's own."""
_BUSY = b"421 4.3.2 too many sessions, try again later\r\n"
_LAST, _END = b".\r\n", b"\r\n.\r\n"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN_ADDRESS = re.compile(
    rf"<({_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)>(?:$| +(?=[A-Za-z]))"
)


class Listener:
    """Takes mail for the desk's addresses, signed ones included, and hands it to the e-mail channel.

    With a certificate it offers STARTTLS; `tls_required` refuses mail before it (RFC 3207). A message of more
    than `bytes_max` is refused; what would be more than `held_max` in memory with the others is put off.
    """

    def __init__(
        self,
        channel: EmailChannel,
        certificate: Certificate | None = None,
        *,
        tls_required: bool = False,
        bytes_max: int = MAIL_BYTES_MAX,
        held_max: int = HELD_MAX,
    ) -> None:
        self.bytes_max = bytes_max
        # One alone always has room.
        self.held_max = max(held_max, bytes_max)
        self.held = 0
        self.certificate = certificate
        self.tls_required = tls_required and certificate is not None
        self._channel = channel
        self._sessions: set[DeskSMTP] = set()

    async def serve(self, host: str, port: int, *, lmtp: bool = False) -> None:
        """Listen until cancelled, to SMTP or to LMTP (RFC 2033)."""
        loop = asyncio.get_running_loop()
        kind = DeskLMTP if lmtp else DeskSMTP
        server = await loop.create_server(lambda: kind(self, self._sessions), host, port)
        async with server:
            await server.serve_forever()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, replies: list[str]
    ) -> list[str]:
        """What is offered: no AUTH, since nobody sends through this desk."""
        session.host_name = name
        return [reply for reply in replies if not reply.startswith("250-AUTH")]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[Any]
    ) -> str:
        """Accept the desk's own addresses, its signed ones, and its postmaster."""
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 too many recipients"
        try:
            if not self._channel.own.takes(address):
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
            data_size_limit=listener.bytes_max,
            enable_SMTPUTF8=True,
            # Else the machine's own name is looked up in the DNS, for each session, while all others wait.
            hostname="atendimento",
            ident="ESMTP",
            loop=asyncio.get_running_loop(),
            tls_context=listener.certificate.context if listener.certificate else None,
            require_starttls=listener.tls_required and not isinstance(self, DeskLMTP),
        )
        self._listener = listener
        self._certificate = listener.certificate
        self._sessions = sessions
        self._held = 0
        self._too_large = _TOO_LARGE.format(mb=listener.bytes_max / 1_000_000)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or send away."""
        if len(self._sessions) >= SESSIONS_MAX:
            cast("asyncio.WriteTransport", transport).write(_BUSY)
            transport.close()
            return
        self._sessions.add(self)
        super().connection_made(transport)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Go on encrypted. aiosmtpd's own way needs the inner parts of asyncio's transports, which uvloop has not."""
        if arg or self._certificate is None or self._tls_protocol is not None:
            await self.push("501 5.5.4 STARTTLS has no argument" if arg else _NO_TLS)
            return
        try:
            await asyncio.to_thread(self._certificate.refresh)
        except (OSError, ssl.SSLError) as error:
            log.error("the certificate for mail cannot be read", error=repr(error))
            await self.push(_NO_TLS)
            return
        await self.push("220 2.0.0 go ahead")
        # What came unencrypted behind STARTTLS was put there by somebody in between. Source: CVE-2011-0411.
        self._reader._buffer.clear()  # type: ignore[attr-defined] # noqa: SLF001
        transport = await self.loop.start_tls(
            cast("asyncio.WriteTransport", self.transport),
            self,
            self._certificate.context,
            server_side=True,
            ssl_handshake_timeout=_HANDSHAKE_S,
        )
        self._begin_again(transport)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """As aiosmtpd reads it; what nearly all are is read without its grammar: that took a tenth of intake's time."""
        if plain := _PLAIN_ADDRESS.match(arg):
            return plain[1], arg[plain.end() :]
        try:
            return super()._getaddr(arg)
        except IndexError:  # at an end where Python's `email` wanted more: `<`, for one
            return None, None

    def _begin_again(self, transport: Any) -> None:
        """Nothing said before the handshake counts (RFC 3207 section 4.2)."""
        self.transport = self._tls_protocol = transport
        self._reader._transport = self._writer._transport = transport  # type: ignore[attr-defined] # noqa: SLF001
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.session = self._create_session()
        self.session.peer = transport.get_extra_info("peername")
        self.session.ssl = {"cipher": transport.get_extra_info("cipher")}
        self._tls_handshake_okay = True

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Read the message in large pieces: line by line was half of all work (measured, 20 KB mails)."""
        envelope = self.envelope
        if await self.check_helo_needed() or envelope is None:
            return
        if arg or not envelope.rcpt_tos:
            await self.push("501 5.5.4 DATA has no argument" if arg else "503 5.5.1 need RCPT first")
            return
        await self.push("354 end with a dot on a line of its own")
        try:
            content, status = await self._content()
            if not status:
                envelope.content = envelope.original_content = content
                status = await self._call_handler_hook("DATA")
            replies = self._replies(status, len(envelope.rcpt_tos))
            self._set_post_data_state()  # type: ignore[no-untyped-call]
        finally:
            self._hold(0)
        for reply in replies:
            await self.push(reply)

    def _replies(self, status: str, _recipients: int) -> list[str]:
        return [status]

    async def push(self, status: Any) -> None:
        """Say something to the client; that SIZE announces too much, in words that its sender understands."""
        await super().push(self._too_large if str(status).startswith("552 Error") else status)

    def _hold(self, size: int) -> None:
        """So many bytes of a message are in memory for this session."""
        self._listener.held += size - self._held
        self._held = size

    def _refusal(self, size: int) -> str:
        """Why no message of this size can be taken in now; else it is held, and nothing is said."""
        if size > self._listener.bytes_max:
            return self._too_large
        if self._listener.held + size - self._held > self._listener.held_max:
            return _TRY_LATER
        self._hold(size)
        return ""

    async def _content(self) -> tuple[bytes, str]:
        """The message up to the lone dot, its stuffed dots undone (RFC 5321 section 4.5.2), or why it is not taken.

        Only CRLF ends a line: a dot between bare line ends is part of the message (section 2.3.8).
        """
        # A BytesIO gives what it holds without a copy: a message of 35 MB is in memory once.
        read, refusal = BytesIO(), ""
        while True:
            try:
                read.write(await self._reader.readuntil(_LAST))
                with read.getbuffer() as held:
                    ended = held[-len(_END) :] == _END or held == _LAST
            except asyncio.LimitOverrunError as overrun:
                read.write(await self._reader.readexactly(overrun.consumed))
                ended = False
            self._reset_timeout()
            if ended:
                break
            refusal = refusal or self._refusal(read.tell() - len(_LAST))
            if refusal:
                self._hold(0)
                with read.getbuffer() as held:
                    end = bytes(held[-len(_END) :])
                read = BytesIO()
                read.write(end)
        if refusal := refusal or self._refusal(read.tell() - len(_LAST)):
            return b"", refusal
        read.truncate(read.tell() - len(_LAST))
        content = read.getvalue()
        if content.startswith(b".") or b"\r\n." in content:
            content = content.removeprefix(b".").replace(b"\r\n.", b"\r\n")
        return content, ""

    def eof_received(self) -> bool | None:
        """The client has said all it will."""
        return super().eof_received() if self in self._sessions else None

    def connection_lost(self, error: Exception | None) -> None:
        """Make room for another."""
        if self in self._sessions:
            self._sessions.discard(self)
            super().connection_lost(error)


class DeskLMTP(DeskSMTP, LMTP):
    """The same for a mail server that delivers here: greeted by LHLO, it is answered for each recipient."""

    def _replies(self, status: str, recipients: int) -> list[str]:
        """Source: RFC 2033 section 4.2."""
        return [status] * recipients
