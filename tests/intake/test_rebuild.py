"""Intake's tables made anew equal those that grew, however they were spoilt, while intake runs."""

import asyncio
from datetime import timedelta
from typing import Any

from contracts import commands as c
from contracts import lifecycle as l
from contracts.imported import ImportedTicket
from services.intake.rebuild import TABLES
from tests.cli.atendimento import python
from tests.faults.books import auditor
from tests.intake.door import Channel, channel, gapless, letter, opening, post, recorded
from tests.intake.test_importing import OPENED, WHOLE, step, ticket
from tests.intake.test_living import ANA, disposed, done, known, mailed, merged, of_ticket
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

RUNNING = ("directory", "intake", "lifecycle", "notifier")
_ROWS = "select t::text from views.{} t order by 1"
OLD: tuple[ImportedTicket, ...] = tuple(
    told.model_copy(update={"application": "notas", "reference": f"OTRS-{place}"})
    for place, told in enumerate(
        (WHOLE, ticket(step("assigned")), ticket(opened_at=OPENED - timedelta(days=400)))
    )
)


async def tables(desk: RunningDesk) -> dict[str, list[str]]:
    """Every row of every table; years of which no number was taken are no rows."""
    async with connected(desk.admin_url("intake")) as admin:
        await admin.execute("delete from views.numbers where last = 0")
        return {table: [row[0] for row in await admin.fetch(_ROWS.format(table))] for table in TABLES}


async def settled(desk: RunningDesk) -> dict[str, list[str]]:
    """The same once everybody has heard everybody out, and nothing moves any more."""
    before: dict[str, Any] = {}
    async with asyncio.timeout(60), auditor(desk, RUNNING) as reader:
        while await reader.behind() or (now := await tables(desk)) != before:
            before = await tables(desk)
            await asyncio.sleep(1)
    return now


async def lived(desk: RunningDesk, demo: Channel) -> None:
    """Of everything that has rows."""
    first, second, third, last = [await mailed(desk) for _ in range(4)]
    await disposed(desk, letter(subject=f"Re: {last.number}", References="<a@x> <b@x>"))
    await merged(desk, first.ticket_id, second.ticket_id)
    await merged(desk, second.ticket_id, third.ticket_id)
    await done(desk, c.CloseTicket(ticket_id=last.ticket_id, reason="withdrawn"), ANA)
    await known(desk, last.ticket_id, "closed")
    await disposed(desk, letter(subject=f"Re: {last.number}"))
    await done(desk, c.SplitTicket(ticket_id=third.ticket_id, subject="Outra", text="Outra coisa"))
    (split,) = await of_ticket(desk, third.ticket_id, l.TicketSplit)
    await of_ticket(desk, split.new_ticket_id, l.TicketQueued)
    reply = await desk.ask(c.ImportTickets(tickets=OLD))
    assert reply.outcome == "done", reply
    assert reply.result == {"opened": 3, "skipped": 0}
    await asyncio.gather(*(demo.hand_in("TicketOpened", opening()) for _ in range(20)))


async def test_a_rebuild_equals_what_was_there() -> None:
    async with running_desk(RUNNING) as desk, channel(desk) as demo:
        await lived(desk, demo)
        before = await settled(desk)
        assert all(before[table] for table in TABLES)
        await _spoil(desk)
        assert await tables(desk) != before
        await _rebuilt(desk)
        assert await tables(desk) == before

        rebuilding = asyncio.create_task(_rebuilt(desk))
        codes = await asyncio.gather(*(post(desk, letter()) for _ in range(40)))
        await rebuilding
        assert set(codes) <= {250, 452}
        assert gapless(await recorded(desk))
        after = await settled(desk)
        assert set(before["tickets"]) < set(after["tickets"])
        assert len(after["tickets"]) == len(before["tickets"]) + codes.count(250)
        await _rebuilt(desk)
        assert await tables(desk) == after


async def _spoil(desk: RunningDesk) -> None:
    async with connected(desk.admin_url("intake")) as admin:
        await admin.execute("update views.numbers set last = last + 7")
        await admin.execute("update views.tickets set closed = not closed, heir = null, customer = 'x'")
        await admin.execute("delete from views.tickets where number like '%3'")
        await admin.execute("delete from views.message_ids where message_id like '<a%'")
        await admin.execute("insert into views.message_ids values ('<wrong@x>', gen_random_uuid())")
        await admin.execute("update views.notifications set recipient = 'x'")
        await admin.execute("delete from views.participants")


async def _rebuilt(desk: RunningDesk) -> None:
    outcome = await python("services.intake.rebuild", **desk.environment("intake"))
    assert outcome.code == 0, outcome.complained
    assert "rebuilt: " in outcome.said
