"""The reception: takes arrivals in, gives tickets their numbers, and says what became of each."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias
from uuid import UUID

from contracts import intake as i
from contracts.commands import AcceptParked, ImportTickets, RejectParked
from contracts.envelope import Actor, Event, partition_of
from contracts.imported import ImportedTicket
from contracts.lifecycle import LateReplyReceived, TicketSplit
from journal import telemetry
from journal.directory import Directory
from journal.entry import Entry
from journal.errors import Conflict, Refused
from journal.infrastructure import INFRASTRUCTURE
from journal.work import Journal, Work
from services.intake import lookups, views
from services.intake.channels import ledger
from services.intake.importing import Books
from services.intake.submission import Acceptance, Arrival, Submission, imported_stream

_ATTEMPTS = 10
Settling: TypeAlias = AcceptParked | RejectParked
Outcome: TypeAlias = Submission | Exception
"""What became of a message, or the error that kept it out."""


def passes(error: Exception) -> bool:
    """Whether it is a matter of time: the same message may go through later."""
    return isinstance(error, (Conflict, *INFRASTRUCTURE))


class Reception:
    """Decides on arrivals, whichever channel brings them."""

    def __init__(self, journal: Journal[Submission], directory: Directory) -> None:
        self._journal = journal
        self._directory = directory

    async def receive(self, arrivals: Sequence[Arrival], traces: Sequence[str]) -> list[Submission]:
        """Take arrivals in, in one transaction; what became of each once it is committed.

        Raises:
            Conflict: other writers were first too many times; nothing was recorded.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with self._journal.work() as work:
                    await self.take_in(work, arrivals, traces)
                    taken = [work.state(arrival.submission_id) for arrival in arrivals]
                    await work.commit()
            except Conflict:
                if attempt == _ATTEMPTS:
                    raise
                await asyncio.sleep(0.002 * attempt)
            else:
                return taken
        raise AssertionError

    async def receive_each(self, arrivals: Sequence[Arrival], traces: Sequence[str]) -> list[Outcome]:
        """As `receive`, but one's fault is its own: the others are taken in, and it has the error in its place."""
        try:
            return [*await self.receive(arrivals, traces)]
        except Exception as error:  # noqa: BLE001 - whatever it is, it goes to the message's own channel
            if passes(error) or len(arrivals) == 1:
                return [error] * len(arrivals)
        outcomes: list[Outcome] = []
        for arrival, trace in zip(arrivals, traces, strict=True):
            outcomes += await self.receive_each([arrival], [trace])
        return outcomes

    async def park(self, error: Exception, trace: str, *forms: Arrival) -> Outcome:
        """Park what fails again and again, for a person: in the first of its forms that can be recorded."""
        outcome: Outcome = error
        for form in forms:
            parked = replace(form, parked=form.parked or "invalid", detail=repr(error))
            (outcome,) = await self.receive_each([parked], [trace])
            if isinstance(outcome, Submission) or passes(outcome):
                break
        return outcome

    async def take_in(
        self, work: Work[Submission], arrivals: Sequence[Arrival], traces: Sequence[str]
    ) -> None:
        """Decide on arrivals inside a work. Raises Refused for what a person asked."""
        await work.load(arrival.submission_id for arrival in arrivals)
        numbers = await self._numbers(work)
        taken = []
        for arrival, trace in zip(arrivals, traces, strict=True):
            events = work.consider(arrival.submission_id, arrival, by=arrival.by, facts=self._directory)
            self._record(work, arrival.submission_id, events, numbers, trace)
            taken.append((arrival.entered, events))
        await numbers.write()
        await ledger.settle(await work.connection(), taken)

    async def settle(self, work: Work[Submission], command: Settling, by: Actor, trace: str) -> None:
        """Decide on a parked message by a person's command."""
        submission_id = command.submission_id
        await work.load([submission_id])
        numbers = await self._numbers(work)
        cause = await self._acceptance(work, command) if isinstance(command, AcceptParked) else command
        events = work.consider(submission_id, cause, by=by, facts=self._directory)
        self._record(work, submission_id, events, numbers, trace)
        await numbers.write()

    async def _acceptance(self, work: Work[Submission], command: AcceptParked) -> Acceptance:
        """With the ticket that it names. Raises Refused where there is none."""
        if command.ticket_id is None:
            return Acceptance(command)
        match = await lookups.ticket(await work.connection(), command.ticket_id, proven=False)
        if match is None:
            raise Refused("no_such_ticket")
        return Acceptance(command, match)

    async def bring_in(
        self, work: Work[Submission], command: ImportTickets, by: Actor, trace: str
    ) -> dict[str, int]:
        """Bring tickets of an earlier system here: how many opened, how many were here already.

        Raises:
            Refused: `import_faulty`, with every fault of every ticket; none is brought then.
        """
        tickets: dict[UUID, ImportedTicket] = {}
        for ticket in command.tickets:
            tickets.setdefault(imported_stream(ticket.reference), ticket)
        await work.load(tickets)
        books, faults = Books(self._directory), []
        brought: list[tuple[UUID, ImportedTicket, list[Event]]] = []
        for stream, ticket in tickets.items():
            try:
                events = work.consider(stream, ticket, by=by, facts=books)
            except Refused as refused:
                faults += refused.facts["faults"]
            else:
                brought += [(stream, ticket, events)] if events else []
        if faults:
            raise Refused("import_faulty", faults=faults)
        if brought and not command.dry_run:
            years = {views.year_of(ticket.opened_at, self._zone) for _, ticket, _ in brought}
            numbers = await self._numbers(work, years)
            for stream, _, events in brought:
                self._record(work, stream, events, numbers, trace)
            await numbers.write()
        return {"opened": len(brought), "skipped": len(command.tickets) - len(brought)}

    async def on_lifecycle(self, work: Work[Submission], entries: Sequence[Entry]) -> None:
        """Which tickets live, replies that came too late for theirs, and demands that were split off."""
        await views.on_lifecycle(work, entries)
        new: list[tuple[Entry, UUID, Event]] = []
        for entry in entries:
            if entry.topic in views.OPENING:
                match event := entry.event():
                    case LateReplyReceived():
                        new.append((entry, event.submission_id, event))
                    case TicketSplit():
                        new.append((entry, event.new_ticket_id, event))
        if not new:
            return
        await work.load(stream for _, stream, _ in new)
        numbers = await self._numbers(work)
        for entry, stream, event in new:
            events = work.consider(stream, event, facts=self._directory)
            trace = telemetry.child(entry.trace, f"intake {type(event).__name__}")
            self._record(work, stream, events, numbers, trace)
        await numbers.write()

    @property
    def _zone(self) -> str:
        return self._directory.desk.time_zone

    async def _numbers(self, work: Work[Submission], years: Iterable[int] = ()) -> views.Numbers:
        """The numbers of these years, of the present one where none is named."""
        numbers = views.Numbers(await work.connection(), self._zone)
        await numbers.lock(years or [views.year_of(work.now, self._zone)])
        return numbers

    def _record(
        self,
        work: Work[Submission],
        stream: UUID,
        events: Sequence[Event],
        numbers: views.Numbers,
        trace: str,
    ) -> None:
        for event in events:
            numbered = event
            if isinstance(event, i.TicketRegistered):
                numbered = event.model_copy(update={"number": numbers.take(work.now)})
            elif isinstance(event, i.TicketImported):
                numbered = event.model_copy(update={"number": numbers.take(event.ticket.opened_at)})
            ticket_id: UUID = getattr(event, "ticket_id", None) or stream
            partition = partition_of(ticket_id, self._journal.partitions)
            work.record(stream, [numbered], trace=trace, partition=partition)
