"""What of a ticket all its clocks go by: what it waits for, what it is, which versions it goes by. Pure."""

from typing import Literal

from contracts import sla
from contracts.directory import PauseReason
from contracts.envelope import SYSTEM, Actor
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


def reclassify(on: Occasion, case: Case, by: Actor, reason: str) -> None:
    """Other targets may hold: what has elapsed stays elapsed. Source: domain page, Clocks, rule 3."""
    if case == on.clocks.case:
        return
    note(on, on.clocks._replace(case=case), "reclassified", by, reason)
    retarget(on, "reclassified")


def retarget(on: Occasion, cause: Retargeting) -> None:
    """Every clock of working time runs towards the target that holds now.

    A resolution's clock that the ticket gets only now counts from now on; one that it loses stops.
    """
    on.judge()
    for clock in BUSINESS:
        whole = on.target(clock, on.at)
        if whole is None:
            on.stop(clock, cause)
        else:
            on.retarget(clock, whole, cause)
    start_resolution(on)


def start_resolution(on: Occasion) -> None:
    """A resolution's clock begins where the ticket has none that runs, and is not resolved."""
    closing, latest = on.clocks.cycles.get("auto_close"), on.clocks.cycles.get("resolution")
    resolved = closing is not None and closing.phase == "running"
    if not resolved and (latest is None or latest.phase == "stopped"):
        on.start("resolution", latest.last + 1 if latest else 1)
