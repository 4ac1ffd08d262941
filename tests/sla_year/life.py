"""Whole lives of tickets on a simulated desk: lifecycle's own rules, sla's own rules, timers in order. Seeded.

People do things at random, in some lives on whole minutes, in others on seconds or in between; what a rule refuses
does not happen. Whatever a clock closes, it closes here as on the desk.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from contracts import commands as c
from contracts import intake, sla
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Actor, Command, Event
from journal.decider import Context
from journal.directory import Directory
from journal.errors import Refused
from services.lifecycle.decider import LIFECYCLE
from services.lifecycle.facts import Facts
from services.sla.decider import SLA
from services.sla.moving import TimerFired
from services.sla.pinned import CLOSING, Pinned
from services.sla.subscribers import CONCERNING
from tests.sla_year.terms import ANALYSTS, AREAS, BEGIN, CUSTOMERS, YEAR, terms_at

MINUTE = timedelta(minutes=1)
DEEDS_MAX = 12
"""Attempted deeds in one life; whoever comes to the end of it is left to the clocks."""
MONTHS = 12
HORIZON = datetime(YEAR + 1, 2, 1, 12, 0, 30, tzinfo=UTC)
"""The instant at which everything is looked at; clocks that run then run on. Off the minute: no deadline falls on it."""
GRAINS = (MINUTE, timedelta(seconds=1), timedelta(microseconds=1))
"""Of how much the instants of a life are multiples."""
CLASSIFICATIONS: tuple[l.Classification, ...] = ("question", "request", "project", "incident")
PRIORITIES: tuple[l.Priority, ...] = ("low", "normal", "high", "urgent")
CRITICALITIES: tuple[l.Criticality, ...] = ("low", "medium", "high", "critical")


@dataclass
class Life:
    """One ticket: what lifecycle and sla recorded, in the order of recording."""

    ticket_id: UUID
    customer: str
    opened_at: datetime
    history: list[Event] = field(default_factory=list)
    clocks: list[Event] = field(default_factory=list)
    refused: int = 0
    done: int = 0


class Living:
    """A ticket while it lives."""

    def __init__(self, known: Directory, pinned: Pinned, rng: Random, number: int, opened: datetime) -> None:
        self.rng = rng
        self.pinned = pinned
        self.facts = Facts(known)
        self.ticket = LIFECYCLE.initial
        self.clocks = SLA.initial
        self.number = number
        customer = rng.choice(list(CUSTOMERS))
        self.grain = rng.choice(GRAINS)
        self.opened = opened = opened + self._within_a_minute()
        self.life = Life(UUID(int=rng.getrandbits(128), version=4), customer, opened)

    def live(self) -> Life:
        """From its opening to the horizon."""
        self._happen(self._registered(), self.opened, SYSTEM)
        now = self.opened
        for _ in range(DEEDS_MAX):
            now = self._next(now)
            if now >= HORIZON:
                break
            self._ring(now, inclusive=False)
            if self.ticket.status == "closed":
                break
            self._try(now)
        self._ring(HORIZON, inclusive=True)
        return self.life

    def _next(self, now: datetime) -> datetime:
        """When somebody does something next: sometimes at the very instant at which a clock rings."""
        rings = [each.next_at for each in self.clocks.cycles.values() if each.next_at and each.next_at >= now]
        return min(rings) if rings and self.rng.random() < 0.06 else now + self._gap()

    def _gap(self) -> timedelta:
        """Mostly minutes and hours, sometimes days; sometimes nothing at all."""
        scale = self.rng.choice((0, 20, 120, 120, 600, 1_440, 1_440, 7_200))
        return (
            MINUTE * int(self.rng.expovariate(1 / scale)) + self._within_a_minute() if scale else MINUTE * 0
        )

    def _within_a_minute(self) -> timedelta:
        return self.grain * self.rng.randrange(MINUTE // self.grain)

    def _ring(self, until: datetime, *, inclusive: bool) -> None:
        """Every timer before `until`, in order, at its own instant; lifecycle closes a ticket after all of that instant."""
        while True:
            waiting = [
                (each.next_at, clock in CLOSING, clock)
                for clock, each in self.clocks.cycles.items()
                if each.next_at
            ]
            if not waiting:
                return
            at, _, clock = min(waiting)
            if at > until or (at == until and not inclusive):
                return
            cycle = self.clocks.cycles[clock]
            fired = TimerFired(self.life.ticket_id, clock, cycle.number, cycle.next_stage, at)
            for event in self._clocks(fired, at):
                if isinstance(event, sla.DeadlineReached):
                    self._happen(event, at, SYSTEM)

    def _try(self, now: datetime) -> None:
        deeds = DEEDS[self.ticket.status]
        deed = self.rng.choices(list(deeds), weights=list(deeds.values()))[0]
        for cause, by in deed(self, now):
            try:
                self._happen(cause, now, by)
                self.life.done += 1
            except Refused:
                self.life.refused += 1

    def _happen(self, cause: object, now: datetime, by: Actor) -> None:
        for event in LIFECYCLE.decide(cause, self.ticket, Context(now, by, self.facts)):
            self.ticket = LIFECYCLE.evolve(self.ticket, event)
            self.life.history.append(event)
            if event.topic in CONCERNING:
                self._clocks(event, now)

    def _clocks(self, cause: object, now: datetime) -> list[Event]:
        events = SLA.decide(cause, self.clocks, Context(now, SYSTEM, self.pinned))
        for event in events:
            self.clocks = SLA.evolve(self.clocks, event)
        self.life.clocks += events
        return events

    def _registered(self) -> intake.TicketRegistered:
        customer, rng = self.life.customer, self.rng
        return intake.TicketRegistered(
            ticket_id=self.life.ticket_id,
            number=f"{YEAR}-{self.number:06d}",
            delivered=self.delivered(self.opened),
            customer=customer,
            requester=f"p-{customer}",
            application="notas",
            area=rng.choice(AREAS),
            terms=terms_at(customer, self.opened),
            classification=rng.choices(CLASSIFICATIONS, (5, 4, 1, 3))[0],
            analyst=rng.choice(ANALYSTS) if rng.random() < 0.15 else None,
            by=self.requester,
        )

    def delivered(self, at: datetime) -> intake.Delivered:
        sender = f"p@{self.life.customer}.example.com"
        return intake.Delivered(
            channel="email", via="suporte", received_at=at, sender=sender, subject="s", text="t"
        )

    @property
    def requester(self) -> Actor:
        return Actor(role="requester", key=f"p-{self.life.customer}")

    @property
    def analyst(self) -> Actor:
        key = self.ticket.analyst or self.rng.choice(ANALYSTS[:3])
        return Actor(role="manager" if key == "marta" else "analyst", key=key)


Deed = Callable[[Living, datetime], Iterator[tuple[object, Actor]]]


def by_analyst(make: Callable[[Living], Command]) -> Deed:
    def deed(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
        yield make(of), of.analyst

    return deed


def replies(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
    verified = of.rng.random() < 0.9
    by = of.requester if verified else Actor(role="requester", key="stranger")
    submission = UUID(int=of.rng.getrandbits(128), version=4)
    yield (
        intake.ReplyReceived(
            ticket_id=of.life.ticket_id,
            submission_id=submission,
            delivered=of.delivered(now),
            verified=verified,
            by=by,
        ),
        by,
    )


def reclassifies(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
    rng = of.rng
    asked: dict[str, Any] = {}
    if rng.random() < 0.6:
        asked["classification"] = rng.choice(CLASSIFICATIONS)
    if rng.random() < 0.6:
        asked["priority"] = rng.choice(PRIORITIES)
    if rng.random() < 0.4:
        asked["criticality"] = rng.choice(CRITICALITIES)
    if rng.random() < 0.2:
        asked["area"] = rng.choice(AREAS)
    yield c.ReclassifyTicket(ticket_id=of.life.ticket_id, reason="r", **asked), of.analyst


def reconsiders(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
    """Whether it is an incident, of which targets hang that others have not."""
    became = "question" if of.ticket.classification == "incident" else "incident"
    yield c.ReclassifyTicket(ticket_id=of.life.ticket_id, reason="r", classification=became), of.analyst


def plans(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
    day = now.date()
    activity = l.Activity(id=1, title="a", owner="bruno", starts_on=day, ends_on=day)
    plan = l.Plan(objective=f"o{now}", activities=(activity,))
    yield c.PlanProject(ticket_id=of.life.ticket_id, plan=plan), of.analyst
    yield c.RequestApproval(ticket_id=of.life.ticket_id), of.analyst


def decides(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
    decision: Any = of.rng.choice((c.ApproveProject, c.ApproveProject, c.SendBackProject, c.RejectProject))
    reason = {} if decision is c.ApproveProject else {"reason": "r"}
    plan = {"ticket_id": of.life.ticket_id, "revision": of.ticket.project.revision}
    yield decision(**plan, **reason), Actor(role="manager", key="marta")


def resolves(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
    if of.ticket.project.open_activities:
        yield c.MarkActivity(ticket_id=of.life.ticket_id, activity=1), of.analyst
    yield c.ResolveTicket(ticket_id=of.life.ticket_id, text="x"), of.analyst


def closes(reason: l.CloseReason) -> Deed:
    return by_analyst(lambda of: c.CloseTicket(ticket_id=of.life.ticket_id, reason=reason))


def contacts(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
    outcome: Any = "reached" if of.rng.random() < 0.3 else "no_answer"
    channel: Any = of.rng.choice(("phone", "phone", "email"))
    yield c.LogContact(ticket_id=of.life.ticket_id, channel=channel, outcome=outcome), of.analyst


def reopens(of: Living, now: datetime) -> Iterator[tuple[object, Actor]]:
    by = of.requester if of.rng.random() < 0.7 else of.analyst
    yield c.ReopenTicket(ticket_id=of.life.ticket_id, text="x"), by


answers = by_analyst(lambda of: c.PublishAnswer(ticket_id=of.life.ticket_id, text="x"))
notes = by_analyst(lambda of: c.AddNote(ticket_id=of.life.ticket_id, text="x"))
awaits = by_analyst(lambda of: c.AwaitCustomer(ticket_id=of.life.ticket_id, text="x"))
resumes = by_analyst(lambda of: c.ResumeTicket(ticket_id=of.life.ticket_id))
dismisses = by_analyst(lambda of: c.DismissReopening(ticket_id=of.life.ticket_id))
holds = by_analyst(
    lambda of: c.HoldTicket(ticket_id=of.life.ticket_id, third_party="f", expected_on=date(YEAR + 2, 1, 1))
)
assigns = by_analyst(
    lambda of: c.AssignTicket(ticket_id=of.life.ticket_id, analyst=of.rng.choice(ANALYSTS), reason="r")
)

WORKED: dict[Deed, float] = {
    answers: 5, replies: 3, notes: 1, awaits: 3, holds: 2, reclassifies: 3, reconsiders: 3, contacts: 2, assigns: 1,
    plans: 1.5, resolves: 5, dismisses: 4, closes("withdrawn"): 0.3,
}  # fmt: skip
DEEDS: dict[str, dict[Deed, float]] = {
    "open": WORKED,
    "in_progress": WORKED,
    "waiting_customer": {
        replies: 5, resumes: 2, answers: 1, reclassifies: 1, reconsiders: 1, contacts: 1, resolves: 1, notes: 1,
    },
    "on_hold": {
        resumes: 5, replies: 2, answers: 1, reclassifies: 2, reconsiders: 1, resolves: 1, closes("third_party"): 0.4,
    },
    "awaiting_approval": {decides: 5, replies: 2, answers: 1, reclassifies: 1},
    "resolved": {replies: 2, reopens: 2, reclassifies: 1, reconsiders: 1, notes: 2, closes("resolved"): 0.7},
}  # fmt: skip
"""What people try, by the ticket's status, and how often."""


def year(known: Directory, seed: int, a_month: int, months: range = range(MONTHS)) -> Iterator[Life]:
    """Lives that begin in these months, `a_month` in each, each life of a seed of its own."""
    pinned = Pinned(known)
    for month in months:
        begin = BEGIN.replace(month=month + 1)
        for place in range(a_month):
            rng = Random(f"{seed}:{month}:{place}")
            opened = begin + MINUTE * rng.randrange(28 * 1_440)
            yield Living(known, pinned, rng, month * a_month + place + 1, opened).live()
