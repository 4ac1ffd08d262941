"""`kill -9` between the mail server's 250 and the record: the same e-mail once more, and history says so."""

import asyncio

from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts import notifier as n
from contracts.envelope import decode
from tests.intake.door import letter, post
from tests.notifier.sink import Sink, sink
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

LEASE_S = 2
_BACKENDS = "select exists (select from pg_stat_activity where application_name = 'notifier'"


class _Gate(Sink):
    """Takes an e-mail whole, and says 250 when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.has_it, self.may_answer = asyncio.Event(), asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.has_it.set()
        await self.may_answer.wait()
        return await super().handle_DATA(server, session, envelope)


async def test_a_crash_after_the_250_sends_the_same_e_mail_again_and_history_says_so() -> None:
    gate = _Gate()
    async with sink(made=gate):
        environment = {"MAIL_OUT": gate.url, "MAIL_LEASE_S": str(LEASE_S), "MAIL_CONNECTIONS": "1"}
        async with running_desk(["intake", "lifecycle", "sla", "notifier"], environment) as desk:
            assert await post(desk, letter()) == 250
            async with asyncio.timeout(60):
                await gate.has_it.wait()
            await _killed_before_the_record(desk, gate)
            assert len(gate.taken) == 1
            assert await _sent(desk) == []
            await desk.restart("notifier")
            async with asyncio.timeout(60):
                while not (sent := await _sent(desk)):
                    await asyncio.sleep(0.05)
            await asyncio.sleep(LEASE_S + 0.5)
            first, second = gate.mails()
            assert first["Message-ID"] == second["Message-ID"] == sent[0].message_id
            assert gate.taken[0].mail_from == gate.taken[1].mail_from
            assert [(each.attempt, each.unsettled) for each in await _sent(desk)] == [(1, 1)]


async def _killed_before_the_record(desk: RunningDesk, gate: _Gate) -> None:
    """The journal's heads are held by another, so that the notifier gets its 250 and no further; then it dies."""
    url = desk.admin_url("notifier")
    async with connected(url) as holder, connected(url) as watcher, holder.transaction():
        await holder.execute("select from journal.heads for update")
        gate.may_answer.set()
        async with asyncio.timeout(60):
            while not await watcher.fetchval(
                f"{_BACKENDS} and wait_event_type = 'Lock' and query ~ 'append')"
            ):
                await asyncio.sleep(0.02)
        desk.kill("notifier")
        # Its connections end with it, and what they had begun: nothing of it is committed.
        await watcher.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'notifier'"
        )
        async with asyncio.timeout(60):
            while await watcher.fetchval(f"{_BACKENDS})"):
                await asyncio.sleep(0.02)


async def _sent(desk: RunningDesk) -> list[n.NotificationSent]:
    async with connected(desk.admin_url("notifier")) as admin:
        rows = await admin.fetch(
            "select topic, data from journal.entries where topic = $1", n.NotificationSent.topic
        )
    events = [decode(row["topic"], row["data"]) for row in rows]
    return [event for event in events if isinstance(event, n.NotificationSent)]
