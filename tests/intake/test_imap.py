"""Mailboxes read by IMAP: a real Dovecot, a running desk with two replicas of intake."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from contracts import intake as i
from contracts.envelope import Event
from services.intake.mail.settings import MAIL_BYTES_MAX
from tests.intake import dovecot
from tests.intake.certificate import make_certificate
from tests.intake.conftest import MORE
from tests.intake.door import ANA, letter, of_mails, recorded
from tests.intake.dovecot import SECRET, Dovecot
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected
from tests.small_desk import RECORDS

WHY_NOT = dovecot.why_not() or ("" if shutil.which("openssl") else "no openssl to make a certificate")
pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
ADDRESS = {"suporte": "suporte@desk.example.com", "folha": "folha@desk.example.com"}
OLD = "antigo@desk.example.com"
BEFORE = letter(subject="De antes")
NEVER_S = "86400"


@dataclass
class Post:
    """The desk, and the two servers whose mailboxes it reads: a usual one and an old one, without IDLE and MOVE."""

    desk: RunningDesk
    usual: Dovecot
    old: Dovecot

    async def deliver(self, raw: bytes, user: str = "suporte", at: str | None = None) -> None:
        server = self.old if user == "antigo" else self.usual
        await asyncio.to_thread(server.deliver, raw, user, at)

    async def became(self, *raws: bytes, count: int = 1, patience_s: float = 60) -> list[Event]:
        """The dispositions of these mails, once each has `count`."""
        async with asyncio.timeout(patience_s):
            while True:
                found = await of_mails(self.desk, raws)
                if len(found) == len(raws) and all(len(events) >= count for events in found.values()):
                    return [event for events in found.values() for event in events]
                await asyncio.sleep(0.05)


def mailbox(server: Dovecot, user: str, address: str, folder: Path, **more: str) -> str:
    secret = folder / "secret"
    secret.write_text(SECRET + "\n")
    lines = {
        "host": '"127.0.0.1"',
        "port": str(server.port),
        "user": f'"{user}"',
        "secret_file": f'"{secret}"',
    }
    application = more.pop("application", "")
    told = "\n".join(f"{name} = {value}" for name, value in {**lines, "security": '"none"', **more}.items())
    return (
        f'[[mailbox]]\naddress = "{address}"\n'
        + (f'application = "{application}"\n' if application else "")
        + f"[mailbox.imap]\n{told}\n"
    )


@pytest.fixture(scope="module")
async def office(folder: Path) -> AsyncIterator[Post]:
    (folder / "usual").mkdir()
    (folder / "old").mkdir()
    usual = Dovecot(folder / "usual")
    old = Dovecot(
        folder / "old",
        capability="IMAP4rev1 LITERAL+ SASL-IR LOGIN-REFERRALS ID ENABLE UIDPLUS",
        tls=make_certificate(folder / "old"),
    )
    mailboxes = folder / "mailboxes.toml"
    mailboxes.write_text(
        mailbox(usual, "suporte", ADDRESS["suporte"], folder, poll_s=NEVER_S)
        + mailbox(usual, "folha", ADDRESS["folha"], folder, application="folha", moved_to='"Feitos"')
        + mailbox(
            old,
            "antigo",
            OLD,
            folder,
            moved_to='"Feitos"',
            from_start="true",
            poll_s="0.3",
            security='"starttls"',
            ca_file=f'"{folder / "old" / "cert.pem"}"',
        )
    )
    with dovecot.running(usual), dovecot.running(old):
        usual.deliver(BEFORE)
        old.deliver(BEFORE, "antigo")
        async with running_desk(
            ["intake", "intake-2"], environment={"MAILBOXES": str(mailboxes)}, records=(*RECORDS, *MORE)
        ) as desk:
            post = Post(desk, usual, old)
            await post.became(BEFORE)
            await _reading(desk, 3)
            yield post


async def _reading(desk: RunningDesk, count: int) -> None:
    """Wait until that many mailboxes have been begun."""
    async with asyncio.timeout(60), connected(desk.admin_url("intake")) as admin:
        while await admin.fetchval("select count(*) from views.mailboxes") < count:
            await asyncio.sleep(0.05)


async def test_a_message_is_taken_at_once_and_stays_unread(office: Post) -> None:
    """Told by IDLE: the next look is a day away."""
    raw = letter()
    await office.deliver(raw)
    (event,) = await office.became(raw)
    assert isinstance(event, i.TicketRegistered)
    assert (event.requester, event.delivered.via) == ("ana", ADDRESS["suporte"])
    flags = await asyncio.to_thread(office.usual.flags)
    assert flags
    assert not [line for line in flags if "Seen" in line]


async def test_what_was_there_before_is_left_alone_unless_asked_for(office: Post) -> None:
    """The same mail lay in both mailboxes; one is read from its start."""
    (event,) = await office.became(BEFORE)
    assert isinstance(event, i.TicketRegistered)
    assert event.delivered.via == OLD


async def test_the_clock_starts_when_the_server_received_it(office: Post) -> None:
    raw = letter(Date="Mon, 01 Jan 2001 10:00:00 -0300")
    await office.deliver(raw, at='"20-Nov-2026 09:30:00 -0300"')
    (event,) = await office.became(raw)
    assert isinstance(event, i.TicketRegistered)
    assert event.delivered.received_at.isoformat() == "2026-11-20T12:30:00+00:00"


async def test_a_mailbox_has_its_application_and_its_messages_move_once_committed(office: Post) -> None:
    raw, rivals = letter(), letter("rui@vale.example.com")
    await office.deliver(raw, "folha")
    await office.deliver(rivals, "folha")
    (event,) = await office.became(raw)
    assert isinstance(event, i.TicketRegistered)
    assert event.application == "notas", "nobody has a contract for what the mailbox is for"
    (event,) = await office.became(rivals)
    assert isinstance(event, i.SubmissionParked)
    assert (event.reason, event.application) == ("no_contract", "folha")
    await _moved(office.usual, "folha")


async def _moved(server: Dovecot, user: str) -> None:
    async with asyncio.timeout(60):
        while True:
            there = await asyncio.to_thread(server.flags, user)
            done = await asyncio.to_thread(server.flags, user, "Feitos")
            if done and not there:
                assert not [line for line in done if "Seen" in line]
                return
            await asyncio.sleep(0.1)


async def test_an_old_server_is_polled_over_tls_and_its_messages_copied(office: Post) -> None:
    raw = letter()
    await office.deliver(raw, "antigo")
    (event,) = await office.became(raw)
    assert isinstance(event, i.TicketRegistered)
    await _moved(office.old, "antigo")


async def test_one_mail_in_two_mailboxes_is_one_message(office: Post) -> None:
    raw = letter()
    await office.deliver(raw, "antigo")
    first = await office.became(raw)
    await office.deliver(raw)
    both = await office.became(raw, count=2)
    assert [type(event) for event in both] == [i.TicketRegistered, i.DuplicateReceived]
    assert both[0] == first[0]


async def test_a_message_beyond_the_limit_is_parked_with_its_beginning(office: Post) -> None:
    raw = letter(text=f"Enorme {uuid4()}") + b"x" * 70 * (MAIL_BYTES_MAX // 70)
    await office.deliver(raw)
    async with asyncio.timeout(60):
        while not (
            found := [e for e in await recorded(office.desk) if getattr(e, "reason", "") == "over_limit"]
        ):
            await asyncio.sleep(0.1)
    (event,) = found
    assert isinstance(event, i.SubmissionParked)
    assert event.detail == f"{len(raw)} bytes"
    assert event.delivered.sender == ANA
    assert "Enorme" in event.delivered.text


async def test_a_server_that_restarts_is_found_again(office: Post) -> None:
    office.usual.stop()
    await asyncio.sleep(0.5)
    office.usual.start()
    raw = letter()
    await office.deliver(raw)
    (event,) = await office.became(raw)
    assert isinstance(event, i.TicketRegistered)


async def test_a_mailbox_numbered_anew_is_read_again_and_nothing_opens_twice(office: Post) -> None:
    known = letter()
    await office.deliver(known)
    await office.became(known)
    office.usual.stop()
    for numbers in (office.usual.folder / "mail" / "suporte").glob("dovecot*"):
        numbers.unlink()
    office.usual.start()
    raw = letter()
    await office.deliver(raw)
    (event,) = await office.became(raw)
    assert isinstance(event, i.TicketRegistered)
    again = await office.became(known, count=2)
    assert [type(event) for event in again] == [i.TicketRegistered, i.DuplicateReceived]
    before = await of_mails(office.desk, [BEFORE])
    assert all(event.delivered.via == OLD for events in before.values() for event in events)  # type: ignore[attr-defined]


async def test_killed_again_and_again_nothing_is_lost_and_nothing_twice(office: Post) -> None:
    raws = [letter(subject=f"n {n}") for n in range(60)]

    async def bring() -> None:
        for raw in raws:
            await office.deliver(raw)

    bringing = asyncio.create_task(bring())
    for victim in ("intake", "intake-2", "intake"):
        await asyncio.sleep(0.7)
        office.desk.kill(victim)
        await office.desk.restart(victim)
    await bringing
    events = await office.became(*raws, patience_s=120)
    assert Counter(type(event) for event in events) == {i.TicketRegistered: 60}


async def test_a_store_that_is_down_leaves_the_mail_in_its_mailbox(office: Post) -> None:
    office.desk.kill("postgres")
    raw = letter()
    await office.deliver(raw)
    await asyncio.sleep(2)
    await office.desk.restart("postgres")
    (event,) = await office.became(raw)
    assert isinstance(event, i.TicketRegistered)


async def test_at_the_end_everything_is_accounted_for(office: Post) -> None:
    async with connected(office.desk.admin_url("intake")) as admin:
        rows: list[Any] = await admin.fetch(
            "select * from views.mail_in where dispositions <> 1 and not put_off"
        )
        came_again = [
            await admin.fetchval(
                "select count(*) from views.mail_in where raw = $1 and dispositions = 1", row["raw"]
            )
            for row in rows
        ]
    assert all(came_again), "what a kill cut off came again"
