"""STARTTLS and LMTP, by real sessions with a running intake."""

import asyncio
import base64
import shutil
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import aiosmtplib
import psutil
import pytest

from contracts import intake as i
from deploy.ports import free_port
from tests.intake.certificate import make_certificate
from tests.intake.conftest import MORE
from tests.intake.door import ANA, DESK, deliver, letter, of_mail, session
from tests.intake.mail.corpus import multipart
from tests.running import RunningDesk, running_desk
from tests.small_desk import RECORDS

MEMORY_MB_MAX = 100
"""Source: issue 5, Speed."""
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate")


@pytest.fixture(scope="module")
async def safe_desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningDesk]:
    """A desk whose SMTP wants TLS, and that takes LMTP too."""
    chain, key = make_certificate(tmp_path_factory.mktemp("tls"))
    more = {
        "SMTP_TLS_CERT": str(chain),
        "SMTP_TLS_KEY": str(key),
        "SMTP_TLS_REQUIRED": "1",
        "LMTP_PORT": str(free_port()),
    }
    async with running_desk(["intake"], environment=more, records=(*RECORDS, *MORE)) as made:
        yield made


def trusting(desk: RunningDesk) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=desk.more["SMTP_TLS_CERT"])


async def test_a_mail_over_starttls_is_kept(safe_desk: RunningDesk) -> None:
    raw = letter()
    client = aiosmtplib.SMTP(
        hostname="127.0.0.1", port=safe_desk.smtp_port, start_tls=True, tls_context=trusting(safe_desk)
    )
    async with client:
        assert await deliver(client, raw) == 250
        assert await deliver(client, letter()) == 250
        await client.ehlo()
        # Neither once more nor with a password: nobody signs in here.
        assert not {"starttls", "auth"} & client.esmtp_extensions.keys()
    (event,) = await of_mail(safe_desk, raw)
    assert isinstance(event, i.TicketRegistered)


async def test_without_tls_nothing_is_taken_where_it_is_required(safe_desk: RunningDesk) -> None:
    raw = letter()
    async with session(safe_desk.smtp_port) as client:
        with pytest.raises(aiosmtplib.SMTPResponseException) as refused:
            await client.sendmail(ANA, [DESK], raw)
    assert refused.value.code == 530
    assert await of_mail(safe_desk, raw) == []


async def test_commands_put_behind_starttls_by_somebody_in_between_are_never_heard(
    safe_desk: RunningDesk,
) -> None:
    """CVE-2011-0411: what stands behind STARTTLS unencrypted must not count as said within."""
    reader, writer = await asyncio.open_connection("127.0.0.1", safe_desk.smtp_port)
    await reader.readline()
    writer.write(b"EHLO x\r\n")
    while (await reader.readline())[3:4] == b"-":
        pass
    writer.write(b"STARTTLS\r\nMAIL FROM:<rui@x.example>\r\nRSET\r\n")
    assert (await reader.readline()).startswith(b"220")
    try:
        async with asyncio.timeout(60):
            await writer.start_tls(trusting(safe_desk), server_hostname="127.0.0.1")
            writer.write(b"NOOP\r\n")
            assert (await reader.readline()).startswith(b"250")
            writer.write(b"QUIT\r\n")
            assert (await reader.readline()).startswith(b"221"), "no answer of an injected command before it"
    except (ssl.SSLError, OSError):
        pass  # the garbage broke the handshake, which is as safe
    finally:
        writer.close()


async def test_a_renewed_certificate_is_used_without_a_restart(
    safe_desk: RunningDesk, tmp_path: Path
) -> None:
    chain, key = make_certificate(tmp_path)
    for fresh, name in ((chain, "SMTP_TLS_CERT"), (key, "SMTP_TLS_KEY")):
        await asyncio.to_thread(shutil.copy, fresh, safe_desk.more[name])
    context = ssl.create_default_context(cafile=str(chain))
    client = aiosmtplib.SMTP(
        hostname="127.0.0.1", port=safe_desk.smtp_port, start_tls=True, tls_context=context
    )
    async with client:
        assert await deliver(client, letter()) == 250


async def test_lmtp_answers_for_each_recipient(safe_desk: RunningDesk) -> None:
    """RFC 2033: greeted by LHLO, one reply a recipient that was accepted, for one message."""
    raw = letter()
    reader, writer = await asyncio.open_connection("127.0.0.1", int(safe_desk.more["LMTP_PORT"]))

    async def say(line: bytes) -> bytes:
        writer.write(line + b"\r\n")
        while (reply := await reader.readline())[3:4] == b"-":
            pass
        return reply[:3]

    await reader.readline()
    lines = [b"EHLO x", b"LHLO x", b"MAIL FROM:<" + ANA.encode() + b">"]
    assert [await say(line) for line in lines] == [b"500", b"250", b"250"]
    recipients = (DESK, "outro@desk.example.com", DESK.upper())
    assert [await say(f"RCPT TO:<{to}>".encode()) for to in recipients] == [b"250", b"550", b"250"]
    assert await say(b"DATA") == b"354"
    assert await say(raw + b".") == b"250"
    assert (await reader.readline())[:3] == b"250"
    assert await say(b"QUIT") == b"221", "two replies for two recipients"
    writer.close()
    (event,) = await of_mail(safe_desk, raw)
    assert isinstance(event, i.TicketRegistered)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux tells a process's peak")
async def test_an_attachment_of_25_mb_costs_less_than_100_mb_of_memory(safe_desk: RunningDesk) -> None:
    line = base64.encodebytes(bytes(range(57))).strip() + b"\r\n"
    content = line * (25_000_000 // 57)
    large = multipart(
        "multipart/mixed",
        b"Content-Type: text/plain\r\n\r\n" + uuid4().hex.encode(),
        b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + content,
        headers=(f"From: {ANA}",),
    )
    port = int(safe_desk.more["LMTP_PORT"])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"LHLO x\r\nMAIL FROM:<{ANA}>\r\nRCPT TO:<{DESK}>\r\nDATA\r\n".encode())
    await writer.drain()
    while not (await reader.readline()).startswith(b"354"):
        pass
    intake = psutil.Process(safe_desk.children["intake"].pid)
    before = intake.memory_info().rss
    await asyncio.to_thread(Path(f"/proc/{intake.pid}/clear_refs").write_text, "5")
    writer.write(large + b".\r\n")
    async with asyncio.timeout(60):
        assert (await reader.readline()).startswith(b"250")
    writer.close()
    status = await asyncio.to_thread(Path(f"/proc/{intake.pid}/status").read_text)
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    (event,) = await of_mail(safe_desk, large)
    assert isinstance(event, i.TicketRegistered)
    assert event.delivered.attachments[0].size == 25_000_000 // 57 * 57
    print(f"\n{(peak - before) / 2**20:.0f} MB more at the peak")
    assert peak - before < MEMORY_MB_MAX * 2**20
