"""What reports and machines answer to: the desk's own mail, found by its return path or by the copy that came back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from nats.errors import NoRespondersError

from contracts import intake as i
from journal.tokens import KeyRing, make_answer_address, make_message_id, make_return_path
from services.intake.channels.hearing import PUT_OFF_MAX
from services.intake.mail.entered import Place
from tests.intake.door import letter
from tests.intake.test_email_meaning import DOMAIN, last, opened, report
from tests.intake.test_email_room import ANA, SECRET, Mailbox, mailbox
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
KEYS = KeyRing.of(SECRET)


async def sent(box: Mailbox, ticket_id: UUID, notification_id: UUID) -> None:
    await box.room.pool.execute(
        "insert into views.notifications values ($1, $2, $3)", notification_id, ticket_id, ANA
    )


async def test_the_copy_that_came_back_names_its_notification(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        ticket, notification_id = await opened(box), uuid4()
        await sent(box, ticket.ticket_id, notification_id)
        ours = make_message_id(ticket.ticket_id, notification_id.hex, KEYS, DOMAIN)
        event = await last(box, report(ours, "failed", "5.1.1"), "")
        assert isinstance(event, i.BounceReceived)
        assert (event.ticket_id, event.notification_id) == (ticket.ticket_id, notification_id)
        assert (event.recipient, event.permanent) == (ANA, False), "whoever got a reply can name it"


def unsigned(notification_id: UUID) -> str:
    """The return path of an earlier release."""
    return f"bounces+{notification_id.hex}@{DOMAIN}"


def signed(notification_id: UUID, secret: str = SECRET) -> str:
    return make_return_path(notification_id, KeyRing.of(secret), DOMAIN)


@pytest.mark.parametrize(
    ("path", "placed", "gone"),
    [
        (signed, True, True),
        (unsigned, True, False),
        (partial(signed, secret="k1:of-somebody-else-entirely"), False, False),
        (lambda notification_id: make_answer_address("bounces", notification_id, KEYS, DOMAIN), False, False),
    ],
    ids=["signed", "of an earlier release", "forged", "signed for something else"],
)
@pytest.mark.parametrize("mail_from", ["", "mallory@evil.example"], ids=["null sender", "somebody"])
async def test_only_what_comes_to_the_signed_return_path_proves_that_an_address_is_gone(
    database: Make, tmp_path: Path, path: Callable[[UUID], str], placed: bool, gone: bool, mail_from: str
) -> None:
    """The null sender is anybody's to write, and some servers report under a name: it proves nothing either way."""
    async with mailbox(await database("intake"), tmp_path) as box:
        ticket, notification_id = await opened(box), uuid4()
        await sent(box, ticket.ticket_id, notification_id)
        event = await last(box, report("<x@y>", "failed", "5.1.1"), mail_from, (path(notification_id),))
        assert isinstance(event, i.BounceReceived)
        found = (ticket.ticket_id, notification_id) if placed else (None, None)
        assert (event.ticket_id, event.notification_id) == found
        assert event.permanent == gone


async def test_the_return_path_of_one_e_mail_proves_nothing_of_another(
    database: Make, tmp_path: Path
) -> None:
    """Whoever got an e-mail of the desk holds its return path: beside it they name another's."""
    async with mailbox(await database("intake"), tmp_path) as box:
        ticket, anas, never_sent = await opened(box), uuid4(), uuid4()
        await sent(box, ticket.ticket_id, anas)
        ours = make_message_id(ticket.ticket_id, anas.hex, KEYS, DOMAIN)
        for to in ((signed(never_sent), unsigned(anas)), (unsigned(anas), signed(never_sent))):
            event = await last(box, report(ours, "failed", "5.1.1"), "", to)
            assert isinstance(event, i.BounceReceived)
            assert (event.notification_id, event.permanent) == (anas, False)


async def test_a_machine_that_answers_the_return_path_is_on_the_ticket(
    database: Make, tmp_path: Path
) -> None:
    """RFC 3834 section 4: an automatic answer goes to the return path, and need not refer to anything."""
    async with mailbox(await database("intake"), tmp_path) as box:
        ticket, notification_id = await opened(box), uuid4()
        await sent(box, ticket.ticket_id, notification_id)
        away = letter(ANA, Auto_Submitted="auto-replied")
        event = await last(box, away, "", (make_return_path(notification_id, KEYS, DOMAIN),))
        assert isinstance(event, i.AutomaticReplyReceived)
        assert event.ticket_id == ticket.ticket_id
        before = letter(ANA, Auto_Submitted="auto-replied")
        event = await last(box, before, "", (unsigned(notification_id),))
        assert isinstance(event, i.AutomaticReplyReceived)
        assert event.ticket_id == ticket.ticket_id
        digest = uuid4()
        await box.room.pool.execute("insert into views.notifications values ($1, null, $2)", digest, ANA)
        event = await last(
            box, letter(ANA, Auto_Submitted="auto-replied"), "", (make_return_path(digest, KEYS, DOMAIN),)
        )
        assert isinstance(event, i.AutomaticReplyReceived)
        assert event.ticket_id is None


async def test_the_notifier_is_heard_before_a_report_is_about_nothing(database: Make, tmp_path: Path) -> None:
    notification_id, told = uuid4(), list[Mailbox]()

    async def hear() -> None:
        await sent(told[0], ticket.ticket_id, notification_id)

    async with mailbox(await database("intake"), tmp_path, hear=hear) as box:
        told.append(box)
        ticket = await opened(box)
        back = (make_return_path(notification_id, KEYS, DOMAIN),)
        event = await last(box, report("<x@y>", "failed", "5.1.1"), "", back)
        assert isinstance(event, i.BounceReceived)
        assert (event.ticket_id, event.notification_id) == (ticket.ticket_id, notification_id)


async def test_what_the_return_path_names_is_kept_though_nobody_knows_it(
    database: Make, tmp_path: Path
) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        nobodys = uuid4()
        event = await last(
            box, report("<x@y>", "failed", "5.1.1"), "", (make_return_path(nobodys, KEYS, DOMAIN),)
        )
        assert isinstance(event, i.BounceReceived)
        assert (event.ticket_id, event.notification_id) == (None, nobodys)


async def test_a_report_is_put_off_while_the_notifier_does_not_answer_but_not_for_ever(
    database: Make, tmp_path: Path
) -> None:
    async def hear() -> None:
        raise NoRespondersError

    async with mailbox(await database("intake"), tmp_path, hear=hear) as box:
        back = make_return_path(uuid4(), KEYS, DOMAIN)
        bounced = report("<x@y>", "failed", "5.1.1")
        assert not await box.channel.receive(bounced, "", (back,))
        assert await box.events() == []
        await box.room.pool.execute("insert into views.mailboxes values ('m', 1, 1, 0, now())")
        named = b"Delivered-To: " + back.encode() + b"\r\n" + bounced
        now = box.room.clock.instant
        for received_at, kept in ((now, False), (now - PUT_OFF_MAX, True)):
            assert await box.channel.receive_from(named, received_at, Place("m", 1, 1), "x") is kept
        (event,) = await box.events()
        assert isinstance(event, i.BounceReceived)
        assert event.delivered.received_at == now - timedelta(minutes=10)
