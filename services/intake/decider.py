"""The rules of the door: what becomes of each message, exactly one disposition each. Pure."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from contracts import commands as c
from contracts import intake as i
from contracts import lifecycle as l
from contracts.directory import Analyst, Application, Calendar, Contact, Contract, SlaPolicy
from contracts.envelope import Event
from journal.decider import Context, Decider
from journal.directory import Directory
from journal.errors import NotYet, Refused
from services.intake.submission import DETAIL_MAX, Arrival, Submission, evolve, late_ticket

NUMBER_TO_COME = ""
"""A registered ticket gets its number in the transaction that records it, so that numbers are gapless."""


def decide(cause: object, submission: Submission, context: Context) -> list[Event]:
    """The disposition of a message; `context.facts` is the directory.

    Raises:
        Refused: a person asked for something that a rule does not allow.
    """
    match cause:
        case Arrival():
            return _arrive(cause, submission, context)
        case c.AcceptParked():
            return _accept(cause, submission, context)
        case c.RejectParked():
            return _reject(cause, submission, context)
        case l.LateReplyReceived():
            return _reopen_as_new(submission, context)
    raise Refused("unknown_command")


def _arrive(arrival: Arrival, submission: Submission, context: Context) -> list[Event]:
    delivered = arrival.delivered
    if submission.disposition != "absent":
        if not arrival.as_duplicate:
            return []
        return [i.DuplicateReceived(received_at=delivered.received_at, via=delivered.via, raw=delivered.raw)]
    if arrival.parked:
        return [_parked_for(arrival, arrival.parked)]
    if arrival.invalid:
        return [_rejected(arrival, "invalid", arrival.invalid)]
    if arrival.desk_own:
        return [_rejected(arrival, "desk_own_mail", "")]
    if arrival.bounced:
        return [arrival.bounced]
    ticket_id = arrival.match.ticket_id if arrival.match else None
    if arrival.sort == "auto_reply":
        return [
            i.AutomaticReplyReceived(ticket_id=ticket_id, delivered=delivered, reason=arrival.sort_reason)
        ]
    return _human(arrival, context)


def _human(arrival: Arrival, context: Context) -> list[Event]:
    directory: Directory = context.facts
    requester = arrival.requester
    if requester is None and (found := directory.contact_at(arrival.delivered.sender)):
        requester = found[0]
    contact = directory.get(Contact, requester)
    match = arrival.match
    if match is not None:
        verified = contact is not None and contact.customer == match.customer
        if contact is not None and not verified and arrival.named:
            return [_rejected(arrival, "forbidden", "the ticket is another customer's")]
        if verified and match.closed:
            return _open(arrival, requester, context, linked_to=match.ticket_id)
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
    return _open(arrival, requester, context)


def _open(arrival: Arrival, requester: str | None, context: Context, linked_to: object = None) -> list[Event]:
    """A ticket, where a contract is in force; otherwise a person decides, or is told."""
    directory: Directory = context.facts
    contact = directory.get(Contact, requester)
    if requester is None or contact is None:
        return _not_opened(arrival, "unknown_sender")
    if arrival.application is not None and directory.get(Application, arrival.application) is None:
        return _not_opened(arrival, "no_application")
    if arrival.analyst is not None and directory.get(Analyst, arrival.analyst) is None:
        raise Refused("no_such_analyst", analyst=arrival.analyst)
    opened_on = _local_date(arrival.delivered.received_at, directory)
    found = _contract(directory, contact.customer, arrival.application, opened_on)
    if found is None:
        return _not_opened(arrival, "no_contract")
    key, contract, application = found
    return [
        i.TicketRegistered.model_validate(
            {
                "ticket_id": late_ticket(arrival.submission_id) if linked_to else arrival.submission_id,
                "number": NUMBER_TO_COME,
                "delivered": arrival.delivered,
                "customer": contact.customer,
                "requester": requester,
                "application": application,
                "area": _area(directory, application),
                "terms": terms(directory, key, contract),
                "classification": arrival.classification,
                "analyst": arrival.analyst,
                "linked_to": linked_to,
                "by": arrival.by,
            }
        )
    ]


def _not_opened(arrival: Arrival, reason: i.ParkReason) -> list[Event]:
    if arrival.asked:
        raise Refused(reason, application=arrival.application or "", sender=arrival.delivered.sender)
    return [_parked_for(arrival, reason)]


def _parked_for(arrival: Arrival, reason: i.ParkReason) -> Event:
    return i.SubmissionParked(
        submission_id=arrival.submission_id,
        delivered=arrival.delivered,
        reason=reason,
        detail=arrival.detail[:DETAIL_MAX],
        application=arrival.application,
    )


def _rejected(arrival: Arrival, reason: i.RejectReason, detail: str) -> Event:
    return i.SubmissionRejected(
        submission_id=arrival.submission_id,
        delivered=arrival.delivered,
        reason=reason,
        detail=detail[:DETAIL_MAX],
        by=arrival.by,
    )


def _contract(
    directory: Directory, customer: str, application: str | None, day: date
) -> tuple[str, Contract, str] | None:
    """The contract in force and the application it is for: the one asked for, the desk's, or its first."""
    in_force = []
    for key, contract in sorted(directory.contracts_of(customer)):
        wanted = (
            [application] if application else [directory.desk.default_application, *contract.applications]
        )
        for candidate in wanted:
            if candidate and contract.covers(candidate, day):
                in_force.append((key, contract, candidate))
                break
    preferred = directory.desk.default_application
    return min(in_force, key=lambda found: found[2] != preferred, default=None)


def terms(directory: Directory, key: str, contract: Contract) -> i.Terms:
    """The versions that a ticket opened now is answered by. Raises NotYet while one has not arrived."""
    policy = directory.get(SlaPolicy, contract.sla_policy)
    if policy is None:
        raise NotYet(f"sla_policy {contract.sla_policy}")
    return i.Terms(
        contract=key,
        contract_version=directory.version(Contract, key),
        sla_policy=contract.sla_policy,
        sla_policy_version=directory.version(SlaPolicy, contract.sla_policy),
        calendar=policy.calendar,
        calendar_version=directory.version(Calendar, policy.calendar),
    )


def _area(directory: Directory, application: str) -> str:
    record = directory.get(Application, application)
    if record is None:
        raise NotYet(f"application {application}")
    return record.area


def _local_date(instant: datetime, directory: Directory) -> date:
    return instant.astimezone(ZoneInfo(directory.desk.time_zone)).date()


def _accept(command: c.AcceptParked, submission: Submission, context: Context) -> list[Event]:
    parked = _parked(submission)
    directory: Directory = context.facts
    if directory.get(Contact, command.requester) is None:
        raise Refused("no_such_contact", contact=command.requester)
    arrival = Arrival(
        submission_id=command.submission_id,
        delivered=parked.delivered,
        by=context.by,
        requester=command.requester,
        application=command.application,
        asked=True,
    )
    return _open(arrival, command.requester, context)


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


def _reopen_as_new(submission: Submission, context: Context) -> list[Event]:
    """The reply was on its way when its ticket closed: it opens a new one, linked."""
    reply = submission.event
    if not isinstance(reply, i.ReplyReceived):
        return []
    arrival = Arrival(submission_id=reply.submission_id, delivered=reply.delivered, by=reply.by)
    return _open(arrival, reply.requester, context, linked_to=reply.ticket_id)


INTAKE: Decider[Submission] = Decider(initial=Submission(), decide=decide, evolve=evolve)
