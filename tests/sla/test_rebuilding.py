"""The timers made anew by command, beside a running sla, are those that were there."""

import asyncio

from contracts import commands as c
from contracts.envelope import Actor
from tests.cli.atendimento import atendimento, describe
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

COUNT = 3
BRUNO = Actor(role="analyst", key="bruno")


async def timers(desk: RunningDesk) -> list[str]:
    async with connected(desk.admin_url("sla")) as sla:
        return [row[0] for row in await sla.fetch("select t::text from views.timers t order by 1")]


async def test_rebuilt_timers_are_those_that_were_there() -> None:
    async with running_desk(["intake", "lifecycle", "sla", "gateway"]) as desk:
        describe(desk)
        for _ in range(COUNT):
            asked = c.SubmitTicket(
                channel="phone", requester="ana", application="notas", subject="Nota", text="Não sai."
            )
            assert (await desk.ask(asked, BRUNO)).outcome == "done"
        async with asyncio.timeout(60):
            while len(before := await timers(desk)) < COUNT:
                await asyncio.sleep(0.1)
        async with connected(desk.admin_url("sla")) as sla:
            await sla.execute("update views.timers set due_at = due_at + interval '1 day'")
            await sla.execute("delete from views.timers where ctid = (select min(ctid) from views.timers)")
        assert await timers(desk) != before
        outcome = await atendimento(desk.state, "rebuild", "sla")
        assert outcome.code == 0, outcome.complained
        assert "rebuilt: " in outcome.said
        assert await timers(desk) == before
