"""`python -m deploy.sample.load`: the sample desk into a desk that runs; at every start, and safe at each.

Runs with the gateway's environment, whose NATS user alone may send commands. A record is sent with an
idempotency key made of its text, so a repeat changes nothing, and neither does it undo what was changed
on the desk since. A login that is there already keeps its password.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from itertools import groupby

import asyncpg
from pydantic_core import to_json

from contracts.commands import DefineRecord
from contracts.envelope import SYSTEM, Reply, Request
from deploy.asking import answered
from deploy.cli_words import Unable, tell
from deploy.sample.records import DESK_YAML, SampleDesk, SampleLogin, idempotency_key, read_desk
from journal.bus import Bus
from journal.clock import DeskClock
from journal.store import Pool

PATIENCE_S = 30.0
"""How long the directory may take to answer: it has said that it is ready, but may just be restarting."""
_ANSWER_S = 10.0


async def define(bus: Bus, records: Sequence[DefineRecord]) -> int:
    """Send every record, those of one kind at once, in the order of the kinds; how many there were.

    A record names only what stands before its kind, and the directory wants that to be there.

    Raises:
        Unable: a record was refused (`sample_refused`), or the directory does not answer (`sample_unheard`).
    """
    for _, of_kind in groupby(records, key=lambda command: command.kind):
        commands = list(of_kind)
        replies = await asyncio.gather(*(_ask(bus, command) for command in commands))
        for command, reply in zip(commands, replies, strict=True):
            if reply.outcome != "done":
                raise Unable(
                    "sample_refused", kind=command.kind, key=command.key, code=reply.code, facts=reply.facts
                )
    return len(records)


async def _ask(bus: Bus, command: DefineRecord) -> Reply:
    request = Request(
        id=idempotency_key(command), type=command.topic, by=SYSTEM, data=command.model_dump(mode="json")
    )
    reply = await answered(bus, command.owner, to_json(request), answer_s=_ANSWER_S, patience_s=PATIENCE_S)
    if reply.outcome == "fault":
        raise Unable("sample_unheard", code=reply.code)
    return reply


async def admit(pool: Pool, clock: DeskClock, logins: Sequence[SampleLogin]) -> int:
    """Set the sample password of each login that is missing; how many were."""
    known = {row["login"] for row in await pool.fetch("select login from access.logins")}
    missing = [login for login in logins if login.login not in known]
    if not missing:
        return 0
    from services.gateway.logins import Logins  # noqa: PLC0415 - hashes at import: a fifth of a repeated start

    keeper = Logins(pool, clock)
    for login in missing:
        await keeper.set_password(login.login, login.role, login.key, login.password)
    return len(missing)


def shown(logins: Sequence[SampleLogin]) -> str:
    """The logins as a table, as a person at the terminal reads it."""
    rows = [(tell(f"role_{each.role}"), each.login, each.password) for each in logins]
    rows.insert(0, (tell("role"), tell("login"), tell("password")))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([tell("sample_logins"), *map(str.rstrip, lines)])


async def load(desk: SampleDesk, database_url: str, nats_url: str, clock: DeskClock) -> None:
    """The whole desk, records and logins. Raises Unable as `define`."""
    bus, pool = await asyncio.gather(
        Bus.connect(nats_url, "gateway"), asyncpg.create_pool(database_url, min_size=1, max_size=2)
    )
    try:
        await define(bus, desk.records)
        await admit(pool, clock, desk.logins)
    finally:
        await asyncio.gather(bus.close(), pool.close())


def main() -> int:
    """0 when the desk is loaded; 1 with one sentence that says why not."""
    clock = DeskClock.parse(os.environ.get("DESK_CLOCK", ""))
    desk = read_desk(DESK_YAML, clock.now().year)
    try:
        asyncio.run(load(desk, os.environ["DATABASE_URL"], os.environ["NATS_URL"], clock))
    except Unable as unable:
        print(unable, file=sys.stderr)
        return 1
    print(shown(desk.logins))
    return 0


if __name__ == "__main__":
    sys.exit(main())
