"""A real mail server for tests, which answers as it is told to."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.notifier.room import read


@dataclass
class Sink:
    """What it took, and what it answers: `to_recipient` by address, one answer an attempt."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)
    to_recipient: dict[str, list[str]] = field(default_factory=dict)
    to_data: list[str] = field(default_factory=list)
    attempts: int = 0
    slow_s: float = 0.0
    sockets: list[asyncio.BaseTransport] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    """Of each mail taken, whether it came over TLS."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def mails(self) -> list[EmailMessage]:
        return [read(envelope.content or b"") for envelope in self.taken]  # type: ignore[arg-type]

    def hang_up(self) -> None:
        """Close every connection, as a server does with idle ones."""
        for each in self.sockets:
            each.close()
        self.sockets.clear()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]
    ) -> str:
        self.attempts += 1
        if answers := self.to_recipient.get(address):
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        if self.to_data:
            return self.to_data.pop(0)
        self.taken.append(envelope)
        self.sessions.add(id(session))
        self.encrypted.append(session.ssl is not None)
        return f"250 OK queued as {len(self.taken)}"


class _Remembering(SMTP):
    def __init__(self, made: Sink, **options: Any) -> None:
        super().__init__(made, **options)
        self._made = made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._made.sockets.append(transport)
        super().connection_made(transport)


@contextlib.asynccontextmanager
async def sink(
    login: tuple[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    *,
    implicit: bool = False,
    made: Sink | None = None,
) -> AsyncIterator[Sink]:
    """A server on a free port; with a login, it takes mail only after that.

    With `tls` it offers STARTTLS, and a login only after that; or it speaks TLS from the start.
    """
    made = made or Sink()

    def authenticator(_: SMTP, __: Session, ___: Envelope, ____: str, data: LoginPassword) -> AuthResult:
        right = (data.login.decode(), data.password.decode()) == login
        return AuthResult(success=right, handled=right)

    def protocol() -> SMTP:
        server = _Remembering(made, hostname="sink.example", tls_context=None if implicit else tls)
        if login:
            server._authenticator = authenticator
            server._auth_required = True
            server._auth_require_tls = tls is not None and not implicit
        return server

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None)
    made.port = listening.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.hang_up()
        listening.close()
