"""Where a ticket may go, and what every event of a ticket says."""

from uuid import UUID

from contracts.envelope import Actor, Event, Instant
from contracts.words import Status

TRANSITIONS: dict[Status, frozenset[Status]] = {
    "open": frozenset(
        {"in_progress", "waiting_customer", "on_hold", "awaiting_approval", "resolved", "closed"}
    ),
    "in_progress": frozenset({"waiting_customer", "on_hold", "awaiting_approval", "resolved", "closed"}),
    "waiting_customer": frozenset({"in_progress", "resolved", "closed"}),
    "on_hold": frozenset({"in_progress", "resolved", "closed"}),
    "awaiting_approval": frozenset({"in_progress", "closed"}),
    "resolved": frozenset({"in_progress", "closed"}),
    "closed": frozenset(),
}
"""From each status, where a ticket may go. Source: domain page, Working a ticket.

Two ways lead around it, each with an event of its own that says so: `ReopeningDismissed`, back to
`resolved` as if never contested, and `ClosureUndone`, since ties favour the customer.
"""


class OfTicket(Event):
    """What every later event of a ticket says: which ticket, when it happened, and who did it.

    `imported`: it happened on the desk's earlier system and was brought here with its instant.
    """

    ticket_id: UUID
    at: Instant
    by: Actor
    imported: bool = False
