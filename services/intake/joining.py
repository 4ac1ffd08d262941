"""Tickets that come of others: a reply that was too late, one that takes up an old one, a demand split off. Pure.

Source: domain page, Opening (5), and Working a ticket (a later reply opens a new linked ticket).
"""

from contracts import intake as i
from contracts import lifecycle as l
from contracts.directory import Contact
from contracts.envelope import Event
from journal.decider import Context
from journal.directory import Directory
from journal.errors import Refused
from services.intake.opening import NUMBER_TO_COME, area_of, opened
from services.intake.submission import Arrival, Match, Submission, late_ticket

BY_SPLIT = "split"
"""What brought a ticket that was split off: no channel did, the desk itself."""


def reply_to_the_closed(arrival: Arrival, requester: str, closed: Match, context: Context) -> list[Event]:
    """A new ticket, linked to the one that had ended, about the same application where a contract covers it still."""
    new = late_ticket(arrival.submission_id)
    about = closed.application
    return opened(arrival, requester, context, new, closed.ticket_id, "late_reply", rather=about)


def found_closed(late: l.LateReplyReceived, submission: Submission, context: Context) -> list[Event]:
    """The reply was on its way when its ticket closed: it opens a new one, linked."""
    reply = submission.event
    if not isinstance(reply, i.ReplyReceived):
        return []
    arrival = Arrival(submission_id=reply.submission_id, delivered=reply.delivered, by=reply.by)
    new = late_ticket(reply.submission_id)
    about = late.application
    return opened(arrival, reply.requester, context, new, late.ticket_id, "late_reply", rather=about)


def follow_up(arrival: Arrival, requester: str, followed: Match, context: Context) -> list[Event]:
    """A new ticket that takes up a closed one of the same customer. Raises Refused."""
    directory: Directory = context.facts
    contact = directory.get(Contact, requester)
    if contact is not None and contact.customer != followed.customer:
        raise Refused("other_customer", number=followed.number)
    if not followed.closed:
        raise Refused("not_closed", number=followed.number)
    return opened(arrival, requester, context, None, followed.ticket_id, "follow_up")


def split_off(split: l.TicketSplit, submission: Submission, context: Context) -> list[Event]:
    """A second demand's own ticket: opened when the first was, on the terms that the first was opened on."""
    if submission.disposition != "absent":
        return []
    directory: Directory = context.facts
    contact = directory.known(Contact, split.requester)
    return [
        i.TicketRegistered(
            ticket_id=split.new_ticket_id,
            number=NUMBER_TO_COME,
            delivered=i.Delivered(
                channel=split.channel,
                via=BY_SPLIT,
                received_at=split.opened_at,
                sender=contact.addresses[0] if contact else "",
                sender_name=contact.name if contact else "",
                subject=split.subject,
                text=split.text,
            ),
            customer=split.customer,
            requester=split.requester,
            application=split.application,
            area=area_of(directory, split.application),
            terms=split.terms,
            classification=split.classification,
            linked_to=split.ticket_id,
            relation="split",
            by=split.by,
        )
    ]
