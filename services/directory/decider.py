"""The rules of one directory record: whole, versioned, never removed. Pure."""

from dataclasses import dataclass

from pydantic import ValidationError

from contracts.commands import DefineRecord
from contracts.directory import KINDS, Contact, RecordDefined
from contracts.envelope import Event
from journal.decider import Context, Decider
from journal.directory import Directory
from journal.errors import Refused
from services.directory.soundness import unsound


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it stands; version 0 for one that is not there."""

    version: int = 0
    active: bool = False
    record: object = None


def decide(cause: object, kept: Kept, context: Context) -> list[Event]:
    """The record's next version; [] when it says that already.

    Raises:
        Refused: `malformed`, `version_moved`, or `address_taken` by another contact.
    """
    if not isinstance(cause, DefineRecord):
        raise Refused("unknown_command")
    try:
        record = KINDS[cause.kind].model_validate(cause.record)
    except ValidationError as error:
        raise Refused("malformed", errors=[".".join(map(str, e["loc"])) for e in error.errors()]) from error
    if fields := unsound(record):
        raise Refused("malformed", errors=fields)
    if cause.expected_version is not None and cause.expected_version != kept.version:
        raise Refused("version_moved", kind=cause.kind, key=cause.key, version=kept.version)
    if isinstance(record, Contact) and cause.active:
        _addresses_are_free(record, cause.key, context.facts)
    text = record.model_dump(mode="json")
    if (kept.record, kept.active) == (text, cause.active):
        return []
    return [
        RecordDefined(
            kind=cause.kind,
            key=cause.key,
            version=kept.version + 1,
            active=cause.active,
            record=text,
            at=context.now,
            by=context.by,
        )
    ]


def evolve(_: Kept, event: Event) -> Kept:
    """The record after an event."""
    assert isinstance(event, RecordDefined)  # noqa: S101 - the only event of these streams
    return Kept(event.version, event.active, event.record)


def _addresses_are_free(contact: Contact, key: str, directory: Directory) -> None:
    for address in contact.addresses:
        known = directory.contact_at(address)
        if known is not None and known[0] != key:
            raise Refused("address_taken", address=address, contact=known[0])


DIRECTORY: Decider[Kept] = Decider(initial=Kept(), decide=decide, evolve=evolve)
