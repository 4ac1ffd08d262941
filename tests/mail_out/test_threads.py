"""A whole conversation, as the requester's mail program sorts it: all of a ticket together, nothing else with it.

The three programs' rules are in services/notifier/README.md, Threads; here they sort what the desk really sends.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from email.message import EmailMessage

import pytest

from contracts import lifecycle as l
from contracts import sla
from journal.tokens import verify_message_id, verify_reply_address, verify_return_path
from services.notifier.smtp import MailServer, SmtpTransport
from tests.notifier import room
from tests.notifier.room import (
    ANA,
    BRUNO,
    DOMAIN,
    KEYS,
    NOON,
    Notifier,
    answered,
    assigned,
    queued,
    started,
    ticket,
)
from tests.notifier.sink import Sink, sink
from tests.notifier.test_requesting import of
from tests.servers.backing import Database

ANA_S, JOHN_S = "ana.prado@serra.example.com", "john@serra.example.com"
_PREFIX = re.compile(r"^((re|res|fwd?|enc)\s*:\s*)+", re.IGNORECASE)


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier")) as made:
        yield made


@pytest.fixture
async def conversation(desk: Notifier) -> AsyncIterator[Sink]:
    """A ticket by mail and one by the portal, of two people, lived and then merged; all of their e-mails."""
    other = queued("other", number="2026-000124", requester="john", subject="Nota parada", message_id="")
    merged = l.TicketMerged(
        ticket_id=ticket("other"), at=NOON, by=BRUNO, into=ticket("t"), into_number="2026-000123"
    )
    joining = of("t", l.TicketAbsorbed, merged=ticket("other"), merged_number="2026-000124", requester="john")
    warned = sla.ClockWarned(
        ticket_id=ticket("t"), clock="resolution", cycle=1, at=NOON, stage=50, detected_at=NOON, due_at=NOON
    )
    await desk.hear(
        queued(), started(), assigned(analyst="clara"), other, started("other"), answered(),
        of("t", l.ReplyAdded, by=ANA, channel="email", verified=True, sender="Ana", text="E?"),
        answered("other", text="Vou ver."), merged, joining,
        of("other", l.TicketClosed, reason="merged", previous="in_progress"),
        answered(text="Para os dois."),
        warned,
        of("t", l.TicketResolved, text="Feito.", resolution=1, first=False),
        of("t", l.TicketReopened, by=ANA, resolution=1, via="email", reason="Não."),
        of("t", l.TicketClosed, reason="withdrawn", previous="in_progress"),
    )  # fmt: skip
    async with sink() as server:
        transport = SmtpTransport(MailServer.parse(server.url))
        await desk.outbox(transport).send_due()
        await transport.close()
        yield server


def to(server: Sink, address: str) -> list[EmailMessage]:
    return [
        mail
        for envelope, mail in zip(server.taken, server.mails(), strict=True)
        if envelope.rcpt_tos == [address]
    ]


def by_references(mails: Sequence[EmailMessage]) -> list[set[str]]:
    """Thunderbird's threads: whatever has an id in common, in Message-ID, References or In-Reply-To."""
    threads: list[set[str]] = []
    for mail in mails:
        ids = {mail["Message-ID"], *(mail["References"] or "").split(), *(mail["In-Reply-To"] or "").split()}
        joined = [each for each in threads if each & ids]
        threads = [each for each in threads if each not in joined] + [ids.union(*joined)]
    return threads


def topic(mail: EmailMessage) -> str:
    """What Outlook groups by where there is no Thread-Index, and what Gmail wants equal besides the references."""
    return _PREFIX.sub("", mail["Subject"])


async def test_all_of_a_ticket_is_one_thread_in_all_three(conversation: Sink) -> None:
    own = to(conversation, ANA_S)
    assert len(own) == 6
    assert len(by_references(own)) == 1
    assert {topic(mail) for mail in own} == {"[2026-000123] Nota não sai"}
    assert all(mail["References"].split()[0] == "<original@serra.example.com>" for mail in own), (
        "her own mail leads it"
    )
    assert all("Thread-Index" not in mail for mail in own), "one of ours would part it from hers in Outlook"


async def test_her_answer_to_any_of_them_stays_in_it(conversation: Sink) -> None:
    for mail in to(conversation, ANA_S):
        reply = EmailMessage()
        reply["Message-ID"] = "<reply@serra.example.com>"
        reply["Subject"] = f"RES: {mail['Subject']}"
        # Source: RFC 5322 section 3.6.4, what a program makes of an answer.
        reply["References"] = f"{mail['References']} {mail['Message-ID']}"
        reply["In-Reply-To"] = mail["Message-ID"]
        assert len(by_references([*to(conversation, ANA_S), reply])) == 1
        assert topic(reply) == topic(mail)


async def test_who_was_merged_has_one_thread_a_ticket_and_answers_reach_the_one_that_lives(
    conversation: Sink,
) -> None:
    mails = to(conversation, JOHN_S)
    threads = {topic(mail): [each for each in mails if topic(each) == topic(mail)] for mail in mails}
    assert {subject: len(each) for subject, each in threads.items()} == {
        "[2026-000124] Nota parada": 3,
        "[2026-000123] Nota não sai": 4,
    }
    assert len(by_references(mails)) == 2
    for subject, each in threads.items():
        about = ticket("t" if "000123" in subject else "other")
        for mail in each:
            assert verify_reply_address(mail["Reply-To"].addresses[0].addr_spec, KEYS, DOMAIN) == about
    joining = threads["[2026-000123] Nota não sai"][0].get_body(("plain",))
    assert joining is not None
    assert "2026-000124" in joining.get_content(), "and the new thread says how he came to it"


async def test_each_id_is_the_desk_s_own_and_each_return_path_says_which_mail(
    desk: Notifier, conversation: Sink
) -> None:
    asked = {each.message_id: each for each in await desk.requested()}
    assert len(asked) == len(conversation.taken)
    for envelope, mail in zip(conversation.taken, conversation.mails(), strict=True):
        request = asked[mail["Message-ID"]]
        assert verify_message_id(mail["Message-ID"], KEYS, DOMAIN) == request.ticket_id
        assert verify_return_path(envelope.mail_from or "", KEYS, DOMAIN) == request.notification_id
        assert mail["Auto-Submitted"] == ("auto-generated" if request.automatic else None)


async def test_the_staff_have_a_thread_of_their_own(conversation: Sink) -> None:
    staff = to(conversation, "clara.reis@desk.example.com")
    assert len(staff) >= 3
    assert len(by_references(staff)) == 1
    assert len(by_references([*staff, *to(conversation, ANA_S)])) == 2
    assert len({topic(mail) for mail in staff}) > 1, "by their subjects, they see what is up"
