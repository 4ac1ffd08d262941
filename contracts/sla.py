"""Events of the clocks, owned by sla. A clock's *cycle* counts its starts on one ticket from 1."""

from typing import Literal
from uuid import UUID

from contracts.directory import PauseReason
from contracts.envelope import SYSTEM, Actor, Event, Frozen, Instant, Key, Text
from contracts.words import Classification, Criticality, Priority

Clock = Literal[
    "first_response", "next_response", "resolution", "unreachable", "customer_silence", "auto_close"
]


class Stage(Frozen):
    """Where the clock's timer rings next: a warning's per cent of the target, a reminder's count, 100 its end."""

    stage: int
    at: Instant


class OfClock(Event):
    """Which clock of which ticket; `at` is the instant the fact counts from."""

    ticket_id: UUID
    clock: Clock
    cycle: int
    at: Instant


class ClockStarted(OfClock, owner="sla"):
    """The clock runs towards `due_at`.

    `target_s` seconds, of working time when `business` holds, of elapsed calendar time otherwise; the
    calendar and policy versions are those pinned when the ticket opened. Classification, priority and
    criticality are those the target was chosen by, null where they were not known yet.

    `passed` is the last stage that lay before an import was finished, 0 for none: what passed there fires
    nothing, and at 100 the clock ran out there and gets no verdict. `asked_at`, of `next_response` only, is when
    the question came that had waited for an answer without a clock, since there was no target for it until now.
    """

    number: str
    target_s: int
    business: bool
    due_at: Instant
    calendar: Key
    calendar_version: int
    sla_policy: Key
    sla_policy_version: int
    next: Stage | None = None
    classification: Classification | None = None
    priority: Priority | None = None
    criticality: Criticality | None = None
    passed: int = 0
    asked_at: Instant | None = None


class ClockPaused(OfClock, owner="sla"):
    """While paused there is no due instant, only what remains.

    `elapsed_us` are the microseconds beyond the whole seconds `elapsed_s`: a pause must not move a due instant.
    """

    elapsed_s: int
    elapsed_us: int = 0
    remaining_s: int
    reason: str


class ClockResumed(OfClock, owner="sla"):
    """Runs again: due = now + remaining, in working time. A resolution's clock runs again when reopened."""

    due_at: Instant
    remaining_s: int
    next: Stage | None = None


class ClockRetargeted(OfClock, owner="sla"):
    """Has another target from `at` on, since the ticket was reclassified: what has elapsed stays elapsed.

    `due_at` is null while it is paused. Where nothing remains, `ClockBreached` with cause `reclassified` follows.
    With cause `rebased` a manager had it counted by other versions, named here: what has elapsed is what
    had elapsed by the new calendar, and `met_elapsed_us` microseconds of it when it was last met. It may be of a
    resolution's earlier cycle, which stands again as it was met if the reopening is dismissed: no later cycle moves
    by that. `passed` is the last stage that has gone out, or is used up at once and never will.
    Source: domain page, Clocks, rules 3 and 4.
    """

    target_s: int
    previous_target_s: int
    elapsed_s: int
    elapsed_us: int = 0
    remaining_s: int
    due_at: Instant | None
    previous_due_at: Instant | None
    next: Stage | None = None
    passed: int = 0
    cause: Literal["reclassified", "rebased"] = "reclassified"
    met_elapsed_us: int | None = None
    calendar: Key | None = None
    calendar_version: int | None = None
    sla_policy: Key | None = None
    sla_policy_version: int | None = None


class ClockRestored(OfClock, owner="sla"):
    """Runs towards its old due instant again, as if it had never been met or stopped.

    A reopening was dismissed, or the closure that stopped it was undone.
    """

    due_at: Instant
    next: Stage | None = None


class ClockMet(OfClock, owner="sla"):
    """Reached its purpose; `late` when that was after its due instant, which a breach has said before.

    Not `late` after a breach: it was met in time, and known too late for the timer. The breach stays on record.
    `target_s` is said where an earlier cycle stands again as it was met, since the reopening in which another
    began was dismissed: with the breach that it had, if it had one.
    """

    elapsed_s: int
    elapsed_us: int = 0
    late: bool
    target_s: int | None = None
    breached_at: Instant | None = None


class ClockStopped(OfClock, owner="sla"):
    """Stopped without a verdict of its own: the ticket was answered otherwise, closed or merged."""

    reason: str


class ClockWarned(OfClock, owner="sla"):
    """`stage` per cent of the target is used up; `detected_at` is when the timer saw it.

    People are told from `alert_at` on, the calendar's next opening, where it was seen outside working hours;
    null: at once. `acknowledged`: somebody has seen to an earlier stage of this cycle, so that it climbs no higher.
    Source: domain page, Clocks, rule 6.
    """

    stage: int
    detected_at: Instant
    due_at: Instant
    next: Stage | None = None
    alert_at: Instant | None = None
    acknowledged: bool = False


class ClockBreached(OfClock, owner="sla"):
    """Past due; `at` is the due instant, `detected_at` when the timer saw it. Never rewritten.

    `alert_at` as of a warning; everybody is told of a breach, whatever was acknowledged.
    """

    detected_at: Instant
    cause: Literal["time", "reclassified", "rebased"] = "time"
    alert_at: Instant | None = None


class AlertAcknowledged(Event, owner="sla"):
    """Somebody sees to what the clock's last alert said: its `stage`, 100 the breach. It moves no clock."""

    ticket_id: UUID
    clock: Clock
    cycle: int
    stage: int
    by: Actor
    at: Instant


class ReminderDue(OfClock, owner="sla"):
    """The customer is reminded, `stage` counts from 1, that the desk waits; `due_at` is when it would close."""

    stage: int
    detected_at: Instant
    due_at: Instant
    next: Stage | None = None


class DeadlineReached(OfClock, owner="sla"):
    """A clock that closes tickets ran out; lifecycle decides what follows. `at` is the due instant.

    `attempts`, of `unreachable` only: how many without an answer it takes, by the policy that the ticket goes by.
    """

    detected_at: Instant
    attempts: int | None = None


class CircumstancesNoted(Event, owner="sla"):
    """What the clocks of a ticket go by from `at` on, whole: those that start later need it too.

    `because` says what has changed: it was brought here from the desk's earlier system; it was reclassified; a
    manager had it counted by newer versions; or it `waits` for something, or goes on. Journals from before
    2026-11-28 lack the waits of tickets whose policy starts no clock after the opening. `asked_at` is when a
    question of the customer came that waits for an answer though the policy has no clock for it; where it has one,
    that clock says it. Journals from before that was noted lack it.
    """

    ticket_id: UUID
    at: Instant
    because: Literal["imported", "reclassified", "rebased", "waits"]
    by: Actor = SYSTEM
    reason: Text = ""
    number: str
    opened_at: Instant
    answered: bool
    waits: PauseReason | None = None
    asked_at: Instant | None = None
    classification: Classification
    priority: Priority
    criticality: Criticality | None = None
    calendar: Key
    calendar_version: int
    sla_policy: Key
    sla_policy_version: int
