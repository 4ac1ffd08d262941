"""What figures need of each ticket: whose it is, and how each of its clocks of working time ended. Pure.

The two halves come from two journals and are folded apart: in whatever order those are read, the figures are
the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from contracts.sla import Clock

Verdict = Literal["met", "breached", "running", "stopped"]
"""How a clock stands: `stopped` without a verdict, since the ticket was closed or answered otherwise."""

TICKET_TOPICS = frozenset(
    event.topic for event in (l.TicketQueued, l.TicketAssigned, l.TicketReturned, l.TicketReclassified)
)
"""The events of lifecycle that `Ticket` hears."""

CLOCK_TOPICS = frozenset(
    event.topic
    for event in (
        sla.ClockStarted,
        sla.ClockMet,
        sla.ClockResumed,
        sla.ClockRestored,
        sla.ClockStopped,
        sla.ClockBreached,
    )
)
"""The events of sla that `Runs` hears."""

_ALL = 100
"""Per cent of a target: its end."""


@dataclass(slots=True)
class Ticket:
    """Whose a ticket is, as it stands: what was reclassified counts as what it became."""

    number: str
    opened_at: datetime
    customer: str
    area: str
    classification: str
    analyst: str | None = None

    @classmethod
    def queued(cls, event: l.TicketQueued) -> "Ticket":
        """As it was when it came into the queue."""
        return cls(event.number, event.opened_at, event.customer, event.area, event.classification)

    def hear(self, event: Event) -> None:
        """What changes of it."""
        match event:
            case l.TicketAssigned():
                self.analyst = event.analyst
            case l.TicketReturned():
                self.analyst = None
            case l.TicketReclassified():
                for change in event.changes:
                    self._change(change)

    def _change(self, change: l.Change) -> None:
        match change.field:
            case "area":
                self.area = change.new or ""
            case "classification":
                self.classification = change.new or ""
            case "analyst":
                self.analyst = change.new


@dataclass(slots=True)
class Run:
    """One cycle of a clock of working time; `used_s` are the working seconds until it was met, while it is.

    `judged` is false for one that had run out on the desk's earlier system, before its ticket came here.
    """

    judged: bool = True
    phase: Literal["running", "met", "stopped"] = "running"
    breached: bool = False
    used_s: float | None = None

    @property
    def verdict(self) -> Verdict:
        """A breach stands, whatever came later."""
        if not self.judged:
            return "stopped"
        return "breached" if self.breached else self.phase

    def hear(self, event: sla.OfClock) -> None:
        """What becomes of it."""
        # `type(...) is` and not `match`: most of the time of a replay would go into the classes that it is not.
        if type(event) is sla.ClockMet:
            self.phase, self.used_s = "met", event.elapsed_s + event.elapsed_us / 1e6
        elif type(event) is sla.ClockResumed or type(event) is sla.ClockRestored:
            self.phase, self.used_s = "running", None
        elif type(event) is sla.ClockStopped:
            self.phase, self.used_s = "stopped", None
        elif type(event) is sla.ClockBreached:
            self.breached = True


@dataclass(slots=True)
class Runs:
    """Every cycle of the clocks of working time of one ticket."""

    of: dict[tuple[Clock, int], Run] = field(default_factory=dict)

    def hear(self, event: Event) -> None:
        """What sla says; clocks of calendar time are left aside, they have no verdict."""
        if type(event) is sla.ClockStarted:
            if event.business:
                self.of.setdefault((event.clock, event.cycle), Run(judged=event.passed < _ALL))
        elif isinstance(event, sla.OfClock) and (run := self.of.get((event.clock, event.cycle))):
            run.hear(event)

    def __iter__(self) -> Iterator[tuple[Clock, Run]]:
        return ((clock, run) for (clock, _), run in self.of.items())
