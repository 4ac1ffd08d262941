"""Mail in: raw mails by SMTP until each is a row in the analysts' queue; the memory that a large one takes."""

import asyncio
import os
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from uuid import uuid4

import aiosmtplib
import psutil

from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

SESSIONS = 50
"""Clients at once, each with one mail under way. Source: our choice, half of what the server takes."""
WARM_UP = 200
SENDER, DESK = "ana.prado@serra.example.com", "suporte@desk.example.com"
LINE = "Prezados, ao emitir a nota fiscal aparece a mensagem de rejeição 539 e não conseguimos seguir.\n"
PICTURE_BYTES = 10_500
LARGE_BYTES = 25_000_000
_LOOK_EVERY_S = 0.05
_CLEAR_PEAK = "5"
"""Source: proc_pid_clear_refs(5)."""


def letter(extra: int = PICTURE_BYTES) -> bytes:
    """A mail of 20 KB as mail programs write them: text and HTML of it, and a picture; or with a larger file."""
    mail = EmailMessage(SMTP)
    mail["From"], mail["To"], mail["Subject"] = f"Ana Prado <{SENDER}>", DESK, "Nota fiscal recusada"
    mail["Message-ID"] = f"<{uuid4()}@serra.example.com>"
    mail.set_content(LINE * 15)
    mail.add_alternative(f"<html><body>{f'<p>{LINE}</p>' * 15}</body></html>", subtype="html")
    mail.add_attachment(os.urandom(extra), maintype="image", subtype="png", filename="tela.png")
    return mail.as_bytes()


async def measure(*, quick: bool) -> dict[str, float]:
    """`mails_in_per_s`, `mail_in_cpu_ms` of the desk's processes a mail, `mail_in_extra_mb` for 25 MB."""
    count = 2_000 if quick else 10_000
    environment = {"MAIL_CONNECTIONS": "0", "TRACE_RATIO": "0.01"}
    async with running_desk(environment=environment, in_memory=False) as desk:
        await _posted(desk, [letter() for _ in range(WARM_UP)], WARM_UP)
        mails = [letter() for _ in range(count)]
        began, cpu = time.perf_counter(), _cpu_s(desk)
        await _posted(desk, mails, WARM_UP + count)
        took_s, cpu = time.perf_counter() - began, _cpu_s(desk) - cpu
        return {
            "mails_in_per_s": count / took_s,
            "mail_in_bytes": sum(map(len, mails)) / count,
            "mail_in_cpu_ms": 1000 * cpu / count,
            "mail_in_extra_mb": await _extra_mb(desk),
        }


async def _posted(desk: RunningDesk, mails: list[bytes], until: int) -> None:
    """Post them, and return when so many tickets are in the queue."""
    waiting = iter(mails)
    await asyncio.gather(*(_session(desk, waiting) for _ in range(SESSIONS)))
    async with connected(desk.admin_url("gateway")) as gateway:
        while await gateway.fetchval("select count(*) from views.tickets") < until:
            await asyncio.sleep(_LOOK_EVERY_S)


async def _session(desk: RunningDesk, waiting: Iterator[bytes]) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=desk.smtp_port, timeout=60, start_tls=False)
    async with client:
        for raw in waiting:
            await client.sendmail(SENDER, [DESK], raw)


def _cpu_s(desk: RunningDesk) -> float:
    """What the services have used, and the servers that this process started."""
    processes = {child.pid for child in desk.children.values()}
    processes |= {child.pid for child in psutil.Process().children(recursive=True)}
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in processes if psutil.pid_exists(pid))


async def _extra_mb(desk: RunningDesk) -> float:
    """How far intake's memory rises above where it was while one large mail comes in; 0 where none can tell."""
    process = Path(f"/proc/{desk.children['intake'].pid}")
    if not (process / "clear_refs").exists():
        return 0.0
    large = letter(LARGE_BYTES)
    before = psutil.Process(int(process.name)).memory_info().rss
    await asyncio.to_thread((process / "clear_refs").write_text, _CLEAR_PEAK)
    await _session(desk, iter([large]))
    status = await asyncio.to_thread((process / "status").read_text)
    return (int(status.partition("VmHWM:")[2].split()[0]) * 1024 - before) / 2**20
