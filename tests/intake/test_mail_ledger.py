"""The ledger of mail: it agrees with what happened, and a difference does not stay silent."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import asyncpg
from prometheus_client import REGISTRY

from contracts import commands as c
from contracts import intake as i
from contracts.envelope import Actor
from journal.clock import DeskClock
from services.intake.channels.ledger import LOOKED_BACK, UNACCOUNTED_SQL, Ledger
from services.intake.comparing import SETTLED_AFTER
from services.intake.metrics import UNACCOUNTED
from tests.cli.atendimento import atendimento, describe
from tests.intake.conftest import MORE
from tests.intake.door import DESK, letter, on_the_wire, post, recorded
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from tests.small_desk import RECORDS

BRUNO = Actor(role="analyst", key="bruno")
HELP = "ajuda@desk.example.com"


async def test_the_ledger_agrees_until_a_message_is_lost() -> None:
    records = [
        (kind, key, {**record, "accepts": [HELP]} if kind == "desk" else record)
        for kind, key, record in RECORDS
    ]
    async with running_desk(["intake"], records=(*records, *MORE)) as desk:
        raw, parked = letter(), letter("quem@exemplo.example")
        for mail, sender, to in (
            (raw, "ana.prado@serra.example.com", DESK),
            (raw, "ana.prado@serra.example.com", HELP),
            (parked, "quem@exemplo.example", HELP),
            (letter(Auto_Submitted="auto-replied"), "", HELP.upper()),
        ):
            assert await post(desk, mail, sender, to) == 250
        describe(desk)
        told = await atendimento(desk.state, "mail", "ledger", "--json")
        assert told.code == 0, told.complained
        # A mailbox has a line for each day, and a day may just have begun.
        came: Counter[str] = Counter()
        became: dict[str, Counter[str]] = {DESK: Counter(), HELP: Counter()}
        for line in told.json:
            came[line["mailbox"]] += line["came"]
            became[line["mailbox"]].update(line["dispositions"])
        assert (came[DESK], became[DESK]["opened"]) == (1, 1)
        assert became[HELP] == Counter({"duplicate": 1, "parked": 1, "auto_reply": 1})
        assert (
            "4 mensagens, cada uma com um só destino"
            in (await atendimento(desk.state, "mail", "ledger")).said
        )

        before = datetime.now(UTC) - 2 * SETTLED_AFTER
        await _came(desk, before, "a" * 64)
        await _came(desk, before, "b" * 64, put_off=True)
        await _came(desk, before, sha256(on_the_wire(parked)).hexdigest())
        lost = await atendimento(desk.state, "--lang", "en", "mail", "ledger")
        assert lost.code == 1
        assert "1 of 7 messages without exactly one disposition" in lost.said
        await _came(desk, before, "d" * 64, dispositions=2)
        assert await _unaccounted(desk) == 2
        assert await _differences(desk) == 2
        assert (await atendimento(desk.state, "mail", "ledger", "--from", "x")).code == 1


async def test_the_ledger_is_held_against_the_journal() -> None:
    async with running_desk(["intake", "lifecycle"], records=(*RECORDS, *MORE)) as desk:
        stranger = "quem@exemplo.example"
        raws = [letter(), letter(stranger), letter(), letter(), letter()]
        for raw in (*raws, raws[0]):
            assert await post(desk, raw) == 250
        for event in await recorded(desk, "intake", i.SubmissionParked):
            assert isinstance(event, i.SubmissionParked)
            # A second entry about the same message, and no second message.
            reply = await desk.ask(
                c.AcceptParked(submission_id=event.submission_id, requester="ana", application="notas"),
                by=BRUNO,
            )
            assert reply.outcome == "done", reply
        describe(desk)
        assert await _differences(desk) == 0
        addresses = [sha256(on_the_wire(raw)).hexdigest() for raw in raws]
        async with connected(desk.admin_url("intake")) as admin:
            for change in (
                "update views.mail_in set dispositions = 0, put_off = true where raw = $1",
                "delete from views.mail_in where raw = $1",
                "update views.mail_in set raw = repeat('e', 64) where raw = $1",
            ):
                await admin.execute(change, addresses.pop())
        # The last is two: an entry without its row, and a row without its entry.
        assert await _differences(desk) == 4
        assert await _shown(desk, timedelta(hours=1)) == 4, "the gauge sees what the ledger sees"
        assert await _shown(desk, timedelta()) == 0, "what has just come in may still be on its way"
        assert await _shown(desk, LOOKED_BACK) == 0, "nor is the past told of for ever"


class _Clock(DeskClock):
    """The desk's, so much later."""

    def __init__(self, later: timedelta) -> None:
        super().__init__()
        self._later = later

    def now(self) -> datetime:
        return super().now() + self._later


async def _shown(desk: RunningDesk, later: timedelta) -> float | None:
    """What the gauge says once an intake that has just started has looked, so much later."""
    UNACCOUNTED.set(-1)
    async with asyncpg.create_pool(desk.database_url("intake"), min_size=1, max_size=1) as pool:
        watching = asyncio.create_task(Ledger(pool, _Clock(later)).watch())
        try:
            async with asyncio.timeout(60):
                while (shown := REGISTRY.get_sample_value("intake_mail_unaccounted")) == -1:
                    await asyncio.sleep(0.05)
        finally:
            watching.cancel()
            await asyncio.wait([watching])
    return shown


async def _differences(desk: RunningDesk) -> int:
    told = await atendimento(desk.state, "mail", "ledger", "--json")
    assert told.code in (0, 1), told.complained
    return sum(line["difference"] for line in told.json)


async def _came(
    desk: RunningDesk, at: datetime, raw: str, *, put_off: bool = False, dispositions: int = 0
) -> None:
    async with connected(desk.admin_url("intake")) as admin:
        await admin.execute(
            "insert into views.mail_in values ($1, $2, $3, $4, $5, $6, $7)",
            uuid4(),
            DESK,
            at,
            raw,
            put_off,
            dispositions,
            "opened" if dispositions else None,
        )


async def _unaccounted(desk: RunningDesk) -> int:
    now = datetime.now(UTC)
    async with connected(desk.admin_url("intake")) as admin:
        return int(await admin.fetchval(UNACCOUNTED_SQL, now - LOOKED_BACK, now - SETTLED_AFTER))
