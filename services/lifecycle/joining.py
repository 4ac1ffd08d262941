"""Split, merge, link: what tickets have to do with each other. Pure.

A merge or a link concerns two tickets: the command is decided on the first, which sees the second as it stands
(`Facts.other`), and what follows for the second is decided on that one (`other_side`), in one transaction.

Source: domain page, Opening (5) and Working a ticket (Merge).
"""

from dataclasses import dataclass
from uuid import UUID, uuid5

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import Application, Contract
from contracts.envelope import Event
from journal.decider import Context
from journal.errors import Refused
from services.lifecycle import access
from services.lifecycle.ending import closed
from services.lifecycle.facts import Facts
from services.lifecycle.ticket import Ticket

SEEN_FROM_THERE: dict[l.Link, l.Link] = {
    "related": "related",
    "blocks": "blocked_by",
    "blocked_by": "blocks",
    "causes": "caused_by",
    "caused_by": "causes",
}
"""A link, seen from the other ticket."""


@dataclass(frozen=True, slots=True)
class Absorb:
    """What follows for the ticket that lives when `merged` goes on as it."""

    ticket_id: UUID
    merged: UUID
    merged_number: str
    requester: str


@dataclass(frozen=True, slots=True)
class LinkBack:
    """What follows for the other ticket of a link, seen from there."""

    ticket_id: UUID
    other: UUID
    other_number: str
    link: l.Link


@dataclass(frozen=True, slots=True)
class UnlinkBack:
    """What follows for the other ticket when a link is taken back."""

    ticket_id: UUID
    other: UUID


def split_id(ticket_id: UUID, split: int) -> UUID:
    """The id of the ticket that was split off as the `split`-th, from 1."""
    return uuid5(ticket_id, f"split:{split}")


def split(asked: c.SplitTicket, ticket: Ticket, context: Context) -> list[Event]:
    """A second demand gets a ticket of its own, with the opening instant and the terms of this one.

    Its application has to be one that the contract covered on the day of the opening.
    """
    access.must_be_open(ticket)
    facts: Facts = context.facts
    application = asked.application or ticket.application
    if application != ticket.application:
        _must_be_supported(application, ticket, facts)
    return [
        l.TicketSplit.model_validate(
            {
                "ticket_id": asked.ticket_id,
                "at": context.now,
                "by": context.by,
                "new_ticket_id": split_id(asked.ticket_id, ticket.splits + 1),
                "opened_at": ticket.opened_at,
                "channel": ticket.channel,
                "customer": ticket.customer,
                "requester": ticket.requester,
                "application": application,
                "classification": asked.classification or ticket.classification,
                "terms": ticket.terms,
                "subject": asked.subject,
                "text": asked.text,
            }
        )
    ]


def merge(asked: c.MergeTicket, ticket: Ticket, context: Context) -> list[Event]:
    """This ticket goes on as the other, which has to live. Cycles are impossible: what is merged is closed."""
    into, other = _other(asked.ticket_id, ticket, context)
    if ticket.merged_into == into:
        return []
    access.must_be_open(ticket)
    if other.status == "closed":
        raise Refused("other_closed", number=other.number)
    merged = l.TicketMerged(
        ticket_id=asked.ticket_id,
        at=context.now,
        by=context.by,
        into=into,
        into_number=other.number,
        reason=asked.reason,
    )
    # The reason stays with the merge: the customer is told of the end, and the desk's reasons are its own.
    return [merged, closed(asked.ticket_id, "merged", "", ticket, context)]


def link(asked: c.LinkTickets, ticket: Ticket, context: Context) -> list[Event]:
    """Say what this ticket has to do with another; a closed one may be linked too."""
    _, other = _other(asked.ticket_id, ticket, context)
    return _linked(asked.ticket_id, asked.other, other.number, asked.link, ticket, context)


def unlink(asked: c.UnlinkTickets, ticket: Ticket, context: Context) -> list[Event]:
    """Take a link back; [] when there is none."""
    return _unlinked(asked.ticket_id, asked.other, ticket, context)


def other_side(cause: Absorb | LinkBack | UnlinkBack, ticket: Ticket, context: Context) -> list[Event]:
    """What follows for the second ticket."""
    match cause:
        case Absorb():
            return [
                l.TicketAbsorbed(
                    ticket_id=cause.ticket_id,
                    at=context.now,
                    by=context.by,
                    merged=cause.merged,
                    merged_number=cause.merged_number,
                    requester=cause.requester,
                )
            ]
        case LinkBack():
            return _linked(cause.ticket_id, cause.other, cause.other_number, cause.link, ticket, context)
    return _unlinked(cause.ticket_id, cause.other, ticket, context)


def _must_be_supported(application: str, ticket: Ticket, facts: Facts) -> None:
    if facts.directory.get(Application, application) is None:
        raise Refused("no_such_application", application=application)
    contract = facts.directory.pinned(Contract, ticket.pinned.contract, ticket.pinned.contract_version)
    if not contract.covers(application, facts.local_date(ticket.opened_at)):
        raise Refused("no_contract", application=application)


def _other(ticket_id: UUID, ticket: Ticket, context: Context) -> tuple[UUID, Ticket]:
    facts: Facts = context.facts
    if facts.other_id is None or facts.other is None or facts.other.status == "absent":
        raise Refused("no_such_ticket")
    if facts.other_id == ticket_id:
        raise Refused("same_ticket", number=ticket.number)
    if facts.other.customer != ticket.customer:
        raise Refused("other_customer", number=facts.other.number)
    return facts.other_id, facts.other


def _linked(
    ticket_id: UUID, other: UUID, number: str, how: l.Link, ticket: Ticket, context: Context
) -> list[Event]:
    known = next((each[2] for each in ticket.links if each[0] == other), None)
    if known == how:
        return []
    linked = l.TicketLinked(
        ticket_id=ticket_id,
        at=context.now,
        by=context.by,
        other=other,
        other_number=number,
        link=how,
    )
    return [*_unlinked(ticket_id, other, ticket, context), linked]


def _unlinked(ticket_id: UUID, other: UUID, ticket: Ticket, context: Context) -> list[Event]:
    return [
        l.TicketUnlinked(
            ticket_id=ticket_id, at=context.now, by=context.by, other=other, other_number=number, link=how
        )
        for linked, number, how in ticket.links
        if linked == other
    ]
