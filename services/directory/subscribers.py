"""What the directory does with a command: which record it concerns. No rules here."""

from typing import Any

from contracts.commands import DefineRecord
from contracts.directory import record_stream
from contracts.envelope import Command, Request
from journal import telemetry
from journal.errors import Refused
from journal.work import Work
from services.directory.decider import Kept
from services.directory.records import PARTITION, Records


async def on_command(
    work: Work[Kept], command: Command, request: Request, records: Records
) -> dict[str, Any]:
    """Add or change one record. The address of a contact is checked against every other one."""
    if not isinstance(command, DefineRecord):
        raise Refused("unknown_command")
    await work.exclusively(PARTITION)
    directory = await records.for_work(work)
    stream = record_stream(command.kind, command.key)
    await work.load([stream])
    trace = telemetry.child(request.trace, "directory DefineRecord")
    events = work.decide(stream, command, by=request.by, facts=directory, trace=trace, partition=PARTITION)
    records.decided(events)
    return {"kind": command.kind, "key": command.key, "version": work.state(stream).version}
