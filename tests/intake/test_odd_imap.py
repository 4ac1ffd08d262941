"""What a mailbox's server says wrongly: that mailbox waits or reads on, and nothing else stops."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from contracts import intake as i
from contracts.envelope import Event
from services.intake import rebuild
from services.intake.channels.imap import TRIES_MAX, MailboxReader
from services.intake.channels.imap_session import Session
from services.intake.mail import settings
from services.intake.metrics import MAILBOX_UP
from tests.intake.door import letter
from tests.intake.odd_imap import OddServer, serving
from tests.intake.test_email_room import ANA, Mailbox, mailbox
from tests.servers.backing import Database, connected

Make = Callable[[str], Awaitable[Database]]
ADDRESS = "suporte@desk.example"
MOVES = "IMAP4rev1 MOVE"


@asynccontextmanager
async def reading(
    odd: OddServer,
    database: Database,
    folder: Path,
    moved_to: str = "",
    poll_s: float = 0.05,
    *,
    from_start: bool = True,
) -> AsyncIterator[tuple[Mailbox, "asyncio.Task[None]"]]:
    """A channel whose mailbox is read from that server, from its start or from now on."""
    secret = folder / "secret"
    secret.write_text("x")
    async with serving(odd), mailbox(database, folder) as box:
        imap = settings.Imap(
            host="127.0.0.1", port=odd.port, security="none", user="x", secret_file=secret,
            moved_to=moved_to, from_start=from_start, poll_s=poll_s,
        )  # fmt: skip
        asked = settings.Mailbox(address=ADDRESS, imap=imap)
        reader = MailboxReader(asked, imap, box.channel, box.room.clock, database.url)
        running = asyncio.create_task(reader.run())
        try:
            yield box, running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def taken(box: Mailbox, count: int) -> list[Event]:
    async with asyncio.timeout(60):
        while len(events := await box.events()) < count:
            await asyncio.sleep(0.05)
    return events


async def _looked_at(box: Mailbox) -> None:
    """Wait until the first look is written down."""
    async with asyncio.timeout(60):
        while not await box.room.pool.fetchval("select count(read_at) from views.mailboxes"):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "received",
    [
        "",
        "no instant at all",
        "02-Mar-2026 08:00:00",
        "99-Foo-2026 08:00:00 -0300",
        "02-Mar-2026 08:00:00 -9900",
    ],
)
async def test_a_message_received_nobody_knows_when_is_received_now(
    database: Make, tmp_path: Path, received: str
) -> None:
    odd = OddServer([letter(ANA)], received=received)
    async with reading(odd, await database("intake"), tmp_path) as (box, _):
        (event,) = await taken(box, 1)
        assert isinstance(event, i.TicketRegistered)
        assert event.delivered.received_at == box.room.clock.instant


async def test_a_server_that_tells_no_uidnext_is_read(database: Make, tmp_path: Path) -> None:
    async with reading(OddServer([letter(ANA)], uid_next=False), await database("intake"), tmp_path) as (
        box,
        _,
    ):
        assert isinstance((await taken(box, 1))[0], i.TicketRegistered)


async def test_an_answer_that_nobody_expects_is_waited_out(
    database: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader goes on where any other error than the network's comes out of a session."""
    odd = OddServer([letter(ANA)])
    answer, odd._answer = odd._answer, lambda verb, rest: _without_validity(answer(verb, rest))  # type: ignore[method-assign]
    async with reading(odd, await database("intake"), tmp_path) as (box, running):
        async with asyncio.timeout(60):
            while odd.signed_in < 2:
                assert not running.done(), running.exception()
                await asyncio.sleep(0.05)
        assert MAILBOX_UP.labels(ADDRESS)._value.get() == 0
        odd._answer = answer  # type: ignore[method-assign]
        assert isinstance((await taken(box, 1))[0], i.TicketRegistered)


def _without_validity(lines: list[str | bytes]) -> list[str | bytes]:
    return [line for line in lines if "UIDVALIDITY" not in str(line)]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.intake.channels.imap._RETRY_S", 0.001)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("heads", [True, False])
@pytest.mark.parametrize("answer", ["NO", "NIL", "BYE"])
async def test_a_message_that_its_server_keeps_is_shown_to_a_person_and_what_lies_behind_it_is_read(
    database: Make, tmp_path: Path, answer: str, heads: bool
) -> None:
    odd = OddServer([letter(ANA, subject=f"n {n}") for n in range(4)], heads=heads, capability=MOVES)
    odd.keeps = dict.fromkeys((1, 2), answer)
    async with reading(odd, await database("intake"), tmp_path, moved_to="Feitos") as (box, _):
        events = await taken(box, 4)
        kept: list[Any] = events[:2]
        assert [type(event) for event in events] == [i.SubmissionParked] * 2 + [i.TicketRegistered] * 2
        assert [event.reason for event in kept] == ["unreadable"] * 2
        assert [event.delivered.place.uid for event in kept] == [1, 2]
        assert [event.delivered.subject for event in kept] == (["n 0", "n 1"] if heads else ["", ""])
        assert {event.delivered.sender for event in kept} == {ANA if heads else ""}
        assert {event.delivered.received_at for event in kept} == {datetime(2026, 3, 2, 11, tzinfo=UTC)}
        if answer == "NO":
            assert "could not be converted" in kept[0].detail
        rows = await box.room.pool.fetch("select disposition, dispositions from views.mail_in")
        assert Counter(map(tuple, rows)) == {("parked", 1): 2, ("opened", 1): 2}
        assert await box.room.pool.fetchval("select last_uid from views.mailboxes") == 4
        assert odd.signed_in == 1 + 2 * TRIES_MAX


@pytest.mark.usefixtures("impatient")
async def test_a_message_that_is_given_in_the_end_is_taken_whole(database: Make, tmp_path: Path) -> None:
    odd = OddServer([letter(ANA)], keeps={1: "NO"})
    async with reading(odd, await database("intake"), tmp_path) as (box, _):
        async with asyncio.timeout(60):
            while odd.signed_in < TRIES_MAX:
                await asyncio.sleep(0)
        odd.keeps.clear()
        assert isinstance((await taken(box, 1))[0], i.TicketRegistered)


async def test_of_a_mailbox_numbered_anew_old_messages_are_left_alone_wherever_they_are(
    database: Make, tmp_path: Path
) -> None:
    """Moved to another server, which numbers the newest first; it stops half-way, and goes on."""
    shared, old, now = await database("intake"), "05-Feb-2019 08:00:00 -0300", "02-Mar-2026 12:00:00 +0000"
    known, late = letter(ANA, text="novo"), letter(ANA, text="de ontem, e ainda não lida")
    olds = [letter(ANA, text=f"de 2019: {n}") for n in range(3)]
    odd = OddServer(list(olds), received=old)
    async with reading(odd, shared, tmp_path, from_start=False) as (box, _):
        async with asyncio.timeout(60):
            while not await box.room.pool.fetchval("select count(read_at) from views.mailboxes"):
                await asyncio.sleep(0.02)
        odd.messages.append(known)
        odd.dates[4] = now
        await taken(box, 1)
    odd.validity, odd.messages, odd.dates = 8, [known, *olds, late, olds[0]], {1: now, 5: now}
    async with reading(odd, shared, tmp_path, from_start=False) as (box, _):
        events = await taken(box, 3)
        assert [type(each) for each in events] == [
            i.TicketRegistered,
            i.DuplicateReceived,
            i.TicketRegistered,
        ]
    async with reading(odd, shared, tmp_path, from_start=False) as (box, _):
        # What came afterwards is the desk's, whenever another server received it.
        odd.messages.append(letter(ANA, text="depois"))
        last: list[Any] = (await taken(box, 4))[3:]
        assert [event.delivered.place.uid for event in last] == [7]


async def test_how_far_a_mailbox_was_read_follows_from_the_journal(database: Make, tmp_path: Path) -> None:
    """Of all dispositions: the second message is a duplicate, the third is parked."""
    raw, shared = letter(ANA), await database("intake")
    odd = OddServer([raw, raw, letter("quem@exemplo.example")])
    async with reading(odd, shared, tmp_path, poll_s=3_600) as (box, running):
        events = await taken(box, 3)
        await _looked_at(box)
        delivered: list[Any] = [getattr(event, "delivered", event) for event in events]
        places = [each.place for each in delivered]
        key = "x@127.0.0.1/INBOX"
        assert places == [i.MailboxPlace(mailbox=key, uid_validity=7, uid=uid) for uid in (1, 2, 3)]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        before = await box.room.pool.fetch("select * from views.mailboxes")
        assert [row["last_uid"] for row in before] == [3]
        for spoilt in ("update views.mailboxes set last_uid = 1", "update views.mailboxes set last_uid = 9"):
            await box.room.pool.execute(spoilt)
            await box.room.pool.execute(rebuild._MAILBOXES)
            assert await box.room.pool.fetch("select * from views.mailboxes") == before
        await box.room.pool.execute("update views.mailboxes set uid_validity = 8, last_uid = 0")
        await box.room.pool.execute(rebuild._MAILBOXES)
        assert await box.room.pool.fetchval("select last_uid from views.mailboxes") == 0, "numbered anew"
        await box.room.pool.execute("delete from views.mailboxes")
        await box.room.pool.execute(rebuild._MAILBOXES)
        again = "select uid_validity, first_uid, last_uid from views.mailboxes"
        assert tuple(await box.room.pool.fetchrow(again) or ()) == (7, 1, 3)


async def test_a_server_that_cannot_move_messages_is_told_of(database: Make, tmp_path: Path) -> None:
    """Neither MOVE nor UIDPLUS: its messages are taken in once, stay where they are, and the log says so."""
    odd = OddServer([letter(ANA)])
    with structlog.testing.capture_logs() as told:
        async with reading(odd, await database("intake"), tmp_path, moved_to="Feitos") as (box, _):
            await taken(box, 1)
            async with asyncio.timeout(60):
                while not any(each["event"] == "a mailbox's server cannot move messages" for each in told):
                    await asyncio.sleep(0.05)
    assert not {"COPY", "MOVE", "STORE", "EXPUNGE"} & set(odd.asked)


@pytest.mark.parametrize("capability", ["IMAP4rev1", "IMAP4rev1 IDLE"])
async def test_a_reader_that_sleeps_notices_that_the_database_let_go_of_it(
    database: Make, tmp_path: Path, capability: str
) -> None:
    made = await database("intake")
    odd = OddServer([letter(ANA)], capability=capability)
    async with (
        reading(odd, made, tmp_path, poll_s=3_600) as (box, _),
        connected(made.admin_url) as admin,
        asyncio.timeout(60),
    ):
        await taken(box, 1)
        await _looked_at(box)
        odd.messages.append(letter(ANA))
        ended = await admin.fetchval(
            "select count(pg_terminate_backend(pid)) from pg_locks "
            "where locktype = 'advisory' and classid = 7201002 "
            "and database = (select oid from pg_database where datname = current_database())"
        )
        assert ended == 1
        await taken(box, 2)
        while odd.signed_in < 2:
            await asyncio.sleep(0.02)


async def test_what_comes_between_a_look_and_the_wait_for_more_ends_the_wait(tmp_path: Path) -> None:
    """A server tells of it with its answer to IDLE, in one piece: the socket has no more to say then."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    async with serving(OddServer(capability="IMAP4rev1 IDLE", told_with_idle="1 EXISTS")) as odd:
        imap = settings.Imap(host="127.0.0.1", port=odd.port, security="none", user="x", secret_file=secret)
        session = await asyncio.to_thread(Session, imap, 1_000)
        waiting = asyncio.create_task(asyncio.to_thread(session.wait, 3_600))
        await asyncio.wait([waiting], timeout=60)
        ended = waiting.done()
        session.close()
        await asyncio.gather(waiting, return_exceptions=True)
        await asyncio.to_thread(session.free)
        assert ended


async def test_a_session_that_has_ended_holds_no_sockets(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    async with serving(OddServer()) as odd, asyncio.timeout(60):
        imap = settings.Imap(
            host="127.0.0.1", port=odd.port, security="none", user="x", secret_file=secret, poll_s=1
        )
        ended = []
        for count in (1, 20):
            before = _open_files()
            for _ in range(count):
                session = await asyncio.to_thread(Session, imap, 1_000)
                session.close()
                await asyncio.to_thread(session.free)
                session.wake()
                ended.append(session)
        while _open_files() > before:
            await asyncio.sleep(0.02)
    assert len(ended) == 21


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
