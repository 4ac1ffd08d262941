"""A ticket where a contract is in force; otherwise a person decides, or is told. Pure.

Source: domain page, Opening (3), and Clocks, rule 4.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts import intake as i
from contracts.directory import Analyst, Application, Calendar, Contact, Contract, SlaPolicy
from contracts.envelope import Event
from contracts.words import Relation
from journal.decider import Context
from journal.directory import Directory
from journal.errors import NotYet, Refused
from services.intake.submission import DETAIL_MAX, Arrival

NUMBER_TO_COME = ""
"""A registered ticket gets its number in the transaction that records it, so that numbers are gapless."""


def opened(
    arrival: Arrival,
    requester: str | None,
    context: Context,
    ticket_id: UUID | None = None,
    linked_to: UUID | None = None,
    relation: Relation | None = None,
    rather: str | None = None,
) -> list[Event]:
    """The ticket that this arrival opens, of its own id where none is given; or what it is parked for.

    Where the arrival names no application, it is the one it should `rather` be about, if a contract covers it;
    else what its mailbox is for, in the same way.

    Raises:
        Refused: a person asked, and no contract covers it.
    """
    directory: Directory = context.facts
    contact = directory.get(Contact, requester)
    if requester is None or contact is None:
        return _not_opened(arrival, "unknown_sender")
    if arrival.application is not None and directory.get(Application, arrival.application) is None:
        return _not_opened(arrival, "no_application")
    if arrival.analyst is not None and directory.get(Analyst, arrival.analyst) is None:
        raise Refused("no_such_analyst", analyst=arrival.analyst)
    opened_on = local_date(arrival.delivered.received_at, directory)
    preferred = _preferred(directory, arrival, rather)
    found = _contract(directory, contact.customer, arrival.application, opened_on, preferred)
    if found is None:
        return _not_opened(arrival, "no_contract")
    key, contract, application = found
    return [
        i.TicketRegistered(
            ticket_id=ticket_id or arrival.submission_id,
            number=NUMBER_TO_COME,
            delivered=arrival.delivered,
            customer=contact.customer,
            requester=requester,
            application=application,
            area=area_of(directory, application),
            terms=terms(directory, key, contract),
            classification=arrival.classification,
            analyst=arrival.analyst,
            linked_to=linked_to,
            relation=relation,
            by=arrival.by,
        )
    ]


def _not_opened(arrival: Arrival, reason: i.ParkReason) -> list[Event]:
    if arrival.asked:
        raise Refused(reason, application=arrival.application or "", sender=arrival.delivered.sender)
    return [parked_for(arrival, reason)]


def parked_for(arrival: Arrival, reason: i.ParkReason) -> Event:
    """A person decides."""
    return i.SubmissionParked(
        submission_id=arrival.submission_id,
        delivered=arrival.delivered,
        reason=reason,
        detail=arrival.detail[:DETAIL_MAX],
        application=arrival.application or arrival.rather,
        match=arrival.match.ticket_id if arrival.match else None,
    )


def _preferred(directory: Directory, arrival: Arrival, rather: str | None) -> list[str]:
    """The applications it is rather about, the most wanted first: its ticket's, its mailbox's, the desk's."""
    of_area = sorted(
        key
        for key, application in (directory.all(Application) if arrival.area else ())
        if application.area == arrival.area
    )
    return list(filter(None, (rather, arrival.rather, *of_area, directory.desk.default_application)))


def _contract(
    directory: Directory, customer: str, application: str | None, day: date, preferred: Sequence[str]
) -> tuple[str, Contract, str] | None:
    """The contract in force and the application it is for: the one asked for, the first preferred, or its own first."""
    in_force = []
    for key, contract in sorted(directory.contracts_of(customer)):
        wanted = [application] if application else [*preferred, *contract.applications]
        for candidate in wanted:
            if contract.covers(candidate, day):
                in_force.append((key, contract, candidate))
                break
    order = {each: place for place, each in reversed(list(enumerate(preferred)))}
    return min(in_force, key=lambda found: order.get(found[2], len(preferred)), default=None)


def terms(directory: Directory, key: str, contract: Contract) -> i.Terms:
    """The versions that a ticket opened now is answered by. Raises NotYet while one has not arrived."""
    policy = directory.known(SlaPolicy, contract.sla_policy)
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


def area_of(directory: Directory, application: str) -> str:
    """The area that an application belongs to, in use or not. Raises NotYet while it has not arrived."""
    record = directory.known(Application, application)
    if record is None:
        raise NotYet(f"application {application}")
    return record.area


def local_date(instant: datetime, directory: Directory) -> date:
    """The desk's date at an instant."""
    return instant.astimezone(ZoneInfo(directory.desk.time_zone)).date()
