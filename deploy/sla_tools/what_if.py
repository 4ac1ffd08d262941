"""Histories told again under other terms: sla's own rules decide, and nothing is written."""

import asyncio
import contextlib
import gc
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from os import cpu_count
from uuid import UUID

from contracts.envelope import SYSTEM, Event
from contracts.lifecycle import TicketQueued
from contracts.sla import Clock
from deploy.auditor.place import Place
from deploy.sla_tools.reading import Part, batches
from figures.attainment import Period
from figures.comparison import Comparison
from figures.lives import CLOCK_TOPICS, Runs
from journal import store
from journal.decider import Context
from journal.directory import Directory
from services.sla.clocks import Clocks
from services.sla.decider import happen
from services.sla.moving import TimerFired
from services.sla.pinned import BUSINESS, Pinned
from services.sla.subscribers import CONCERNING

ALONE_MAX = 20_000
"""Entries of lifecycle up to which one process does it alone. Source: judgement: to start others takes a second."""
_WITHOUT: frozenset[Clock] = frozenset({"unreachable", "customer_silence"})
"""Clocks of which no verdict hangs: what they closed is in the history. By `auto_close` the rules know what is resolved."""


class Retold:
    """One ticket's clocks, as its history is told under other terms."""

    __slots__ = ("_clocks", "_pinned", "_ticket_id", "runs")

    def __init__(self, ticket_id: UUID, pinned: Pinned) -> None:
        self._ticket_id = ticket_id
        self._pinned = pinned
        self._clocks = Clocks()
        self.runs = Runs()

    def hear(self, event: Event) -> None:
        """What happened next; what was due before it fires first."""
        at: datetime = event.opened_at if type(event) is TicketQueued else event.at  # type: ignore[attr-defined]
        self.ring(at)
        self._decide(event, at)

    def ring(self, before: datetime) -> None:
        """The ends of clocks of working time that lie before an instant, in order.

        Clocks of calendar time do not ring: what they closed is in the history, and no verdict hangs on them.
        """
        cycles = self._clocks.cycles
        due = [
            (cycle.next_at, clock, cycle)
            for clock in BUSINESS
            if (cycle := cycles.get(clock)) is not None and cycle.next_at and cycle.next_at < before
        ]
        for at, clock, cycle in sorted(due, key=lambda each: each[0]) if due else ():
            self._decide(TimerFired(self._ticket_id, clock, cycle.number, cycle.next_stage, at), at)

    def _decide(self, cause: object, now: datetime) -> None:
        on = happen(cause, self._clocks, Context(now, SYSTEM, self._pinned))
        if on is not None and on.events:
            self._clocks = on.clocks
            for event in on.events:
                self.runs.hear(event)


@dataclass(frozen=True, slots=True)
class Question:
    """Which tickets are told again, under which terms, and up to which instant they are known.

    Where a policy is named, `only` those that pinned it when they opened: the others keep what sla said of them.
    """

    place: Place
    period: Period
    terms: Directory
    upto: datetime
    only: str | None = None


async def compare(question: Question) -> Comparison:
    """The verdicts of the period as they were, and as they would be. Raises Unable where a journal cannot be read."""
    async with question.place.open("lifecycle") as lifecycle:
        heads = await store.heads(lifecycle)
    whole, left = Comparison(), deque(heads)
    alone = sum(position for position, _ in heads.values()) <= ALONE_MAX
    helpers = 0 if alone else min(cpu_count() or 1, len(heads)) - 1
    with contextlib.ExitStack() as stack:
        tasks = [_here(question, left, whole)]
        if helpers:
            pool = stack.enter_context(ProcessPoolExecutor(helpers, get_context("spawn")))
            tasks += [_there(pool, question, left, whole) for _ in range(helpers)]
        await asyncio.gather(*tasks)
    return whole


async def _here(question: Question, left: deque[int], whole: Comparison) -> None:
    """Partitions that this process takes, from the start: others need a second to begin."""
    while left:
        whole.add(await _compare_part(question, left.popleft()))
        await asyncio.sleep(0)


async def _there(pool: Executor, question: Question, left: deque[int], whole: Comparison) -> None:
    while left:
        partition = left.popleft()
        part = asyncio.get_running_loop().run_in_executor(pool, _in_a_process, question, partition)
        whole.add(await part)


def _in_a_process(question: Question, partition: int) -> Comparison:
    return asyncio.run(_compare_part(question, partition))


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Nothing of a replay goes round in circles: looking for that took an eighth of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


async def _compare_part(question: Question, partition: int) -> Comparison:
    with _uncollected():
        return await _told_again(question, partition)


async def _told_again(question: Question, partition: int) -> Comparison:
    part, retold = Part(question.period), dict[UUID, Retold]()
    pinned = Pinned(question.terms, _WITHOUT)
    async with question.place.open_all(("lifecycle", "sla")) as journals:
        async for found in batches(journals["lifecycle"], partition, CONCERNING):
            for stream, topic, data in found:
                event = part.hear_of_ticket(stream, topic, data)
                if event is None:
                    continue
                if type(event) is TicketQueued and question.only in (None, event.terms.sla_policy):
                    retold[stream] = Retold(stream, pinned)
                if (again := retold.get(stream)) is not None:
                    again.hear(event)
        async for found in batches(journals["sla"], partition, CLOCK_TOPICS):
            for stream, topic, data in found:
                part.hear_of_clock(stream, topic, data)
    comparison = Comparison()
    for stream, ticket in part.tickets.items():
        again = retold.get(stream)
        if again is not None:
            again.ring(question.upto)
        comparison.count(ticket, part.runs[stream], None if again is None else again.runs)
    return comparison
