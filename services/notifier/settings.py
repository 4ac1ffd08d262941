"""What the notifier reads from its environment besides what every service does."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import Field
from pydantic_settings import BaseSettings

from services.notifier.addresses import BOUNCE_DAYS, BOUNCES_MAX, KEPT_MAX, Patience
from services.notifier.bundles import BUNDLE_S, WINDOW_MAX
from services.notifier.caps import USUAL, Caps
from services.notifier.dkim import Signature
from services.notifier.mail import Transport
from services.notifier.maildir import MaildirTransport
from services.notifier.smtp import MailServer, SmtpTransport


class MailSettings(BaseSettings):
    """`MAIL_OUT`: `maildir:///folder`, or `smtp://user:password@host:port?starttls=…` (see smtp.py).

    `MAIL_CONNECTIONS` at once, 0 to pause all sending; `MAIL_PER_S` at most, so that a burst of tickets is not one of mail.
    `MAIL_LEASE_S`: how long a mail taken by a sender that died waits for another one. `BUNDLE_S`: how long what
    people write waits for more, 0 for not at all. `MAIL_TO_ADDRESS_MAX`, `MAIL_ON_TICKET_MAX`: caps.py.
    `BOUNCES_MAX` within `BOUNCE_DAYS` suspend an address: addresses.py.
    `DKIM_KEY_FILE` and `DKIM_SELECTOR`: dkim.py; without both nothing is signed.
    """

    mail_out: str
    mail_connections: int = 4
    mail_per_s: float = 200.0
    mail_lease_s: float = 120.0
    bundle_s: Annotated[float, Field(ge=0, le=WINDOW_MAX.total_seconds())] = BUNDLE_S
    mail_to_address_max: Annotated[int, Field(ge=1)] = USUAL.address
    mail_on_ticket_max: Annotated[int, Field(ge=1)] = USUAL.ticket

    bounces_max: Annotated[int, Field(ge=1, le=KEPT_MAX)] = BOUNCES_MAX
    bounce_days: Annotated[float, Field(gt=0, le=3650)] = BOUNCE_DAYS
    dkim_key_file: str = ""
    dkim_selector: str = ""

    def caps(self) -> Caps:
        """The caps of this desk."""
        return Caps(address=self.mail_to_address_max, ticket=self.mail_on_ticket_max)

    def patience(self) -> Patience:
        """With addresses whose mail comes back."""
        return Patience(self.bounces_max, timedelta(days=self.bounce_days))

    def signature(self) -> Signature | None:
        """The key that signs e-mails. Raises ValueError when half of it is missing, or it is none; OSError."""
        if not self.dkim_key_file and not self.dkim_selector:
            return None
        if not self.dkim_key_file or not self.dkim_selector:
            raise ValueError("DKIM_KEY_FILE and DKIM_SELECTOR go together")
        return Signature.read(self.dkim_selector, Path(self.dkim_key_file))

    def transports(self) -> list[Transport]:
        """As many ways out as may be used at once. Raises ValueError when `MAIL_OUT` names none."""
        parts = urlsplit(self.mail_out)
        if parts.scheme == "maildir":
            folder = Path(unquote(parts.path))
            return [MaildirTransport(folder) for _ in range(self.mail_connections)]
        server = MailServer.parse(self.mail_out)
        return [SmtpTransport(server) for _ in range(self.mail_connections)]
