"""Who answers for a ticket: taken, assigned, handed over, given back, or given by its area's rule. Pure.

Source: domain page, Who does what; issue "The ticket's whole life", point 3.
"""

from datetime import datetime, timedelta
from uuid import UUID

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Analyst, Area
from contracts.envelope import SYSTEM, Event
from contracts.words import AssignmentRule
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.facts import Facts, Load
from services.lifecycle.ticket import Ticket

_TICK = timedelta.resolution


def take(asked: c.TakeTicket, ticket: Ticket, context: Context) -> list[Event]:
    """The analyst makes it theirs; of a ticket that waits, the status stays."""
    access.must_not_be_resolved(ticket)
    return _assigned(asked.ticket_id, context.by.key, "", ticket, context)


def assign(asked: c.AssignTicket, ticket: Ticket, context: Context) -> list[Event]:
    """Hand the ticket to an analyst.

    Raises:
        Refused: `analyst_absent` or `not_of_area`, without a reason, for one who is away or of other areas.
    """
    access.must_be_open(ticket)
    return _assigned(asked.ticket_id, asked.analyst, asked.reason, ticket, context)


def give_back(asked: c.ReturnTicket, ticket: Ticket, context: Context) -> list[Event]:
    """Nobody answers for it any more; it stands in the queue of its area, in the status it has."""
    access.must_not_be_resolved(ticket)
    if ticket.analyst is None:
        return []
    return [
        l.TicketReturned(
            ticket_id=asked.ticket_id,
            at=context.now,
            by=context.by,
            previous=ticket.analyst,
            reason=asked.reason,
        )
    ]


def taken_by_author(ticket_id: UUID, ticket: Ticket, context: Context) -> list[Event]:
    """Whoever answers a ticket of the queue answers for it from then on, and work on it has begun."""
    if ticket.analyst is None or (ticket.status == "open" and ticket.analyst == context.by.key):
        return _assigned(ticket_id, context.by.key, "", ticket, context)
    return []


def must_be_an_analyst(key: str, area: str, reason: str, context: Context) -> None:
    """Refuse whom the desk does not have, and, without a reason, who is away or works other areas.

    What people take themselves they take on purpose, and managers answer for every area.
    """
    facts: Facts = context.facts
    record = works_here(key, facts)
    if reason or key == context.by.key:
        return
    away = record.absent_on(facts.local_date(context.now))
    if away is not None:
        raise Refused("analyst_absent", analyst=key, until=away.ends_on.isoformat())
    if record.role == "analyst" and area not in record.areas:
        raise Refused("not_of_area", analyst=key, area=area)


def works_here(key: str, facts: Facts) -> Analyst:
    """The analyst or manager with that key. Raises Refused (`no_such_analyst`)."""
    record = facts.directory.get(Analyst, key)
    if record is None or record.role == "auditor":
        raise Refused("no_such_analyst", analyst=key)
    return record


def by_rule(ticket_id: UUID, area: str, at: datetime, facts: Facts) -> list[Event]:
    """A new ticket goes to an analyst by its area's rule; to nobody where it has none, or all are away.

    Work has not begun, so the ticket stays `open`. Each is given later than the one before, if by a tick only,
    so that turns are told apart.
    """
    record = facts.directory.get(Area, area)
    rule = record.assignment if record else None
    chosen = _chosen(rule, area, at, facts) if rule else None
    if chosen is None:
        return []
    at = max([at, *(load.given_at + _TICK for load in facts.loads.values() if load.given_at)])
    return [l.TicketAssigned(ticket_id=ticket_id, at=at, by=SYSTEM, analyst=chosen, status="open", rule=rule)]


def _chosen(rule: AssignmentRule, area: str, at: datetime, facts: Facts) -> str | None:
    """The analyst of the area whose turn it is; those who work at that hour come first."""
    today = facts.local_date(at)
    present = [
        (key, analyst)
        for key, analyst in facts.directory.all(Analyst)
        if area in analyst.areas and analyst.role == "analyst" and analyst.absent_on(today) is None
    ]
    at_work = [pair for pair in present if facts.works_at(pair[1], at)]

    def turn(pair: tuple[str, Analyst]) -> tuple[int, float, str]:
        load = facts.loads.get(pair[0], Load())
        given = load.given_at.timestamp() if load.given_at else 0.0
        return (load.open_tickets if rule == "least_open" else 0, given, pair[0])

    candidates = at_work or present
    return min(candidates, key=turn)[0] if candidates else None


def _assigned(ticket_id: UUID, analyst: str, reason: str, ticket: Ticket, context: Context) -> list[Event]:
    must_be_an_analyst(analyst, ticket.area, reason, context)
    begins = ticket.status == "open" and analyst == context.by.key
    if ticket.analyst == analyst and not begins:
        return []
    return [
        l.TicketAssigned(
            ticket_id=ticket_id,
            at=context.now,
            by=context.by,
            analyst=analyst,
            previous=ticket.analyst,
            reason=reason,
            status=begun(ticket),
        )
    ]


def begun(ticket: Ticket) -> l.Status:
    """The status once an analyst has it: work on an open ticket has begun."""
    match ticket.status:
        case "absent" | "open":
            return "in_progress"
        case status:
            return status
