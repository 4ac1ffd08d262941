"""What reports and machines answer to: the desk's own mail, found by its return path or by the copy that came back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from nats.errors import NoRespondersError

from contracts import intake as i
from journal.tokens import KeyRing, make_message_id, make_return_path
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
        assert event.recipient == ANA


async def test_a_machine_that_answers_the_return_path_is_on_the_ticket(
    database: Make, tmp_path: Path
) -> None:
    """RFC 3834 section 4: an automatic answer goes to the return path, and need not refer to anything."""
    async with mailbox(await database("intake"), tmp_path) as box:
        ticket, notification_id = await opened(box), uuid4()
        await sent(box, ticket.ticket_id, notification_id)
        away = letter(ANA, Auto_Submitted="auto-replied")
        event = await last(box, away, "", (make_return_path(notification_id, DOMAIN),))
        assert isinstance(event, i.AutomaticReplyReceived)
        assert event.ticket_id == ticket.ticket_id
        digest = uuid4()
        await box.room.pool.execute("insert into views.notifications values ($1, null, $2)", digest, ANA)
        event = await last(
            box, letter(ANA, Auto_Submitted="auto-replied"), "", (make_return_path(digest, DOMAIN),)
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
        back = (make_return_path(notification_id, DOMAIN),)
        event = await last(box, report("<x@y>", "failed", "5.1.1"), "", back)
        assert isinstance(event, i.BounceReceived)
        assert (event.ticket_id, event.notification_id) == (ticket.ticket_id, notification_id)


async def test_what_the_return_path_names_is_kept_though_nobody_knows_it(
    database: Make, tmp_path: Path
) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        nobodys = uuid4()
        event = await last(box, report("<x@y>", "failed", "5.1.1"), "", (make_return_path(nobodys, DOMAIN),))
        assert isinstance(event, i.BounceReceived)
        assert (event.ticket_id, event.notification_id) == (None, nobodys)


async def test_a_report_is_put_off_while_the_notifier_does_not_answer_but_not_for_ever(
    database: Make, tmp_path: Path
) -> None:
    async def hear() -> None:
        raise NoRespondersError

    async with mailbox(await database("intake"), tmp_path, hear=hear) as box:
        back = make_return_path(uuid4(), DOMAIN)
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
