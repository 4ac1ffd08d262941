"""The timer loop: lets the clocks ring that are due, in order, each once, whatever stopped in between.

A timer is judged only after lifecycle itself has said that there is no more to hear from it up to now:
an answer given in time while this service was away must not become a breach. One that closes a ticket waits
besides until inbound mail has been read.
"""

import asyncio
import contextlib
import heapq
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from contracts.envelope import Event
from journal import telemetry
from journal.errors import Conflict
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from journal.work import Journal, Work
from services.sla import views
from services.sla.clocks import Clocks
from services.sla.inbound import Inbound
from services.sla.moving import TimerFired
from services.sla.pinned import Pinned

POLL_S = 0.2
"""Real seconds between looks at the table. Source: a timer rings within 250 ms of its instant (issue 4)."""
TOGETHER_MAX = 1000
"""Timers in one transaction. Source: bench/README.md, clocks: fewer fall behind at 1,000 a second."""
POSTPONED_S = 60.0
"""How long the timers of a ticket wait after a fault of its own, so that they do not hold up the others."""
_BACK_OFF_S = 0.5
_NEVER = datetime.max.replace(tzinfo=UTC)

Hear = Callable[[Collection[int]], Awaitable[None]]
"""Applies whatever lifecycle has recorded by now in these partitions; raises what INFRASTRUCTURE names."""


class Timers:
    """Any number of replicas run this loop at once: a timer that one is at is skipped by the others."""

    def __init__(self, journal: Journal[Clocks], pinned: Pinned, hear: Hear, inbound: Inbound) -> None:
        self._journal = journal
        self._pinned = pinned
        self._hear = hear
        self._inbound = inbound
        self._postponed: dict[UUID, float] = {}

    async def run(self) -> None:
        """Ring until cancelled."""
        while True:
            try:
                await self._ring_next()
            except Conflict:
                continue
            except INFRASTRUCTURE as error:
                log.warning("timers wait", error=repr(error))
                await asyncio.sleep(_BACK_OFF_S)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other clocks must ring
                log.exception("a timer failed", error=repr(error))
                await asyncio.sleep(_BACK_OFF_S)

    async def _ring_next(self) -> None:
        clock = self._journal.clock
        due_at, now = await views.next_due(self._journal.pool, self._aside()), clock.now()
        if due_at is None or due_at > now:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await clock.sleep_until(due_at or _NEVER)
        elif not await self.ring_due(now):
            await asyncio.sleep(POLL_S)  # another replica is at it

    async def ring_due(self, until: datetime, limit: int = TOGETHER_MAX) -> int:
        """Ring up to `limit` clocks whose timers are due at `until`, in one transaction; how many timers it took.

        Raises:
            Conflict: a clock has moved meanwhile; nothing was written.
        """
        pool, aside = self._journal.pool, self._aside()
        # The rest is held, also what comes due only with what is heard below, after inbound was read.
        closing = self._inbound.read_to
        if await views.closing_due(pool, closing, until):
            closing = await self._inbound.read(until)
        partitions = await views.partitions_due(pool, until, aside, limit, closing=closing)
        if not partitions:
            return 0
        await self._hear(partitions)
        async with self._journal.work() as work:
            taken = await views.take(
                await work.connection(), until, partitions, aside, limit, closing=closing
            )
            await work.load(timer.ticket_id for timer in taken)
            self._ring(work, taken, until if len(taken) < limit else taken[-1].due_at, closing)
            await work.commit()
        return len(taken)

    def _ring(
        self, work: Work[Clocks], taken: Sequence[TimerFired], until: datetime, closing: datetime
    ) -> None:
        """In the order of their instants, each clock's further stages up to `until` in their place among them.

        Those that close tickets ring up to `closing`.

        Raises what one of them raised, after every ticket that fails was set aside.
        """
        failed: Exception | None = None
        waiting = [(timer.due_at, place, timer) for place, timer in enumerate(taken)]
        heapq.heapify(waiting)
        while waiting:
            _, place, timer = heapq.heappop(waiting)
            try:
                if not self._ring_one(work, timer):
                    continue
            except Exception as error:  # noqa: BLE001 - the others must be tried: all that fail go aside at once
                failed = error
                continue
            cycle = work.state(timer.ticket_id).cycles[timer.clock]
            if cycle.next_at is None or cycle.next_at > until:
                continue
            further = TimerFired(timer.ticket_id, timer.clock, cycle.number, cycle.next_stage, cycle.next_at)
            if further.due_at <= closing or not further.closes:
                heapq.heappush(waiting, (further.due_at, place, further))
        if failed is not None:
            raise failed

    def _ring_one(self, work: Work[Clocks], timer: TimerFired) -> list[Event]:
        try:
            return work.decide(timer.ticket_id, timer, facts=self._pinned, trace=telemetry.start())
        except Exception:
            self._postponed[timer.ticket_id] = asyncio.get_running_loop().time() + POSTPONED_S
            raise

    def _aside(self) -> Collection[UUID]:
        """The tickets whose timers wait after a fault."""
        if self._postponed:
            now = asyncio.get_running_loop().time()
            self._postponed = {ticket: until for ticket, until in self._postponed.items() if until > now}
        return self._postponed
