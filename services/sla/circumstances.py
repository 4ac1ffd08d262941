"""What of a ticket all its clocks go by: what it waits for, what was asked, what it is, which versions. Pure."""

from datetime import datetime
from typing import Literal

from contracts import sla
from contracts.directory import PauseReason
from contracts.envelope import SYSTEM, Actor
from contracts.sla import Clock
from services.sla.clocks import Case, Clocks
from services.sla.moving import Occasion
from services.sla.pinned import BUSINESS, pauses
from services.sla.ringing import warn_before_pause

Because = Literal["imported", "reclassified", "rebased", "waits"]
Retargeting = Literal["reclassified", "rebased"]


def note(on: Occasion, clocks: Clocks, because: Because, by: Actor = SYSTEM, reason: str = "") -> None:
    """The ticket's clocks go by what `clocks` says from now on."""
    terms = clocks.terms or on.terms
    on.record(
        sla.CircumstancesNoted(
            ticket_id=on.ticket_id,
            at=on.at,
            because=because,
            by=by,
            reason=reason,
            number=clocks.number,
            opened_at=clocks.opened_at or on.at,
            answered=clocks.answered,
            waits=clocks.waits,
            asked_at=clocks.asked_at,
            **clocks.case._asdict(),
            **terms._asdict(),
        )
    )


def wait(on: Occasion, reason: PauseReason) -> None:
    """The ticket waits: clocks that pause for it stand still, and those that start meanwhile will."""
    for clock in BUSINESS:
        if pauses(clock, on.policy, reason):
            warn_before_pause(clock, on)
            on.pause(clock, reason)
    if on.clocks.waits != reason:
        note(on, on.clocks._replace(waits=reason), "waits")


def wait_on(on: Occasion) -> None:
    """What the ticket waits for pauses other clocks, by another policy."""
    for clock in BUSINESS:
        if on.clocks.waits is not None and pauses(clock, on.policy, on.clocks.waits):
            on.pause(clock, on.clocks.waits)
        else:
            on.resume(clock)


def go_on(on: Occasion) -> None:
    """The ticket waits no more: its clocks go on with what remains."""
    end_wait(on)
    for clock in BUSINESS:
        on.resume(clock)


def end_wait(on: Occasion) -> None:
    """The ticket waits no more; of its clocks something else becomes."""
    if on.clocks.waits is not None:
        note(on, on.clocks._replace(waits=None), "waits")


def ask(on: Occasion, at: datetime | None = None) -> None:
    """A person of the customer spoke after the first answer; what waits for an answer already goes on waiting.

    Its clock starts; where the policy has none, that it waits is noted, for the target that the ticket may gain.
    """
    latest, at = on.clocks.cycles.get("next_response"), at or on.at
    if not on.clocks.answered or on.clocks.waiting_since is not None:
        return
    if latest is not None and latest.closed_from:
        return  # the message was in time: ClosureUndone lets what waited then go on
    if on.target("next_response", at) is None:
        note(on, on.clocks._replace(asked_at=at), "waits")
    else:
        _begin("next_response", on, at)


def answer(on: Occasion) -> None:
    """What the customer asked has its answer."""
    on.meet("next_response")
    end_question(on)


def end_question(on: Occasion) -> None:
    """No question waits without a clock any more."""
    if on.clocks.asked_at is not None:
        note(on, on.clocks._replace(asked_at=None), "waits")


def reclassify(on: Occasion, case: Case, by: Actor, reason: str) -> None:
    """Other targets may hold: what has elapsed stays elapsed. Source: domain page, Clocks, rule 3."""
    if case == on.clocks.case:
        return
    note(on, on.clocks._replace(case=case), "reclassified", by, reason)
    retarget(on, "reclassified")


def retarget(on: Occasion, cause: Retargeting) -> None:
    """Every clock of working time runs towards the target that holds now.

    A clock of the resolution or of a question that waits, which the ticket gets only now, counts from now on; one that
    it loses stops.
    """
    on.judge()
    for clock in BUSINESS:
        whole = on.target(clock, on.at)
        if whole is None:
            lose(clock, cause, on)
        else:
            on.retarget(clock, whole, cause)
    gain(on)


def lose(clock: Clock, cause: Retargeting, on: Occasion) -> None:
    """A clock that the ticket has no target for stops; the question that it stood for waits on without it."""
    asked_at = on.clocks.waiting_since
    on.stop(clock, cause)
    if on.clocks.waiting_since != asked_at:
        note(on, on.clocks._replace(asked_at=asked_at), "waits")


def gain(on: Occasion) -> None:
    """Where a question waits, or the resolution is to come, without a clock, that begins, if there is a target for it now.

    It counts from now on: elapsed is what a clock has run, and one that the ticket had no target for has not run.
    Source: domain page, Clocks, rules 2 and 3.
    """
    if on.clocks.asked_at is not None:
        _begin("next_response", on)
    closing, latest = on.clocks.cycles.get("auto_close"), on.clocks.cycles.get("resolution")
    resolved = closing is not None and closing.phase == "running"
    if not resolved and (latest is None or latest.phase == "stopped"):
        _begin("resolution", on)


def _begin(clock: Clock, on: Occasion, at: datetime | None = None) -> None:
    latest = on.clocks.cycles.get(clock)
    on.start(clock, latest.last + 1 if latest else 1, at)
