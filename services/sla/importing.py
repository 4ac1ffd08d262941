"""A ticket of the desk's earlier system: its clocks start from its own past. Pure.

What lay before the import fires nothing. A clock that ran out there still starts, so that its end shows and
a later answer meets it, but it has `passed` 100: no timer, no verdict, never late. Warnings and reminders
that lay there are skipped in the same way. Of earlier waits only the last one for the customer is known: the
resolution's clock counts the others as worked time, and one held or awaiting approval stands from the import on.
"""

from contracts import lifecycle as l
from contracts.directory import PauseReason
from services.sla.circumstances import note
from services.sla.clocks import Case, Clocks, Terms
from services.sla.moving import Occasion
from services.sla.pinned import BUSINESS, pauses

_WAITING: dict[l.Status, PauseReason] = {
    "waiting_customer": "waiting_customer",
    "on_hold": "on_hold",
    "awaiting_approval": "awaiting_approval",
}


def terms_of(pinned: l.ImportFinished | l.TicketQueued) -> Terms:
    """The versions that the ticket pinned, as far as its clocks go by them."""
    terms = pinned.terms
    return Terms(terms.calendar, terms.calendar_version, terms.sla_policy, terms.sla_policy_version)


def case_of(ticket: l.ImportFinished | l.TicketQueued) -> Case:
    """What of the ticket chooses its targets."""
    return Case(ticket.classification, ticket.priority, ticket.criticality)


def take_over(finished: l.ImportFinished, on: Occasion) -> None:
    """The clocks of a ticket that lives."""
    clocks = Clocks(
        finished.number, terms_of(finished), finished.opened_at, case_of(finished), finished.answered
    )
    note(on, clocks, "imported")
    if not finished.answered:
        on.start("first_response", 1, finished.opened_at, finished.at)
    on.start("resolution", 1, finished.opened_at, finished.at)
    if finished.status == "resolved" and finished.resolved_at is not None:
        on.meet("resolution", finished.resolved_at)
        on.start("auto_close", finished.resolution, finished.resolved_at, finished.at)
    elif reason := _WAITING.get(finished.status):
        since = finished.waiting_since if reason == "waiting_customer" else None
        for clock in BUSINESS:
            if pauses(clock, on.policy, reason):
                on.pause(clock, reason, since)
        if since is not None:
            on.start("customer_silence", finished.waiting, since, finished.at)
        note(on, on.clocks._replace(waits=reason), "waits")
