"""Keys of the directory as the names that people know."""

from collections.abc import Callable
from datetime import date, datetime

from contracts.directory import Analyst, Application, Area, Contact, Customer, ServiceKind
from contracts.envelope import Actor
from journal.directory import Directory
from services.gateway.timeline import Moment
from services.gateway.words import Words

_WORDS_OF = {"closed_because": "close_reason"}
"""Kinds of words that are called otherwise than the field they stand in."""


class Names:
    """Directory keys as names that people know; a key that nobody knows is shown as it is."""

    def __init__(self, directory: Directory, words: Words) -> None:
        self._directory = directory
        self._words = words

    def analyst(self, key: str | None) -> str:
        """The analyst's name, or that there is none."""
        known = self._directory.known(Analyst, key)
        return known.name if known else key or self._words("nobody")

    def contact(self, key: str) -> str:
        """The contact's name."""
        known = self._directory.known(Contact, key)
        return known.name if known else key

    def customer(self, key: str) -> str:
        """The customer's name."""
        known = self._directory.known(Customer, key)
        return known.name if known else key

    def application(self, key: str) -> str:
        """The application's name."""
        known = self._directory.known(Application, key)
        return known.name if known else key

    def area(self, key: str) -> str:
        """The area's name."""
        known = self._directory.known(Area, key)
        return known.name if known else key

    def kind(self, key: str | None) -> str:
        """The name of the kind of service, or that there is none."""
        known = self._directory.known(ServiceKind, key)
        return known.name if known else key or "—"

    def someone(self, key: str) -> str:
        """The name behind a key that is an analyst's or a contact's."""
        known = self._directory.known(Analyst, key)
        return known.name if known else self.contact(key)

    def actor(self, by: Actor) -> str:
        """Who did it, as they were called then."""
        if by.role == "system":
            return self._words("the_desk")
        if by.name:
            return by.name
        return self.contact(by.key) if by.role == "requester" else self.analyst(by.key)

    def value(self, field: str, value: object) -> str:
        """A value that a field of a ticket, a clock or an event has or had."""
        match value:
            case None | "" | [] | ():
                return "—"
            case bool():
                return self._words(f"is.{value}")
            case datetime():
                return self._words.instant_long(value)
            case date():
                return self._words.date(value)
            case list():
                return ", ".join(map(str, value))
        known: dict[str, Callable[[str], str]] = {
            "analyst": self.analyst,
            "previous": self.analyst,
            "asked_by": self.analyst,
            "area": self.area,
            "kind": self.kind,
            "customer": self.customer,
            "requester": self.contact,
            "application": self.application,
        }
        if field in known:
            return known[field](str(value))
        return self._words.one_of(_WORDS_OF.get(field, field), str(value))

    def headline(self, moment: Moment) -> str:
        """What happened, in one sentence."""
        facts = {name: self.value(name, value) for name, value in moment.facts.items()}
        return self._words(f"event.{moment.name}", who=self.actor(moment.by), **facts)
