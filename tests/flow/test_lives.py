"""Any life of a ticket: people do what they like, time passes, what is said arrives late. The rules hold.

The seed is printed; `FLOW_SEED=n` repeats a run.
"""

import os
import secrets
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import note, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts import lifecycle as l
from contracts import sla
from services.lifecycle.decider import LIFECYCLE
from services.lifecycle.ticket import Ticket
from services.sla.decider import SLA
from tests.flow.model import ANA, BRUNO, MARTA, MAY_GO, VERBS, Deed, Life, Then, Verb
from tests.flow.world import World

SEED = int(os.environ.get("FLOW_SEED", secrets.randbelow(2**32)))
WEEK = timedelta(days=7)
REMINDED = [timedelta(days=3), timedelta(days=6)]
WAITS = {"customer_silence": "waiting_customer", "auto_close": "resolved"}
DEEDS = st.builds(
    Deed,
    verb=st.sampled_from(VERBS),
    by=st.sampled_from((ANA, BRUNO, MARTA)),
    to=st.sampled_from((BRUNO, MARTA)),
    resolution=st.integers(1, 3),
)


class AnyLife(RuleBasedStateMachine):
    """One ticket in the world of the deciders, beside the model."""

    def __init__(self) -> None:
        super().__init__()
        note(f"FLOW_SEED={SEED}")
        self.world = World()
        self.life = Life()
        self.entered_at: datetime = self.world.now
        self.resolved_at: datetime = self.world.now
        self.statuses: list[str] = ["absent"]
        self.seen = 0

    @initialize(policy=st.sampled_from(("padrao", "whole", "quiet")))
    def is_opened(self, policy: str) -> None:
        self.world.open(policy)
        self._becomes(Life.opened("web").life)

    @rule(deed=DEEDS)
    def somebody_does(self, deed: Deed) -> None:
        before = self.life.status
        then = self._in_time(deed) or self.life.after(deed)
        assert self.world.does(deed) == then.code, f"{deed} on a ticket {before}"
        self._becomes(then.life)

    @precondition(lambda self: self.world.to_sla)
    @rule()
    def sla_hears(self) -> None:
        self.world.sla_hears()

    @precondition(lambda self: self.world.to_lifecycle)
    @rule()
    def lifecycle_hears(self) -> None:
        reached = self.world.to_lifecycle[0]
        assert isinstance(reached, sla.DeadlineReached)
        cycle = self.life.waiting if reached.clock == "customer_silence" else self.life.resolution
        ends = self.life.status == WAITS[reached.clock] and cycle == reached.cycle
        if ends:
            assert reached.at == self.entered_at + WEEK
        self.world.lifecycle_hears()
        if ends:
            closed = replace(self.life, status="closed")
            note(f"closed by {reached.clock}")
            self._becomes(closed)

    @precondition(lambda self: self.world.to_lifecycle)
    @rule(verb=st.sampled_from(("await", "resolve")))
    def it_moves_on_before_its_closure_arrives(self, verb: Verb) -> None:
        self.somebody_does(Deed("reply", ANA))
        self.somebody_does(Deed(verb, BRUNO))

    @rule(hours=st.floats(0.01, 24 * 5) | st.floats(24 * 7, 24 * 8))
    def time_passes(self, hours: float) -> None:
        self.world.passes(hours)

    @rule()
    def everything_arrives(self) -> None:
        while self.world.to_sla or self.world.to_lifecycle:
            if self.world.to_sla:
                self.world.sla_hears()
            else:
                self.lifecycle_hears()
        self._clocks_are_right()

    @invariant()
    def the_ticket_is_what_the_model_says(self) -> None:
        ticket = self.world.ticket
        found = (ticket.status, ticket.analyst, ticket.answered, ticket.resolution, ticket.waiting)
        assert found == _facts(self.life)

    @invariant()
    def no_status_is_reached_by_another_way_than_the_tables(self) -> None:
        state = LIFECYCLE.initial
        for event in self.world.lifecycle:
            after = LIFECYCLE.evolve(state, event)
            stands_again = isinstance(event, l.ReopeningDismissed) and after.status == "resolved"
            assert stands_again or after.status in {state.status, *MAY_GO[state.status]}, event
            state = after

    @invariant()
    def every_history_replays_to_the_same(self) -> None:
        read_back = [type(event).model_validate_json(event.encoded()) for event in self.world.lifecycle]
        assert LIFECYCLE.fold(read_back) == self.world.ticket
        told = [type(event).model_validate_json(event.encoded()) for event in self.world.sla]
        assert SLA.fold(told) == self.world.clocks

    @invariant()
    def each_verdict_is_given_once(self) -> None:
        for kind in (sla.ClockBreached, sla.DeadlineReached, sla.ClockStarted):
            given = Counter((e.clock, e.cycle) for e in self.world.sla if isinstance(e, kind))
            assert set(given.values()) <= {1}, (kind, given)
        started = [(e.clock, e.cycle) for e in self.world.sla if isinstance(e, sla.ClockStarted)]
        for clock in {clock for clock, _ in started}:
            cycles = [cycle for name, cycle in started if name == clock]
            assert cycles == list(range(1, len(cycles) + 1)), (clock, cycles)

    @invariant()
    def reminders_come_once_each_in_their_time(self) -> None:
        waits = {
            e.cycle: e.at
            for e in self.world.sla
            if isinstance(e, sla.ClockStarted) and e.clock == "customer_silence"
        }
        reminded = [e for e in self.world.sla if isinstance(e, sla.ReminderDue)]
        assert len({(e.cycle, e.stage) for e in reminded}) == len(reminded)
        for event in reminded:
            assert event.at - waits[event.cycle] == REMINDED[event.stage - 1]

    @invariant()
    def the_first_answer_is_the_first(self) -> None:
        firsts = [
            event.first
            for event in self.world.lifecycle
            if isinstance(event, l.AnswerPublished | l.CustomerAwaited | l.TicketResolved)
        ]
        assert firsts == [place == 0 for place in range(len(firsts))]

    def teardown(self) -> None:
        self.everything_arrives()

    def _clocks_are_right(self) -> None:
        """When nothing is on its way, the clocks that must run do, and no other."""
        expected = self.life.running
        phases = {clock: cycle.phase for clock, cycle in self.world.clocks.cycles.items()}
        running = {clock for clock, phase in phases.items() if phase == "running"}
        assert running - {"next_response", "resolution"} == expected, (self.life, phases)
        if self.life.status == "closed":
            assert not {"running", "paused"} & set(phases.values())
        elif "resolution" in phases:
            paused, met = self.life.status in ("waiting_customer", "on_hold"), self.life.status == "resolved"
            assert phases["resolution"] == ("paused" if paused else "met" if met else "running"), self.life

    def _in_time(self, deed: Deed) -> Then | None:
        """A message at the very instant at which a clock closed the ticket undoes that: ties favour the customer."""
        ticket = self.world.ticket
        if deed.verb == "reply" and ticket.closed_by_clock and ticket.closed_at == self.world.now:
            return Then("", replace(self.life, status="in_progress"))
        return None

    def _becomes(self, life: Life) -> None:
        if life.status == "resolved" and life.resolution == self.life.resolution:
            self.entered_at = self.resolved_at
        elif life.status != self.life.status:
            self.entered_at = self.world.now
        if life.resolution > self.life.resolution:
            self.resolved_at = self.world.now
        self.life = life


def _facts(life: Life) -> tuple[str, str | None, bool, int, int]:
    return (life.status, life.analyst, life.answered, life.resolution, life.waiting)


TestAnyLife = seed(SEED)(AnyLife.TestCase)
TestAnyLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_the_table_of_ways_is_closed() -> None:
    """Every status that can be reached is in the table, and nothing leaves the end."""
    assert set().union(*MAY_GO.values()) <= MAY_GO.keys()
    assert MAY_GO["closed"] == frozenset()
    assert isinstance(LIFECYCLE.initial, Ticket)
