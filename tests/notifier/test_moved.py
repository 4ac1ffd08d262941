"""A contact whom the directory moved to another customer hears no more of the tickets of the one before."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from contracts import lifecycle as l
from contracts.directory import KINDS
from contracts.envelope import Event
from tests.notifier import room
from tests.notifier.room import Notifier, answered, assigned, queued, started
from tests.notifier.test_requesting import absorbed, of
from tests.servers.backing import Database

ASKED = of("t", l.ApprovalRequested, text="", revision=1, previous="in_progress")
TO_BRUNO = ("bounce", "bruno.teles")


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier")) as made:
        yield made


def move(desk: Notifier, contact: str, customer: str, version: int = 2, *, active: bool = True) -> None:
    """The directory has the contact at that customer from now on, with an address there."""
    record = {
        "name": contact.title(),
        "customer": customer,
        "addresses": [f"{contact}@{customer}.example.com"],
    }
    desk.mailroom.directory.put("contact", contact, version, active, KINDS["contact"].model_validate(record))


async def hear(desk: Notifier, *events: Event) -> list[tuple[str, str]]:
    """What is told of these events."""
    before = len(await desk.told())
    await desk.hear(*events)
    return (await desk.told())[before:]


async def test_who_moved_is_not_written_to_and_who_answers_for_the_ticket_learns_it(desk: Notifier) -> None:
    await desk.hear(queued(), assigned())
    move(desk, "ana", "vale")
    assert await hear(desk, answered(text="segredo da Serra")) == [TO_BRUNO]
    (told,) = await desk.requested()
    number, subject = queued().number, queued().subject
    said = {"recipient": "Ana", "status": "", "text": "", "moved": True}
    assert told.facts == {"number": number, "subject": subject, **said}
    assert told.answerable_by is None


async def test_while_nobody_answers_for_it_its_area_learns_it(desk: Notifier) -> None:
    move(desk, "ana", "vale")
    told = await hear(desk, queued(), started())
    assert told == [TO_BRUNO, ("bounce", "clara.reis")]


async def test_who_takes_part_and_is_of_the_customer_still_is_told_as_ever(desk: Notifier) -> None:
    await desk.hear(queued(), assigned(), absorbed("t", "other", "john"))
    move(desk, "ana", "vale")
    assert await hear(desk, answered()) == [("answered", "john")]
    reminded = of("t", l.TicketReclassified, changes=[{"field": "priority", "old": "low", "new": "high"}])
    assert await hear(desk, reminded) == [TO_BRUNO], "that goes to who asked alone"
    move(desk, "john", "vale")
    assert await hear(desk, answered()) == [TO_BRUNO]


async def test_who_takes_part_and_moved_is_left_out(desk: Notifier) -> None:
    await desk.hear(queued(), assigned(), absorbed("t", "other", "john"))
    move(desk, "john", "vale")
    assert await hear(desk, answered()) == [("answered", "ana.prado")]


async def test_who_came_back_is_told_again_and_who_is_out_of_use_still(desk: Notifier) -> None:
    await desk.hear(queued(), assigned())
    move(desk, "ana", "vale")
    move(desk, "ana", "serra", 3)
    assert await hear(desk, answered()) == [("answered", "ana")]
    move(desk, "ana", "serra", 4, active=False)
    assert await hear(desk, answered()) == [("answered", "ana")]


async def test_an_approver_who_moved_is_not_asked(desk: Notifier) -> None:
    contract = {
        "customer": "serra",
        "applications": ["notas"],
        "starts_on": "2020-01-01",
        "sla_policy": "padrao",
        "approvers": ["john"],
    }
    record = KINDS["contract"].model_validate(contract)
    desk.mailroom.directory.put("contract", "serra-2026", 2, True, record)
    await desk.hear(queued(), assigned())
    assert ("approval_wanted", "john") in await hear(desk, ASKED)
    move(desk, "john", "vale")
    told = await hear(desk, ASKED)
    assert [each for each in told if each[0] == "approval_wanted"] == [("approval_wanted", "marta.lins")]


async def test_of_a_ticket_whose_row_does_not_say_its_customer_only_who_never_moved_hears(
    desk: Notifier,
) -> None:
    """As an earlier release wrote it."""
    await desk.hear(queued(), assigned(), absorbed("t", "other", "john"))
    await desk.pool.execute("update views.tickets set customer = ''")
    assert await hear(desk, answered()) == [("answered", "ana.prado"), ("answered", "john")]
    move(desk, "ana", "vale")
    assert await hear(desk, answered()) == [("answered", "john")]
    move(desk, "ana", "serra", 3)
    assert await hear(desk, answered()) == [("answered", "john")], "nobody knows when the ticket was opened"
