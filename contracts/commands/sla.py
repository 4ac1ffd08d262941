"""Commands of sla, and the forms of what it answers in `Reply.result`."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts.commands.said import OnTicket, Why
from contracts.directory import PauseReason
from contracts.envelope import Command, Frozen, Instant, Key, Language
from contracts.sla import Clock
from contracts.words import Classification, Criticality, Priority

REBASED_MAX = 200
"""Tickets of one rebase. Source: judgement; each one's history is read, within the 15 s that a request waits."""


class ExplainClock(OnTicket, owner="sla"):
    """Ask why a clock stands where it stands: `Explanation`. The latest cycle where none is named. Reads only."""

    clock: Clock
    cycle: Annotated[int, Field(ge=1)] | None = None


class AcknowledgeAlert(OnTicket, owner="sla"):
    """Say that one sees to what a clock has warned of: its further warnings climb no higher, a breach still does."""

    clock: Clock


class PreviewRebase(Command, owner="sla"):
    """Ask what `RebaseTickets` would change now: `Rebased`. Reads only."""

    ticket_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=REBASED_MAX)]
    sla_policy: Key | None = None


class RebaseTickets(PreviewRebase, owner="sla"):
    """Count these tickets by the newest version of their SLA policy and its calendar: `Rebased`.

    `sla_policy` names another policy; left out, each ticket keeps its own. All or none.
    """

    reason: Why


class RebasedClock(Frozen):
    """What a rebase does to one clock: `state` is what it does from then on. Due instants are null unless it runs.

    `breaches`: it breaches on the occasion: nothing of the new target remains, or it had run out and the timer had
    not been there yet to see it. `closes`: its end is past, so the clock closes its ticket at once. The previous
    target is 0 where the clock starts only now.
    """

    clock: Clock
    cycle: int
    target_s: int
    previous_target_s: int
    due_at: Instant | None
    previous_due_at: Instant | None
    breaches: bool
    state: Literal["running", "paused", "met", "stopped", "ended"] = "running"
    closes: bool = False


class RebasedTicket(Frozen):
    """What a rebase does to one ticket: the versions it goes by from now on, and the clocks that move."""

    ticket_id: UUID
    number: str
    calendar: Key
    calendar_version: int
    sla_policy: Key
    sla_policy_version: int
    clocks: tuple[RebasedClock, ...]


class Rebased(Frozen):
    """The tickets that a rebase changes; those of which nothing changes are left out."""

    tickets: tuple[RebasedTicket, ...]


class Run(Frozen):
    """A stretch in which the clock ran: `counted_s` of it counted, in `spans` of working time.

    `ends_at` is null while it still runs; it is counted up to `Explanation.at` then.
    """

    starts_at: Instant
    ends_at: Instant | None
    counted_s: int
    spans: tuple[tuple[Instant, Instant], ...]
    calendar: Key
    calendar_version: int


class Pause(Frozen):
    """A stretch in which the clock stood still; `spared_s` would have counted. Null `ends_at`: it still does.

    `met`: it had reached its purpose, until the ticket was reopened.
    """

    starts_at: Instant
    ends_at: Instant | None
    reason: PauseReason | Literal["met"]
    spared_s: int


class TargetChosen(Frozen):
    """A target, from when on, by which policy version, and what of the ticket chose it."""

    since: Instant
    because: Literal["started", "reclassified", "rebased"]
    target_s: int
    sla_policy: Key
    sla_policy_version: int
    classification: Classification | None = None
    priority: Priority | None = None
    criticality: Criticality | None = None


class Explanation(Frozen):
    """Why a clock stands where it stands `at` an instant: data, and `words`, one sentence an item.

    `elapsed_s + remaining_s == target_s` until it is used up; `elapsed_s` is the sum of what the runs counted.
    There is no `due_at` while it stands still. `lapsed`: it ran out before the ticket was imported, and gets no
    verdict. `ended_at` is when it was met, stopped, or reached its end, in those states. `asked_at` is when the question
    came for which the clock started only later, when it got a target; null where it started with the question.
    """

    ticket_id: UUID
    number: str
    clock: Clock
    cycle: int
    at: Instant
    state: Literal["running", "paused", "met", "stopped", "ended"]
    business: bool
    time_zone: str
    target_s: int
    elapsed_s: int
    remaining_s: int
    due_at: Instant | None
    lapsed: bool
    breached_at: Instant | None
    detected_at: Instant | None
    ended_at: Instant | None
    asked_at: Instant | None = None
    targets: tuple[TargetChosen, ...]
    runs: tuple[Run, ...]
    pauses: tuple[Pause, ...]
    words: dict[Language, tuple[str, ...]]
