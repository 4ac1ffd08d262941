"""What sla does with what lifecycle says: which ticket's clocks it concerns. No rules here."""

from collections.abc import Sequence
from uuid import UUID

from contracts import lifecycle as l
from journal import telemetry
from journal.entry import Entry
from journal.work import Work
from services.sla.clocks import Clocks
from services.sla.decider import BY_EVENT
from services.sla.pinned import Pinned

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


def _ticket(entry: Entry) -> UUID:
    return entry.stream_id
