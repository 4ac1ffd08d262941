"""The directory as a service knows it: records in memory, by key, by version, by address. Pure."""

from bisect import insort
from collections.abc import Iterator, Sequence
from typing import TypeVar, cast

from contracts.directory import KINDS, Contact, Contract, Desk, Record
from contracts.directory import Calendar as CalendarRecord
from contracts.envelope import Key
from journal.errors import NotYet
from worktime.calendar import Calendar

R = TypeVar("R", bound=Record)
CALENDARS_KEPT = 64
"""Calendars ready to count with. Source: measured: one holds about 60 kB for each year asked of it."""


class Directory:
    """Records as last applied here, with every version for those that tickets pinned."""

    def __init__(self) -> None:
        self.position = 0
        self._latest: dict[tuple[str, str], tuple[int, bool, Record]] = {}
        self._versions: dict[tuple[str, str, int], Record] = {}
        self._by_address: dict[str, str] = {}
        self._by_domain: dict[str, list[str]] = {}
        self._calendars: dict[tuple[str, int], Calendar] = {}

    def put(self, kind: str, key: str, version: int, active: bool, record: Record) -> None:
        """Take a version in; an older one never replaces a newer one."""
        self._versions[kind, key, version] = record
        known = self._latest.get((kind, key))
        if known is not None and known[0] > version:
            return
        if known is not None and known[1] and isinstance(known[2], Contact):
            self._forget(key, known[2])
        self._latest[kind, key] = (version, active, record)
        if isinstance(record, Contact) and active:
            self._find_by(key, record)

    def get(self, kind: type[R], key: str | None) -> R | None:
        """The newest version of an active record."""
        found = self._latest.get((_NAMES[kind], key or ""))
        return cast("R", found[2]) if found and found[1] else None

    def known(self, kind: type[R], key: str | None) -> R | None:
        """The newest version of a record, in use or not: for showing what history names."""
        found = self._latest.get((_NAMES[kind], key or ""))
        return cast("R", found[2]) if found else None

    def version(self, kind: type[Record], key: str) -> int:
        """The newest version's number; 0 for a record that is not there."""
        return self._latest.get((_NAMES[kind], key), (0, False, None))[0]

    def customers_of(self, contact: Key) -> set[Key]:
        """The customers that a contact has been of, in any version that has arrived."""
        versions = range(1, self.version(Contact, contact) + 1)
        found = (self._versions.get((_NAMES[Contact], contact, version)) for version in versions)
        return {record.customer for record in found if isinstance(record, Contact)}

    def pinned(self, kind: type[R], key: str, version: int) -> R:
        """One version of a record. Raises NotYet while it has not arrived."""
        record = self._versions.get((_NAMES[kind], key, version))
        if record is None:
            raise NotYet(f"{_NAMES[kind]} {key} version {version}")
        return cast("R", record)

    def calendar(self, key: str, version: int) -> Calendar:
        """One version of a calendar, ready to count with. Raises NotYet while it has not arrived."""
        built = self._calendars.get((key, version))
        if built is None:
            record = self.pinned(CalendarRecord, key, version)
            built = Calendar.from_record({**record.model_dump(mode="json"), "key": key, "version": version})
            if len(self._calendars) >= CALENDARS_KEPT:
                self._calendars.pop(next(iter(self._calendars)))
            self._calendars[key, version] = built
        return built

    def all(self, kind: type[R]) -> Iterator[tuple[Key, R]]:
        """Every active record of a kind, by key."""
        name = _NAMES[kind]
        return (
            (key, cast("R", r)) for (k, key), (_, active, r) in self._latest.items() if k == name and active
        )

    def records(self) -> Iterator[tuple[str, Key, bool, Record]]:
        """Every record's newest version: kind, key, whether it is in use, the record."""
        return ((kind, key, active, record) for (kind, key), (_, active, record) in self._latest.items())

    def contact_at(self, address: str) -> tuple[Key, Contact] | None:
        """The registered contact with this address, else the one whose domain it is of, whatever its case."""
        folded = address.lower()
        key = self._by_address.get(folded)
        if key is None and self._by_domain:
            key = next(iter(self.of_domain(folded.rpartition("@")[2])), None)
        contact = self.get(Contact, key)
        return (key, contact) if key and contact else None

    def holder_of(self, address: str) -> Key | None:
        """The contact in use with exactly this address, whatever its case."""
        return self._by_address.get(address.lower())

    def of_domain(self, domain: str) -> Sequence[Key]:
        """The contacts in use that stand for a whole domain, in the order of their keys; they are of one customer."""
        return self._by_domain.get(domain if domain.isascii() else _ascii(domain), ())

    def contracts_of(self, customer: str) -> list[tuple[Key, Contract]]:
        """The contracts of a customer."""
        return [(key, contract) for key, contract in self.all(Contract) if contract.customer == customer]

    @property
    def desk(self) -> Desk:
        """The desk itself. Raises NotYet before it was defined."""
        desk = self.get(Desk, "desk")
        if desk is None:
            raise NotYet("desk")
        return desk

    @property
    def mail_domains(self) -> tuple[str, ...]:
        """The domains of the desk's addresses, its present one first: what it signed at others still counts.

        Raises:
            NotYet: before the desk was defined.
        """
        addresses = (self.desk.address, *self.desk.accepts)
        return tuple(dict.fromkeys(address.rpartition("@")[2].lower() for address in addresses))

    def _forget(self, key: str, contact: Contact) -> None:
        for address in map(str.lower, contact.addresses):
            if self._by_address.get(address) == key:
                del self._by_address[address]
        for domain in contact.domains:
            self._by_domain[domain].remove(key)
            if not self._by_domain[domain]:
                del self._by_domain[domain]

    def _find_by(self, key: str, contact: Contact) -> None:
        self._by_address.update((address.lower(), key) for address in contact.addresses)
        for domain in contact.domains:
            insort(self._by_domain.setdefault(domain, []), key)

    def rewind(self, position: int) -> None:
        """Read again from there at the next refresh: something older has come in late."""
        self.position = min(self.position, position)


def _ascii(domain: str) -> str:
    """The domain as the directory spells it. Source: RFC 3490, ToASCII."""
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return ""


_NAMES: dict[type[Record], str] = {record: name for name, record in KINDS.items()}
