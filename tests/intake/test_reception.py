"""Numbers are gapless per year whatever fails or races, and one message's fault is its own."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from contracts import commands as c
from contracts.envelope import Actor, Request
from journal.commands import Commands
from journal.errors import NotYet, Refused
from journal.infrastructure import INFRASTRUCTURE
from services.intake import lookups
from services.intake.channels.portal import Portal
from services.intake.reception import passes
from services.intake.submission import Arrival, Match, Submission
from tests.intake.arrivals import DIRECTORY, arrival, delivered, directory, parked
from tests.intake.reception_room import SetClock, room
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]


def new(**changes: object) -> Arrival:
    return replace(arrival(application="folha"), submission_id=uuid4(), **changes)  # type: ignore[arg-type]


def expected(year: int, count: int) -> list[str]:
    return [f"{year}-{number:06d}" for number in range(1, count + 1)]


async def test_numbers_are_gapless_over_replicas_that_race(database: Make) -> None:
    shared = await database("intake")
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    dice = random.Random(seed)
    async with room(shared) as one, room(shared) as other:
        batches = [[new() for _ in range(dice.randint(1, 9))] for _ in range(40)]
        racing = (dice.choice((one, other)).reception.receive(batch, [""] * len(batch)) for batch in batches)
        taken = await asyncio.gather(*racing)
        count = sum(map(len, batches))
        assert await one.numbers() == expected(2026, count)
        assert all(state.disposition == "opened" for states in taken for state in states)
        assert await one.sound()


async def test_a_work_that_fails_after_its_numbers_were_taken_leaves_no_gap(database: Make) -> None:
    async with room(await database("intake")) as one:
        await one.reception.receive([new()], [""])
        for _ in range(3):
            with pytest.raises(ConnectionResetError):
                async with one.journal.work() as work:
                    await one.reception.take_in(work, [new(), new()], ["", ""])
                    raise ConnectionResetError
        await one.reception.receive([new(), new()], ["", ""])
        assert await one.numbers() == expected(2026, 3)


async def test_a_connection_killed_in_the_middle_leaves_no_gap(database: Make) -> None:
    shared = await database("intake")
    async with room(shared) as one:
        with pytest.raises(INFRASTRUCTURE):
            async with one.journal.work() as work:
                await one.reception.take_in(work, [new(), new()], ["", ""])
                connection = await work.connection()
                admin = await asyncpg.connect(shared.admin_url)
                await admin.execute(
                    "select pg_terminate_backend($1)", await connection.fetchval("select pg_backend_pid()")
                )
                await admin.close()
                await work.commit()
        await one.reception.receive([new()], [""])
        assert await one.numbers() == expected(2026, 1)


async def test_the_year_is_that_of_the_desks_time_zone(database: Make) -> None:
    """New Year's midnight in São Paulo is 03:00 UTC; a clock set back goes on in the old year."""
    new_year = datetime(2027, 1, 1, 3, tzinfo=UTC)
    second = timedelta(seconds=1)
    clock = SetClock()
    async with room(await database("intake"), clock) as one:
        for now in (new_year - second, new_year, new_year - second, new_year + second, datetime(9999, 12, 31, 12, tzinfo=UTC)):  # fmt: skip
            clock.instant = now
            late = new(delivered=delivered(received_at=datetime(2026, 12, 31, 15, tzinfo=UTC)))
            await one.reception.receive([late], [""])
        assert await one.numbers() == [
            "2026-000001",
            "2026-000002",
            "2027-000001",
            "2027-000002",
            "9999-000001",
        ]
        assert await one.sound()


async def test_replicas_at_both_sides_of_new_year_do_not_block_each_other(database: Make) -> None:
    shared = await database("intake")
    new_year = datetime(2027, 1, 1, 3, tzinfo=UTC)
    early, late = SetClock(new_year - timedelta(milliseconds=1)), SetClock(new_year)
    old = delivered(received_at=datetime(2026, 12, 31, 15, tzinfo=UTC))
    async with room(shared, early) as one, room(shared, late) as other:
        await asyncio.gather(
            *(
                replica.reception.receive([new(delivered=old) for _ in range(3)], [""] * 3)
                for _ in range(10)
                for replica in (one, other)
            )
        )
        assert await one.numbers() == expected(2026, 30) + expected(2027, 30)


async def test_the_same_message_to_two_replicas_at_once_is_one(database: Make) -> None:
    shared = await database("intake")
    async with room(shared) as one, room(shared) as other:
        mail, redelivered = new(as_duplicate=True), new()
        await asyncio.gather(
            *(r.reception.receive([each], [""]) for r in (one, other) * 4 for each in (mail, redelivered))
        )
        assert await one.numbers() == expected(2026, 2)
        rows = await one.pool.fetch("select stream_id, count(*) from journal.entries group by 1")
        assert {row[0]: row[1] for row in rows} == {mail.submission_id: 8, redelivered.submission_id: 1}


async def test_the_same_mail_twice_in_one_batch_is_one_and_a_duplicate(database: Make) -> None:
    async with room(await database("intake")) as one:
        mail = new(as_duplicate=True)
        await one.reception.receive([mail, new(), mail], [""] * 3)
        assert await one.numbers() == expected(2026, 2)
        assert await one.pool.fetchval("select count(*) from journal.entries") == 3


async def test_one_messages_fault_is_its_own(database: Make) -> None:
    """A NUL that no contract would let through, and a person's refusal, among good ones."""
    async with room(await database("intake")) as one:
        spoilt = new(delivered=delivered(message_id="<a\x00b@x>"))
        asked = new(asked=True, requester="ninguem")
        batch = [new(), spoilt, new(), asked, new()]
        outcomes = await one.reception.receive_each(batch, [""] * 5)
        assert [isinstance(outcome, Submission) for outcome in outcomes] == [True, False, True, False, True]
        assert outcomes[3] == Refused("unknown_sender", application="folha", sender="ana@serra.example")
        assert isinstance(outcomes[1], Exception)
        assert not passes(outcomes[1])
        assert await one.numbers() == expected(2026, 3)


async def test_what_cannot_be_encoded_does_not_pass_and_what_the_server_lacks_does(database: Make) -> None:
    async with room(await database("intake")) as one:
        with pytest.raises(asyncpg.DataError) as lone:
            await lookups.ticket_with(one.pool, "\ud800")
        assert not passes(lone.value)
        assert not passes(NotYet("sla_policy"))
        assert passes(ConnectionRefusedError())


async def test_a_missing_policy_keeps_out_only_the_tickets_that_need_it(database: Make) -> None:
    lost = directory(without=("sla_policy padrao",))
    async with room(await database("intake"), directory=lost) as one:
        stranger = replace(new(), delivered=delivered(sender="quem@exemplo.example"))
        outcomes = await one.reception.receive_each([new(), stranger], ["", ""])
        assert isinstance(outcomes[0], NotYet)
        assert isinstance(outcomes[1], Submission)
        assert outcomes[1].disposition == "parked"


async def test_unknown_tickets_and_own_mails_are_not_found(database: Make) -> None:
    async with room(await database("intake")) as one:
        assert await lookups.ticket(one.pool, uuid4(), proven=True) is None
        assert await lookups.ticket_numbered(one.pool, "2026-000001") is None
        assert await lookups.tickets_numbered(one.pool, ["2026-000001"]) == {}
        assert await lookups.ticket_with(one.pool, "<x@y>") is None
        assert not await lookups.takes_part(one.pool, uuid4(), "ana")
        assert await lookups.notification(one.pool, [uuid4()]) is None


async def test_of_several_tickets_on_one_thread_the_newest_that_lives_is_meant(database: Make) -> None:
    async with room(await database("intake")) as one:
        thread = delivered(references=("<root@x>",))
        tickets = [new(delivered=thread) for _ in range(3)]
        for each in tickets:
            await one.reception.receive([each], [""])
        await one.pool.execute(
            "update views.tickets set closed = true where ticket_id = $1", tickets[2].submission_id
        )
        found = await lookups.ticket_with(one.pool, "<root@x>")
        assert found == Match(tickets[1].submission_id, "2026-000002", "serra", False, False, None, "folha")


async def test_a_parked_message_is_accepted_once_however_often_and_by_whomever(database: Make) -> None:
    shared = await database("intake")
    async with room(shared) as one, room(shared) as other:
        message = replace(new(), delivered=delivered(sender="quem@exemplo.example"))
        (state,) = await one.reception.receive([message], [""])
        assert state.event == parked(
            "unknown_sender", "quem@exemplo.example", application="folha"
        ).model_copy(update={"submission_id": message.submission_id})
        await other.reception.receive([message], [""])
        command = c.AcceptParked(submission_id=message.submission_id, requester="ana", application="folha")
        answering = [
            Commands("intake", r.journal, Portal(r.reception, DIRECTORY).handle) for r in (one, other)
        ]
        tasks = [asyncio.create_task(each.run()) for each in answering]
        requests = [
            Request(
                id=f"k{n // 2}",
                type=command.topic,
                by=Actor(role="analyst", key=f"a{n // 2}"),
                data=command.model_dump(mode="json"),
            )
            for n in range(12)
        ]
        replies = await asyncio.gather(*(answering[n % 2].ask(request) for n, request in enumerate(requests)))
        for task in tasks:
            task.cancel()
        done = {
            request.id for request, reply in zip(requests, replies, strict=True) if reply.outcome == "done"
        }
        assert len(done) == 1, "one key was first; the same key again is told the same"
        assert sum(reply.outcome == "done" for reply in replies) == 2
        assert {reply.code for reply in replies if reply.outcome != "done"} == {"not_parked"}
        assert await one.numbers() == expected(2026, 1)
