"""What one occasion does to one clock: start, pause, resume, meet, stop, restore, retarget. Pure.

Each verb says the events that follow, none where the clock is not in a phase for it; the next verb sees them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from contracts import sla
from contracts.directory import SlaPolicy
from contracts.envelope import Event, validated
from contracts.sla import Clock, Stage
from services.sla.clocks import END, ZERO, Anew, Clocks, Cycle, Phase, Terms, evolve
from services.sla.pinned import BUSINESS, CLOSING, Measure, Pinned, pauses, stages, target

_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)
Verdict = Literal["time", "reclassified", "rebased"]


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer of `views.timers` has come due: which clock and cycle, at which stage."""

    ticket_id: UUID
    clock: Clock
    cycle: int
    stage: int
    due_at: datetime

    @property
    def closes(self) -> bool:
        """Whether a ticket closes because of it."""
        return self.stage == END and self.clock in CLOSING


@dataclass(slots=True)
class Occasion:
    """Something happened to a ticket `at` an instant, and is seen here `now`: its clocks, and what is said of them."""

    ticket_id: UUID
    at: datetime
    now: datetime
    clocks: Clocks
    pinned: Pinned
    events: list[Event] = field(default_factory=list)

    @property
    def terms(self) -> Terms:
        """The versions that the ticket goes by."""
        assert self.clocks.terms is not None  # noqa: S101 - nothing is an occasion before the ticket was queued
        return self.clocks.terms

    @property
    def policy(self) -> SlaPolicy:
        """The policy that the ticket goes by. Raises NotYet while it has not arrived."""
        return self.pinned.policy(self.terms)

    def target(self, clock: Clock, at: datetime) -> timedelta | None:
        """How long that clock may run from `at`; None when the policy does without it, or whoever asks."""
        return None if clock in self.pinned.without else target(clock, self.policy, self.clocks, at)

    def start(
        self, clock: Clock, number: int, at: datetime | None = None, brought_at: datetime | None = None
    ) -> None:
        """Cycle `number` of a clock begins, where the policy has such a clock; it waits if the ticket does.

        What lies before the instant at which the ticket was `brought_at` fires nothing.
        """
        at = at or self.at
        known = self.clocks.cycles.get(clock)
        whole = self.target(clock, at)
        if whole is None or (known is not None and known.last >= number):
            return
        cycle = Cycle(number, "running", whole, self._measure(clock).due(at, whole), at, at)
        passed = self._passed(clock, cycle, brought_at) if brought_at else 0
        case = self.clocks.case._asdict() if clock in BUSINESS else {}
        self.say(
            sla.ClockStarted,
            clock,
            number,
            at,
            number=self.clocks.number,
            target_s=whole // _SECOND,
            business=clock in BUSINESS,
            due_at=cycle.due_at,
            next=None if passed == END else self._following(clock, cycle, after=passed),
            passed=passed,
            asked_at=self.clocks.asked_at if clock == "next_response" else None,
            **self.terms._asdict(),
            **case,
        )
        if self.clocks.waits is not None and pauses(clock, self.policy, self.clocks.waits):
            self.pause(clock, self.clocks.waits)

    def pause(self, clock: Clock, reason: str, at: datetime | None = None) -> None:
        """A running clock stands still."""
        cycle = self._in(clock, "running")
        if cycle is None:
            return
        at = max(at or self.at, cycle.since)
        elapsed = self.elapsed(clock, cycle, at)
        self._judge(clock, cycle, at)
        remaining_s = max(cycle.target - elapsed, ZERO) // _SECOND
        self.say(
            sla.ClockPaused,
            clock,
            cycle.number,
            at,
            **_split(elapsed),
            remaining_s=remaining_s,
            reason=reason,
        )

    def resume(self, clock: Clock, *phases: Phase) -> None:
        """A paused clock goes on with what remains; so does one in another of the `phases` named."""
        cycle = self._in(clock, *(phases or ("paused",)))
        if cycle is None:
            return
        at = max(self.at, cycle.since)
        remaining = max(cycle.target - cycle.elapsed, ZERO)
        measure = self._measure(clock)
        # Nothing moves a verdict; nor does a pause without working time move what paused at its very end.
        stays = cycle.judged or not (remaining or measure.elapsed(cycle.since, at))
        due_at = cycle.due_at if stays else measure.due(at, remaining)
        running = cycle._replace(phase="running", due_at=due_at, since=at)
        self.say(
            sla.ClockResumed,
            clock,
            cycle.number,
            at,
            due_at=due_at,
            remaining_s=remaining // _SECOND,
            next=None if cycle.judged else self._following(clock, running),
        )

    def meet(self, clock: Clock, at: datetime | None = None) -> None:
        """A clock that runs or pauses has reached its purpose."""
        cycle = self._in(clock, "running", "paused")
        if cycle is None:
            return
        at = max(at or self.at, cycle.since)
        running = cycle.phase == "running"
        elapsed = self.elapsed(clock, cycle, at) if running else cycle.elapsed
        late = not cycle.lapsed and (at > cycle.due_at if running else cycle.breached)
        self._judge(clock, cycle, at)
        self.say(sla.ClockMet, clock, cycle.number, at, **_split(elapsed), late=late)

    def dismiss(self, clock: Clock, at: datetime) -> None:
        """A clock that was met `at` that instant is met as it was; what began since stops without a verdict."""
        cycle = self._in(clock, "running", "paused", "stopped")
        if cycle is None:
            return
        stood = next((one for one in (cycle, cycle.earlier) if one and one.met and one.met.at >= at), None)
        if stood is not cycle and cycle.phase != "stopped":
            self.say(sla.ClockStopped, clock, cycle.number, max(self.at, cycle.since), reason="dismissed")
        if stood is None or (met := stood.met) is None:
            return
        again: dict[str, Any] = {}
        if stood is not cycle:
            breached_at = stood.due_at if stood.breached else None
            again = {"target_s": stood.target // _SECOND, "breached_at": breached_at}
        self.say(sla.ClockMet, clock, stood.number, at, **_split(met.elapsed), late=met.late, **again)

    def stop(self, clock: Clock, reason: str) -> None:
        """A clock that runs or pauses has lost its purpose."""
        cycle = self._in(clock, "running", "paused")
        if cycle is None:
            return
        at = max(self.at, cycle.since)
        self._judge(clock, cycle, at)
        self.say(sla.ClockStopped, clock, cycle.number, at, reason=reason)

    def stop_all(self, reason: str) -> None:
        """Every clock that runs or pauses stops."""
        for clock in self.clocks.cycles:
            self.stop(clock, reason)

    def restore(self, clock: Clock, cycle: Cycle) -> None:
        """A clock that was met or stopped runs towards its old due instant again, even if that is past."""
        following = None if cycle.judged else self._following(clock, cycle)
        self.say(sla.ClockRestored, clock, cycle.number, self.at, due_at=cycle.due_at, next=following)

    def retarget(
        self,
        clock: Clock,
        whole: timedelta,
        cause: Literal["reclassified", "rebased"],
        anew: Anew | None = None,
        standing: Cycle | None = None,
    ) -> None:
        """A clock that runs or pauses, and was not judged, has another target; so does one that is counted `anew`.

        And one that is `standing`, which neither runs nor is the latest.
        """
        cycle = standing or self._in(clock, "running", "paused", *(("met",) if anew else ()))
        if cycle is None or cycle.judged or (anew is None and whole == cycle.target):
            return
        at, running = max(self.at, cycle.since), cycle.phase == "running"
        known = self.elapsed(clock, cycle, at) if running else cycle.elapsed
        elapsed = anew.elapsed if anew else known
        remaining = whole - elapsed
        due_at = None
        if running:
            due_at = self._measure(clock).due(at, remaining) if remaining > ZERO else at
        # Warnings that the new target has passed at once are no news: the new due instant is.
        passed = [stage for stage, used in stages(clock, self.policy, whole) if used < elapsed]
        fired = max(cycle.fired, *passed, 0)
        running_on = cycle._replace(
            phase="running", target=whole, due_at=due_at or at, since=at, elapsed=elapsed, fired=fired
        )
        following = self._following(clock, running_on) if running else None
        if (whole, elapsed) == (cycle.target, known) and cycle.stands(due_at, following):
            return
        self.say(
            sla.ClockRetargeted,
            clock,
            cycle.number,
            at,
            target_s=whole // _SECOND,
            previous_target_s=cycle.target // _SECOND,
            **_split(elapsed),
            remaining_s=max(remaining, ZERO) // _SECOND,
            due_at=due_at,
            previous_due_at=cycle.due_at if running else None,
            next=following,
            passed=fired,
            cause=cause,
            met_elapsed_us=None if anew is None or anew.met is None else anew.met // _MICROSECOND,
            **(self.terms._asdict() if cause == "rebased" else {}),
        )
        if remaining <= ZERO and clock in BUSINESS and cycle.alive:
            self._breach(clock, cycle.number, at, cause)

    def judge(self) -> None:
        """The breaches that lie before this occasion, where the timer has not been there to see them."""
        for clock in BUSINESS:
            if cycle := self._in(clock, "running"):
                self._judge(clock, cycle, self.at)

    def say(self, kind: type[Event], clock: Clock, cycle: int, at: datetime, **facts: Any) -> None:
        """An event of a clock; the clocks stand as they do after it."""
        said = {"ticket_id": self.ticket_id, "clock": clock, "cycle": cycle, "at": at, **facts}
        self.record(validated(kind.topic, said))

    def record(self, event: Event) -> None:
        """An event; the clocks stand as they do after it."""
        self.events.append(event)
        self.clocks = evolve(self.clocks, event)

    def seen(self, clock: Clock) -> dict[str, datetime]:
        """When it was seen, and for a clock of working time from when people are told, where that is not at once."""
        alert_at = self.pinned.alert_at(self.terms, self.now) if clock in BUSINESS else None
        return {"detected_at": self.now, **({"alert_at": alert_at} if alert_at else {})}

    def elapsed(self, clock: Clock, cycle: Cycle, at: datetime) -> timedelta:
        """How much of its target a running clock has used up."""
        return cycle.elapsed + self._measure(clock).elapsed(cycle.since, at)

    def following(self, clock: Clock, cycle: Cycle, after: int) -> Stage:
        """The first stage after that one, and when it comes."""
        return self._following(clock, cycle, after)

    def _judge(self, clock: Clock, cycle: Cycle, at: datetime) -> None:
        if clock in BUSINESS and cycle.phase == "running" and not cycle.judged and cycle.due_at < at:
            self._breach(clock, cycle.number, cycle.due_at, "time")

    def _breach(self, clock: Clock, number: int, at: datetime, cause: Verdict) -> None:
        self.say(sla.ClockBreached, clock, number, at, cause=cause, **self.seen(clock))

    def _following(self, clock: Clock, cycle: Cycle, after: int | None = None) -> Stage:
        """The first stage after those that have gone out, and when it comes."""
        fired = cycle.fired if after is None else after
        for stage, used in stages(clock, self.policy, cycle.target):
            if stage > fired:
                left = max(used - cycle.elapsed, ZERO)
                return Stage(stage=stage, at=self._measure(clock).due(cycle.since, left))
        return Stage(stage=END, at=cycle.due_at)

    def _passed(self, clock: Clock, cycle: Cycle, brought_at: datetime) -> int:
        """The last stage that lies before that instant; 0 for none."""
        if cycle.due_at < brought_at:
            return END
        measure = self._measure(clock)
        return max((s for s, d in self._stages(clock, cycle, measure) if d < brought_at), default=0)

    def _stages(self, clock: Clock, cycle: Cycle, measure: Measure) -> Iterator[tuple[int, datetime]]:
        for stage, used in stages(clock, self.policy, cycle.target):
            yield stage, measure.due(cycle.since, used)

    def _measure(self, clock: Clock) -> Measure:
        return self.pinned.measure(clock, self.terms)

    def _in(self, clock: Clock, *phases: Phase) -> Cycle | None:
        cycle = self.clocks.cycles.get(clock)
        return cycle if cycle is not None and cycle.phase in phases else None


def _split(elapsed: timedelta) -> dict[str, int]:
    """As an event says it: whole seconds, and the microseconds beyond them."""
    return {"elapsed_s": elapsed // _SECOND, "elapsed_us": elapsed % _SECOND // _MICROSECOND}
