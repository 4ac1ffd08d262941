"""Two desks configured to write to each other, by a post that strips what tells machines apart: they stop by themselves."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import make_msgid
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts import intake as i
from contracts import notifier as n
from tests.intake.door import DESK, letter, post, recorded
from tests.notifier.room import read
from tests.notifier.sink import Sink, sink
from tests.resting import at_rest
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from tests.small_desk import RECORDS

OTHER = "suporte@outro.example.com"
CAP = 6
QUIET_S = 3
PATIENCE_S = 120
_OWN = re.compile(r"suporte(\+.*)?|bounces\+.*")
_MACHINES = ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence")
_THREADS = ("References", "In-Reply-To", "Reply-To")

pytestmark = pytest.mark.timeout(600)


def _without(mail: EmailMessage, *names: str) -> EmailMessage:
    for name in names:
        del mail[name]
    return mail


def _polite(mail: EmailMessage) -> EmailMessage:
    return mail


def _rude(mail: EmailMessage) -> EmailMessage:
    return _without(mail, *_MACHINES, *(name for name in mail if name.lower().startswith("list-")))


def _worst(mail: EmailMessage) -> EmailMessage:
    """A new mail of a person's, as far as anybody can see."""
    subject = re.sub(r"\[[0-9-]+\] ?", "", mail["Subject"])
    bare = _without(_rude(mail), *_THREADS, "Message-ID", "Subject")
    bare["Message-ID"], bare["Subject"] = make_msgid(domain="post.example.com"), subject
    return bare


@dataclass
class _Post(Sink):
    """Brings each desk's mail to the other, changed on the way; what goes to people stays here."""

    changed: Callable[[EmailMessage], EmailMessage] = _polite
    desks: dict[str, RunningDesk] = field(default_factory=dict)
    """By mail domain."""
    relayed: list[str] = field(default_factory=list)
    """Recipients."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        recipient = envelope.rcpt_tos[0]
        local, _, domain = recipient.partition("@")
        if _OWN.fullmatch(local):
            self.relayed.append(recipient)
            mail = self.changed(read(envelope.content))  # type: ignore[arg-type]
            raw = mail.as_bytes(policy=SMTP_POLICY)
            code = await post(self.desks[domain], raw, envelope.mail_from or "", recipient)
            return f"{code} as the desk says"
        return await super().handle_DATA(server, session, envelope)


def _records(address: str, other: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The small desk at this address; the other desk is somebody at its customer's."""
    contact = {"name": "Outro Suporte", "customer": "serra", "addresses": [other]}
    records = [
        (kind, key, {**record, "address": address} if kind == "desk" else record)
        for kind, key, record in RECORDS
    ]
    return [*records, ("contact", "outro", contact)]


@contextlib.asynccontextmanager
async def _two_desks() -> AsyncIterator[_Post]:
    async with contextlib.AsyncExitStack() as stack:
        made = _Post()
        await stack.enter_async_context(sink(made=made))
        environment = {
            "MAIL_OUT": made.url,
            "BUNDLE_S": "0",
            "MAIL_TO_ADDRESS_MAX": str(CAP),
            "MAIL_ON_TICKET_MAX": str(CAP),
        }
        for address, other in ((DESK, OTHER), (OTHER, DESK)):
            desk = running_desk(
                ["intake", "lifecycle", "sla", "notifier"], environment, _records(address, other)
            )
            made.desks[address.partition("@")[2]] = await stack.enter_async_context(desk)
        yield made


async def _after_one_mail(
    made: _Post, changed: Callable[[EmailMessage], EmailMessage], to: str, subject: str
) -> tuple[int, int]:
    """How many mails and how many tickets follow from one that a person at the other desk writes."""
    relayed, tickets = len(made.relayed), len(await _of_both(made, "intake", i.TicketRegistered))
    made.changed = changed
    sender = DESK if to == OTHER else OTHER
    raw = letter(sender, subject, To=to)
    assert await post(made.desks[to.partition("@")[2]], raw, sender, to) == 250
    await _at_rest(made)
    opened = await _of_both(made, "intake", i.TicketRegistered)
    return len(made.relayed) - relayed, len(opened) - tickets


async def _at_rest(made: _Post) -> None:
    """Return when for some seconds nothing was sent, nor recorded at either desk, and nothing is on its way there.

    Seconds alone say little: a desk that has just started may hear of an entry only when heads are compared.
    """
    async with asyncio.timeout(PATIENCE_S):
        before: list[int] = []
        while (now := await _written(made)) != before or await _to_send(made):
            before = now
            await asyncio.sleep(QUIET_S)
            for desk in made.desks.values():
                await at_rest(desk)


async def _written(made: _Post) -> list[int]:
    counts = [len(made.relayed), len(made.taken)]
    for desk in made.desks.values():
        for service in ("intake", "lifecycle", "sla", "notifier"):
            async with connected(desk.admin_url(service)) as admin:
                counts.append(await admin.fetchval("select count(*) from journal.entries"))
    return counts


async def _to_send(made: _Post) -> int:
    left = 0
    for desk in made.desks.values():
        async with connected(desk.admin_url("notifier")) as admin:
            left += await admin.fetchval("select count(*) from views.outbox")
    return left


async def _dispositions(desk: RunningDesk) -> list[tuple[int, bool]]:
    async with connected(desk.admin_url("intake")) as admin:
        rows = await admin.fetch("select dispositions, put_off from views.mail_in")
    return [(row["dispositions"], row["put_off"]) for row in rows]


async def _each_reply_is_on_its_own_ticket(desk: RunningDesk) -> None:
    opened: list[Any] = await recorded(desk, "intake", i.TicketRegistered)
    replies: list[Any] = await recorded(desk, "intake", i.ReplyReceived)
    subjects = {each.ticket_id: each.delivered.subject for each in opened}
    assert [each for each in replies if subjects[each.ticket_id] not in each.delivered.subject] == []


async def _of_both(made: _Post, service: str, *kinds: type[Any]) -> list[Any]:
    return [event for desk in made.desks.values() for event in await recorded(desk, service, *kinds)]


async def test_two_desks_that_write_to_each_other_stop_by_themselves() -> None:
    async with _two_desks() as made:
        # The first acknowledgement is known for a machine's.
        assert await _after_one_mail(made, _polite, OTHER, "Boleto parado") == (1, 1)
        # It opens a ticket, and that one's acknowledgement is a reply on the first.
        assert await _after_one_mail(made, _rude, OTHER, "Nota recusada") == (2, 2)
        # The other way round, with a number that each desk has given to a ticket of its own.
        assert await _after_one_mail(made, _rude, DESK, "Tela preta") == (2, 2)
        assert await _of_both(made, "notifier", n.NotificationSuppressed) == []
        # Each opens a ticket, until one desk has acknowledged as many as it may.
        relayed, tickets = await _after_one_mail(made, _worst, OTHER, "Cupom perdido")
        assert tickets == relayed + 1 > CAP
        assert len(made.relayed) <= 2 * CAP
        held = await _of_both(made, "notifier", n.NotificationSuppressed)
        asked = await _of_both(made, "notifier", n.NotificationRequested)
        assert [each.cap for each in held] == ["address"]
        assert "marta.lins@desk.example.com" in {each.recipient for each in asked if each.template == "loop"}
        for desk in made.desks.values():
            await _each_reply_is_on_its_own_ticket(desk)
        came = [each for desk in made.desks.values() for each in await _dispositions(desk)]
        assert came == [(1, False)] * (len(made.relayed) + 4)
