"""Somebody with several addresses is written to where they last wrote on the ticket from; never to a stranger's."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from contracts import lifecycle as l
from contracts import notifier as n
from contracts.directory import KINDS
from tests.notifier import room
from tests.notifier.room import ANA, NOON, Notifier, answered, assigned, queued, started, ticket
from tests.notifier.test_requesting import absorbed
from tests.notifier.test_suspending import report
from tests.servers.backing import Database

FIRST, SECOND, THIRD = "ana.prado@serra.example.com", "Ana@loja.example.com", "ana@filial.example.com"


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier")) as made:
        register(made, FIRST, SECOND, THIRD)
        yield made


def register(desk: Notifier, *addresses: str, version: int = 2) -> None:
    record = {"name": "Ana Prado", "customer": "serra", "addresses": addresses}
    desk.mailroom.directory.put("contact", "ana", version, True, KINDS["contact"].model_validate(record))


def wrote(address: str, name: str = "t", **changed: Any) -> l.ReplyAdded:
    facts = {"ticket_id": ticket(name), "at": NOON, "by": ANA, "channel": "email", "verified": True}
    return l.ReplyAdded.model_validate(
        {**facts, "sender": "Ana Prado", "text": "E então?", "sender_address": address, **changed}
    )


async def to_ana(desk: Notifier) -> list[str]:
    """Where each e-mail to Ana went, in order."""
    staff = "@desk.example.com"
    return [each.recipient for each in await desk.requested() if not each.recipient.endswith(staff)]


async def test_the_acknowledgement_goes_back_to_where_the_ticket_was_written_from(desk: Notifier) -> None:
    await desk.hear(queued(sender_address=SECOND.lower()), started())
    assert await to_ana(desk) == [SECOND], "as it is registered"


async def test_what_was_not_written_by_mail_goes_to_the_first_address(desk: Notifier) -> None:
    await desk.hear(queued(channel="web", message_id=""), started(), answered())
    assert await to_ana(desk) == [FIRST, FIRST]


async def test_the_answer_follows_a_reply_to_its_address_and_back(desk: Notifier) -> None:
    await desk.hear(queued(sender_address=FIRST), assigned(), answered())
    await desk.hear(wrote(SECOND), answered(), wrote("", channel="web"), answered())
    await desk.hear(wrote(FIRST), answered())
    assert await to_ana(desk) == [FIRST, SECOND, SECOND, FIRST], "a reply in the portal says no address"


@pytest.mark.parametrize(
    "reply",
    [
        wrote("ana@evil.example.com"),
        wrote("davi@serra.example.com"),
        wrote(SECOND, verified=False),
    ],
    ids=["registered for nobody", "a colleague's", "unverified"],
)
async def test_what_is_not_proven_to_be_theirs_is_never_written_to(
    desk: Notifier, reply: l.ReplyAdded
) -> None:
    await desk.hear(queued(sender_address=THIRD), assigned(), reply, answered())
    assert await to_ana(desk) == [THIRD]


async def test_an_address_that_left_the_directory_is_written_to_no_more(desk: Notifier) -> None:
    await desk.hear(queued(sender_address=SECOND), assigned(), answered())
    register(desk, FIRST, THIRD, version=3)
    await desk.hear(answered())
    assert await to_ana(desk) == [SECOND, FIRST]


async def test_a_suspended_address_yields_to_the_one_before(desk: Notifier) -> None:
    await desk.hear(queued(sender_address=THIRD), assigned(), wrote(SECOND), *(answered() for _ in range(3)))
    gone = [each.notification_id for each in await desk.requested() if each.recipient == SECOND]
    await desk.hear(*(report(each, recipient=SECOND) for each in gone), answered())
    assert await to_ana(desk) == [SECOND] * 3 + [THIRD]
    assert await desk.recorded(n.NotificationAbandoned) == []


async def test_the_same_event_again_owes_nothing_though_they_have_written_from_elsewhere(
    desk: Notifier,
) -> None:
    await desk.hear(queued(sender_address=FIRST), assigned())
    entries = desk.entries(answered())
    await desk.apply(entries)
    await desk.hear(wrote(SECOND))
    await desk.apply(entries)
    assert await to_ana(desk) == [FIRST]


async def test_each_who_takes_part_in_a_merged_ticket_is_written_to_where_they_wrote_from(
    desk: Notifier,
) -> None:
    await desk.hear(
        queued("other", requester="ana", sender_address=SECOND),
        queued(requester="john", message_id="", channel="web"),
        assigned(),
        absorbed("t", "other", "ana"),
        answered(),
    )
    assert sorted(await to_ana(desk)) == [SECOND, "john@serra.example.com"]


async def test_what_is_split_off_goes_on_where_its_origin_was_written_from(desk: Notifier) -> None:
    await desk.hear(queued(sender_address=SECOND))
    for name, relation in (("split", "split"), ("later", "follow_up")):
        await desk.hear(queued(name, linked_to=ticket("t"), relation=relation), started(name))
    assert await to_ana(desk) == [SECOND, FIRST]
