"""Lifecycle and sla, their deciders alone, wired in memory: what one says the other hears, later, in order.

The rules are the services' own; the bus, the databases and the processes are left out, so that thousands of
lives fit into a second. That they change nothing is what tests/faults shows.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from contracts import intake
from contracts.directory import KINDS
from contracts.envelope import Event
from journal.decider import Context
from journal.directory import Directory
from journal.errors import Refused
from services.lifecycle.decider import LIFECYCLE
from services.lifecycle.facts import Facts
from services.lifecycle.subscribers import CONCERNING as TOLD_TO_LIFECYCLE
from services.lifecycle.ticket import Ticket
from services.sla.clocks import Clocks
from services.sla.decider import SLA
from services.sla.moving import TimerFired
from services.sla.subscribers import CONCERNING as TOLD_TO_SLA
from tests.flow.deeds import PEOPLE, command_of
from tests.flow.model import ANA, Deed
from tests.sla.lives import PINNED, TICKET, local, queued
from tests.small_desk import RECORDS

START = local("2026-03-02 09:00")


def _directory() -> Directory:
    known = Directory()
    for kind, key, record in RECORDS:
        known.put(kind, key, 1, True, KINDS[kind].model_validate(record))
    return known


FACTS = Facts(_directory())


@dataclass
class World:
    """One ticket, its two journals, and what is on its way between them."""

    now: datetime = START
    lifecycle: list[Event] = field(default_factory=list)
    sla: list[Event] = field(default_factory=list)
    to_sla: deque[Event] = field(default_factory=deque)
    to_lifecycle: deque[Event] = field(default_factory=deque)
    ticket: Ticket = field(default_factory=lambda: LIFECYCLE.initial)
    clocks: Clocks = field(default_factory=lambda: SLA.initial)

    def open(self, policy: str) -> None:
        """Intake has registered the ticket."""
        terms = queued(self.now, policy).terms
        self.happens(
            intake.TicketRegistered(
                ticket_id=TICKET, number="2026-000001", delivered=self._delivered(), customer="serra",
                requester=ANA, application="notas", area="fiscal", terms=terms, by=PEOPLE[ANA],
            )
        )  # fmt: skip

    def does(self, deed: Deed) -> str:
        """A person does something; the code of the refusal, nothing when it was done."""
        if deed.verb == "reply":
            self.happens(
                intake.ReplyReceived(
                    ticket_id=TICKET, submission_id=TICKET, delivered=self._delivered(), verified=True,
                    requester=ANA, by=PEOPLE[ANA],
                )
            )  # fmt: skip
            return ""
        try:
            self.happens(command_of(deed, TICKET), by=PEOPLE[deed.by])
        except Refused as refused:
            return refused.code
        return ""

    def happens(self, cause: object, **known: Any) -> None:
        """Lifecycle decides on something."""
        context = Context(now=self.now, facts=FACTS, **known)
        for event in LIFECYCLE.decide(cause, self.ticket, context):
            self.lifecycle.append(event)
            self.ticket = LIFECYCLE.evolve(self.ticket, event)
            if event.topic in TOLD_TO_SLA:
                self.to_sla.append(event)

    def sla_hears(self) -> None:
        """The next event of lifecycle reaches sla."""
        self._sla_decides(self.to_sla.popleft())

    def lifecycle_hears(self) -> None:
        """The next event of sla reaches lifecycle."""
        self.happens(self.to_lifecycle.popleft())

    def settle(self) -> None:
        """Everything that is on its way arrives."""
        while self.to_sla or self.to_lifecycle:
            if self.to_sla:
                self.sla_hears()
            else:
                self.lifecycle_hears()

    def passes(self, hours: float) -> None:
        """Time passes; each timer that comes due rings at its instant, after lifecycle was heard."""
        until = self.now + timedelta(hours=hours)
        while (timer := self._next_timer()) is not None and timer.due_at <= until:
            self.now = max(self.now, timer.due_at)
            while self.to_sla:
                self.sla_hears()
            if timer == self._next_timer():
                self._sla_decides(timer)
        self.now = until

    def _next_timer(self) -> TimerFired | None:
        timers = [
            TimerFired(TICKET, name, cycle.number, cycle.next_stage, cycle.next_at)
            for name, cycle in self.clocks.cycles.items()
            if cycle.next_at is not None
        ]
        return min(timers, key=lambda timer: timer.due_at, default=None)

    def _sla_decides(self, cause: object) -> None:
        for event in SLA.decide(cause, self.clocks, Context(now=self.now, facts=PINNED)):
            self.sla.append(event)
            self.clocks = SLA.evolve(self.clocks, event)
            if event.topic in TOLD_TO_LIFECYCLE:
                self.to_lifecycle.append(event)

    def _delivered(self) -> intake.Delivered:
        return intake.Delivered(
            channel="web", via="portal", received_at=self.now, sender="ana.prado@serra.example.com", text="?"
        )
