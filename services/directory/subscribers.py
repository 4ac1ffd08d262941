"""What the directory does with a command: which records it concerns. No rules here."""

from typing import Any

from contracts.commands import DefineRecord, DefineRecords
from contracts.commands.directory import Definition
from contracts.directory import record_stream
from contracts.envelope import Command, Request
from journal import telemetry
from journal.errors import Refused
from journal.work import Work
from services.directory.answers import Answer
from services.directory.decider import Kept
from services.directory.faults import RecordRefused
from services.directory.outlook import Outlook
from services.directory.records import PARTITION, Records


async def on_command(
    work: Work[Kept], command: Command, request: Request, records: Records
) -> dict[str, Any]:
    """Add or change one record, or many: all or none. Each is decided on as all of them would stand."""
    match command:
        case DefineRecord():
            await _record(work, (command,), request, records)
            stream = record_stream(command.kind, command.key)
            return {"kind": command.kind, "key": command.key, "version": work.state(stream).version}
        case DefineRecords():
            answer = await _record(work, command.records, request, records, dry_run=command.dry_run)
            return {"dry_run": command.dry_run, "records": answer.changes}
    raise Refused("unknown_command")


async def _record(
    work: Work[Kept],
    asked: tuple[DefineRecord | Definition, ...],
    request: Request,
    records: Records,
    *,
    dry_run: bool = False,
) -> Answer:
    """Decide on each; take up the events of all, or of none and raise what was wrong with them."""
    await work.exclusively(PARTITION)
    outlook = Outlook(await records.for_work(work), asked)
    streams = [record_stream(each.kind, each.key) for each in asked]
    await work.load(streams)
    answer, decided = Answer(), []
    for index, (stream, each) in enumerate(zip(streams, asked, strict=True)):
        try:
            events = work.consider(stream, each, by=request.by, facts=outlook)
        except RecordRefused as refusal:
            if isinstance(each, DefineRecord):
                raise
            answer.refused(index, each, refusal)
        else:
            answer.decided(each, work.state(stream), events)
            decided.append((stream, events))
    answer.raise_if_refused()
    if dry_run:
        return answer
    trace = telemetry.child(request.trace, f"directory {request.type.partition('.')[2]}")
    for stream, events in decided:
        if events:
            work.record(stream, events, trace=trace, partition=PARTITION)
            records.decided(events)
    return answer
