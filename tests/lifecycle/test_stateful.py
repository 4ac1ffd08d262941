"""No sequence of commands and arrivals, by whomever, leads a ticket anywhere that the domain page does not know.

Up to four tickets of one customer, every command of lifecycle, five roles; states and histories are kept by the
real `Work`. The seed is printed; `LIFECYCLE_SEED=n` repeats a run.
"""

import os
import secrets
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from random import Random
from typing import Any, TypeVar, get_args
from uuid import UUID, uuid5

from hypothesis import HealthCheck, note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test, initialize, invariant, rule

from contracts import commands as c
from contracts import lifecycle as l
from contracts import sla
from contracts.commands.said import OnTicket
from contracts.envelope import Event, Request, decode
from contracts.intake import AnalystReplyReceived, ReplyReceived
from contracts.lifecycle import TRANSITIONS
from contracts.words import CloseReason, Criticality, Link, Priority, Severity
from journal.entry import Entry
from journal.errors import Refused
from journal.testing import NOON
from journal.work import Journal, Recorded, Work
from services.lifecycle.decider import BY_COMMAND, LIFECYCLE
from services.lifecycle.subscribers import on_command, on_event
from services.lifecycle.ticket import Ticket
from tests.lifecycle.room import SetClock
from tests.lifecycle.stories import (
    ANA,
    AUDITOR,
    BRUNO,
    CAIO,
    LIA,
    MARTA,
    OTTO,
    SUBMISSION,
    TODAY,
    delivered,
    directory,
    plan,
    registered,
)

SEED = int(os.environ.get("LIFECYCLE_SEED", secrets.randbelow(2**32)))
TICKETS = [uuid5(SUBMISSION, str(n)) for n in range(4)]
KNOWN = directory()
PLANS = [*[plan("Levantar", "Testar")] * 6, plan("Levantar", "Trocar"), plan("Trocar", "Testar", "Entregar")]

WEIGHTS = (3, 2, 1, 1)
"""The first tickets have the longer lives."""
WHO = (BRUNO, BRUNO, LIA, MARTA, OTTO, ANA, CAIO, AUDITOR)
T = TypeVar("T")


def which(rng: Random) -> UUID:
    return rng.choices(TICKETS, WEIGHTS)[0]


def one(values: Any) -> Callable[[Random], Any]:
    return lambda rng: rng.choice(get_args(values))


def maybe(values: Any) -> Callable[[Random], Any]:
    return lambda rng: rng.choice((None, None, *get_args(values)))


def number(most: int) -> Callable[[Random], int]:
    return lambda rng: rng.randint(1, most)


FACTS: dict[type[OnTicket], dict[str, Callable[[Random], Any]]] = {
    c.AssignTicket: {"analyst": lambda rng: rng.choice(("bruno", "lia", "ivo"))},
    c.ReclassifyTicket: {
        "classification": lambda rng: rng.choice((None, None, None, None, "project", "project", "request")),
        "priority": maybe(Priority),
        "criticality": maybe(Criticality),
        "severity": maybe(Severity),
        "area": lambda rng: rng.choice((None, "rh", "fiscal")),
        "by_matrix": lambda rng: rng.random() < 0.2,
    },
    c.EditOccurrence: {"occurrence": number(4)},
    c.HoldTicket: {
        "third_party": lambda _: "Prefeitura",
        "expected_on": lambda _: TODAY + timedelta(days=9999),
    },
    c.LogContact: {"channel": lambda _: "phone", "outcome": lambda rng: rng.choice(("reached", "no_answer"))},
    c.CloseTicket: {"reason": one(CloseReason)},
    c.RateResolution: {"resolution": number(3), "score": number(5)},
    c.MergeTicket: {"into": which},
    c.LinkTickets: {"other": which, "link": one(Link)},
    c.UnlinkTickets: {"other": which},
    c.PlanProject: {"plan": lambda rng: rng.choice(PLANS)},
    c.ApproveProject: {"revision": number(2)},
    c.SendBackProject: {"revision": number(2)},
    c.RejectProject: {"revision": number(2)},
    c.MarkActivity: {"activity": number(2), "done": lambda rng: rng.random() < 0.8},
}
"""What commands say beyond ticket and text."""
RARELY = (c.CloseTicket, c.MergeTicket, c.RejectProject)
OFTEN = (c.PlanProject, c.RequestApproval, c.ApproveProject, c.MarkActivity)
"""What ends a ticket is asked for seldom, what a project needs often, so that lives get long."""
FORMS = [form for form in BY_COMMAND for _ in range(1 if form in RARELY else 6 if form in OFTEN else 3)]


def any_command(rng: Random) -> OnTicket:
    """A command of any form on any of the tickets; the texts do not matter to the rules."""
    form: Any = rng.choice(FORMS)
    texts = {name: "Texto" for name in ("text", "reason", "subject") if name in form.model_fields}
    facts = {name: value(rng) for name, value in FACTS.get(form, {}).items()}
    command: OnTicket = form.model_validate({"ticket_id": which(rng), **texts, **facts})
    return command


def at_once(doing: Coroutine[Any, Any, T]) -> T:
    """The result of what waits for nothing, since every state is known."""
    try:
        doing.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise AssertionError("waits for something")


class Desk(RuleBasedStateMachine):
    """Histories as they are recorded, and what has to hold after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SetClock(NOON)
        self.journal: Journal[Ticket] = Journal(None, LIFECYCLE, self.clock, 4)  # type: ignore[arg-type]
        self.histories: dict[UUID, list[Event]] = {each: [] for each in TICKETS}
        self.journal.keep(dict.fromkeys(TICKETS, (LIFECYCLE.initial, 0)))

    def ticket(self, ticket_id: UUID) -> Ticket:
        kept = self.journal.cached(ticket_id)
        assert kept is not None
        return kept[0]

    # What happens

    @initialize(projects=st.tuples(*[st.booleans()] * 4), there=st.integers(2, 4))
    def opens(self, projects: tuple[bool, ...], there: int) -> None:
        for n, project in enumerate(projects[:there]):
            self._heard(
                registered(
                    ticket_id=TICKETS[n],
                    number=f"2026-00000{n}",
                    classification="project" if project else "question",
                )
            )

    @rule(chance=st.integers(0, 2**32 - 1))
    def thirty_things_happen(self, chance: int) -> None:
        """Drawn from one number, so that they differ more than what is drawn one by one; told where it fails."""
        rng = Random(f"{chance} {sum(map(len, self.histories.values()))}")
        for _ in range(30):
            happens = rng.choices(
                (self._asks, self._writes, self._answers, self._rings, self._waits), (20, 2, 1, 2, 3)
            )[0]
            happens(rng)

    def _writes(self, rng: Random) -> None:
        """The customer does, of now or of what is read late."""
        ticket_id = which(rng)
        if not self.histories[ticket_id]:
            return
        at = self.clock.now() - rng.choice((timedelta(), timedelta(), timedelta(days=1)))
        told = delivered(received_at=at)
        self._heard(
            ReplyReceived(
                ticket_id=ticket_id,
                submission_id=SUBMISSION,
                delivered=told,
                verified=rng.random() < 0.7,
                by=ANA,
            )
        )

    def _answers(self, rng: Random) -> None:
        """Somebody of the desk does, by e-mail; now and then without a word of their own."""
        ticket_id = which(rng)
        if not self.histories[ticket_id]:
            return
        told = delivered(received_at=self.clock.now(), text=rng.choice(("Feito.", "Feito.", "")))
        by = rng.choice((BRUNO, LIA, MARTA, AUDITOR))
        self._heard(
            AnalystReplyReceived(ticket_id=ticket_id, submission_id=SUBMISSION, delivered=told, by=by)
        )

    def _rings(self, rng: Random) -> None:
        now, clock = self.clock.now(), rng.choice(get_args(sla.Clock))
        self._heard(
            sla.DeadlineReached(
                ticket_id=which(rng), clock=clock, cycle=rng.randint(1, 3), at=now, detected_at=now
            )
        )

    def _waits(self, rng: Random) -> None:
        self.clock.instant += timedelta(minutes=rng.choice((1, 31, 300, 3000)))

    def _asks(self, rng: Random) -> None:
        command, by = any_command(rng), rng.choice(WHO)
        note(f"{by.key}: {command!r}")
        before = {each: self.journal.cached(each) for each in TICKETS}
        work: Work[Ticket] = Work(self.journal)
        request = Request(id="x", type=command.topic, by=by, data={})

        async def part() -> None:
            async with work.part():
                await on_command(work, command, request, KNOWN)

        try:
            at_once(part())
        except Refused:
            assert work._recorded == []
            assert {each: self.journal.cached(each) for each in TICKETS} == before
        else:
            assert by != AUDITOR
            self._took(work)

    def _heard(self, event: Event) -> None:
        note(f"{type(event).__name__}: {event!r}")
        work: Work[Ticket] = Work(self.journal)
        entry = Entry(0, 1, SUBMISSION, 1, event.topic, self.clock.now(), "", event.encoded())
        at_once(on_event(work, [entry], KNOWN))
        self._took(work)

    def _took(self, work: Work[Ticket]) -> None:
        recorded: Sequence[Recorded] = work._recorded
        for one in recorded:
            history = self.histories[one.stream_id]
            assert one.version == len(history) + 1
            before = LIFECYCLE.fold(history)
            _leads_on(before, one.event, LIFECYCLE.evolve(before, one.event))
            history.append(one.event)
        self.journal.keep(work._states)

    # What holds

    @invariant()
    def every_history_replays_to_the_same_state(self) -> None:
        for ticket_id, history in self.histories.items():
            read = [decode(event.topic, event.encoded()) for event in history]
            assert LIFECYCLE.fold(read) == self.ticket(ticket_id)
            heard = [event for event in read if event.topic not in LIFECYCLE.silent]
            assert LIFECYCLE.fold(heard) == self.ticket(ticket_id)

    @invariant()
    def a_merged_ticket_goes_on_as_one_that_lives_on_its_own(self) -> None:
        for ticket_id in TICKETS:
            seen = [ticket_id]
            while (into := self.ticket(seen[-1]).merged_into) is not None:
                assert into not in seen, "a cycle"
                told = [e.merged for e in self.histories[into] if isinstance(e, l.TicketAbsorbed)]
                assert told.count(seen[-1]) == 1
                assert self.ticket(seen[-1]).closed_because == "merged"
                seen.append(into)

    @invariant()
    def links_are_seen_from_both_sides(self) -> None:
        for ticket_id in TICKETS:
            links = self.ticket(ticket_id).links
            assert len({other for other, *_ in links}) == len(links)
            for other, _, link in links:
                assert ticket_id in {back for back, *_ in self.ticket(other).links}, link

    @invariant()
    def what_the_desk_wrote_is_numbered_without_a_gap(self) -> None:
        forms = (l.AnswerPublished, l.NoteAdded, l.CustomerAwaited, l.TicketResolved)
        for history in self.histories.values():
            numbers = [event.occurrence for event in history if isinstance(event, forms)]
            assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def there_is_one_first_answer_and_one_rating_a_resolution(self) -> None:
        for history in self.histories.values():
            assert sum(getattr(event, "first", False) for event in history) <= 1
            fresh = [e.resolution for e in history if isinstance(e, l.ResolutionRated) and not e.corrected]
            assert len(fresh) == len(set(fresh))


def _leads_on(before: Ticket, event: Event, after: Ticket) -> None:
    """One event's step is in the table, or one of the two ways around it."""
    if before.status == "absent":
        assert isinstance(event, l.TicketQueued)
        return
    assert after.status != "absent"
    if before.status == "closed" and after.status != "closed":
        assert isinstance(event, l.ClosureUndone)
        assert before.closed_by_clock
    elif isinstance(event, l.ReopeningDismissed):
        assert (before.status, after.status) == ("in_progress", "resolved")
    elif after.status != before.status:
        assert after.status in TRANSITIONS[before.status]
    if isinstance(event, l.TicketResolved | l.ReopeningDismissed) and before.classification == "project":
        assert before.project.may_be_worked
        assert before.project.open_activities == 0


def test_no_sequence_leads_where_the_page_does_not() -> None:
    print(f"LIFECYCLE_SEED={SEED}")
    bounds = settings(
        max_examples=80,
        stateful_step_count=12,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    seed(SEED)(get_state_machine_test(Desk, settings=bounds))()
