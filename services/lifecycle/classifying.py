"""Reclassify: set right what the ticket is. Several changes in one command are one event. Pure.

Source: domain page, Working a ticket.
"""

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Area, PriorityMatrix, ServiceKind
from contracts.envelope import Event
from contracts.words import Priority
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.assigning import must_be_an_analyst
from services.lifecycle.facts import Facts
from services.lifecycle.ticket import Ticket

MATRIX = "priority"
"""The key of the desk's matrix in the directory. Source: contracts/directory.py, `PriorityMatrix`."""
_ASKED: tuple[l.Classified, ...] = (
    "analyst",
    "area",
    "kind",
    "classification",
    "level",
    "criticality",
    "severity",
)
"""What a command sets outright; the priority follows, or is set by hand."""


def reclassify(asked: c.ReclassifyTicket, ticket: Ticket, context: Context) -> list[Event]:
    """All that really changes, as one event; [] when the ticket says so already.

    That the priority stands by hand from now on, or follows the matrix again, is a change of it too, of equal
    old and new value where it stays.
    """
    access.must_be_open(ticket)
    _must_make_sense(asked, ticket, context)
    new: dict[l.Classified, str | None] = {
        field: value for field in _ASKED if (value := getattr(asked, field)) is not None
    }
    moves = asked.area not in (None, ticket.area)
    if moves and asked.kind is None and not _suits(ticket.kind, asked.area, context.facts):
        new["kind"] = None  # a kind of another area means nothing here
    new["priority"], by_hand = _priority(asked, ticket, context.facts)
    changes = tuple(
        l.Change(field=field, old=getattr(ticket, field), new=value)
        for field, value in new.items()
        if value != getattr(ticket, field) or (field == "priority" and by_hand != ticket.by_hand)
    )
    if not changes:
        return []
    return [
        l.TicketReclassified(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            changes=changes,
            reason=asked.reason,
            by_hand=by_hand,
        )
    ]


def _must_make_sense(asked: c.ReclassifyTicket, ticket: Ticket, context: Context) -> None:
    facts: Facts = context.facts
    if asked.priority is not None and asked.by_matrix:
        raise Refused("priority_by_hand_or_matrix", number=ticket.number)
    if asked.priority is not None and not asked.reason:
        raise Refused("priority_needs_reason", number=ticket.number)
    if asked.area is not None and facts.directory.get(Area, asked.area) is None:
        raise Refused("no_such_area", area=asked.area)
    if asked.analyst is not None:
        must_be_an_analyst(asked.analyst, asked.area or ticket.area, asked.reason, context)
    if asked.kind is not None and not _suits(asked.kind, asked.area or ticket.area, facts):
        raise Refused("kind_not_of_area", kind=asked.kind, area=asked.area or ticket.area)
    if ticket.status == "awaiting_approval" and asked.classification not in (None, "project"):
        raise Refused("project_awaits_approval", number=ticket.number)


def _suits(kind: str | None, area: str | None, facts: Facts) -> bool:
    """Whether the desk has that kind, for that area or for all."""
    if kind is None:
        return True
    record = facts.directory.get(ServiceKind, kind)
    return record is not None and record.area in (None, area)


def _priority(asked: c.ReclassifyTicket, ticket: Ticket, facts: Facts) -> tuple[Priority, bool]:
    """The priority as it will be, and whether by hand. Only a new assessment lets it follow from the matrix anew."""
    if asked.priority is not None:
        return asked.priority, True
    assessed = asked.criticality is not None or asked.severity is not None
    if not asked.by_matrix and (ticket.by_hand or not assessed):
        return ticket.priority, ticket.by_hand
    matrix = facts.directory.get(PriorityMatrix, MATRIX)
    criticality, severity = asked.criticality or ticket.criticality, asked.severity or ticket.severity
    follows = matrix.priority(criticality, severity) if matrix else None
    return follows or ticket.priority, False
