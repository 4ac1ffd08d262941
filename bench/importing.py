"""An earlier desk's tickets, from a file to lifecycle's journal: by the command that people run, checking included."""

import asyncio
import time

from contracts import lifecycle as l
from tests.cli.atendimento import atendimento, describe
from tests.cli.old_desk import events, ticket, written
from tests.running import running_desk
from tests.servers.backing import connected, scratch

_FINISHED = "select count(*) from journal.entries where topic = $1"
_LOOK_EVERY_S = 0.05


async def measure(*, quick: bool) -> dict[str, float]:
    """`imported_per_s`: events of lifecycle, from starting the command until the last one is recorded."""
    told = [ticket(place) for place in range(2_000 if quick else 20_000)]
    # The whole desk runs, so that what follows from the events takes its share of the machine.
    async with running_desk(environment={"MAIL_CONNECTIONS": "0"}, in_memory=False) as desk:
        describe(desk)
        with scratch(in_memory=False) as folder:
            file = written(folder / "old.jsonl", told)
            began = time.perf_counter()
            outcome = await atendimento(desk.state, "--lang", "en", "import", "tickets", str(file))
        assert outcome.code == 0, outcome
        async with connected(desk.admin_url("lifecycle")) as lifecycle:
            while await lifecycle.fetchval(_FINISHED, l.ImportFinished.topic) < len(told):
                await asyncio.sleep(_LOOK_EVERY_S)
        return {"imported_per_s": events(told) / (time.perf_counter() - began)}
