"""The post between a desk and its customers: takes what the desk sends, and gives back what finds nobody."""

import asyncio
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from uuid import uuid4

from aiosmtpd.smtp import Envelope

from tests.intake.door import post
from tests.notifier.room import read
from tests.notifier.sink import Sink
from tests.running import RunningDesk

BOUNCES = 3
"""Different e-mails that come back for good until an address is suspended. Source: services/notifier, `BOUNCES_MAX`."""
PATIENCE_S = 90
_MTA = "mx.fora.example.com"


class PostOffice(Sink):
    """A server that takes everything first, and finds out later that a recipient is gone."""

    def to(self, address: str) -> list[Envelope]:
        """What was sent to that address, in order."""
        return [each for each in self.taken if each.rcpt_tos == [address]]

    def subjects_to(self, address: str) -> list[str]:
        """What they were about."""
        return [str(read(each.content)["Subject"]) for each in self.to(address)]  # type: ignore[arg-type]

    async def next_to(self, address: str, known: int, words: str = "") -> EmailMessage:
        """The first e-mail to that address after `known` of them whose subject or text says so."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for each in self.to(address)[known:]:
                    mail = read(each.content)  # type: ignore[arg-type]
                    if words in mail["Subject"] + text_of(mail):
                        return mail
                await asyncio.sleep(0.05)

    async def give_back(self, desk: RunningDesk, taken: Envelope, status: str = "5.1.1") -> int:
        """Send a delivery report to where the e-mail says that reports go; the code that the desk answers."""
        assert taken.mail_from is not None
        report = delivery_report(read(taken.content), taken.rcpt_tos[0], taken.mail_from, status)  # type: ignore[arg-type]
        return await post(desk, report, "", taken.mail_from)


def text_of(mail: EmailMessage) -> str:
    """What an e-mail says, as plain text."""
    part = mail.get_body(("plain",))
    return "" if part is None else str(part.get_content())


def delivery_report(mail: EmailMessage, recipient: str, to: str, status: str) -> bytes:
    """That a mail was not delivered, as a mail server says it. Source: RFC 3464, RFC 6522, RFC 3462."""
    fields = (
        f"Reporting-MTA: dns; {_MTA}\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\n"
        f"Status: {status}\r\nDiagnostic-Code: smtp; 550 {status} <{recipient}>: no such user here\r\n"
    )
    copied = "".join(f"{name}: {value}\r\n" for name, value in mail.items())
    parts = (
        ("text/plain; charset=utf-8", f"The mail to <{recipient}> could not be delivered.\r\n"),
        ("message/delivery-status", fields),
        ("text/rfc822-headers; charset=utf-8", copied),
    )
    boundary = uuid4().hex
    body = "".join(f"--{boundary}\r\nContent-Type: {kind}\r\n\r\n{said}\r\n" for kind, said in parts)
    head = EmailMessage(SMTP_POLICY)
    head["From"], head["To"] = f"Mail Delivery System <MAILER-DAEMON@{_MTA}>", to
    head["Subject"], head["Message-ID"] = "Undelivered Mail Returned to Sender", f"<{uuid4()}@{_MTA}>"
    head["MIME-Version"], head["Auto-Submitted"] = "1.0", "auto-replied"
    head["Content-Type"] = f'multipart/report; report-type=delivery-status; boundary="{boundary}"'
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"{lines}\r\n{body}--{boundary}--\r\n".encode()
