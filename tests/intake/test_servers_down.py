"""PostgreSQL is killed and comes back; a message that fails again and again is parked, and stops nobody."""

import asyncio
import time
from uuid import uuid4

from contracts import commands as c
from contracts import intake as i
from contracts.channels import Confirmation
from contracts.envelope import Actor
from services.intake.channels.bus import FAULT_DELAYS_S
from services.intake.submission import submission_stream
from tests.intake.conftest import MORE
from tests.intake.door import channel, gapless, letter, of_mail, of_submission, opening, post, recorded
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from tests.small_desk import RECORDS

ANA = Actor(role="requester", key="ana")
WEB = c.SubmitTicket(channel="web", requester="ana", application="notas", subject="Não abre", text="A tela.")
LOST = (
    ("sla_policy", "ausente", {"name": "Ausente", "calendar": "padrao"}),
    ("customer", "perdida", {"name": "Perdida Ltda."}),
    ("contact", "noe", {"name": "Noé", "customer": "perdida", "addresses": ["noe@perdida.example.com"]}),
    (
        "contract",
        "perdida",
        {
            "customer": "perdida",
            "applications": ["notas"],
            "starts_on": "2020-01-01",
            "sla_policy": "ausente",
        },
    ),
)
"""A contract by a policy that intake's copy will lack: no ticket of theirs can be decided on."""


async def test_what_fails_is_put_off_then_parked_and_an_outage_loses_nothing() -> None:
    async with running_desk(["intake"], records=(*RECORDS, *MORE, *LOST)) as desk, channel(desk) as demo:
        await _lose(desk, "ausente")
        poison = opening("veneno", requester="noe@perdida.example.com")
        began = time.monotonic()
        parking = asyncio.create_task(demo.hand_in("TicketOpened", poison, 180))
        good = [Confirmation.model_validate(await demo.hand_in("TicketOpened", opening())) for _ in range(3)]
        assert {answer.disposition for answer in good} == {"opened"}
        assert not parking.done(), "others do not wait for it"

        await _outage(desk)

        answer = Confirmation.model_validate(await parking)
        assert (answer.disposition, answer.reason) == ("parked", "invalid")
        assert "ausente" in answer.detail
        assert time.monotonic() - began > sum(FAULT_DELAYS_S)
        (parked,) = await of_submission(desk, str(submission_stream("demo", "veneno")))
        assert isinstance(parked, i.SubmissionParked)
        assert parked.delivered.text == poison["text"]
        assert Confirmation.model_validate(await demo.hand_in("TicketOpened", poison)) == answer
        assert gapless(await recorded(desk))


async def _lose(desk: RunningDesk, key: str) -> None:
    """Take a record out of intake's copy of the directory, as if it had not arrived."""
    async with connected(desk.admin_url("intake")) as admin:
        await admin.execute("delete from views.directory where key = $1", key)
    desk.kill("intake")
    await desk.restart("intake")


async def _outage(desk: RunningDesk) -> None:
    """Mail is put off with 452, a channel waits, a command is told to try again; afterwards all come in."""
    raw, key, body = letter(), str(uuid4()), opening()
    desk.kill("postgres")
    async with channel(desk) as demo:
        waiting = asyncio.create_task(demo.hand_in("TicketOpened", body, 180))
        assert await post(desk, raw) == 452
        fault = await desk.ask(WEB, by=ANA, key=key)
        assert (fault.outcome, fault.code) == ("fault", "unavailable")
        assert not waiting.done()
        await desk.restart("postgres")
        assert (await waiting)["disposition"] == "opened"
    assert await post(desk, raw) == 250
    assert len(await of_mail(desk, raw)) == 1
    done = await desk.ask(WEB, by=ANA, key=key)
    assert done.outcome == "done"
    assert (await desk.ask(WEB, by=ANA, key=key)) == done
    assert len(await of_submission(desk, done.result["submission_id"])) == 1
