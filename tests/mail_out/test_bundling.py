"""What people write within moments leaves as one e-mail: exactly, whatever is repeated, retried or restarted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from contracts import lifecycle as l
from contracts import notifier as n
from contracts.commands import RetryNotification
from contracts.directory import MailTemplate
from contracts.envelope import Request
from services.notifier.bundles import together
from services.notifier.outbox import LEASE_S
from services.notifier.smtp import MailServer, SmtpTransport
from tests.notifier import room
from tests.notifier.room import BRUNO, NOON, Notifier, answered, assigned, queued, ticket
from tests.notifier.sink import Sink, sink
from tests.notifier.test_requesting import absorbed
from tests.servers.backing import Database

ANA, JOHN = "ana.prado@serra.example.com", "john@serra.example.com"
OPENED = {"ticket_id": ticket("t"), "at": NOON, "by": BRUNO}
AWAITED = l.CustomerAwaited.model_validate({**OPENED, "text": "Qual versão?", "waiting": 1, "first": False})
RESOLVED = l.TicketResolved.model_validate(
    {**OPENED, "text": "Era a alíquota.", "resolution": 1, "first": False}
)
HELD = l.TicketHeld.model_validate(
    {**OPENED, "text": "", "third_party": "Sefaz", "expected_on": "2026-03-09", "previous": "in_progress"}
)


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier"), bundle=timedelta(seconds=20)) as made:
        await made.hear(queued(), assigned())
        yield made


@pytest.fixture
async def server() -> AsyncIterator[Sink]:
    async with sink() as made:
        yield made


async def send(desk: Notifier, server: Sink, after_s: float = 21) -> list[EmailMessage]:
    """What the server has taken by then."""
    desk.clock.advance(seconds=after_s)
    transport = SmtpTransport(MailServer.parse(server.url))
    await desk.outbox(transport).send_due()
    await transport.close()
    return server.mails()


def text_of(mail: EmailMessage, form: str = "plain") -> str:
    part = mail.get_body((form,))
    assert part is not None
    return str(part.get_content())


async def test_two_answers_are_one_e_mail_that_says_both_in_order(desk: Notifier, server: Sink) -> None:
    await desk.hear(answered(text="Veja a alíquota.\nEla mudou."))
    desk.clock.advance(seconds=10)
    await desk.hear(answered(text="E emita de novo."))
    assert await send(desk, server, 9) == [], "it waits"
    (mail,) = await send(desk, server, 1)
    for form in ("plain", "html"):
        said = text_of(mail, form)
        assert 0 < said.index("Veja a alíquota.") < said.index("Ela mudou.") < said.index("E emita de novo.")
    first, second = await desk.requested()
    assert (mail["Message-ID"], second.bundled_into) == (first.message_id, first.notification_id)
    assert len(await desk.recorded(n.NotificationSent)) == 1
    assert await desk.pool.fetchval("select count(*) from views.outbox") == 0


async def test_what_comes_later_is_another_e_mail(desk: Notifier, server: Sink) -> None:
    await desk.hear(answered(text="Um."))
    desk.clock.advance(seconds=20)
    await desk.hear(answered(text="Dois."))
    await send(desk, server)
    assert ["Dois." in text_of(mail) for mail in server.mails()] == [False, True]


async def test_the_e_mail_is_of_what_asks_most_of_its_reader(desk: Notifier, server: Sink) -> None:
    await desk.hear(answered(text="Veja."), AWAITED)
    (asking,) = await send(desk, server)
    assert "Precisamos de uma informação sua" in text_of(asking)
    await desk.hear(answered(text="Vi."), RESOLVED)
    resolved = (await send(desk, server))[-1]
    assert "/rate/" in text_of(resolved)
    assert text_of(resolved).index("Vi.") < text_of(resolved).index("Era a alíquota.")


async def test_it_does_not_wait_when_something_must_come_after_it(desk: Notifier, server: Sink) -> None:
    await desk.hear(answered(text="Abri um chamado lá."), HELD)
    transport = SmtpTransport(MailServer.parse(server.url))
    await desk.outbox(transport).send_due()
    await transport.close()
    assert ["chamado lá" in text_of(mail) for mail in server.mails()] == [True, False], (
        "in that order, at once"
    )
    await desk.hear(answered(text="Depois."))
    assert len((await desk.requested())[-1].model_dump()["facts"]["text"]) == len("Depois.")
    assert (await desk.requested())[-1].bundled_into is None


async def test_each_recipient_has_an_e_mail_of_their_own(desk: Notifier, server: Sink) -> None:
    await desk.hear(absorbed("t", "other", "john"), answered(text="Um."), answered(text="Dois."))
    mails = await send(desk, server)
    assert sorted(envelope.rcpt_tos[0] for envelope in server.taken) == [ANA, JOHN]
    assert all("Um." in text_of(mail) and "Dois." in text_of(mail) for mail in mails)


async def test_of_different_tickets_nothing_goes_together(desk: Notifier, server: Sink) -> None:
    await desk.hear(queued("b"), answered(), answered("b"))
    assert len(await send(desk, server)) == 2


async def test_redelivery_and_a_lost_transaction_change_nothing(desk: Notifier, server: Sink) -> None:
    one, two = desk.entries(answered(text="Um.")), desk.entries(answered(text="Dois."))
    await desk.apply(one, commit=False)
    await desk.apply(one)
    await desk.apply(two, commit=False)
    for entries in (two, one, two):
        await desk.apply(entries)
    (mail,) = await send(desk, server)
    assert (text_of(mail).count("Um."), text_of(mail).count("Dois.")) == (1, 1)
    for entries in (one, two):
        await desk.apply(entries)
    assert len(await send(desk, server)) == 1, "nor once it has left"


async def test_in_one_batch_of_entries_as_in_several(desk: Notifier, server: Sink) -> None:
    await desk.apply([*desk.entries(answered(text="Um.")), *desk.entries(answered(text="Dois."))])
    assert "Dois." in text_of((await send(desk, server))[0])
    await desk.apply([*desk.entries(answered(text="Três.")), *desk.entries(HELD)])
    assert len(await send(desk, server, 0)) == 3


async def test_what_was_taken_takes_nothing_in_any_more_and_is_the_same_when_sent_again(
    desk: Notifier, server: Sink
) -> None:
    await desk.hear(answered(text="Um."), answered(text="Dois."))
    server.to_data = ["451 4.3.0 later"]
    await send(desk, server)
    await desk.hear(answered(text="Três."))
    await send(desk, server, 120)
    both, later = sorted(server.mails(), key=lambda mail: "Três." in text_of(mail))
    assert "Três." not in text_of(both)
    assert "Dois." in text_of(both)
    assert "Um." not in text_of(later)


async def test_given_up_and_sent_again_by_a_person_it_says_all(desk: Notifier, server: Sink) -> None:
    await desk.hear(answered(text="Um."), answered(text="Dois."))
    server.to_recipient = {ANA: ["550 5.1.1 no such user"]}
    assert await send(desk, server) == []
    first, _ = await desk.requested()
    command = RetryNotification(notification_id=first.notification_id)
    async with desk.journal.work() as work:
        await desk.answers().handle(work, command, Request(id="1", type=command.topic, by=BRUNO, data={}))
        await work.commit()
    (mail,) = await send(desk, server)
    assert "Um." in text_of(mail)
    assert "Dois." in text_of(mail)


async def test_while_it_is_being_taken_an_answer_neither_gets_lost_nor_said_twice(
    desk: Notifier, server: Sink
) -> None:
    """Senders and followers at once, at the very end of the wait, many times over."""
    transports = [SmtpTransport(MailServer.parse(server.url)) for _ in range(2)]
    outboxes = [desk.outbox(transport) for transport in transports]
    for turn in range(25):
        await desk.hear(answered(text=f"<{turn}a>"))
        desk.clock.advance(seconds=19.999 if turn % 2 else 20)
        late = desk.entries(answered(text=f"<{turn}b>"))
        await asyncio.gather(desk.apply(late), *(outbox.send_due() for outbox in outboxes))
        desk.clock.advance(seconds=LEASE_S + 21)
        await asyncio.gather(*(outbox.send_due() for outbox in outboxes))
    for transport in transports:
        await transport.close()
    said = "".join(text_of(mail) for mail in server.mails())
    assert [said.count(f"<{turn}{part}>") for turn in range(25) for part in "ab"] == [1] * 50


async def test_own_words_that_name_the_text_say_all_of_it(desk: Notifier, server: Sink) -> None:
    words = MailTemplate(template="answered", language="pt-BR", title="Oi", body="Eis: {text}")
    desk.mailroom.directory.put("mail_template", "own", 1, True, words)
    await desk.hear(answered(text="Um."), answered(text="Dois."))
    said = text_of((await send(desk, server))[0])
    assert (said.count("Um."), said.count("Dois.")) == (1, 1)


def test_files_of_all_are_listed() -> None:
    from tests.notifier.test_composing import asked

    def one(name: str) -> n.NotificationRequested:
        return asked("answered", facts={"text": name, "analyst": "B", "attachments": [{"name": name}]})

    told = together(one("a"), [one("b")])
    assert [file["name"] for file in told.facts["attachments"]] == ["a", "b"]
    assert (told.facts["text"], told.facts["earlier"]) == ("b", [{"analyst": "B", "text": "a"}])


async def test_off_it_leaves_at_once(database: Callable[[str], Awaitable[Database]], server: Sink) -> None:
    async with room.notifier(await database("notifier")) as desk:
        await desk.hear(queued(), answered(text="Um."), answered(text="Dois."))
        assert len(await send(desk, server, 0)) == 2
