"""The rules of one directory record: whole, versioned, never removed. Pure.

What a record may say depends on others: `context.facts` is the `Outlook`, the directory as it would stand
once everything asked for in the same request was recorded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.commands import DefineRecord
from contracts.commands.directory import Definition
from contracts.directory import Contact, Contract, MailTemplate, Record, RecordDefined
from contracts.envelope import Event
from journal.decider import Context, Decider
from journal.errors import Refused
from services.directory.faults import Fault, RecordRefused, malformed
from services.directory.outlook import Asked, Named, Outlook
from services.directory.proposals import as_read_now
from services.directory.references import named_by

DESK = ("desk", "desk")
"""The one record that every service asks for by name: always in use, and never under another key."""
USERS_TOLD_MAX = 20
"""Records that are named when one cannot be taken out of use for their sake; `count` says how many there are."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it stands; version 0 for one that is not there."""

    version: int = 0
    active: bool = False
    record: dict[str, Any] | None = None


def decide(cause: object, kept: Kept, context: Context) -> list[Event]:
    """The record's next version; [] when it says that already.

    Raises:
        RecordRefused: `malformed`, `named_twice`, `version_moved`, `unknown_reference`, `approver_elsewhere`,
            `address_taken`, `domain_taken`, `template_taken` or `still_in_use`; `faults` says all that is wrong.
    """
    if not isinstance(cause, DefineRecord | Definition):
        raise Refused("unknown_command")
    outlook: Outlook = context.facts
    if faults := list(_faults(cause, kept, outlook)):
        raise RecordRefused(faults)
    text = outlook.proposal(cause.kind, cause.key).text
    if kept.active == cause.active and as_read_now(cause.kind, kept.record) == text:
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


def _faults(cause: Asked, kept: Kept, outlook: Outlook) -> Iterator[Fault]:
    named = (cause.kind, cause.key)
    proposal = outlook.proposal(*named)
    yield from proposal.faults
    if cause.kind == DESK[0] and named != DESK:
        yield malformed("key", "only_desk")
    if outlook.times[named] > 1:
        yield Fault("named_twice", facts={"kind": cause.kind, "key": cause.key})
    if cause.expected_version is not None and cause.expected_version != kept.version:
        moved = {"kind": cause.kind, "key": cause.key, "version": kept.version}
        yield Fault("version_moved", facts=moved)
    if not cause.active:
        yield from _out_of_use(named, outlook)
    elif proposal.record is not None:
        yield from _in_use(cause.key, proposal.record, kept, outlook)


def _out_of_use(named: Named, outlook: Outlook) -> Iterator[Fault]:
    """Live work goes on by what records in use name; history goes on by the versions that tickets pinned."""
    if named == DESK:
        yield Fault("still_in_use", "active", {"kind": "desk", "key": "desk", "used_by": [], "count": 0})
    elif users := outlook.users_of(*named):
        yield _still_in_use("active", named, users)


def _in_use(key: str, record: Record, kept: Kept, outlook: Outlook) -> Iterator[Fault]:
    for field, kind, other in named_by(record):
        if not outlook.has(kind, other):
            yield Fault("unknown_reference", field, {"field": field, "kind": kind, "key": other})
    match record:
        case Contact():
            yield from _of_contact(key, record, outlook)
            if kept.record is not None and kept.record["customer"] != record.customer:
                yield from _of_approver(key, record, outlook)
        case Contract():
            for place, approver in enumerate(record.approvers):
                contact = outlook.get(Contact, approver)
                if contact is not None and contact.customer != record.customer:
                    facts = {"contact": approver, "customer": contact.customer}
                    yield Fault("approver_elsewhere", f"approvers.{place}", facts)
        case MailTemplate():
            for other in sorted(outlook.templates_for(record) - {key}):
                yield Fault("template_taken", "template", {"template": record.template, "key": other})


def _of_contact(key: str, contact: Contact, outlook: Outlook) -> Iterator[Fault]:
    for place, address in enumerate(contact.addresses):
        for other in sorted(outlook.holders_of(address) - {key}):
            yield Fault("address_taken", f"addresses.{place}", {"address": address, "contact": other})
    for place, domain in enumerate(contact.domains):
        for other in sorted(outlook.of_domain(domain) - {key}):
            known = outlook.get(Contact, other)
            if known is not None and known.customer != contact.customer:
                yield Fault("domain_taken", f"domains.{place}", {"domain": domain, "contact": other})


def _of_approver(key: str, contact: Contact, outlook: Outlook) -> Iterator[Fault]:
    """Who goes to another customer cannot go on deciding on the projects of the first."""
    named = ("contact", key)
    users = [(user, outlook.get(Contract, user[1])) for user in outlook.users_of(*named)]
    if elsewhere := [user for user, found in users if found and found.customer != contact.customer]:
        yield _still_in_use("customer", named, elsewhere)


def _still_in_use(field: str, named: Named, users: Sequence[Named]) -> Fault:
    told = [{"kind": kind, "key": key} for kind, key in users[:USERS_TOLD_MAX]]
    kind, key = named
    return Fault("still_in_use", field, {"kind": kind, "key": key, "used_by": told, "count": len(users)})


DIRECTORY: Decider[Kept] = Decider(initial=Kept(), decide=decide, evolve=evolve)
