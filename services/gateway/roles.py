"""Who a person is, and what they may see. What each role may ask for is in contracts/policy.py.

Source: domain page, "Who does what".
"""

from dataclasses import dataclass

from contracts.directory import Analyst, Contact
from contracts.envelope import Actor, Language, Role
from journal.directory import Directory
from services.gateway.logins import Login
from services.gateway.rows import TicketRow

STAFF: frozenset[Role] = frozenset({"analyst", "manager"})
OVERSEERS: frozenset[Role] = frozenset({"manager", "auditor"})
READERS: frozenset[Role] = frozenset({"analyst", "manager", "auditor"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is logged in, with what the directory says of them now."""

    login: str
    role: Role
    key: str
    name: str
    language: Language
    customer: str | None = None

    @property
    def actor(self) -> Actor:
        """Who asks, as the services are told."""
        return Actor(role=self.role, key=self.key, name=self.name)

    @property
    def is_staff(self) -> bool:
        """Whether they work tickets."""
        return self.role in STAFF

    @property
    def oversees(self) -> bool:
        """Whether they see how well the desk keeps its levels, and how it is rated."""
        return self.role in OVERSEERS

    @property
    def reads_all(self) -> bool:
        """Whether they see every ticket with its internal side."""
        return self.role in READERS


def person_of(login: Login, directory: Directory) -> Person | None:
    """The person behind a login; None when the directory no longer has them, or not in that role."""
    if login.role == "requester":
        contact = directory.get(Contact, login.key)
        if contact is None:
            return None
        return Person(login.login, "requester", login.key, contact.name, contact.language, contact.customer)
    analyst = directory.get(Analyst, login.key)
    if analyst is None or analyst.role != login.role:
        return None
    return Person(login.login, login.role, login.key, analyst.name, analyst.language)


def may_see(person: Person, ticket: TicketRow) -> bool:
    """Requesters see the tickets of their own company, the others all of them."""
    return person.reads_all or ticket.customer == person.customer
