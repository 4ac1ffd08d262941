"""Merge and link on a real PostgreSQL: both histories say so, in one transaction; chains are followed, none is a cycle."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest

from contracts import commands as c
from contracts import intake
from contracts import lifecycle as l
from contracts.envelope import Event
from journal.errors import Conflict, Refused
from tests.lifecycle.room import Room, room
from tests.lifecycle.stories import ANA, BRUNO, CAIO, RECEIVED, SUBMISSION, delivered, registered
from tests.servers.backing import Database

A, B, C, D = (UUID(int=n) for n in (1, 2, 3, 4))
"""Two and two of each partition."""


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Room]:
    async with room(await database("lifecycle")) as made:
        await made.opens(A, B, C, D)
        yield made


def merge(ticket_id: UUID, into: UUID) -> c.MergeTicket:
    return c.MergeTicket(ticket_id=ticket_id, into=into)


def replied(ticket_id: UUID) -> intake.ReplyReceived:
    return intake.ReplyReceived(
        ticket_id=ticket_id, submission_id=SUBMISSION, delivered=delivered(), verified=True, by=ANA
    )


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_a_merge_is_in_both_histories_and_moves_nothing(desk: Room) -> None:
    await desk.asked(c.AddNote(ticket_id=A, text="Antes"))
    before = await desk.history(A), await desk.history(B)
    result = await desk.asked(merge(A, B))
    assert result["status"] == "closed"
    one, other = await desk.history(A), await desk.history(B)
    assert (one[: len(before[0])], other[: len(before[1])]) == before
    assert kinds(one[len(before[0]) :]) == ["TicketMerged", "TicketClosed"]
    (absorbed,) = other[len(before[1]) :]
    assert isinstance(absorbed, l.TicketAbsorbed)
    assert (absorbed.merged, absorbed.requester, absorbed.by) == (A, "ana", BRUNO)


async def test_merging_again_says_nothing_twice(desk: Room) -> None:
    await desk.asked(merge(A, B))
    before = await desk.history(A), await desk.history(B)
    await desk.asked(merge(A, B))
    assert (await desk.history(A), await desk.history(B)) == before


async def test_a_merge_into_a_merged_ticket_goes_to_the_one_that_lives(desk: Room) -> None:
    await desk.asked(merge(B, C))
    await desk.asked(merge(A, B))
    assert (await desk.ticket(A)).merged_into == C
    assert [event.merged for event in await desk.history(C) if isinstance(event, l.TicketAbsorbed)] == [B, A]


async def test_a_cycle_is_impossible(desk: Room) -> None:
    await desk.asked(merge(A, B))
    await desk.asked(merge(B, C))
    with pytest.raises(Refused, match="same_ticket"):
        await desk.asked(merge(C, A))
    with pytest.raises(Refused, match="same_ticket"):
        await desk.asked(merge(C, C))


async def test_two_who_merge_into_each_other_at_once_do_not_both(desk: Room) -> None:
    async def merging(ticket_id: UUID, into: UUID) -> str:
        for _ in range(10):
            try:
                await desk.asked(merge(ticket_id, into))
            except Conflict:
                continue
            except Refused as refused:
                return refused.code
            return "merged"
        raise AssertionError("never came through")

    outcomes = await asyncio.gather(merging(A, B), merging(B, A))
    assert sorted(outcomes) == ["merged", "same_ticket"]


async def test_mail_for_a_merged_ticket_reaches_the_one_that_lives_down_the_chain(desk: Room) -> None:
    await desk.asked(merge(A, B))
    await desk.asked(merge(B, C))
    away = intake.AutomaticReplyReceived(ticket_id=A, delivered=delivered(), reason="Auto-Submitted: yes")
    bounced = intake.BounceReceived(ticket_id=B, notification_id=None, delivered=delivered())
    await desk.hears(replied(A), away, bounced)
    assert kinds(await desk.history(C))[-3:] == ["ReplyAdded", "AutomaticReplyAdded", "BounceAdded"]
    assert all(event.ticket_id == C for event in (await desk.history(C))[-3:])  # type: ignore[attr-defined]
    assert isinstance((await desk.history(A))[-1], l.TicketClosed)


async def test_mail_for_a_merged_ticket_whose_heir_is_closed_opens_a_new_one(desk: Room) -> None:
    await desk.asked(merge(A, B))
    await desk.asked(c.CloseTicket(ticket_id=B, reason="withdrawn"), CAIO)
    await desk.hears(replied(A))
    assert kinds(await desk.history(B))[-2:] == ["ReplyAdded", "LateReplyReceived"]


async def test_a_link_is_in_both_histories_each_from_its_side(desk: Room) -> None:
    await desk.asked(c.LinkTickets(ticket_id=A, other=B, link="blocks"))
    assert [link for _, _, link in (await desk.ticket(A)).links] == ["blocks"]
    assert [link for _, _, link in (await desk.ticket(B)).links] == ["blocked_by"]
    await desk.asked(c.LinkTickets(ticket_id=B, other=A, link="related"))
    assert [link for _, _, link in (await desk.ticket(A)).links] == ["related"]
    await desk.asked(c.UnlinkTickets(ticket_id=B, other=A))
    assert ((await desk.ticket(A)).links, (await desk.ticket(B)).links) == ((), ())


async def test_a_refused_command_leaves_nothing_in_either(desk: Room) -> None:
    await desk.hears(registered(ticket_id=UUID(int=9), customer="vale"))
    before = await desk.history(A)
    for command in (
        merge(A, UUID(int=9)),
        c.LinkTickets(ticket_id=A, other=UUID(int=9)),
        merge(A, UUID(int=77)),
    ):
        with pytest.raises(Refused):
            await desk.asked(command)
    assert await desk.history(A) == before
    assert len(await desk.history(UUID(int=9))) == 1
    assert await desk.history(UUID(int=77)) == []


async def test_what_concerns_no_ticket_of_lifecycle_is_passed(desk: Room) -> None:
    await desk.hears(
        intake.DuplicateReceived(received_at=RECEIVED, via="suporte@desk.example"),
        intake.AutomaticReplyReceived(ticket_id=None, delivered=delivered(), reason="List-Id"),
    )
    with pytest.raises(Refused, match="unknown_command"):
        await desk.asked(c.RetryNotification(notification_id=A))  # type: ignore[arg-type]
