"""How mail comes in: what intake reads from its environment besides what every service reads."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings

from contracts.envelope import Email, Key
from services.intake.mail.certificate import Certificate

MAIL_BYTES_MAX = 35_000_000
"""Bytes of one message, announced by SIZE: 25 MB of attachments in base64. Source: RFC 1870; DECISIONS.md."""


class Imap(BaseModel):
    """A mailbox at another server. `secret_file` holds a password or an access token and is read at each sign-in.

    `moved_to` names the folder that a message goes to once it is committed; without it all stay where they
    are. Of a mailbox that the desk has never read, what is there already is left alone, unless `from_start`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 993
    security: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = None
    user: str
    secret_file: Path
    auth: Literal["password", "xoauth2"] = "password"
    folder: str = "INBOX"
    moved_to: str = ""
    from_start: bool = False
    poll_s: float = Field(default=60.0, gt=0)
    """Between two looks, with IDLE too: servers exist that forget to tell. Source: our choice."""


class Mailbox(BaseModel):
    """One of the desk's addresses, what mail to it is rather about, and where it is read by IMAP.

    Where the sender's contract covers `application`, that is it; else one of `area`; else as for any other mail.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: Email
    application: Key | None = None
    area: Key | None = None
    imap: Imap | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mailbox: tuple[Mailbox, ...] = ()


class MailSettings(BaseSettings):
    """The ways in: `SMTP_PORT`, `LMTP_PORT` (0: none), and what sessions are encrypted with.

    `SMTP_TLS_CERT` and `SMTP_TLS_KEY` are PEM files, `MAILBOXES` a TOML file, `MAIL_AUTHSERV_ID` the names
    (comma between) by which the desk's own mail servers sign Authentication-Results: where any is named, analysts
    answer by e-mail only with their `dmarc=pass`. `MAIL_BYTES_MAX` is the
    largest message taken, `FILE_TYPES_REFUSED` (`.exe,application/x-msdownload`) what no message may bring.
    """

    smtp_port: int = 2525
    lmtp_port: int = 0
    smtp_tls_cert: Path | None = None
    smtp_tls_key: Path | None = None
    smtp_tls_required: bool = False
    mail_authserv_id: str = ""
    mail_bytes_max: int = Field(default=MAIL_BYTES_MAX, gt=0)
    file_types_refused: str = ""
    mailboxes: Path | None = None

    @property
    def certificate(self) -> Certificate | None:
        """What STARTTLS is offered with. Raises OSError, ssl.SSLError."""
        if self.smtp_tls_cert is None:
            return None
        return Certificate(self.smtp_tls_cert, self.smtp_tls_key or self.smtp_tls_cert)

    @property
    def authserv_ids(self) -> frozenset[str]:
        """Names of the trusted server, lower case."""
        return frozenset(filter(None, (name.strip().lower() for name in self.mail_authserv_id.split(","))))

    def read_mailboxes(self) -> tuple[Mailbox, ...]:
        """The `[[mailbox]]` tables of the file `MAILBOXES`.

        Raises:
            OSError, ValueError: it cannot be read, or says what is not known here.
        """
        if self.mailboxes is None:
            return ()
        return _File.model_validate(tomllib.loads(self.mailboxes.read_text("utf-8"))).mailbox
