"""The ledger of mail: it agrees with what happened, and a difference does not stay silent."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from services.intake.channels.ledger import LOOKED_BACK, SETTLED_AFTER, UNACCOUNTED_SQL
from tests.cli.atendimento import atendimento, describe
from tests.intake.conftest import MORE
from tests.intake.door import DESK, letter, post
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from tests.small_desk import RECORDS

HELP = "ajuda@desk.example.com"


async def test_the_ledger_agrees_until_a_message_is_lost() -> None:
    records = [
        (kind, key, {**record, "accepts": [HELP]} if kind == "desk" else record)
        for kind, key, record in RECORDS
    ]
    async with running_desk(["intake"], records=(*records, *MORE)) as desk:
        raw = letter()
        for mail, sender, to in (
            (raw, "ana.prado@serra.example.com", DESK),
            (raw, "ana.prado@serra.example.com", HELP),
            (letter("quem@exemplo.example"), "quem@exemplo.example", HELP),
            (letter(Auto_Submitted="auto-replied"), "", HELP.upper()),
        ):
            assert await post(desk, mail, sender, to) == 250
        describe(desk)
        told = await atendimento(desk.state, "mail", "ledger", "--json")
        assert told.code == 0, told.complained
        lines = {line["mailbox"]: line for line in told.json}
        assert (lines[DESK]["came"], lines[DESK]["dispositions"]["opened"]) == (1, 1)
        assert Counter(lines[HELP]["dispositions"]) == Counter({"duplicate": 1, "parked": 1, "auto_reply": 1})
        assert (
            "4 mensagens, cada uma com um só destino"
            in (await atendimento(desk.state, "mail", "ledger")).said
        )

        before = datetime.now(UTC) - 2 * SETTLED_AFTER
        await _came(desk, before, "a" * 64)
        await _came(desk, before, "b" * 64, put_off=True)
        await _came(desk, before, "c" * 64)
        await _came(desk, before + timedelta(minutes=1), "c" * 64, dispositions=1)
        lost = await atendimento(desk.state, "--lang", "en", "mail", "ledger")
        assert lost.code == 1
        assert "1 of 8 messages without exactly one disposition" in lost.said
        await _came(desk, before, "d" * 64, dispositions=2)
        assert await _unaccounted(desk) == 2
        assert (await atendimento(desk.state, "mail", "ledger", "--from", "x")).code == 1


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
