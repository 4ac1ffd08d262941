"""Addresses whose mail keeps coming back: counted, suspended, told of, restored."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

import pytest

from contracts import intake
from contracts import notifier as n
from contracts.commands import RestoreAddress, RetryNotification
from contracts.envelope import Command, Request
from journal.bus import Bus
from journal.errors import Refused
from services.notifier.rebuild import rebuild
from services.notifier.smtp import MailServer, SmtpTransport
from tests.notifier import room
from tests.notifier.room import BRUNO, NOON, Notifier, answered, assigned, queued, started, ticket
from tests.notifier.sink import Sink, sink
from tests.servers.backing import Database

ANA = "ana.prado@serra.example.com"


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier")) as made:
        yield made


@pytest.fixture
async def server() -> AsyncIterator[Sink]:
    async with sink() as made:
        yield made


def report(notification_id: UUID | None, at: datetime = NOON, **changed: object) -> intake.BounceReceived:
    delivered = {"channel": "email", "via": "bounces@desk.example.com", "received_at": at, "sender": ""}
    facts = {"ticket_id": ticket("t"), "notification_id": notification_id, "delivered": delivered}
    usual = {"recipient": ANA, "status": "5.1.1", "permanent": True}
    return intake.BounceReceived.model_validate({**facts, **usual, **changed})


async def owed(desk: Notifier, count: int) -> list[UUID]:
    """A ticket that Bruno answers for, and so many e-mails of his to Ana."""
    await desk.hear(queued(), assigned(), *(answered(text=str(each)) for each in range(count)))
    return [each.notification_id for each in await desk.requested() if each.recipient == ANA]


async def ask(desk: Notifier, command: Command) -> None:
    request = Request(id="1", type=command.topic, by=BRUNO, data={})
    async with desk.journal.work() as work:
        await desk.answers().handle(work, command, request)
        await work.commit()


async def suspended(desk: Notifier) -> list[str]:
    return [row["address"] for row in await desk.pool.fetch("select address from views.suspended")]


async def test_two_are_borne_and_the_third_suspends(desk: Notifier) -> None:
    first, second, third = await owed(desk, 3)
    await desk.hear(report(first), report(second))
    assert await suspended(desk) == []
    await desk.hear(report(third))
    assert await suspended(desk) == [ANA]
    (event,) = await desk.recorded(n.AddressSuspended)
    assert isinstance(event, n.AddressSuspended)
    assert (event.address, event.ticket_id, event.bounces, event.status) == (ANA, ticket("t"), 3, "5.1.1")
    told = [each for each in await desk.told() if each[0] == "suspended"]
    assert told == [("suspended", "bruno.teles"), ("suspended", "marta.lins")]


@pytest.mark.parametrize(
    "last",
    [
        report(None),
        report(ticket("never requested")),
        report(None, permanent=False),
    ],
    ids=["no notification", "unknown notification", "soft"],
)
async def test_what_proves_nothing_counts_for_nothing(desk: Notifier, last: intake.BounceReceived) -> None:
    first, second, _ = await owed(desk, 3)
    await desk.hear(report(first), report(second), last)
    assert await suspended(desk) == []


async def test_the_same_e_mail_counts_once_and_a_full_mailbox_never(desk: Notifier) -> None:
    first, second, third = await owed(desk, 3)
    await desk.hear(report(first), report(second), report(second), report(third, permanent=False))
    assert await suspended(desk) == []
    assert len(await desk.recorded(n.AddressBounced)) == 2


async def test_redelivery_of_the_same_entries_changes_nothing(desk: Notifier) -> None:
    entries = [each for one in await owed(desk, 3) for each in desk.entries(report(one))]
    await desk.apply(entries)
    before = await desk.recorded()
    await desk.apply(entries)
    assert await desk.recorded() == before


async def test_only_what_came_back_within_a_month_counts(desk: Notifier) -> None:
    first, second, third = await owed(desk, 3)
    later = NOON + timedelta(days=30)
    await desk.hear(report(first), report(second, later), report(third, later))
    assert await suspended(desk) == []


async def test_a_report_cannot_name_somebody_else(desk: Notifier) -> None:
    for each in await owed(desk, 3):
        await desk.hear(report(each, recipient="bruno.teles@desk.example.com"))
    assert await suspended(desk) == [ANA]


async def test_what_is_owed_meanwhile_is_given_up_visibly_and_sent_after_the_way_back(
    desk: Notifier, server: Sink
) -> None:
    outbox = desk.outbox(SmtpTransport(MailServer.parse(server.url)))
    gone = await owed(desk, 3)
    await outbox.send_due()
    for each in gone:
        await desk.hear(report(each))
    await outbox.send_due()
    server.taken.clear()
    await desk.hear(answered(text="Ainda aí?"))
    assert await outbox.send_due() == (0, True)
    (given_up,) = await desk.recorded(n.NotificationAbandoned)
    assert isinstance(given_up, n.NotificationAbandoned)
    assert (given_up.ticket_id, given_up.error) == (ticket("t"), "address_suspended")
    retry = RetryNotification(notification_id=given_up.notification_id)
    with pytest.raises(Refused, match="address_suspended"):
        await ask(desk, retry)
    await ask(desk, RestoreAddress(address=ANA.upper(), reason="O servidor voltou."))
    assert await suspended(desk) == []
    await ask(desk, retry)
    await outbox.send_due()
    assert [envelope.rcpt_tos for envelope in server.taken] == [[ANA]]
    with pytest.raises(Refused, match="address_not_suspended"):
        await ask(desk, RestoreAddress(address=ANA, reason="De novo."))


async def test_after_the_way_back_the_count_begins_anew(desk: Notifier) -> None:
    *gone, fourth, fifth, sixth = await owed(desk, 6)
    for each in gone:
        await desk.hear(report(each))
    desk.clock.advance(hours=1)
    await ask(desk, RestoreAddress(address=ANA, reason="O servidor voltou."))
    later = desk.clock.now() + timedelta(hours=1)
    await desk.hear(report(gone[0], later), report(fourth), report(fifth, later), report(sixth, later))
    assert await suspended(desk) == []


async def test_what_was_due_already_is_looked_at_before_it_is_sent(desk: Notifier, server: Sink) -> None:
    for each in (await owed(desk, 4))[:3]:
        await desk.hear(report(each))
    await desk.outbox(SmtpTransport(MailServer.parse(server.url))).send_due()
    assert ANA not in {to for envelope in server.taken for to in envelope.rcpt_tos}
    errors = {each.error for each in await desk.recorded(n.NotificationAbandoned)}  # type: ignore[attr-defined]
    assert errors == {"address_suspended"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("550 5.1.1 no such user", [ANA]),
        ("550 5.7.1 not from you", []),
        ("554 5.1.1 no", []),
    ],
)
async def test_a_server_that_knows_no_such_address_counts_too(
    desk: Notifier, server: Sink, answer: str, expected: list[str]
) -> None:
    await owed(desk, 3)
    server.to_recipient = {ANA: [answer] * 3}
    await desk.outbox(SmtpTransport(MailServer.parse(server.url))).send_due()
    assert await suspended(desk) == expected
    told = {each for each in await desk.told() if each[0] == "suspended"}
    assert told == ({("suspended", "bruno.teles"), ("suspended", "marta.lins")} if expected else set())


async def test_the_desk_s_own_people_are_suspended_too_and_not_told_of_themselves(desk: Notifier) -> None:
    bruno = "bruno.teles@desk.example.com"
    handed = assigned(by=room.MARTA)
    await desk.hear(queued(), started(), handed, handed, handed)
    mails = [each.notification_id for each in await desk.requested() if each.recipient == bruno]
    for each in mails:
        await desk.hear(report(each))
    assert await suspended(desk) == [bruno]
    assert [each for each in await desk.told() if each[0] == "suspended"] == [("suspended", "marta.lins")]


async def test_tables_made_anew_know_who_is_written_to_no_more(desk: Notifier) -> None:
    for each in await owed(desk, 3):
        await desk.hear(report(each))
    async with desk.pool.acquire() as connection:
        await connection.execute("update views.suspended set address = 'somebody@else.example'")
        await rebuild(connection, cast("Bus", None))
        assert await suspended(desk) == [ANA]
    await ask(desk, RestoreAddress(address=ANA, reason="O servidor voltou."))
    async with desk.pool.acquire() as connection:
        await rebuild(connection, cast("Bus", None))
    assert await suspended(desk) == []
