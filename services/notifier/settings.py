"""What the notifier reads from its environment besides what every service does."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic_settings import BaseSettings

from services.notifier.mail import Transport
from services.notifier.maildir import MaildirTransport
from services.notifier.smtp import MailServer, SmtpTransport


class MailSettings(BaseSettings):
    """`MAIL_OUT`: `maildir:///folder`, or `smtp://user:password@host:port?starttls=…` (see smtp.py).

    `MAIL_CONNECTIONS` at once, 0 to pause all sending; `MAIL_PER_S` at most, so that a burst of tickets is not one of mail.
    `MAIL_LEASE_S`: how long a mail taken by a sender that died waits for another one.
    """

    mail_out: str
    mail_connections: int = 4
    mail_per_s: float = 200.0
    mail_lease_s: float = 120.0

    def transports(self) -> list[Transport]:
        """As many ways out as may be used at once. Raises ValueError when `MAIL_OUT` names none."""
        parts = urlsplit(self.mail_out)
        if parts.scheme == "maildir":
            folder = Path(unquote(parts.path))
            return [MaildirTransport(folder) for _ in range(self.mail_connections)]
        server = MailServer.parse(self.mail_out)
        return [SmtpTransport(server) for _ in range(self.mail_connections)]
