"""What a record must be beyond its form, so that no service that reads it later stumbles. Pure."""

from collections.abc import Iterator

from contracts.directory import (
    Analyst,
    Calendar,
    CannedAnswer,
    Contact,
    Contract,
    Customer,
    Desk,
    MailTemplate,
    PriorityMatrix,
    Record,
    SlaPolicy,
)
from journal.placeholders import CANNED_ANSWER, MAIL_TEMPLATE, placeholders
from services.directory import cnpj
from services.directory.addresses import is_mailbox, is_page, of_domains, of_mailboxes
from services.directory.faults import Fault, malformed
from services.directory.working_time import MINUTES_MAX, is_time_zone, of_absences, of_calendar, of_policy

_TITLES = ("name", "title")
"""The fields by which people tell records apart."""


def spelled(record: Record) -> Record:
    """The record in the one spelling that is kept, so that the same thing typed otherwise is no change.

    A CNPJ as it is printed, with punctuation and capitals; mail domains in lower case. What is none stays.
    """
    match record:
        case Customer():
            return record.model_copy(update={"tax_id": cnpj.spelled(record.tax_id) or record.tax_id})
        case Contact():
            return record.model_copy(update={"domains": tuple(map(str.lower, record.domains))})
    return record


def unsound(record: Record) -> Iterator[Fault]:
    """What cannot be used of a record as it is; nothing of a sound one."""
    for field in _TITLES:
        if not getattr(record, field, "-").strip():
            yield malformed(field, "blank")
    match record:
        case Customer():
            if record.tax_id and cnpj.spelled(record.tax_id) is None:
                yield malformed("tax_id", "not_a_cnpj")
        case Contact():
            yield from of_mailboxes("addresses", record.addresses)
            yield from of_domains("domains", record.domains)
        case Contract():
            if record.ends_on is not None and record.ends_on < record.starts_on:
                yield malformed("ends_on", "ends_before_start")
        case Analyst():
            if not is_mailbox(record.email):
                yield malformed("email", "not_an_address")
            yield from of_absences(record.absences)
        case Calendar():
            yield from of_calendar(record)
        case SlaPolicy():
            yield from of_policy(record)
        case Desk():
            yield from _of_desk(record)
        case PriorityMatrix():
            if not any(record.cells.values()):
                yield malformed("cells", "blank")
        case CannedAnswer():
            for language, text in record.texts.items():
                yield from _of_text(f"texts.{language}", text, CANNED_ANSWER)
        case MailTemplate():
            yield from _of_template(record)


def _of_desk(desk: Desk) -> Iterator[Fault]:
    if not is_mailbox(desk.address):
        yield malformed("address", "not_an_address")
    yield from of_mailboxes("accepts", desk.accepts)
    if not is_time_zone(desk.time_zone):
        yield malformed("time_zone", "no_time_zone")
    if desk.portal_url and not is_page(desk.portal_url):
        yield malformed("portal_url", "not_a_page")
    if desk.contact_spacing_min > MINUTES_MAX:
        yield malformed("contact_spacing_min", "out_of_range")


def _of_template(template: MailTemplate) -> Iterator[Fault]:
    known = MAIL_TEMPLATE.get(template.template)
    if known is None:
        yield malformed("template", "no_such_template")
        return
    for field in ("subject", "title", "body"):
        yield from _of_text(field, getattr(template, field), known)


def _of_text(where: str, text: str, known: frozenset[str]) -> Iterator[Fault]:
    if where.startswith("texts.") and not text.strip():
        yield malformed(where, "blank")
    for name in sorted(placeholders(text) - known):
        yield malformed(where, f"unknown_placeholder:{name}")
