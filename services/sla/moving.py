"""What one occasion does to one clock: start, pause, resume, meet, stop, ring. Pure.

Each verb lists the events that follow, none where the clock is not in a phase for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts import sla
from contracts.envelope import Event
from contracts.sla import Clock, Stage
from services.sla.clocks import END, ZERO, Clocks, Cycle, Terms
from services.sla.pinned import BUSINESS, Measure, Pinned, stages, target

_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of `views.timers` has come due: which clock and cycle, at which stage."""

    ticket_id: UUID
    clock: Clock
    cycle: int
    stage: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something happened to a ticket `at` an instant, and is seen here `now`; its clocks stand as they stood."""

    ticket_id: UUID
    at: datetime
    now: datetime
    clocks: Clocks
    terms: Terms
    pinned: Pinned

    def start(self, clock: Clock, number: int) -> list[Event]:
        """Cycle `number` of a clock begins, where the policy has such a clock."""
        known = self.clocks.cycles.get(clock)
        whole = target(clock, self.pinned.policy(self.terms))
        if whole is None or (known is not None and known.number >= number):
            return []
        due_at = self._measure(clock).due(self.at, whole)
        cycle = Cycle(number, "running", whole, due_at, since=self.at)
        return [
            sla.ClockStarted(
                ticket_id=self.ticket_id,
                clock=clock,
                cycle=number,
                at=self.at,
                number=self.clocks.number,
                target_s=whole // _SECOND,
                business=clock in BUSINESS,
                due_at=due_at,
                next=self._following(clock, cycle),
                **self.terms._asdict(),
            )
        ]

    def pause(self, clock: Clock, reason: str) -> list[Event]:
        """A running clock stands still."""
        cycle = self._in(clock, "running")
        if cycle is None:
            return []
        at = max(self.at, cycle.since)
        elapsed = self._elapsed(clock, cycle, at)
        paused = sla.ClockPaused(
            ticket_id=self.ticket_id,
            clock=clock,
            cycle=cycle.number,
            at=at,
            elapsed_s=elapsed // _SECOND,
            elapsed_us=elapsed % _SECOND // _MICROSECOND,
            remaining_s=max(cycle.target - elapsed, ZERO) // _SECOND,
            reason=reason,
        )
        return [*self._verdict(clock, cycle, at), paused]

    def resume(self, clock: Clock) -> list[Event]:
        """A paused clock goes on with what remains; so does a met one, whose ticket was reopened."""
        cycle = self._in(clock, "paused", "met")
        if cycle is None:
            return []
        at = max(self.at, cycle.since)
        remaining = max(cycle.target - cycle.elapsed, ZERO)
        measure = self._measure(clock)
        # What covered no working time moves nothing, nor does anything move a verdict.
        stays = cycle.breached or not measure.elapsed(cycle.since, at)
        due_at = cycle.due_at if stays else measure.due(at, remaining)
        running = Cycle(cycle.number, "running", cycle.target, due_at, at, cycle.elapsed, cycle.fired)
        return [
            sla.ClockResumed(
                ticket_id=self.ticket_id,
                clock=clock,
                cycle=cycle.number,
                at=at,
                due_at=due_at,
                remaining_s=remaining // _SECOND,
                next=None if cycle.breached else self._following(clock, running),
            )
        ]

    def meet(self, clock: Clock) -> list[Event]:
        """A clock that runs or pauses has reached its purpose."""
        cycle = self._in(clock, "running", "paused")
        if cycle is None:
            return []
        at = max(self.at, cycle.since)
        running = cycle.phase == "running"
        elapsed = self._elapsed(clock, cycle, at) if running else cycle.elapsed
        met = sla.ClockMet(
            ticket_id=self.ticket_id,
            clock=clock,
            cycle=cycle.number,
            at=at,
            elapsed_s=elapsed // _SECOND,
            elapsed_us=elapsed % _SECOND // _MICROSECOND,
            late=at > cycle.due_at if running else cycle.breached,
        )
        return [*self._verdict(clock, cycle, at), met]

    def stop(self, clock: Clock, reason: str) -> list[Event]:
        """A clock that runs or pauses has lost its purpose."""
        cycle = self._in(clock, "running", "paused")
        if cycle is None:
            return []
        at = max(self.at, cycle.since)
        stopped = sla.ClockStopped(
            ticket_id=self.ticket_id, clock=clock, cycle=cycle.number, at=at, reason=reason
        )
        return [*self._verdict(clock, cycle, at), stopped]

    def stop_all(self, reason: str) -> list[Event]:
        """Every clock that runs or pauses stops."""
        return [event for clock in self.clocks.cycles for event in self.stop(clock, reason)]

    def ring(self, timer: TimerFired) -> list[Event]:
        """The clock's timer has come due; nothing happens when the clock has moved on since it was set."""
        clock = timer.clock
        cycle = self._in(clock, "running")
        if cycle is None or (cycle.number, cycle.next_stage, cycle.next_at) != (
            timer.cycle,
            timer.stage,
            timer.due_at,
        ):
            return []
        if timer.stage == END:
            end = sla.ClockBreached if clock in BUSINESS else sla.DeadlineReached
            return [
                end(
                    ticket_id=self.ticket_id,
                    clock=clock,
                    cycle=cycle.number,
                    at=cycle.due_at,
                    detected_at=self.now,
                )
            ]
        announced = sla.ClockWarned if clock in BUSINESS else sla.ReminderDue
        return [
            announced(
                ticket_id=self.ticket_id,
                clock=clock,
                cycle=cycle.number,
                at=timer.due_at,
                stage=timer.stage,
                detected_at=self.now,
                due_at=cycle.due_at,
                next=self._following(clock, cycle, after=timer.stage),
            )
        ]

    def _verdict(self, clock: Clock, cycle: Cycle, at: datetime) -> Iterator[Event]:
        """The breach that lies before `at`, where the timer has not been there to see it."""
        if clock in BUSINESS and cycle.phase == "running" and not cycle.breached and cycle.due_at < at:
            yield sla.ClockBreached(
                ticket_id=self.ticket_id,
                clock=clock,
                cycle=cycle.number,
                at=cycle.due_at,
                detected_at=self.now,
            )

    def _following(self, clock: Clock, cycle: Cycle, after: int | None = None) -> Stage:
        """The first stage after those that have gone out, and when it comes."""
        fired = cycle.fired if after is None else after
        for stage, used in stages(clock, self.pinned.policy(self.terms), cycle.target):
            if stage > fired:
                left = max(used - cycle.elapsed, ZERO)
                return Stage(stage=stage, at=self._measure(clock).due(cycle.since, left))
        return Stage(stage=END, at=cycle.due_at)

    def _elapsed(self, clock: Clock, cycle: Cycle, at: datetime) -> timedelta:
        return cycle.elapsed + self._measure(clock).elapsed(cycle.since, at)

    def _measure(self, clock: Clock) -> Measure:
        return self.pinned.measure(clock, self.terms)

    def _in(self, clock: Clock, *phases: str) -> Cycle | None:
        cycle = self.clocks.cycles.get(clock)
        return cycle if cycle is not None and cycle.phase in phases else None
