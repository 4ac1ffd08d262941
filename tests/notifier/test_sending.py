"""From the outbox to a real mail server or a Maildir: accepted, refused, out of reach, at once from two senders."""

import asyncio
import mailbox
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from contracts import notifier as n
from contracts import sla
from contracts.commands import RetryNotification
from contracts.directory import Contact, MailTemplate
from contracts.envelope import Request
from deploy.ports import free_port
from journal.bus import Bus
from journal.tokens import verify_return_path
from services.notifier import smtp
from services.notifier.decider import Accepted
from services.notifier.mail import Mail, Transport
from services.notifier.maildir import MaildirTransport, mailbox_name
from services.notifier.outbox import LEASE_S
from services.notifier.rebuild import rebuild
from services.notifier.settings import MailSettings
from services.notifier.smtp import MailServer, SmtpTransport
from tests.notifier import room
from tests.notifier.room import BRUNO, DOMAIN, KEYS, MARTA, Notifier, answered, assigned, queued, started
from tests.notifier.sink import Sink, sink
from tests.servers.backing import Database

MORNING = room.NOON + timedelta(hours=18)
ANA, JOHN = "ana.prado@serra.example.com", "john@serra.example.com"


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier")) as made:
        yield made


@pytest.fixture
async def server() -> AsyncIterator[Sink]:
    async with sink() as made:
        yield made


def by_smtp(server: Sink) -> Transport:
    return SmtpTransport(MailServer.parse(server.url))


async def due(desk: Notifier) -> int:
    count: int = await desk.pool.fetchval("select count(*) from views.outbox")
    return count


async def test_what_is_due_is_sent_and_recorded(desk: Notifier, server: Sink) -> None:
    await desk.hear(queued(), started())
    (asked,) = await desk.requested()
    assert await desk.outbox(by_smtp(server)).send_due() == (1, True)
    (envelope,), (mail,) = server.taken, server.mails()
    assert envelope.rcpt_tos == [ANA]
    assert verify_return_path(envelope.mail_from or "", KEYS, DOMAIN) == asked.notification_id
    assert mail["Message-ID"] == asked.message_id
    (sent,) = await desk.recorded(n.NotificationSent)
    assert isinstance(sent, n.NotificationSent)
    assert (sent.attempt, sent.response) == (1, "OK queued as 1")
    assert await due(desk) == 0


async def test_later_is_tried_again_and_one_refusal_stops_nobody(desk: Notifier, server: Sink) -> None:
    await desk.hear(queued("a"), queued("b", requester="john"), started("a"), started("b"))
    server.to_recipient = {ANA: ["451 4.7.1 greylisted"]}
    outbox = desk.outbox(by_smtp(server))
    assert await outbox.send_due() == (2, True)
    assert [envelope.rcpt_tos for envelope in server.taken] == [[JOHN]]
    (failed,) = await desk.recorded(n.NotificationFailed)
    assert isinstance(failed, n.NotificationFailed)
    assert failed.error == "451 4.7.1 greylisted"
    assert await outbox.send_due() == (0, True), "not before its time"
    desk.clock.at = failed.retry_at
    assert await outbox.send_due() == (1, True)
    assert [envelope.rcpt_tos for envelope in server.taken] == [[JOHN], [ANA]]
    sent = await desk.recorded(n.NotificationSent)
    assert [event.attempt for event in sent if isinstance(event, n.NotificationSent)] == [1, 2]


@pytest.mark.parametrize("stage", ["recipient", "data"])
async def test_no_is_no_until_a_person_asks_again(desk: Notifier, server: Sink, stage: str) -> None:
    await desk.hear(queued(), started())
    if stage == "recipient":
        server.to_recipient = {ANA: ["550 5.1.1 no such user"]}
    else:
        server.to_data = ["550 5.1.1 no such user"]
    outbox = desk.outbox(by_smtp(server))
    await outbox.send_due()
    (abandoned,) = await desk.recorded(n.NotificationAbandoned)
    assert isinstance(abandoned, n.NotificationAbandoned)
    assert (abandoned.error, await due(desk)) == ("550 5.1.1 no such user", 0)
    command = RetryNotification(notification_id=abandoned.notification_id)
    request = Request(id="1", type=command.topic, by=BRUNO, data={})
    async with desk.journal.work() as work:
        assert (await desk.answers().handle(work, command, request))["status"] == "due"
        await work.commit()
    await outbox.send_due()
    assert len(server.taken) == 1
    partitions = await desk.pool.fetch("select distinct partition from journal.entries")
    assert len(partitions) == 1, "a notification stays in the partition of its ticket"


async def test_an_alert_of_the_night_leaves_in_the_morning_whatever_else_is_said(
    desk: Notifier, server: Sink
) -> None:
    """What is said to the same person meanwhile neither joins it nor sends it sooner."""
    breach = {"clock": "first_response", "cycle": 1, "at": room.NOON, "detected_at": room.NOON}
    late = sla.ClockBreached.model_validate({"ticket_id": room.ticket("t"), "alert_at": MORNING, **breach})
    await desk.hear(queued(), assigned(), late, assigned(analyst="clara", by=MARTA), assigned(by=MARTA))
    outbox = desk.outbox(by_smtp(server))
    await outbox.send_due()
    told = [str(envelope.rcpt_tos[0]).partition("@")[0] for envelope in server.taken]
    assert sorted(told) == ["bruno.teles", "clara.reis"]
    desk.clock.at = MORNING - timedelta(seconds=1)
    assert await outbox.send_due() == (0, True)
    desk.clock.at = MORNING
    await outbox.send_due()
    assert (len(server.taken), await due(desk)) == (5, 0)


def warned_at_night(**changed: object) -> sla.ClockWarned:
    """A 90 % of the night, which waits for the morning: the analyst, the rest of the area, the manager."""
    facts = {"ticket_id": room.ticket("t"), "clock": "resolution", "cycle": 1, "at": room.NOON, "stage": 90}
    instants = {"detected_at": room.NOON, "due_at": MORNING, "alert_at": MORNING}
    return sla.ClockWarned.model_validate({**facts, **instants, **changed})


def over(kind: type[sla.ClockMet] | type[sla.ClockStopped], **changed: object) -> sla.OfClock:
    facts = {"ticket_id": room.ticket("t"), "clock": "resolution", "cycle": 1, "at": room.NOON}
    return kind.model_validate({**facts, "elapsed_s": 60, "late": False, "reason": "merged", **changed})


@pytest.mark.parametrize(("kind", "because"), [(sla.ClockMet, "met"), (sla.ClockStopped, "stopped")])
async def test_a_warning_of_the_night_is_withdrawn_when_its_clock_ends_before_the_morning(
    desk: Notifier, server: Sink, kind: type[sla.ClockMet], because: str
) -> None:
    other = {"clock": "next_response"}
    await desk.hear(queued(), assigned(), warned_at_night(), warned_at_night(**other), over(kind))
    gone = await desk.recorded(n.NotificationWithdrawn)
    assert [getattr(each, "because", "") for each in gone] == [because] * 3
    assert await due(desk) == 3, "those of the other clock"
    await desk.hear(over(kind, cycle=2), over(kind, **other), over(kind))
    assert len(await desk.recorded(n.NotificationWithdrawn)) == 6
    desk.clock.at = MORNING
    assert await desk.outbox(by_smtp(server)).send_due() == (0, True)
    assert server.taken == []


async def test_tables_made_anew_know_which_warnings_wait_and_which_were_withdrawn(desk: Notifier) -> None:
    other = {"clock": "next_response"}
    await desk.hear(queued(), warned_at_night(), warned_at_night(**other), over(sla.ClockMet, **other))
    async with desk.pool.acquire() as connection:
        for lost in ("delete from views.outbox", "update views.outbox set alarm = null"):
            await connection.execute(lost)
            await rebuild(connection, cast("Bus", None))
    assert await due(desk) == 3
    await desk.hear(queued(), over(sla.ClockMet))
    assert await due(desk) == 0


async def test_a_breach_of_the_night_goes_out_though_its_clock_was_met_since(
    desk: Notifier, server: Sink
) -> None:
    facts = {"ticket_id": room.ticket("t"), "clock": "resolution", "cycle": 1, "at": room.NOON}
    breached = sla.ClockBreached.model_validate({**facts, "detected_at": room.NOON, "alert_at": MORNING})
    await desk.hear(queued(), assigned(), warned_at_night(), breached, over(sla.ClockMet, late=True))
    desk.clock.at = MORNING
    await desk.outbox(by_smtp(server)).send_due()
    assert {each.template for each in await desk.requested()} >= {"warning", "breach"}
    assert len(await desk.recorded(n.NotificationWithdrawn)) == 3
    assert len(server.taken) == 3, "of the breach; nobody of the warning"
    assert all("90%" not in str(mail["Subject"]) for mail in server.mails())


@pytest.mark.parametrize("known", [True, False], ids=["known", "sla was first"])
async def test_of_what_is_heard_at_once_only_the_warning_after_the_end_is_owed(
    desk: Notifier, known: bool
) -> None:
    entries = desk.entries(warned_at_night(), over(sla.ClockMet), warned_at_night(stage=95))
    if known:
        await desk.hear(queued())
        await desk.apply(entries)
    else:
        await desk.apply(entries)
        await desk.hear(queued())
    stages = {each.facts["stage"] for each in await desk.requested() if each.template == "warning"}
    assert stages == {95}
    assert await desk.recorded(n.NotificationWithdrawn) == []


async def test_a_sender_that_has_the_warning_in_hand_says_that_it_left(desk: Notifier, server: Sink) -> None:
    await desk.hear(queued(), assigned(), warned_at_night(stage=50, alert_at=None))
    outbox = desk.outbox(by_smtp(server))
    jobs = await outbox._take()
    await desk.hear(over(sla.ClockMet))
    await outbox._record([(job, Accepted(job.asked.notification_id, "250")) for job in jobs])
    events = await desk.recorded(n.NotificationWithdrawn, n.NotificationSent)
    assert [type(each) for each in events] == [n.NotificationWithdrawn, n.NotificationSent]
    assert await due(desk) == 0


async def test_a_server_that_is_not_there_is_tried_again(desk: Notifier) -> None:
    for name in "abc":
        await desk.hear(queued(name), started(name))
    nowhere = SmtpTransport(MailServer("127.0.0.1", free_port()))
    assert await desk.outbox(nowhere).send_due() == (1, False)
    assert len(await desk.recorded(n.NotificationFailed)) == 1, "the others were not tried"
    async with sink() as server:
        desk.clock.advance(minutes=5)
        assert await desk.outbox(by_smtp(server)).send_due() == (3, True)
        assert len(server.taken) == 3


async def test_after_three_days_without_a_server_it_is_given_up(desk: Notifier) -> None:
    await desk.hear(queued(), started())
    outbox = desk.outbox(SmtpTransport(MailServer("127.0.0.1", free_port())))
    while await due(desk):
        await outbox.send_due()
        desk.clock.advance(hours=5)
    assert len(await desk.recorded(n.NotificationAbandoned)) == 1
    assert desk.clock.at - room.NOON > timedelta(days=3)


async def test_one_connection_carries_many_mails(desk: Notifier, server: Sink) -> None:
    for name in map(str, range(20)):
        await desk.hear(queued(name), started(name))
    transport = by_smtp(server)
    await desk.outbox(transport).send_due()
    await transport.close()
    assert (len(server.taken), len(server.sessions)) == (20, 1)


async def test_a_connection_closed_by_the_server_costs_no_attempt(desk: Notifier, server: Sink) -> None:
    transport = by_smtp(server)
    outbox = desk.outbox(transport)
    for name in "ab":
        await desk.hear(queued(name), started(name))
        assert await outbox.send_due() == (1, True)
        server.hang_up()
    assert (len(server.taken), len(server.sessions)) == (2, 2)
    assert await desk.recorded(n.NotificationFailed) == []


async def test_a_server_that_does_not_answer_costs_its_mail_alone(
    desk: Notifier, server: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "MAIL_TIMEOUT_S", 0.3)
    await desk.hear(queued("a"), started("a"))
    server.slow_s = 5
    assert await desk.outbox(by_smtp(server)).send_due() == (1, True)
    assert len(await desk.recorded(n.NotificationFailed)) == 1


async def test_two_senders_at_once_send_once(desk: Notifier, server: Sink) -> None:
    for name in map(str, range(120)):
        await desk.hear(queued(name, message_id=""), started(name))
    outboxes = [desk.outbox(by_smtp(server), by_smtp(server)) for _ in range(2)]
    while await due(desk):
        await asyncio.gather(*(outbox.send_due() for outbox in outboxes))
    ids = [mail["Message-ID"] for mail in server.mails()]
    assert len(ids) == len(set(ids)) == 120
    assert len(await desk.recorded(n.NotificationSent)) == 120


class _Dies:
    """A transport whose process ends right after the server has accepted."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def deliver(self, mail: Mail) -> str:
        await self._transport.deliver(mail)
        raise asyncio.CancelledError

    async def close(self) -> None:
        await self._transport.close()


async def test_a_crash_after_acceptance_sends_the_same_mail_again(desk: Notifier, server: Sink) -> None:
    await desk.hear(queued(), started())
    with pytest.raises(asyncio.CancelledError):
        await desk.outbox(_Dies(by_smtp(server))).send_due()
    outbox = desk.outbox(by_smtp(server))
    assert await outbox.send_due() == (0, True), "the row is reserved for a while"
    desk.clock.advance(seconds=LEASE_S + 1)
    await outbox.send_due()
    first, second = server.mails()
    assert first["Message-ID"] == second["Message-ID"]
    assert len(await desk.recorded(n.NotificationSent)) == 1


class _Hangs:
    """A transport that never comes back from its third mail."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._count = 0
        self.hanging = asyncio.Event()

    async def deliver(self, mail: Mail) -> str:
        self._count += 1
        if self._count == 3:
            self.hanging.set()
            await asyncio.Event().wait()
        return await self._transport.deliver(mail)

    async def close(self) -> None:
        await self._transport.close()


async def test_a_stop_forgets_nothing_that_was_accepted(desk: Notifier, server: Sink) -> None:
    for name in "abcde":
        await desk.hear(queued(name), started(name))
    hangs = _Hangs(by_smtp(server))
    sending = asyncio.create_task(desk.outbox(hangs).run())
    await hangs.hanging.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    assert len(await desk.recorded(n.NotificationSent)) == 2
    assert await desk.outbox(by_smtp(server)).send_due() == (2, True), "those not begun are due at once"
    desk.clock.advance(seconds=LEASE_S + 1)
    assert await desk.outbox(by_smtp(server)).send_due() == (1, True)
    ids = [mail["Message-ID"] for mail in server.mails()]
    assert len(ids) == len(set(ids)) == 5


async def test_a_mail_that_cannot_be_composed_stops_nobody(desk: Notifier, server: Sink) -> None:
    broken = Contact.model_validate({"name": "X", "customer": "serra", "addresses": ["not an address"]})
    desk.mailroom.directory.put("contact", "broken", 1, True, broken)
    await desk.hear(queued("a", requester="broken"), queued("b"), started("a"), started("b"))
    await desk.outbox(by_smtp(server)).send_due()
    assert [envelope.rcpt_tos for envelope in server.taken] == [[ANA]]
    (abandoned,) = await desk.recorded(n.NotificationAbandoned)
    assert isinstance(abandoned, n.NotificationAbandoned)
    assert abandoned.error == "not an e-mail address"


async def test_the_desk_s_own_words_are_sent_as_soon_as_they_are_there_and_bad_ones_never(
    desk: Notifier, server: Sink
) -> None:
    outbox = desk.outbox(by_smtp(server))

    async def subject_now(name: str, body: str, *, active: bool = True) -> tuple[str, str]:
        words = {"template": "opened", "language": "pt-BR", "subject": "Chegou", "title": "Oi", "body": body}
        version = desk.mailroom.directory.version(MailTemplate, "own") + 1
        record = MailTemplate.model_validate(words)
        desk.mailroom.directory.put("mail_template", "own", version, active, record)
        await desk.hear(queued(name), started(name))
        await outbox.send_due()
        part = server.mails()[-1].get_body(("plain",))
        assert part is not None
        return server.mails()[-1]["Subject"], part.get_content()

    subject, text = await subject_now("a", "O seu número é {number}.")
    assert subject == "[2026-000123] Chegou"
    assert "O seu número é 2026-000123." in text
    for name, body, active in (("b", "{no_such_fact}", True), ("c", "{number}", False)):
        subject, text = await subject_now(name, body, active=active)
        assert subject == "[2026-000123] Nota não sai"
        assert "Não é preciso fazer mais nada" in text
    assert len(await desk.recorded(n.NotificationSent)) == 3


async def test_local_mode_delivers_into_a_maildir_of_each_recipient(desk: Notifier, tmp_path: Path) -> None:
    await desk.hear(queued(), assigned(analyst="clara"), started(), answered(text="Olá\nmundo"))
    (transport, *_) = MailSettings(mail_out=f"maildir://{tmp_path}/mail").transports()
    await desk.outbox(transport).send_due()
    boxes = {box.name: mailbox.Maildir(box, create=False) for box in (tmp_path / "mail").iterdir()}
    assert {name: len(box) for name, box in boxes.items()} == {ANA: 2, "clara.reis@desk.example.com": 1}
    subjects = {message["Subject"] for message in boxes[ANA]}
    assert len(subjects) == 1
    assert not list((tmp_path / "mail" / ANA / "tmp").iterdir())


async def test_a_mail_delivered_twice_is_in_the_maildir_once(tmp_path: Path) -> None:
    transport = MaildirTransport(tmp_path)
    mail = Mail(room.ticket("n"), "b@x", "../../Etc/Ana@x.example", b"Subject: x\r\n\r\n")
    assert await transport.deliver(mail) == await transport.deliver(mail)
    delivered = await asyncio.to_thread(lambda: [path.read_bytes() for path in tmp_path.rglob("new/*")])
    assert delivered == [mail.content]
    assert mailbox_name("../../Etc") == "_.._etc"


def test_what_mail_out_may_say() -> None:
    assert MailServer.parse("smtp://mail.example") == MailServer("mail.example", 25)
    assert MailServer.parse("smtps://u:p@mail.example").port == 465
    assert MailServer.parse("smtp://u:p@mail.example").starttls == "required"
    with pytest.raises(ValueError, match="no password on an open line"):
        MailServer.parse("smtp://u:p@127.0.0.1?starttls=never")
    for wrong in ("", "http://x", "smtp://", "smtp://x?starttls=maybe", "smtp://x:port"):
        with pytest.raises(ValueError, match=r"MAIL_OUT|[Pp]ort"):
            MailServer.parse(wrong)
