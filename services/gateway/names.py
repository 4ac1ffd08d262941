"""Keys of the directory as the names that people know."""

from datetime import datetime

from contracts.directory import Analyst, Application, Area, Contact, Customer
from contracts.envelope import Actor
from journal.directory import Directory
from services.gateway.timeline import Moment
from services.gateway.words import Words

_KIND = {"closed_because": "close_reason"}
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

    def actor(self, by: Actor) -> str:
        """Who did it, as they were called then."""
        if by.role == "system":
            return self._words("the_desk")
        if by.name:
            return by.name
        return self.contact(by.key) if by.role == "requester" else self.analyst(by.key)

    def value(self, field: str, value: object) -> str:
        """A value that a field of a ticket or clock has or had."""
        if value is None:
            return "—"
        if isinstance(value, datetime):
            return self._words.instant_long(value)
        known = {"analyst": self.analyst, "area": self.area}
        return (
            known[field](str(value))
            if field in known
            else self._words.one_of(_KIND.get(field, field), str(value))
        )

    def headline(self, moment: Moment) -> str:
        """What happened, in one sentence."""
        facts, word = moment.facts, self._words.one_of
        return self._words(
            f"event.{moment.name}",
            who=self.actor(moment.by),
            sender=facts.get("sender", ""),
            recipient=facts.get("recipient", ""),
            score=facts.get("score", ""),
            stage=facts.get("stage", ""),
            analyst=self.analyst(_text(facts, "analyst")),
            channel=word("channel", _text(facts, "channel")),
            reason=word("close_reason", _text(facts, "reason")),
            clock=word("clock", _text(facts, "clock")),
        )


def _text(facts: dict[str, object], name: str) -> str | None:
    value = facts.get(name)
    return str(value) if value is not None else None
