"""The e-mail channel where the room around it fails: nothing is lost, a person sees what cannot be read."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from contracts import intake as i
from contracts.envelope import Event, decode
from journal.blobs import Blobs
from journal.directory import Directory
from journal.file_types import FileTypes
from journal.tokens import KeyRing
from services.intake.channels import reading
from services.intake.channels.addresses import OwnAddresses
from services.intake.channels.email import EmailChannel
from services.intake.channels.finding import Finding
from services.intake.channels.hearing import Hearing
from services.intake.channels.ledger import Ledger
from services.intake.channels.reading import Reader
from services.intake.mail import settings
from services.intake.together import Together
from tests.intake.arrivals import DIRECTORY, directory
from tests.intake.door import letter
from tests.intake.reception_room import Room, room
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
ANA = "ana@serra.example"
DESK = ("suporte@desk.example",)
SECRET = "a-secret-of-the-tests-long-enough"
TRUSTED = frozenset({"mx.desk.example"})


@dataclass
class Mailbox:
    """The channel with everything around it, in this process."""

    channel: EmailChannel
    room: Room
    blobs: Path

    async def events(self) -> list[Event]:
        rows = await self.room.pool.fetch(
            "select topic, data from journal.entries order by xmin::text::bigint, version"
        )
        return [decode(row["topic"], row["data"]) for row in rows]


async def heard() -> None:
    """The notifier has nothing to tell that would not be known."""


@asynccontextmanager
async def mailbox(
    database: Database,
    folder: Path,
    known: Directory = DIRECTORY,
    secret: str = SECRET,
    hear: Callable[[], Awaitable[None]] = heard,
    refused: str = "",
    mailboxes: Sequence[settings.Mailbox] = (),
    trusted: frozenset[str] = TRUSTED,
) -> AsyncIterator[Mailbox]:
    async with room(database, directory=known) as made:
        blobs = folder / "blobs"
        keys = KeyRing.of(secret)
        together = Together(made.reception)
        finding = Finding(made.pool, known, keys, Hearing(hear, made.clock))
        own, kept = OwnAddresses(known, keys, mailboxes), Blobs.at(blobs.as_uri())
        ledger = Ledger(made.pool, made.clock)
        reader = Reader(finding, kept, own, trusted, FileTypes.of(refused))
        channel = EmailChannel(together, reader, ledger, own, kept, made.clock)
        running = asyncio.gather(together.run(), ledger.run())
        try:
            yield Mailbox(channel, made, blobs)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def counted() -> dict[str, float]:
    """Messages in, and what became of them, by this process's own counters."""
    found = {"in": 0.0, "disposed": 0.0, "put off": 0.0}
    names = {
        "intake_messages_total": "in",
        "intake_dispositions_total": "disposed",
        "intake_put_off_total": "put off",
    }
    for metric in REGISTRY.collect():
        for sample in metric.samples:
            if sample.name in names and sample.labels["channel"] == "email":
                found[names[sample.name]] += sample.value
    return found


async def test_a_store_that_cannot_be_written_puts_mail_off_until_it_can(
    database: Make, tmp_path: Path
) -> None:
    before = counted()
    async with mailbox(await database("intake"), tmp_path) as box:
        box.blobs.rename(tmp_path / "away")
        box.blobs.write_text("no folder")
        raw = letter(ANA)
        assert not await box.channel.receive(raw, ANA, DESK)
        assert await box.events() == []
        box.blobs.unlink()
        (tmp_path / "away").rename(box.blobs)
        assert await box.channel.receive(raw, ANA, DESK)
        (event,) = await box.events()
        assert isinstance(event, i.TicketRegistered)
    after = counted()
    assert {name: after[name] - before[name] for name in after} == {"in": 2, "disposed": 1, "put off": 1}


async def test_a_mail_that_cannot_be_read_is_parked_whole(
    database: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No mail is known that the reading fails on: only a fault put in shows what would become of it."""

    def fails(_: bytes, __: str) -> None:
        raise RecursionError("a fault in the reading")

    monkeypatch.setattr(reading, "_read", fails)
    async with mailbox(await database("intake"), tmp_path) as box:
        raw = letter(ANA)
        assert await box.channel.receive(raw, "caf\udce9@x.example\x00", DESK)
        assert await box.channel.receive(raw, ANA, DESK)
        parked, again = await box.events()
        assert isinstance(parked, i.SubmissionParked)
        assert (parked.reason, parked.detail) == ("unreadable", "RecursionError('a fault in the reading')")
        assert parked.delivered.raw == sha256(raw).hexdigest()
        assert parked.delivered.sender == "caf?@x.example\ufffd"
        assert isinstance(again, i.DuplicateReceived)


async def test_a_mail_that_cannot_be_decided_on_is_parked_with_its_text(
    database: Make, tmp_path: Path
) -> None:
    """Its contract names a policy that is not there: a person sees it, and what arrived with it comes in."""
    lost = directory(without=("sla_policy padrao",))
    async with mailbox(await database("intake"), tmp_path, lost) as box:
        kept = await asyncio.gather(
            box.channel.receive(letter(ANA, text="Urgente"), ANA, DESK),
            box.channel.receive(letter("quem@exemplo.example"), "quem@exemplo.example", DESK),
        )
        assert all(kept)
        parked = {
            event.reason: event for event in await box.events() if isinstance(event, i.SubmissionParked)
        }
        assert set(parked) == {"invalid", "unknown_sender"}
        assert parked["invalid"].delivered.text == "Urgente"
        assert "sla_policy padrao" in parked["invalid"].detail


async def test_without_a_desk_mail_is_put_off(database: Make, tmp_path: Path) -> None:
    nowhere = directory(without=("desk desk",))
    async with mailbox(await database("intake"), tmp_path, nowhere) as box:
        assert not await box.channel.receive(letter(ANA), ANA, DESK)
        assert await box.events() == []


async def test_a_database_that_is_gone_puts_mail_off(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        await box.room.pool.close()
        assert not await box.channel.receive(letter(ANA), ANA, DESK)


async def test_mails_that_wait_share_a_transaction(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        mails = [letter(ANA) for _ in range(40)]
        assert all(await asyncio.gather(*(box.channel.receive(raw, ANA, DESK) for raw in mails)))
        instants = await box.room.pool.fetchval("select count(distinct xmin::text) from journal.entries")
        assert len(await box.events()) == 40
        assert instants < 40
        assert await box.room.numbers() == [f"2026-{n:06d}" for n in range(1, 41)]
