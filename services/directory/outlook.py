"""The directory as it would stand once some definitions were recorded: what their rules are asked about. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar

from contracts.commands import DefineRecord
from contracts.commands.directory import Definition
from contracts.directory import KINDS, Contact, Kind, MailTemplate, Record
from contracts.envelope import Key
from journal.directory import Directory
from services.directory.proposals import Proposal, read
from services.directory.references import named_by

R = TypeVar("R", bound=Record)
Asked: TypeAlias = DefineRecord | Definition
Named: TypeAlias = tuple[str, Key]
"""A record's kind and key."""


class Outlook:
    """All that is asked for at once, over what is there: records of one request may name each other."""

    def __init__(self, directory: Directory, asked: Sequence[Asked]) -> None:
        self._directory = directory
        self._proposals: dict[Named, Proposal] = {(each.kind, each.key): read(each) for each in asked}
        self.times = Counter((each.kind, each.key) for each in asked)
        """How often each record is asked for: once, or nobody knows which is meant."""

    def proposal(self, kind: str, key: Key) -> Proposal:
        """What is asked of a record, read."""
        return self._proposals[kind, key]

    def has(self, kind: Kind, key: Key) -> bool:
        """Whether that record would be in use; a faulty one too, since it is told of by itself."""
        proposal = self._proposals.get((kind, key))
        return proposal.active if proposal else self._directory.get(KINDS[kind], key) is not None

    def get(self, form: type[R], key: Key) -> R | None:
        """The record as it would stand, if it would be in use and is one."""
        kind = _KIND_OF[form]
        proposal = self._proposals.get((kind, key))
        if proposal is None:
            return self._directory.get(form, key)
        return proposal.record if proposal.active and isinstance(proposal.record, form) else None

    def holders_of(self, address: str) -> set[Key]:
        """The contacts that would have that address."""
        held = {*self._asked_for.get(("address", address.lower()), ())}
        return held | self._unchanged([self._directory.holder_of(address)])

    def of_domain(self, domain: str) -> set[Key]:
        """The contacts that would stand for that domain."""
        held = {*self._asked_for.get(("domain", domain), ())}
        return held | self._unchanged(self._directory.of_domain(domain))

    def templates_for(self, template: MailTemplate) -> set[Key]:
        """The mail templates that would be in use for the same e-mail in the same language."""
        return {
            key
            for (kind, key), record in self._in_use()
            if kind == "mail_template"
            and isinstance(record, MailTemplate)
            and (record.template, record.language) == (template.template, template.language)
        }

    def users_of(self, kind: str, key: Key) -> Sequence[Named]:
        """The records that would be in use and name this one, in order."""
        return self._users.get((kind, key), ())

    @cached_property
    def _asked_for(self) -> Mapping[tuple[str, str], list[Key]]:
        """By address and by domain, the contacts that ask for it."""
        found: dict[tuple[str, str], list[Key]] = {}
        for (_, key), proposal in self._proposals.items():
            if proposal.active and isinstance(contact := proposal.record, Contact):
                for address in contact.addresses:
                    found.setdefault(("address", address.lower()), []).append(key)
                for domain in contact.domains:
                    found.setdefault(("domain", domain), []).append(key)
        return found

    @cached_property
    def _users(self) -> Mapping[Named, list[Named]]:
        found: dict[Named, list[Named]] = {}
        for user, record in sorted(self._in_use(), key=lambda pair: pair[0]):
            for named in dict.fromkeys((kind, key) for _, kind, key in named_by(record)):
                found.setdefault(named, []).append(user)
        return found

    def _in_use(self) -> Iterator[tuple[Named, Record]]:
        for kind, key, active, record in self._directory.records():
            if active and (kind, key) not in self._proposals:
                yield (kind, key), record
        for named, proposal in self._proposals.items():
            if proposal.active and proposal.record is not None:
                yield named, proposal.record

    def _unchanged(self, contacts: Iterable[Key | None]) -> set[Key]:
        return {key for key in contacts if key is not None and ("contact", key) not in self._proposals}


_KIND_OF = {form: kind for kind, form in KINDS.items()}
