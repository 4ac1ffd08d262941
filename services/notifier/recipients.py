"""Who an e-mail goes to, from the directory."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from contracts.directory import Analyst, Contact, Contract
from contracts.envelope import Language
from journal.directory import Directory
from journal.errors import NotYet
from services.notifier import escalation
from services.notifier.addresses import folded
from services.notifier.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person, or address; `key` names them for good, whatever their address becomes.

    `rather` are other addresses of theirs that they are written to before it, the first that takes mail.
    """

    key: str
    address: str
    name: str
    language: Language
    rather: tuple[str, ...] = ()

    @property
    def analyst(self) -> str | None:
        """The analyst's key, if they are written to as one."""
        kind, _, key = self.key.partition(":")
        return key if kind == "analyst" else None


def requester(ticket: Ticket, directory: Directory) -> Recipient | None:
    """The contact who asked, as for `contact`."""
    return contact(ticket.requester, ticket, directory)


def contact(key: str, ticket: Ticket, directory: Directory) -> Recipient | None:
    """One contact, in use or not; None who is of another customer than the ticket by now.

    They are written to where they last wrote on the ticket from, as far as that is still registered as theirs.
    Raises NotYet while the directory does not know them.
    """
    record = directory.known(Contact, key)
    if record is None:
        raise NotYet(f"contact {key}")
    # What ticket of an earlier release is whose is not known here: whoever never moved is of its customer still.
    customers = {ticket.customer} if ticket.customer else directory.customers_of(key)
    if customers != {record.customer}:
        return None
    registered = {folded(each): each for each in record.addresses}
    rather = tuple(registered[each] for each in reversed(ticket.wrote_from) if each in registered)
    return Recipient(f"contact:{key}", record.addresses[0], record.name, record.language, rather)


def analyst(key: str, directory: Directory) -> Recipient:
    """One analyst, in use or not. Raises NotYet while the directory does not know them."""
    record = directory.known(Analyst, key)
    if record is None:
        raise NotYet(f"analyst {key}")
    return _analyst(key, record)


def responsible(ticket: Ticket, directory: Directory) -> list[Recipient]:
    """The ticket's analyst; while nobody answers for it, or they have left, its area, or else the managers."""
    if ticket.analyst is not None:
        answers_for_it = analyst(ticket.analyst, directory)
        if directory.get(Analyst, ticket.analyst) is not None:
            return [answers_for_it]
    return area(ticket, directory) or managers(ticket, directory)


def area(ticket: Ticket, directory: Directory) -> list[Recipient]:
    """Those who work the queue of the ticket's area."""
    return [
        _analyst(key, record)
        for key, record in directory.all(Analyst)
        if ticket.area in record.areas and record.role != "auditor"
    ]


def managers(ticket: Ticket, directory: Directory) -> list[Recipient]:
    """The managers who serve the ticket's area; all of them where none does."""
    own = [
        _analyst(key, record)
        for key, record in directory.all(Analyst)
        if record.role == "manager" and ticket.area in record.areas
    ]
    return own or all_managers(directory)


def all_managers(directory: Directory) -> list[Recipient]:
    """Every manager of the desk."""
    return [_analyst(key, record) for key, record in directory.all(Analyst) if record.role == "manager"]


def approvers(ticket: Ticket, directory: Directory) -> list[Recipient]:
    """The contacts in use, of the customer still, whom the customer's contract names, as it stands now.

    None for a ticket of an earlier release, of which no contract was kept (views.sql): the managers decide.
    Raises NotYet while the directory does not know the contract.
    """
    if not ticket.contract:
        return []
    contract = directory.known(Contract, ticket.contract)
    if contract is None:
        raise NotYet(f"contract {ticket.contract}")
    in_use = (key for key in contract.approvers if directory.get(Contact, key) is not None)
    return [to for key in in_use if (to := contact(key, ticket, directory))]


def escalated(ticket: Ticket, directory: Directory, stage: int) -> list[Recipient]:
    """Who hears of a clock that has used up that many per cent of its target, each once."""
    told = (to for each in escalation.audiences(stage) for to in _AUDIENCES[each](ticket, directory))
    return once(told)


_AUDIENCES: Mapping[escalation.Audience, Callable[[Ticket, Directory], list[Recipient]]] = {
    "analyst": responsible,
    "area": area,
    "managers": managers,
}


def once(told: Iterable[Recipient]) -> list[Recipient]:
    """Each person once, where they came first."""
    return list({each.key: each for each in reversed(list(told))}.values())[::-1]


def _analyst(key: str, record: Analyst) -> Recipient:
    return Recipient(f"analyst:{key}", record.email, record.name, record.language)
