"""Bring lines to the desk: in requests as large as the bus carries, each answered before the next is sent."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from pydantic_core import to_json

from contracts.commands import IMPORTED_MAX, ImportTickets
from contracts.envelope import Reply
from deploy.asking import answered, operator
from deploy.cli_words import SENTENCES, Unable, tell
from deploy.importing.lines import Line, Wrong
from journal.blobs import Blobs
from journal.bus import Bus

BATCH_BYTES_MAX = 1_000_000
"""Bytes of the tickets of one request. Source: NATS carries 1 MiB in a message, the request's frame included."""
PATIENCE_S = 60.0
"""How long a request is repeated that nobody answers: intake may just be restarting."""
_ANSWER_S = 5.0
"""Then the same request again: intake may have died with the first. Source: measured: 500 tickets take under 1 s."""


@dataclass(slots=True)
class Sum:
    """What has become of the lines so far."""

    opened: int = 0
    skipped: int = 0
    faulty: int = 0
    _seen: set[str] = field(default_factory=set)

    def first_of(self, line: Line) -> bool:
        """Whether no line before had that reference; one that comes again is the same ticket."""
        if line.reference in self._seen:
            self.skipped += 1
            return False
        self._seen.add(line.reference)
        return True


Told = Callable[[Wrong], None]
"""Hears of every line that cannot be brought."""
Progress = Callable[[int], None]
"""Hears the number of the last line that was answered."""


class Sender:
    """One way through a file: a dry one, which only asks the desk what it would refuse, or the real one."""

    def __init__(self, bus: Bus, blobs: Blobs | None, *, dry: bool, told: Told, progress: Progress) -> None:
        self._bus = bus
        self._blobs = blobs
        self._dry = dry
        self._told = told
        self._progress = progress
        self._frame = to_json({"type": ImportTickets.topic, "by": operator()})[1:-1]
        self.sum = Sum()

    async def send(self, lines: Iterable[Line | Wrong]) -> Sum:
        """Send all of them.

        Raises:
            Unable: the desk does not answer (`import_stopped`), or refuses for another reason than the
                tickets' (`import_refused`). What was answered before is done.
        """
        for batch in _batches(self._good(lines)):
            if not self._dry:
                await self._keep_files(batch)
            reply = await self._ask(batch)
            if reply.outcome == "done":
                self.sum.opened += int(reply.result["opened"])
                self.sum.skipped += int(reply.result["skipped"])
            elif reply.code == "import_faulty":
                self._tell_faults(batch, reply.facts["faults"])
            else:
                raise Unable("import_refused", line=batch[0].number, code=reply.code, facts=reply.facts)
            self._progress(batch[-1].number)
        return self.sum

    def _good(self, lines: Iterable[Line | Wrong]) -> Iterator[Line]:
        for line in lines:
            if isinstance(line, Wrong):
                self._fault(line)
            elif self.sum.first_of(line):
                yield line

    def _fault(self, wrong: Wrong) -> None:
        self.sum.faulty += 1
        self._told(wrong)

    def _tell_faults(self, batch: Sequence[Line], faults: Iterable[dict[str, Any]]) -> None:
        """What intake said of tickets, by line; nothing of this batch was brought."""
        by_reference: dict[str, list[str]] = defaultdict(list)
        for fault in faults:
            by_reference[fault["reference"]].append(_sentence(fault))
        for line in batch:
            if line.reference in by_reference:
                because = "; ".join(by_reference[line.reference])
                self._fault(Wrong(line.number, f"{line.reference}: {because}"))

    async def _keep_files(self, batch: Sequence[Line]) -> None:
        """Files are in the store before anything names them."""
        for line in batch:
            for path in line.files if self._blobs else ():
                address = await self._blobs.put(await asyncio.to_thread(path.read_bytes))  # type: ignore[union-attr]
                if address.encode() not in line.data:
                    raise Unable("import_file_changed", line=line.number, path=path)

    async def _ask(self, batch: Sequence[Line]) -> Reply:
        """The answer to one request, the same however often it is repeated."""
        request = b'{"id":"%s",%s,"data":{"dry_run":%s,"tickets":[%s]}}' % (
            str(uuid4()).encode(),
            self._frame,
            b"true" if self._dry else b"false",
            b",".join(line.data for line in batch),
        )
        reply = await answered(
            self._bus, ImportTickets.owner, request, answer_s=_ANSWER_S, patience_s=PATIENCE_S
        )
        if reply.outcome == "fault":
            raise Unable("import_stopped", line=batch[0].number, code=reply.code)
        return reply


def _batches(lines: Iterable[Line]) -> Iterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    for line in lines:
        if batch and (len(batch) == IMPORTED_MAX or size + len(line.data) > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.data) + 1
    if batch:
        yield batch


def _sentence(fault: dict[str, Any]) -> str:
    """A fault in words; one that a newer intake knows, by its code."""
    code = f"import_fault_{fault['reason']}"
    said = tell(code, detail=fault["detail"]) if code in SENTENCES else f"{fault['reason']} {fault['detail']}"
    return tell("import_step", step=fault["step"], said=said) if fault["step"] is not None else said
