"""Why a clock stands where it stands: what counted, what did not, by which versions, and the arithmetic. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from uuid import UUID

from contracts import sla
from contracts.commands import Explanation, Pause, Run, TargetChosen
from contracts.envelope import Event
from contracts.sla import Clock
from journal.errors import Refused
from services.sla.circumstances import Retargeting
from services.sla.clocks import ZERO, Clocks, Cycle, Terms, evolve, terms_of
from services.sla.pinned import Pinned
from services.sla.stretches import Stretch, course, of_cycle
from services.sla.wording import LANGUAGES, worded

_SECOND = timedelta(seconds=1)


def explain(
    ticket_id: UUID, history: Sequence[Event], clock: Clock, number: int | None, now: datetime, pinned: Pinned
) -> Explanation:
    """A clock of a ticket as it stands `now`, its latest cycle where none is named.

    Raises:
        Refused: the ticket has no clocks, or not this one.
    """
    if not history:
        raise Refused("no_such_ticket")
    # Not the last that was spoken of: a rebase counts a resolution anew that only may stand again.
    latest = _folded(history).cycles.get(clock)
    mine = of_cycle(history, clock, number or (latest.number if latest else 0))
    if not mine or not isinstance(started := mine[0], sla.ClockStarted):
        raise Refused("no_such_clock", clock=clock)
    return _Told(ticket_id, history, mine, started, _folded(mine).cycles[clock], now, pinned).whole()


def _folded(events: Sequence[Event]) -> Clocks:
    return reduce(evolve, events, Clocks())


@dataclass(frozen=True, slots=True)
class _Told:
    """What is known of one cycle."""

    ticket_id: UUID
    history: Sequence[Event]
    events: Sequence[sla.OfClock]
    started: sla.ClockStarted
    cycle: Cycle
    now: datetime
    pinned: Pinned

    def whole(self) -> Explanation:
        stretches = course(self.events)
        terms = self._terms()
        runs = self._runs(stretches, terms)
        elapsed_s = sum(run.counted_s for run in runs)
        target_s = self.cycle.target // _SECOND
        breach = next((event for event in self.events if isinstance(event, sla.ClockBreached)), None)
        reached = next((event for event in self.events if isinstance(event, sla.DeadlineReached)), None)
        stood = bool(stretches) and stretches[-1].reason is not None
        told = Explanation(
            ticket_id=self.ticket_id,
            number=self.started.number,
            clock=self.started.clock,
            cycle=self.started.cycle,
            at=self.now,
            state=self.cycle.phase,
            business=self.started.business,
            time_zone=self.pinned.calendar(terms).time_zone,
            target_s=target_s,
            elapsed_s=elapsed_s,
            remaining_s=max(target_s - elapsed_s, 0),
            due_at=None if stood and breach is None else self.cycle.due_at,
            lapsed=self.cycle.lapsed,
            breached_at=breach and breach.at,
            detected_at=(breach and breach.detected_at) or (reached and reached.detected_at),
            ended_at=None if self.cycle.alive else _ended_at(self.events),
            asked_at=self.started.asked_at,
            targets=tuple(self._targets()),
            runs=tuple(runs),
            pauses=tuple(self._pauses(stretches, terms)),
            words={},
        )
        words = {language: tuple(worded(told, language)) for language in LANGUAGES}
        return told.model_copy(update={"words": words})

    def _rebased(self) -> Iterator[sla.CircumstancesNoted]:
        """When it was counted anew: what was judged, or ended for good, keeps the versions it ended by."""
        clocks = Clocks()
        for event in self.history:
            noted = event if isinstance(event, sla.CircumstancesNoted) else None
            if noted and noted.because == "rebased" and self._counts_anew(clocks):
                yield noted
            clocks = evolve(clocks, event)

    def _counts_anew(self, clocks: Clocks) -> bool:
        resolution = self.started.clock == "resolution"
        latest, standing = clocks.cycles.get(self.started.clock), clocks.standing if resolution else None
        lives = latest is not None and (latest.alive or (resolution and latest.phase == "met"))
        counted = (latest if lives else None, standing)
        return any(one and one.number == self.started.cycle and not one.judged for one in counted)

    def _terms(self) -> Terms:
        """The versions that all of it is counted by: those it started with, or was rebased on last."""
        return next((terms_of(noted) for noted in reversed([*self._rebased()])), terms_of(self.started))

    def _runs(self, stretches: Sequence[Stretch], terms: Terms) -> list[Run]:
        told, total, calendar = [], ZERO, self.pinned.calendar(terms)
        measure = self.pinned.measure(self.started.clock, terms)
        for one in stretches:
            until = one.ends_at or max(self.now, one.starts_at)
            if one.reason is not None or until == one.starts_at:
                continue
            before, total = total // _SECOND, total + measure.elapsed(one.starts_at, until)
            spans = (
                calendar.open_spans(one.starts_at, until)
                if self.started.business
                else [(one.starts_at, until)]
            )
            told.append(
                Run(
                    starts_at=one.starts_at,
                    ends_at=one.ends_at,
                    counted_s=total // _SECOND - before,
                    spans=tuple(spans),
                    calendar=terms.calendar,
                    calendar_version=terms.calendar_version,
                )
            )
        return told

    def _pauses(self, stretches: Sequence[Stretch], terms: Terms) -> list[Pause]:
        measure = self.pinned.measure(self.started.clock, terms)
        return [
            Pause.model_validate(
                {
                    "starts_at": one.starts_at,
                    "ends_at": one.ends_at,
                    "reason": one.reason,
                    "spared_s": measure.elapsed(one.starts_at, one.ends_at or self.now) // _SECOND,
                }
            )
            for one in stretches
            if one.reason is not None
        ]

    def _targets(self) -> list[TargetChosen]:
        """The target it started with, and those that replaced it; what chose each."""
        terms = terms_of(self.started)
        chosen = [
            TargetChosen(
                since=self.started.at,
                because="started",
                target_s=self.started.target_s,
                sla_policy=terms.sla_policy,
                sla_policy_version=terms.sla_policy_version,
                classification=self.started.classification,
                priority=self.started.priority,
                criticality=self.started.criticality,
            )
        ]
        noted: sla.CircumstancesNoted | None = None
        rebased = [*self._rebased()]
        for event in self.history:
            if isinstance(event, sla.CircumstancesNoted):
                noted = event
                if event not in rebased:
                    continue
                terms = terms_of(event)
                chosen.append(_chosen("rebased", chosen[-1].target_s, event.at, terms, event))
            elif (
                isinstance(event, sla.ClockRetargeted)
                and event.clock == self.started.clock
                and event.cycle == self.started.cycle
            ):
                if event.cause == "rebased":  # it was noted just before
                    chosen.pop()
                chosen.append(_chosen(event.cause, event.target_s, event.at, terms, noted))
        return chosen


def _chosen(
    because: Retargeting, target_s: int, since: datetime, terms: Terms, noted: sla.CircumstancesNoted | None
) -> TargetChosen:
    return TargetChosen(
        since=since,
        because=because,
        target_s=target_s,
        sla_policy=terms.sla_policy,
        sla_policy_version=terms.sla_policy_version,
        classification=noted and noted.classification,
        priority=noted and noted.priority,
        criticality=noted and noted.criticality,
    )


def _ended_at(events: Sequence[sla.OfClock]) -> datetime:
    """When it was met, stopped, or reached its end, the last time it did."""
    ends = (sla.ClockMet, sla.ClockStopped, sla.DeadlineReached)
    return next(event.at for event in reversed(events) if isinstance(event, ends))
