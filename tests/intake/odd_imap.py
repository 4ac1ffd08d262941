"""A small IMAP server that answers as no server should: what it says is set by the test."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_TOLD = re.compile(rb"(\S+) (?:UID )?(\S+)(.*)\r\n")


@dataclass
class OddServer:
    """One mailbox; `received` is its messages' INTERNALDATE, of one where `dates` has it; `uid_next` whether SELECT tells UIDNEXT.

    `keeps` says by UID what it answers instead of a body: NIL, NO or, leaving, BYE; `heads` whether it gives their headers.
    `told_with_idle` comes with the answer to IDLE, where there is something to tell already.
    """

    messages: list[bytes] = field(default_factory=list)
    received: str = "02-Mar-2026 08:00:00 -0300"
    uid_next: bool = True
    capability: str = "IMAP4rev1"
    validity: int = 7
    dates: dict[int, str] = field(default_factory=dict)
    keeps: dict[int, str] = field(default_factory=dict)
    heads: bool = True
    told_with_idle: str = ""
    port: int = 0
    signed_in: int = 0
    asked: list[str] = field(default_factory=list)

    async def session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client until it leaves."""
        writer.write(b"* OK ready\r\n")
        while told := _TOLD.fullmatch(await reader.readline()):
            tag, verb, rest = told[1].decode(), told[2].decode().upper(), told[3].decode()
            self.asked.append(verb)
            if verb == "IDLE":
                told_already = f"* {self.told_with_idle}\r\n" if self.told_with_idle else ""
                writer.write(b"+ idling\r\n" + told_already.encode())
                await reader.readline()
            if (refusal := self._refusal(verb, rest)) == "BYE":
                break
            if refusal:
                writer.write(
                    f"{tag} NO it could not be converted to an RFC-822 compatible format\r\n".encode()
                )
                continue
            for line in self._answer(verb, rest):
                writer.write(line if isinstance(line, bytes) else f"* {line}\r\n".encode())
            writer.write(f"{tag} OK done\r\n".encode())
        writer.close()

    def _refusal(self, verb: str, rest: str) -> str:
        if verb == "MOVE":
            return "NO" if self.keeps else ""
        uid = rest.split(maxsplit=1)[0] if verb == "FETCH" and "BODY" in rest else ""
        kept = self.keeps.get(int(uid or 0), "")
        if "HEADER" in rest:
            return "NO" if kept and not self.heads else ""
        return "" if kept == "NIL" else kept

    def _answer(self, verb: str, rest: str) -> list[str | bytes]:
        count = len(self.messages)
        match verb:
            case "CAPABILITY":
                return [f"CAPABILITY {self.capability}"]
            case "LOGIN":
                self.signed_in += 1
            case "LIST":
                return ['LIST () "/" "Feitos"']
            case "SELECT" | "EXAMINE":
                next_one = [f"OK [UIDNEXT {count + 1}] next"] if self.uid_next else []
                return [
                    f"{count} EXISTS",
                    "0 RECENT",
                    "FLAGS ()",
                    f"OK [UIDVALIDITY {self.validity}] valid",
                    *next_one,
                ]
            case "SEARCH":
                first = int(rest.rsplit(maxsplit=1)[-1].partition(":")[0])
                uids = [str(uid) for uid in range(1, count + 1) if uid >= first]
                return ["SEARCH " + " ".join(uids)]
            case "FETCH":
                uids = rest.split(maxsplit=1)[0].split(",")
                return [line for uid in uids for line in self._fetched(int(uid), rest)]
        return []

    def _fetched(self, uid: int, rest: str) -> list[str | bytes]:
        raw, item = self.messages[uid - 1], b"BODY[]"
        if "HEADER" in rest:
            raw, item = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", b"BODY[HEADER]"
        elif "BODY" in rest and uid in self.keeps:
            return [f"{uid} FETCH (UID {uid} BODY[] NIL)"]
        if "BODY" in rest:
            return [b"* %d FETCH (UID %d %b {%d}\r\n" % (uid, uid, item, len(raw)) + raw + b")\r\n"]
        received = self.dates.get(uid, self.received)
        return [f'{uid} FETCH (UID {uid} RFC822.SIZE {len(raw)} INTERNALDATE "{received}")']


@asynccontextmanager
async def serving(odd: OddServer) -> AsyncIterator[OddServer]:
    """The server, for the time of a block."""
    server = await asyncio.start_server(odd.session, "127.0.0.1", 0)
    odd.port = server.sockets[0].getsockname()[1]
    try:
        yield odd
    finally:
        server.close()
