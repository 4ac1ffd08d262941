"""E-mails a second: composed, handed to a mail server of this machine, and recorded as sent.

`python -m bench.mail_out [COUNT]`. PostgreSQL on disk with fsync on; the server is aiosmtpd in a process of its
own, which takes everything. The pace of `MAIL_PER_S` is off.
"""

import asyncio
import gc
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import uvloop

from contracts.envelope import partition_of
from deploy.ports import free_port
from deploy.postgres import EmbeddedPostgres
from journal.service import GARBAGE
from journal.tokens import make_message_id
from services.notifier.decider import Owed
from services.notifier.dkim import Signature
from services.notifier.outbox import Outbox
from services.notifier.smtp import MailServer, SmtpTransport
from tests.notifier.room import COMPOSER, DOMAIN, KEYS, PARTITIONS, Notifier, notifier
from tests.servers.backing import Database, Servers, scratch

CONNECTIONS = 4
"""As `MAIL_CONNECTIONS` has it."""
_TEXT = "Corrigimos a alíquota do produto e a regra que a escolhe.\nEmita a nota de novo, por favor.\n\n" * 6
_SINK = """
import asyncio, sys
from aiosmtpd.smtp import SMTP
class Sink:
    async def handle_DATA(self, server, session, envelope):
        return "250 OK"
async def main():
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(Sink()), "127.0.0.1", int(sys.argv[1]))
    print("ready", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


async def measure(*, quick: bool = False, count: int = 0) -> dict[str, float]:
    """`mails_per_s`, and `mails_signed_per_s` with an RSA key of 2,048 bits."""
    count = count or (400 if quick else 3_000)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "dkim.pem"
        argv = ["openssl", "genrsa", "-out", str(key), "2048"]
        await asyncio.to_thread(subprocess.run, argv, check=True, capture_output=True)
        signature = Signature.read("bench", key)
    async with _database() as database, notifier(database) as desk, _sink() as url:
        for name, signed in (("mails_per_s", None), ("mails_signed_per_s", signature)):
            await _ask(desk, count)
            found[name] = await _send(desk, url, count, signed)
    return found


async def _ask(desk: Notifier, count: int) -> None:
    """Answers of analysts, to be sent now."""
    for begun in range(0, count, 200):
        async with desk.journal.work() as work:
            owed = [_owed() for _ in range(min(200, count - begun))]
            await work.load(each.notification_id for each in owed)
            for each in owed:
                where = partition_of(each.ticket_id or each.notification_id, PARTITIONS)
                work.decide(each.notification_id, each, facts=(), partition=where)
            await work.commit()


def _owed() -> Owed:
    notification_id, ticket_id = uuid4(), uuid4()
    return Owed(
        notification_id=notification_id,
        ticket_id=ticket_id,
        template="answered",
        recipient="ana.prado@serra.example.com",
        recipient_name="Ana Prado",
        language="pt-BR",
        message_id=make_message_id(ticket_id, notification_id.hex, KEYS, DOMAIN),
        references=("<original@serra.example.com>",),
        automatic=False,
        facts={
            "number": "2026-000123",
            "subject": "A nota fiscal não é emitida",
            "text": _TEXT,
            "analyst": "Bruno Teles",
            "attachments": [],
        },
    )


async def _send(desk: Notifier, url: str, count: int, signature: Signature | None) -> float:
    transports = [SmtpTransport(MailServer.parse(url)) for _ in range(CONNECTIONS)]
    composer = replace(COMPOSER, signature=signature)
    outbox = Outbox(desk.journal, desk.mailroom, composer, transports)
    began, sent = time.perf_counter(), 0
    while sent < count:
        tried, reachable = await outbox.send_due()
        if not reachable or not tried:
            raise RuntimeError(f"{sent} of {count} sent, then nothing")
        sent += tried
    took = time.perf_counter() - began
    for transport in transports:
        await transport.close()
    left: int = await desk.pool.fetchval("select count(*) from views.outbox")
    if left:
        raise RuntimeError(f"{left} were not recorded as sent")
    return count / took


@asynccontextmanager
async def _database() -> AsyncIterator[Database]:
    """A server on disk with the notifier's database, as provisioned on a desk."""
    with scratch() as folder:
        server = EmbeddedPostgres(folder)
        await asyncio.to_thread(server.start)
        try:
            yield await Servers(folder, server.url, server).new_database("notifier")
        finally:
            await asyncio.to_thread(server.stop)


@asynccontextmanager
async def _sink() -> AsyncIterator[str]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SINK, str(port), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        await process.stdout.readline()
        yield f"smtp://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def _main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    for name, value in (await measure(count=count)).items():
        print(f"{name} {value:,.0f}")


if __name__ == "__main__":
    gc.set_threshold(*GARBAGE)
    uvloop.run(_main())
