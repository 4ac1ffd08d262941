"""Events of the clocks, owned by sla. A clock's *cycle* counts its starts on one ticket from 1."""

from typing import Literal
from uuid import UUID

from contracts.envelope import Event, Frozen, Instant, Key

Clock = Literal[
    "first_response", "next_response", "resolution", "unreachable", "customer_silence", "auto_close"
]


class Stage(Frozen):
    """Where the clock's timer rings next: a warning's per cent of the target, a reminder's count, 100 its end."""

    stage: int
    at: Instant


class _OfClock(Event):
    """Which clock of which ticket; `at` is the instant the fact counts from."""

    ticket_id: UUID
    clock: Clock
    cycle: int
    at: Instant


class ClockStarted(_OfClock, owner="sla"):
    """The clock runs towards `due_at`.

    `target_s` seconds, of working time when `business` holds, of elapsed calendar time otherwise; the
    calendar and policy versions are those pinned when the ticket opened.
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


class ClockPaused(_OfClock, owner="sla"):
    """While paused there is no due instant, only what remains.

    `elapsed_us` are the microseconds beyond the whole seconds `elapsed_s`: a pause must not move a due instant.
    """

    elapsed_s: int
    elapsed_us: int = 0
    remaining_s: int
    reason: str


class ClockResumed(_OfClock, owner="sla"):
    """Runs again: due = now + remaining, in working time. A resolution's clock runs again when reopened."""

    due_at: Instant
    remaining_s: int
    next: Stage | None = None


class ClockRetargeted(_OfClock, owner="sla"):
    """Has another target from `at` on, since the ticket was reclassified: what has elapsed stays elapsed.

    `due_at` is null while it is paused. Where nothing remains, `ClockBreached` with cause `reclassified` follows.
    Source: domain page, Clocks, rule 3.
    """

    target_s: int
    previous_target_s: int
    elapsed_s: int
    elapsed_us: int = 0
    remaining_s: int
    due_at: Instant | None
    previous_due_at: Instant | None
    next: Stage | None = None


class ClockRestored(_OfClock, owner="sla"):
    """Runs towards its old due instant again, as if it had never been met: a reopening was dismissed."""

    due_at: Instant
    next: Stage | None = None


class ClockMet(_OfClock, owner="sla"):
    """Reached its purpose; `late` when that was after its due instant, which a breach has said before.

    Not `late` after a breach: it was met in time, and known too late for the timer. The breach stays on record.
    """

    elapsed_s: int
    elapsed_us: int = 0
    late: bool


class ClockStopped(_OfClock, owner="sla"):
    """Stopped without a verdict of its own: the ticket was answered otherwise, closed or merged."""

    reason: str


class ClockWarned(_OfClock, owner="sla"):
    """`stage` per cent of the target is used up; `detected_at` is when the timer saw it."""

    stage: int
    detected_at: Instant
    due_at: Instant
    next: Stage | None = None


class ClockBreached(_OfClock, owner="sla"):
    """Past due; `at` is the due instant, `detected_at` when the timer saw it. Never rewritten."""

    detected_at: Instant
    cause: Literal["time", "reclassified"] = "time"


class ReminderDue(_OfClock, owner="sla"):
    """The customer is reminded, `stage` counts from 1, that the desk waits; `due_at` is when it would close."""

    stage: int
    detected_at: Instant
    due_at: Instant
    next: Stage | None = None


class DeadlineReached(_OfClock, owner="sla"):
    """A clock that closes tickets ran out; lifecycle decides what follows. `at` is the due instant."""

    detected_at: Instant
