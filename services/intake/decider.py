"""The rules of the door: what becomes of each message, exactly one disposition each. Pure."""

from dataclasses import replace

from contracts import commands as c
from contracts import intake as i
from contracts import lifecycle as l
from contracts.directory import Analyst, Contact
from contracts.envelope import Actor, Event
from contracts.imported import ImportedTicket
from journal.decider import Context, Decider
from journal.directory import Directory
from journal.errors import Refused
from services.intake import importing, joining
from services.intake.copies import says_more
from services.intake.opening import opened, parked_for
from services.intake.submission import DETAIL_MAX, Acceptance, Answer, Arrival, Submission, evolve

_BY_PEOPLE: frozenset[i.RejectReason] = frozenset({"not_support", "spam"})
"""Why people reject; the other reasons are rules', and a person may think otherwise."""


def decide(cause: object, submission: Submission, context: Context) -> list[Event]:
    """The disposition of a message; `context.facts` is the directory, for an import its `Books`.

    Raises:
        Refused: a person asked for something that a rule does not allow.
    """
    match cause:
        case Arrival():
            return _arrive(cause, submission, context)
        case Acceptance():
            return _accept(cause, submission, context)
        case c.RejectParked():
            return _reject(cause, submission, context)
        case l.LateReplyReceived():
            return joining.found_closed(cause, submission, context)
        case l.TicketSplit():
            return joining.split_off(cause, submission, context)
        case ImportedTicket():
            return importing.bring_in(cause, submission, context)
    raise Refused("unknown_command")


def _arrive(arrival: Arrival, submission: Submission, context: Context) -> list[Event]:
    if submission.disposition == "absent":
        return _disposed(arrival, context)
    if not arrival.as_duplicate:
        return []
    delivered = arrival.delivered
    once_more = i.DuplicateReceived(
        received_at=delivered.received_at,
        via=delivered.via,
        raw=delivered.raw,
        place=delivered.place,
    )
    return [once_more, *says_more(arrival, submission, lambda: _disposed(arrival, context))]


def _disposed(arrival: Arrival, context: Context) -> list[Event]:
    """What becomes of a message by itself, whatever came before it."""
    if arrival.parked:
        return [parked_for(arrival, arrival.parked)]
    if arrival.invalid:
        return [_rejected(arrival, "invalid", arrival.invalid)]
    if arrival.desk_own:
        return [_rejected(arrival, "desk_own_mail", "")]
    if arrival.bounced:
        return [arrival.bounced]
    ticket_id = arrival.match.ticket_id if arrival.match else None
    if arrival.sort == "auto_reply":
        return [
            i.AutomaticReplyReceived(
                ticket_id=ticket_id, delivered=arrival.delivered, reason=arrival.sort_reason
            )
        ]
    return _human(arrival, context)


def _human(arrival: Arrival, context: Context) -> list[Event]:
    directory: Directory = context.facts
    answer = arrival.answer
    if arrival.match is not None and answer is not None and (analyst := _analyst(arrival, answer, directory)):
        return [
            i.AnalystReplyReceived(
                ticket_id=arrival.match.ticket_id,
                submission_id=arrival.submission_id,
                delivered=answer.delivered,
                written_below=answer.written_below,
                by=analyst,
            )
        ]
    requester = arrival.requester
    if requester is None and (found := directory.contact_at(arrival.delivered.sender)):
        requester = found[0]
    if arrival.unauthenticated:
        # Whoever it was, it was not the one whose address this is.
        requester = None
    contact = directory.get(Contact, requester)
    if contact is not None and arrival.delivered.sender.lower() in map(str.lower, contact.addresses):
        arrival = _by_name(arrival, requester, contact)
    match = arrival.match
    if match is not None:
        verified = contact is not None and contact.customer == match.customer
        if contact is not None and not verified and arrival.named:
            return [_rejected(arrival, "forbidden", "the ticket is another customer's")]
        if verified and requester is not None and match.had_ended(arrival.delivered.received_at):
            return joining.reply_to_the_closed(arrival, requester, match, context)
        if verified or match.proven:
            return [
                i.ReplyReceived(
                    ticket_id=match.ticket_id,
                    submission_id=arrival.submission_id,
                    delivered=arrival.delivered,
                    verified=verified,
                    requester=requester if verified else None,
                    by=arrival.by,
                )
            ]
    if arrival.unauthenticated:
        return [parked_for(replace(arrival, detail=arrival.unauthenticated), "unauthenticated")]
    if arrival.follows is not None and requester is not None:
        return joining.follow_up(arrival, requester, arrival.follows, context)
    return opened(arrival, requester, context)


def _analyst(arrival: Arrival, answer: Answer, directory: Directory) -> Actor | None:
    """The analyst in use who wrote: from their own address, in answer to what went to nobody but them.

    Their address alone proves nothing: anybody can write it, and customers hold tokens of the ticket too.
    """
    if arrival.unauthenticated:
        return None
    for key in answer.analysts:
        record = directory.get(Analyst, key)
        if record is not None and record.email.lower() == arrival.delivered.sender.lower():
            return Actor(role=record.role, key=key, name=record.name)
    return None


def _by_name(arrival: Arrival, requester: str | None, contact: Contact) -> Arrival:
    """Said by the contact whose own address it came from, and not by an address: so history names them."""
    if arrival.by.role != "requester" or requester is None:
        return arrival
    return replace(arrival, by=Actor(role="requester", key=requester, name=contact.name))


def _rejected(arrival: Arrival, reason: i.RejectReason, detail: str) -> Event:
    return i.SubmissionRejected(
        submission_id=arrival.submission_id,
        delivered=arrival.delivered,
        reason=reason,
        detail=detail[:DETAIL_MAX],
        by=arrival.by,
    )


def _accept(acceptance: Acceptance, submission: Submission, context: Context) -> list[Event]:
    command, match = acceptance.command, acceptance.match
    delivered = _acceptable(submission)
    directory: Directory = context.facts
    contact = directory.get(Contact, command.requester)
    if contact is None:
        raise Refused("no_such_contact", contact=command.requester)
    arrival = Arrival(
        submission_id=command.submission_id,
        delivered=delivered,
        by=context.by,
        requester=command.requester,
        application=command.application if match is None else None,
        asked=True,
    )
    if match is None:
        return opened(arrival, command.requester, context)
    if contact.customer != match.customer:
        raise Refused("reply_of_other_customer", number=match.number)
    if match.had_ended(delivered.received_at):
        return joining.reply_to_the_closed(arrival, command.requester, match, context)
    return [
        i.ReplyReceived(
            ticket_id=match.ticket_id,
            submission_id=command.submission_id,
            delivered=delivered,
            verified=True,
            requester=command.requester,
            by=context.by,
        )
    ]


def _reject(command: c.RejectParked, submission: Submission, context: Context) -> list[Event]:
    parked = _parked(submission)
    return [
        i.SubmissionRejected(
            submission_id=command.submission_id,
            delivered=parked.delivered,
            reason="spam" if command.spam else "not_support",
            detail=command.detail,
            by=context.by,
        )
    ]


def _parked(submission: Submission) -> i.SubmissionParked:
    if not isinstance(submission.event, i.SubmissionParked):
        raise Refused("not_parked", disposition=submission.disposition)
    return submission.event


def _acceptable(submission: Submission) -> i.Delivered:
    """What was parked, or was put aside without a person and without a ticket."""
    match submission.event:
        case i.SubmissionParked(delivered=delivered):
            return delivered
        case i.AutomaticReplyReceived(ticket_id=None, delivered=delivered):
            return delivered
        case i.BounceReceived(ticket_id=None, delivered=delivered):
            return delivered
        case i.SubmissionRejected(delivered=delivered, reason=reason) if reason not in _BY_PEOPLE:
            return delivered
    raise Refused("not_parked", disposition=submission.disposition)


INTAKE: Decider[Submission] = Decider(initial=Submission(), decide=decide, evolve=evolve)
