"""What sla does with what lifecycle says and people ask: which ticket's clocks it concerns. No rules here."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts import commands as c
from contracts import lifecycle as l
from contracts.envelope import Command, Event, Request
from contracts.sla import Clock
from journal import store, telemetry
from journal.entry import Entry
from journal.errors import Refused
from journal.work import Work
from services.sla import stretches
from services.sla.clocks import Clocks
from services.sla.decider import BY_EVENT
from services.sla.explaining import explain
from services.sla.pinned import Pinned
from services.sla.rebasing import Rebase, effect
from worktime.spans import Span

CONCERNING = {l.TicketQueued.topic, l.ImportFinished.topic, *(event.topic for event in BY_EVENT)}
"""The events of lifecycle that can move a clock."""


async def on_lifecycle(work: Work[Clocks], entries: Sequence[Entry], pinned: Pinned) -> None:
    """Decide on the events that can move a clock. The stream of a ticket's clocks is its id."""
    concerning = [entry for entry in entries if entry.topic in CONCERNING]
    await work.load(_ticket(entry) for entry in concerning)
    for entry in concerning:
        name = entry.topic.split(".")[1]
        work.decide(
            _ticket(entry), entry.event(), facts=pinned, trace=telemetry.child(entry.trace, f"sla {name}")
        )


async def on_command(
    work: Work[Clocks], command: Command, request: Request, pinned: Pinned
) -> dict[str, Any]:
    """Explain a clock, acknowledge its alert, or count tickets by other versions; the forms of the answers are in contracts/commands."""
    match command:
        case c.ExplainClock():
            history = await _history(work, command.ticket_id)
            told = explain(command.ticket_id, history, command.clock, command.cycle, work.now, pinned)
            return told.model_dump(mode="json")
        case c.AcknowledgeAlert():
            await work.load([command.ticket_id])
            trace = telemetry.child(request.trace, "sla AcknowledgeAlert")
            work.decide(command.ticket_id, command, by=request.by, facts=pinned, trace=trace)
            return {}
        case c.PreviewRebase():
            return (await _rebased(work, command, request, pinned)).model_dump(mode="json")
    raise Refused("unknown_command")


async def _rebased(
    work: Work[Clocks], command: c.PreviewRebase, request: Request, pinned: Pinned
) -> c.Rebased:
    """What a rebase does to each ticket that it changes; a preview leaves it at that."""
    await work.load(command.ticket_ids)
    reason = command.reason if isinstance(command, c.RebaseTickets) else ""
    trace = telemetry.child(request.trace, f"sla {type(command).__name__}")
    effects = []
    for ticket_id in dict.fromkeys(command.ticket_ids):
        clocks = work.state(ticket_id)
        if clocks.terms is None:
            raise Refused("no_such_ticket", ticket_id=str(ticket_id))
        terms = pinned.newest(command.sla_policy or clocks.terms.sla_policy)
        history = await _history(work, ticket_id)
        runs: dict[Clock, list[Span]] = {
            clock: stretches.ran(history, clock, cycle.number, work.now)
            for clock, cycle in clocks.cycles.items()
        }
        standing = clocks.standing
        stood = stretches.ran(history, "resolution", standing.number, work.now) if standing else []
        asked = Rebase(ticket_id, terms, runs, reason, stretches.waits(history, clocks), stood)
        events = work.consider(ticket_id, asked, by=request.by, facts=pinned)
        if events and isinstance(command, c.RebaseTickets):
            work.record(ticket_id, events, trace=trace)
        if events:
            effects.append(effect(ticket_id, clocks, events))
    return c.Rebased(tickets=tuple(effects))


async def _history(work: Work[Clocks], ticket_id: UUID) -> list[Event]:
    return [entry.event() for entry in await store.stream(await work.connection(), ticket_id)]


def _ticket(entry: Entry) -> UUID:
    return entry.stream_id
