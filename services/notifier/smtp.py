"""Delivery to a mail server, by SMTP, over a connection that is kept as long as it holds."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Literal, Self, cast
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTP

from services.notifier.mail import Mail, RefusedForGood, TryLater, Unreachable

TIMEOUT_S = 20.0
"""For each answer of the server."""
MAIL_TIMEOUT_S = 45.0
"""For one mail as a whole; less than what the outbox keeps a row reserved for."""
_OURS = (421, 454, 530, 534, 535, 538)
"""Replies that speak of our connection or login, not of the mail. Source: RFC 5321 and RFC 4954 section 6."""
_PERMANENT = 500
_GONE = re.compile(r"5\.1\.\d{1,3}(?!\d)")
"""A status that speaks of the address. Source: RFC 3463 section 3.2."""
_NO_MAILBOX = 550
StartTls = Literal["required", "auto", "never"]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where to hand mail over, and how to prove that we may."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    implicit_tls: bool = False
    starttls: StartTls = "auto"
    ca_file: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """From `smtp://user:password@host:port?starttls=required|auto|never&ca=file`, or `smtps://…`.

        Without `starttls`, TLS is required where there is a password, and used where it is offered. `ca` names
        the certificates to trust instead of the system's.

        Raises:
            ValueError: it is not of that form.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("MAIL_OUT must be smtp://host:port, smtps://host:port or maildir:///folder")
        implicit = parts.scheme == "smtps"
        usual = "required" if parts.username else "auto"
        asked = parse_qs(parts.query)
        starttls = asked.get("starttls", [usual])[0]
        if starttls not in ("required", "auto", "never"):
            raise ValueError("starttls in MAIL_OUT is required, auto or never")
        if parts.username and not implicit and starttls != "required":
            # With `auto`, whoever sits in between leaves the offer out, and is told the password.
            raise ValueError(
                "MAIL_OUT with a login needs smtps, or starttls=required: no password on an open line"
            )
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if implicit else 587 if parts.username else 25),
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            implicit_tls=implicit,
            starttls=cast("StartTls", starttls),
            ca_file=asked.get("ca", [""])[0],
        )


class SmtpTransport:
    """One connection to the mail server, opened when first needed and whenever it was lost."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._client: SMTP | None = None

    async def deliver(self, mail: Mail) -> str:
        """Hand the mail over; the server's words. Raises RefusedForGood, TryLater or Unreachable."""
        try:
            async with asyncio.timeout(MAIL_TIMEOUT_S):
                reused = self._client is not None and self._client.is_connected
                try:
                    return await self._send(await self._connected(), mail)
                except TryLater:
                    # Servers close a connection that was idle: that says nothing about this mail.
                    if not reused or self._client is not None:
                        raise
                    return await self._send(await self._connected(), mail)
        except TimeoutError as error:
            self._drop()
            raise TryLater(f"no answer from {self._server.host}") from error

    async def close(self) -> None:
        """Say goodbye, if anybody listens."""
        client, self._client = self._client, None
        if client is not None and client.is_connected:
            try:
                await client.quit()
            except aiosmtplib.SMTPException:
                client.close()

    async def _connected(self) -> SMTP:
        if self._client is not None and self._client.is_connected:
            return self._client
        self._drop()
        client = self._client = self._new_client()
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            raise Unreachable(_told(error)) from error
        return client

    def _new_client(self) -> SMTP:
        server = self._server
        start_tls = {"required": True, "auto": None, "never": False}[server.starttls]
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.implicit_tls,
            start_tls=False if server.implicit_tls else start_tls,
            cert_bundle=server.ca_file or None,
            timeout=TIMEOUT_S,
        )

    async def _send(self, client: SMTP, mail: Mail) -> str:
        try:
            _, response = await client.sendmail(mail.return_path, [mail.recipient], mail.content)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise self._verdict(error.recipients[0]) from error
        except aiosmtplib.SMTPResponseException as error:
            raise self._verdict(error) from error
        except ValueError as error:
            raise RefusedForGood(_told(error)) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            self._drop()
            raise TryLater(_told(error)) from error
        return response

    def _verdict(
        self, error: aiosmtplib.SMTPResponseException | aiosmtplib.SMTPRecipientRefused
    ) -> Exception:
        if error.code in _OURS:
            self._drop()
            return Unreachable(_told(error))
        if error.code < _PERMANENT:
            return TryLater(_told(error))
        gone = _GONE.match(error.message) if error.code == _NO_MAILBOX else None
        return RefusedForGood(_told(error), gone[0] if gone else "")

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


def _told(error: Exception) -> str:
    """What the server said, without anything of ours (a password) in it."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}"
