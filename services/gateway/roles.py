"""Who may see and do what, in one place. The services check each command again (`Request.by`).

Source: domain page, "Who does what".
"""

from dataclasses import dataclass
from typing import Literal

from contracts.commands import (
    AcceptParked,
    AddNote,
    AssignTicket,
    AwaitCustomer,
    CloseTicket,
    DefineRecord,
    PublishAnswer,
    RateResolution,
    RejectParked,
    ReopenTicket,
    ResolveTicket,
    ResumeTicket,
    RetryNotification,
    SubmitReply,
    SubmitTicket,
    TakeTicket,
)
from contracts.directory import Analyst, Contact
from contracts.envelope import Actor, Command, Language, Role
from journal.directory import Directory
from services.gateway.logins import Login
from services.gateway.rows import TicketRow

Action = Literal[
    "take", "assign", "answer", "note", "await", "resume", "resolve", "reply", "reopen", "withdraw", "close"
]
"""What a person may do on a ticket's page, in the order in which the page offers it."""

STAFF: frozenset[Role] = frozenset({"analyst", "manager"})
READERS: frozenset[Role] = frozenset({"analyst", "manager", "auditor"})

MAY_SEND: dict[type[Command], frozenset[Role]] = {
    DefineRecord: STAFF,
    SubmitTicket: frozenset({"requester", *STAFF}),
    SubmitReply: frozenset({"requester"}),
    AcceptParked: STAFF,
    RejectParked: STAFF,
    TakeTicket: STAFF,
    AssignTicket: STAFF,
    PublishAnswer: STAFF,
    AddNote: STAFF,
    AwaitCustomer: STAFF,
    ResumeTicket: STAFF,
    ResolveTicket: STAFF,
    ReopenTicket: frozenset({"requester", *STAFF}),
    CloseTicket: frozenset({"requester", *STAFF}),
    RateResolution: frozenset({"requester"}),
    RetryNotification: STAFF,
}
"""Which roles may send a command at all; an auditor none."""

_STAFF_ACTIONS: dict[str, tuple[Action, ...]] = {
    "open": ("take", "answer", "note", "await", "resolve", "assign", "close"),
    "in_progress": ("answer", "note", "await", "resolve", "assign", "close"),
    "awaiting_approval": ("note", "assign", "close"),
    "waiting_customer": ("answer", "note", "resume", "resolve", "assign", "close"),
    "on_hold": ("answer", "note", "resolve", "assign", "close"),
    "resolved": ("note", "reopen", "close"),
    "closed": ("note",),
}
_REQUESTER_ACTIONS: dict[str, tuple[Action, ...]] = {
    "open": ("reply", "withdraw"),
    "in_progress": ("reply", "withdraw"),
    "awaiting_approval": ("reply", "withdraw"),
    "waiting_customer": ("reply", "withdraw"),
    "on_hold": ("reply", "withdraw"),
    "resolved": ("reopen", "close"),
    "closed": ("reply",),
}


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


def may_send(person: Person, command: Command) -> bool:
    """Whether the role may send such a command, and a requester in this form."""
    if person.role not in MAY_SEND.get(type(command), frozenset()):
        return False
    if isinstance(command, SubmitTicket):
        if person.role == "requester":
            return command.channel == "web" and command.requester == person.key
        return command.channel == "phone"
    return True


def actions(person: Person, ticket: TicketRow) -> tuple[Action, ...]:
    """What this person may do on a ticket as it stands, in the order of the page."""
    if person.is_staff:
        offered = _STAFF_ACTIONS[ticket.status]
        return tuple(a for a in offered if not (a == "take" and ticket.analyst == person.key))
    if person.role == "requester" and may_see(person, ticket):
        return _REQUESTER_ACTIONS[ticket.status]
    return ()
