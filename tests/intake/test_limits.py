"""What is too large, too much at once, or of a kind that is not taken; and what was cut is told."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic_core import from_json

import services
from contracts import intake as i
from contracts.envelope import ATTACHMENTS_MAX, TEXT_MAX
from deploy.ports import free_port
from services.intake.channels.smtp import Listener
from services.intake.mail.entered import Place
from services.intake.mail.settings import MAIL_BYTES_MAX, MailSettings
from tests.intake.door import letter
from tests.intake.mail.corpus import multipart
from tests.intake.test_email_meaning import last, opened
from tests.intake.test_email_room import ANA, DESK, Mailbox, mailbox
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
SERVICES = Path(services.__path__[0])
LARGE = letter(ANA, text="x" * 60) + b"x" * 30_000 + b".\r\n"


@asynccontextmanager
async def listening(box: Mailbox, bytes_max: int, held_max: int) -> AsyncIterator[tuple[Listener, int]]:
    listener, port = Listener(box.channel, bytes_max=bytes_max, held_max=held_max), free_port()
    serving = asyncio.create_task(listener.serve("127.0.0.1", port))
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
    try:
        yield listener, port
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


class Client:
    """One SMTP session, as far as the test lets it go."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, port: int) -> "Client":
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        await client.told()
        assert (await client.say(b"EHLO x"))[:3] == "250"
        return client

    async def told(self) -> str:
        while (line := await self.reader.readline())[3:4] == b"-":
            pass
        return line.decode("ascii").strip()

    async def say(self, line: bytes) -> str:
        self.writer.write(line + b"\r\n")
        return await self.told()

    async def begin(self, data: bytes) -> None:
        for line in (b"MAIL FROM:<" + ANA.encode() + b">", b"RCPT TO:<" + DESK[0].encode() + b">", b"DATA"):
            assert (await self.say(line))[0] in "23"
        self.writer.write(data)
        await self.writer.drain()


async def held(listener: Listener, size: int) -> None:
    """Wait until the sessions hold at least so much, or nothing."""
    async with asyncio.timeout(60):
        while listener.held < size or (size == 0 and listener.held):
            await asyncio.sleep(0.02)


async def test_what_does_not_fit_with_the_others_is_put_off(database: Make, tmp_path: Path) -> None:
    async with (
        mailbox(await database("intake"), tmp_path) as box,
        listening(box, bytes_max=40_000, held_max=50_000) as (listener, port),
    ):
        first, second = await Client.at(port), await Client.at(port)
        await first.begin(LARGE)
        await held(listener, 30_000)
        await second.begin(LARGE)
        assert (await second.say(b".")).startswith("452 4.3.1")
        assert (await first.say(b".")).startswith("250")
        await second.begin(LARGE)
        assert (await second.say(b".")).startswith("250")
        await held(listener, 0)
        # What a client leaves half said is held no longer.
        await first.begin(LARGE)
        await held(listener, 30_000)
        first.writer.close()
        await held(listener, 0)
        assert len(await box.events()) == 2


async def test_one_message_alone_always_has_room(database: Make, tmp_path: Path) -> None:
    async with (
        mailbox(await database("intake"), tmp_path) as box,
        listening(box, bytes_max=40_000, held_max=1) as (_, port),
    ):
        client = await Client.at(port)
        await client.begin(LARGE)
        assert (await client.say(b".")).startswith("250")


async def test_a_message_over_the_limit_is_refused_in_words(database: Make, tmp_path: Path) -> None:
    words = (
        "552 5.3.4 A mensagem passa do limite de 0.02 MB; envie os arquivos em partes. "
        "/ The message is over the limit of 0.02 MB; send its files in parts."
    )
    async with (
        mailbox(await database("intake"), tmp_path) as box,
        listening(box, bytes_max=20_000, held_max=100_000) as (listener, port),
    ):
        client = await Client.at(port)
        assert await client.say(b"MAIL FROM:<a@b.example> SIZE=20001") == words
        await client.begin(LARGE * 3)
        assert await client.say(b".") == words
        assert listener.held == 0
        await client.begin(letter(ANA))
        assert (await client.say(b".")).startswith("250")


def test_limits_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MailSettings().mail_bytes_max == MAIL_BYTES_MAX
    monkeypatch.setenv("MAIL_BYTES_MAX", "1000")
    monkeypatch.setenv("FILE_TYPES_REFUSED", ".exe")
    assert (MailSettings().mail_bytes_max, MailSettings().file_types_refused) == (1_000, ".exe")


def with_files(*headers: bytes) -> bytes:
    files = (b"Content-Type: %b\r\nContent-Disposition: attachment%b\r\n\r\nMZ" % _two(h) for h in headers)
    return multipart("multipart/mixed", b"\r\nSegue.", *files, headers=(f"From: {ANA}",))


def _two(header: bytes) -> tuple[bytes, bytes]:
    kind, _, name = header.partition(b" ")
    return kind, b"; filename=" + name if name else b""


async def test_a_file_of_a_refused_kind_is_in_the_raw_mail_only_and_that_is_told(
    database: Make, tmp_path: Path
) -> None:
    raw = with_files(
        b"application/octet-stream A.EXE.", b"application/x-msdownload nota.pdf", b"text/xml nota.exe.xml"
    )
    refused = ".exe, application/x-msdownload"
    async with mailbox(await database("intake"), tmp_path, refused=refused) as box:
        event = await last(box, raw)
        assert isinstance(event, i.TicketRegistered)
        assert [file.name for file in event.delivered.attachments] == ["nota.exe.xml"]
        assert event.delivered.notes == ("file_refused",)
        assert event.delivered.text == "Segue."


async def test_what_was_cut_or_damaged_is_told(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        assert (await opened(box)).delivered.notes == ()
        many = await last(box, with_files(*[b"image/png"] * (ATTACHMENTS_MAX + 1)))
        assert isinstance(many, i.TicketRegistered)
        assert (len(many.delivered.attachments), many.delivered.notes) == (
            ATTACHMENTS_MAX - 1,
            ("more_files",),
        )
        long = await last(box, letter(ANA, text="x\n" * TEXT_MAX))
        assert isinstance(long, i.TicketRegistered)
        assert long.delivered.notes == ("text_cut",)
        damaged = letter(ANA).replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: x-rot13\r\n\r\n", 1)
        damaged = re.sub(rb"(?m)^Content-Transfer-Encoding: (?!x-rot13).*\r\n", b"", damaged)
        event = await last(box, damaged)
        assert isinstance(event, i.TicketRegistered)
        assert event.delivered.notes == ("unknown_transfer_encoding",)


@pytest.mark.parametrize("language", ["pt-BR", "en"])
def test_every_note_has_a_sentence(language: str) -> None:
    intake = (path.read_text("utf-8") for path in (SERVICES / "intake").rglob("*.py"))
    told = "\n".join(intake)
    codes = set(re.findall(r'(?:\.note|notes\.append)\("(\w+)"\)', told)) | {
        "limit_txt_chars",
        "limit_html_chars",
    }
    codes |= set(re.findall(r'return [^\n]*, "(\w+_\w+)"$', told, re.MULTILINE))
    assert {"broken_base64", "more_files", "limit_parts", "unknown_transfer_encoding"} <= codes
    sentences = from_json((SERVICES / "gateway" / "locale" / f"{language}.json").read_bytes())
    assert {key.removeprefix("mail_note.") for key in sentences if key.startswith("mail_note.")} == codes


async def test_the_envelope_is_kept(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        to = (DESK[0].upper(), "caf\udce9+x@desk.example")
        event = await last(box, letter(ANA), "volta@serra.example", to)
        assert isinstance(event, i.TicketRegistered)
        assert (event.delivered.envelope_from, event.delivered.envelope_to) == (
            "volta@serra.example",
            (DESK[0].upper(), "caf?+x@desk.example"),
        )
        await box.room.pool.execute("insert into views.mailboxes values ('m', 1, 1, 0, now())")
        assert await box.channel.receive_from(letter(ANA), box.room.clock.instant, Place("m", 1, 1), DESK[0])
        event = (await box.events())[-1]
        assert isinstance(event, i.TicketRegistered)
        assert (event.delivered.envelope_from, event.delivered.envelope_to) == ("", ())
