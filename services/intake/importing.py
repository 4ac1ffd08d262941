"""Tickets of the desk's earlier system: what must hold before one is brought here. Pure.

Lifecycle tells their steps again as events and refuses nothing; so whatever could not have happened on this
desk is found here. What the desk's own rules would have refused may still have happened elsewhere: only the
table of statuses is applied, and that each step says what it is about.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from contracts import intake as i
from contracts.channels import RECEIVED_SINCE
from contracts.directory import Analyst, Application, Contact, Contract, ServiceKind, SlaPolicy
from contracts.envelope import Event
from contracts.imported import ImportedTicket, Step
from contracts.lifecycle import TRANSITIONS
from contracts.words import Status
from journal.decider import Context
from journal.directory import Directory
from journal.entry import ENTRY_BYTES_MAX
from journal.errors import Refused
from services.intake.opening import NUMBER_TO_COME, area_of, local_date, terms
from services.intake.submission import Submission, imported_stream

LEADS_TO: dict[str, Status] = {
    "awaited": "waiting_customer",
    "held": "on_hold",
    "resumed": "in_progress",
    "resolved": "resolved",
    "reopened": "in_progress",
    "closed": "closed",
}
"""What a ticket becomes by a step; the others leave its status, but for `assigned`, which begins an open one."""

LEADS_FROM: dict[str, frozenset[Status]] = {
    "resumed": frozenset({"waiting_customer", "on_hold"}),
    "reopened": frozenset({"resolved"}),
}
"""Where the table of statuses alone would let a step mean something else."""

AFTER_THE_END = frozenset({"noted", "replied", "rated"})
"""What may still have been said of a closed ticket: it leads to no status."""

NEEDS = {
    "assigned": "analyst",
    "answered": "text",
    "noted": "text",
    "replied": "text",
    "awaited": "text",
    "held": "third_party",
    "resolved": "text",
    "rated": "score",
    "closed": "reason",
}
"""What a step must say; where it is `text`, a file will do. Source: contracts/imported.py."""

_DESK = frozenset({"analyst", "manager"})
DONE_BY = {
    "answered": _DESK,
    "awaited": _DESK,
    "held": _DESK,
    "resolved": _DESK,
    "noted": _DESK | {"system"},
    "assigned": _DESK | {"system"},
    "replied": frozenset({"requester"}),
    "rated": frozenset({"requester"}),
}
"""Whose step it is, where not anybody's: an answer of a machine would count as the desk's first."""


class Books:
    """The directory as imports ask it: records out of use count too, since history names them."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._contracts: dict[str, list[tuple[str, bool, Contract]]] = defaultdict(list)
        for _, key, active, record in directory.records():
            if isinstance(record, Contract):
                self._contracts[record.customer].append((key, active, record))

    def contract(self, customer: str, application: str, opened_at: datetime) -> tuple[str, Contract] | None:
        """The one in force for the application when the ticket opened, else the customer's newest that has it."""
        day = local_date(opened_at, self.directory)
        fitting = [found for found in self._contracts[customer] if application in found[2].applications]
        best = max(
            fitting,
            key=lambda found: (found[2].covers(application, day), found[1], found[2].starts_on, found[0]),
            default=None,
        )
        return (best[0], best[2]) if best else None


class Covered(NamedTuple):
    """Whose ticket it is, and the contract by which it is answered."""

    customer: str
    key: str
    contract: Contract


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a ticket cannot be brought here: a code, the step (from 1) where it is one's, and what it concerns."""

    reason: str
    detail: str = ""
    step: int | None = None


def bring_in(ticket: ImportedTicket, submission: Submission, context: Context) -> list[Event]:
    """The ticket with its history; [] when it is here already. `context.facts` is `Books`.

    Raises:
        Refused: `import_faulty`, with every fault that was found.
    """
    if submission.disposition != "absent":
        return []
    books: Books = context.facts
    covered = _covered(ticket, books, context.now)
    faults = [*_of_ticket(ticket, covered, books, context.now), *_of_steps(ticket, context.now)]
    if covered is not None and not faults:
        event = _imported(ticket, covered, books, context)
        if len(event.encoded()) <= ENTRY_BYTES_MAX:
            return [event]
        faults.append(Fault("too_large"))
    raise Refused("import_faulty", faults=[_told(ticket.reference, fault) for fault in faults])


def _told(reference: str, fault: Fault) -> dict[str, object]:
    return {"reference": reference, "reason": fault.reason, "detail": fault.detail, "step": fault.step}


def _covered(ticket: ImportedTicket, books: Books, now: datetime) -> Covered | None:
    """The customer and the contract by which the ticket is answered; None where a fault says why not."""
    contact = books.directory.known(Contact, ticket.requester)
    if contact is None or not RECEIVED_SINCE <= ticket.opened_at <= now:
        return None
    found = books.contract(contact.customer, ticket.application, ticket.opened_at)
    return Covered(contact.customer, *found) if found else None


def _imported(ticket: ImportedTicket, covered: Covered, books: Books, context: Context) -> i.TicketImported:
    return i.TicketImported(
        ticket_id=imported_stream(ticket.reference),
        number=NUMBER_TO_COME,
        ticket=_in_utc(ticket),
        customer=covered.customer,
        area=area_of(books.directory, ticket.application),
        terms=terms(books.directory, covered.key, covered.contract),
        at=context.now,
        by=context.by,
    )


def _in_utc(ticket: ImportedTicket) -> ImportedTicket:
    """The same with its instants as they stand on the wire."""
    steps = (step.model_copy(update={"at": step.at.astimezone(UTC)}) for step in ticket.steps)
    return ticket.model_copy(update={"opened_at": ticket.opened_at.astimezone(UTC), "steps": tuple(steps)})


def _of_ticket(
    ticket: ImportedTicket, covered: Covered | None, books: Books, now: datetime
) -> Iterator[Fault]:
    """What is wrong with the ticket itself, as this desk's directory has it."""
    directory = books.directory
    contact = directory.known(Contact, ticket.requester)
    if contact is None:
        yield Fault("no_such_contact", ticket.requester)
    if ticket.opened_at > now:
        yield Fault("in_the_future")
    elif ticket.opened_at < RECEIVED_SINCE:
        yield Fault("too_old", f"{RECEIVED_SINCE:%Y-%m-%d}")
    elif directory.known(Application, ticket.application) is None:
        yield Fault("no_such_application", ticket.application)
    elif contact is not None and covered is None:
        yield Fault("no_contract", contact.customer)
    elif covered is not None and directory.known(SlaPolicy, covered.contract.sla_policy) is None:
        yield Fault("no_sla_policy", covered.contract.sla_policy)
    if ticket.kind is not None and directory.known(ServiceKind, ticket.kind) is None:
        yield Fault("no_such_kind", ticket.kind)
    lives = not any(step.what == "closed" for step in ticket.steps)
    analyst = next((step.analyst for step in reversed(ticket.steps) if step.what == "assigned"), None)
    if lives and analyst is not None and directory.get(Analyst, analyst) is None:
        yield Fault("no_such_analyst", analyst)


def _of_steps(ticket: ImportedTicket, now: datetime) -> Iterator[Fault]:
    """The first step that cannot have followed the ones before, and every one that lacks something."""
    status: Status = "open"
    resolved = False
    before = ticket.opened_at
    for place, step in enumerate(ticket.steps, start=1):
        if lacking := _lacks(step):
            yield Fault(lacking, step.what, place)
        if not before <= step.at <= now:
            yield Fault("in_the_future" if step.at > now else "before_the_last", step.what, place)
            return
        following = _status_after(step, status)
        if following is None or (step.what == "rated" and not resolved):
            yield Fault("no_such_transition", f"{status} → {step.what}", place)
            return
        status, before = following, step.at
        resolved = resolved or status == "resolved"


def _lacks(step: Step) -> str:
    """What the step should say and does not, as a code; empty where it says all."""
    needed = NEEDS.get(step.what)
    if needed == "text":
        there = bool(step.text.strip() or step.attachments)
    else:
        there = needed is None or getattr(step, needed) not in (None, "")
    if not there:
        return f"no_{needed}"
    may = DONE_BY.get(step.what)
    return "wrong_role" if step.by.role == "auditor" or (may and step.by.role not in may) else ""


def _status_after(step: Step, status: Status) -> Status | None:
    """What the ticket becomes by the step; None where the table knows no such way."""
    if status == "closed":
        return status if step.what in AFTER_THE_END else None
    if step.what == "assigned" and status == "open":
        return "in_progress"
    to = LEADS_TO.get(step.what)
    if to is None:
        return status
    allowed = to in TRANSITIONS[status] and status in LEADS_FROM.get(step.what, TRANSITIONS)
    return to if allowed else None
