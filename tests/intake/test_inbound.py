"""`journal.intake.hear` of its channels: yes once everything is in that had reached the desk, whichever replica answers."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from pydantic_core import from_json, to_json

from contracts import intake as i
from tests.intake import dovecot
from tests.intake.door import channel, letter, of_mail, of_submission, opening
from tests.intake.dovecot import Dovecot
from tests.intake.test_channels import stream
from tests.intake.test_imap import NEVER_S, mailbox
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

WHY_NOT = dovecot.why_not()
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
PATIENCE_S = 90.0


@dataclass
class Desk:
    """Two replicas of intake, which look into two mailboxes once a day: `suporte`, told by IDLE, and `antigo`, not told."""

    running: RunningDesk
    usual: Dovecot
    old: Dovecot
    client: Client

    async def heard(self, at: datetime | None = None) -> bool:
        """What one of the replicas answers, with the rights on the bus that sla has."""
        asked: dict[str, Any] = {"source": "channels"} | ({"at": at} if at else {})
        answer = await self.client.request("journal.intake.hear", to_json(asked), timeout=60)
        return bool(from_json(answer.data) == {"heard": True})

    async def heard_at_last(self, at: datetime) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not await self.heard(at):
                await asyncio.sleep(0.2)


@pytest.fixture(scope="module")
async def desk(folder: Path) -> AsyncIterator[Desk]:
    (folder / "usual").mkdir()
    (folder / "old").mkdir()
    usual = Dovecot(folder / "usual")
    old = Dovecot(folder / "old", capability="IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE UIDPLUS")
    mailboxes = folder / "mailboxes.toml"
    mailboxes.write_text(
        mailbox(usual, "suporte", "suporte@desk.example.com", folder, from_start="true", poll_s=NEVER_S)
        + mailbox(old, "antigo", "antigo@desk.example.com", folder, from_start="true", poll_s=NEVER_S)
    )
    with dovecot.running(usual), dovecot.running(old):
        environment = {"MAILBOXES": str(mailboxes), "MAIL_TO_ADDRESS_MAX": "1000000"}
        async with running_desk(["intake", "intake-2"], environment=environment) as running:
            client = await nats.connect(running.nats_url("sla"), inbox_prefix=b"_INBOX.service.sla")
            try:
                made = Desk(running, usual, old, client)
                await made.heard_at_last(datetime.now(UTC))
                yield made
            finally:
                await client.close()


async def test_whichever_replica_answers_what_lay_in_the_mailboxes_is_in(desk: Desk) -> None:
    for _ in range(12):
        told, untold = letter(), letter()
        await asyncio.to_thread(desk.usual.deliver, told)
        await asyncio.to_thread(desk.old.deliver, untold, "antigo")
        at = datetime.now(UTC)
        await desk.heard_at_last(at)  # each is told to look, long before its next look is due
        for raw in (told, untold):
            (event,) = await of_mail(desk.running, raw)
            assert isinstance(event, i.TicketRegistered)
        async with connected(desk.running.admin_url("intake")) as admin:
            assert await admin.fetchval("select min(read_at) from views.mailboxes") >= at


async def test_what_nobody_has_looked_at_yet_has_not_been_heard(desk: Desk) -> None:
    assert not await desk.heard(datetime.now(UTC) + timedelta(hours=1))
    await desk.heard_at_last(datetime.now(UTC))


async def test_while_a_mailbox_cannot_be_read_it_says_so(desk: Desk) -> None:
    raw = letter()
    desk.usual.stop()
    async with asyncio.timeout(PATIENCE_S):
        # A session may outlive its server for a moment.
        while await desk.heard():
            await asyncio.sleep(0.1)
    desk.usual.drop(raw)
    at = datetime.now(UTC)
    assert not await desk.heard(at)
    assert await of_mail(desk.running, raw) == []
    desk.usual.start()
    await desk.heard_at_last(at)
    (event,) = await of_mail(desk.running, raw)
    assert isinstance(event, i.TicketRegistered)


@pytest.mark.parametrize("victim", ["intake", "intake-2"])
async def test_a_replica_that_read_and_is_gone_leaves_its_mailboxes_to_the_other(
    desk: Desk, victim: str
) -> None:
    desk.running.kill(victim)
    raw = letter()
    await asyncio.to_thread(desk.old.deliver, raw, "antigo")
    await desk.heard_at_last(datetime.now(UTC))
    assert len(await of_mail(desk.running, raw)) == 1
    await desk.running.restart(victim)


async def test_what_a_channel_handed_in_and_is_not_taken_in_yet_has_not_been_heard(desk: Desk) -> None:
    """It is fetched, and waits for a table, as while it is made anew."""
    body = opening()
    async with channel(desk.running) as demo, connected(desk.running.admin_url("intake")) as admin:
        async with admin.transaction():
            await admin.execute("lock table views.tickets in access exclusive mode")
            await demo.publish("TicketOpened", body)
            assert not await desk.heard()
        await desk.heard_at_last(datetime.now(UTC))
        (event,) = await of_submission(desk.running, stream(body["submission_id"]))
        assert isinstance(event, i.TicketRegistered)
        for _ in range(8):
            body = opening()
            await demo.publish("TicketOpened", body)
            await desk.heard_at_last(datetime.now(UTC))
            assert await of_submission(desk.running, stream(body["submission_id"]))
