"""Who an e-mail goes to, from the directory."""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.directory import Analyst, Contact
from contracts.envelope import Language
from journal.directory import Directory
from journal.errors import NotYet
from services.notifier.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person, or address; `key` names them for good, whatever their address becomes."""

    key: str
    address: str
    name: str
    language: Language


def requester(ticket: Ticket, directory: Directory) -> Recipient:
    """The contact who asked, in use or not. Raises NotYet while the directory does not know them."""
    contact = directory.known(Contact, ticket.requester)
    if contact is None:
        raise NotYet(f"contact {ticket.requester}")
    return Recipient(f"contact:{ticket.requester}", contact.addresses[0], contact.name, contact.language)


def analyst(key: str, directory: Directory) -> Recipient:
    """One analyst. Raises NotYet while the directory does not know them."""
    record = directory.known(Analyst, key)
    if record is None:
        raise NotYet(f"analyst {key}")
    return _analyst(key, record)


def responsible(ticket: Ticket, directory: Directory) -> Iterator[Recipient]:
    """The ticket's analyst; those of its area while nobody answers for it."""
    if ticket.analyst is not None:
        yield analyst(ticket.analyst, directory)
        return
    for key, record in directory.all(Analyst):
        if ticket.area in record.areas and record.role != "auditor":
            yield _analyst(key, record)


def _analyst(key: str, record: Analyst) -> Recipient:
    return Recipient(f"analyst:{key}", record.email, record.name, record.language)
