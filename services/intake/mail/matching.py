"""Which ticket a message may belong to: proofs and traces in the order in which they count.

Never by the text of the message, Thread-Index or a similar subject: they put strangers' words on a ticket.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from journal.tokens import (
    KeyRing,
    read_answer_address,
    read_notification,
    verify_message_id,
    verify_reply_address,
)
from services.intake.mail.parse import Message

Step = Literal["signed_message_id", "signed_address", "seen_message_id", "thread_root", "subject_number"]

_NUMBER = re.compile(r"(?<![\w-])((?:19|20)[0-9]{2}-[0-9]{6,9})(?![\w-])")
_NUMBERS_MAX = 5


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to a ticket: proven (`ticket_id`, or that of `notification_id`), or to be looked up (`lookup`).

    `lookup` is a Message-ID with brackets for `seen_message_id` and `thread_root`, a ticket number for
    `subject_number`, which counts only when the sender is a participant of that ticket; no number of a mail that
    refers to others is one: had it been ours, they would have led to its ticket.
    """

    step: Step
    ticket_id: UUID | None = None
    lookup: str = ""
    notification_id: UUID | None = None


def candidates(
    message: Message, keys: KeyRing, domains: Sequence[str], envelope_to: Iterable[str] = ()
) -> tuple[Candidate, ...]:
    """Every way from a message to a ticket, the strongest first; the first that leads to a ticket decides.

    Args:
        message: As parsed.
        keys: The desk's keys.
        domains: The desk's mail domains, those that it had before too.
        envelope_to: Addresses of SMTP's RCPT TO, which the headers need not name.
    """
    found = _candidates(message, keys, domains, envelope_to)
    return tuple(dict.fromkeys(found))


def notifications_answered(message: Message, keys: KeyRing, domains: Sequence[str]) -> tuple[UUID, ...]:
    """The notifications of the desk that a message is itself the answer to, which only who got them can prove.

    In-Reply-To names them. Where it names a mail, but none of the desk's, a relay (Amazon SES, Exchange) may have given the
    notification another Message-ID: then its answer address names it, if the message goes there and to nobody else.
    A notification further up the thread, or an address that others share, says nothing of whom this message speaks to.
    """
    read = [read_notification(one, keys, *domains) for one in message.in_reply_to]
    if message.in_reply_to and not any(verify_message_id(one, keys, *domains) for one in message.in_reply_to):
        addressed = {address.lower() for address in (*message.to, *message.cc)}
        if len(addressed) == 1:
            read = [read_answer_address(address, keys, *domains) for address in addressed]
    return tuple(dict.fromkeys(filter(None, read)))


def speaks_to_the_desk(
    message: Message, own: Callable[[str], bool], may_look_on: Callable[[str], bool]
) -> bool:
    """Whether To names the desk and nobody else, and Cc at most those who may look on.

    "Lia, he never pays" is an answer to the desk's e-mail by its In-Reply-To, and still speaks to Lia.

    Args:
        message: As parsed.
        own: Whether an address is the desk's.
        may_look_on: Whether a copy may go to an address that is not.
    """
    to_the_desk = bool(message.to) and all(map(own, message.to))
    return to_the_desk and all(own(address) or may_look_on(address) for address in message.cc)


def remembered_ids(message: Message) -> tuple[str, ...]:
    """The Message-IDs to keep with the ticket that a message opened or joined: its own, and its thread's root.

    The root matters when the desk never saw it: two colleagues who answer one mail, and copy the desk, share it.
    """
    ids = (message.message_id, _root(message))
    return tuple(dict.fromkeys(one for one in ids if one))


def _candidates(
    message: Message, keys: KeyRing, domains: Sequence[str], envelope_to: Iterable[str]
) -> Iterator[Candidate]:
    referred = _referred(message)
    for message_id in referred:
        if ticket_id := verify_message_id(message_id, keys, *domains):
            yield Candidate("signed_message_id", ticket_id)
    for address in _addressed(message, envelope_to):
        if ticket_id := verify_reply_address(address, keys, *domains):
            yield Candidate("signed_address", ticket_id)
        elif notification_id := read_answer_address(address, keys, *domains):
            yield Candidate("signed_address", notification_id=notification_id)
    for message_id in referred:
        yield Candidate("seen_message_id", lookup=message_id)
    if root := _root(message):
        yield Candidate("thread_root", lookup=root)
    if not referred:
        # What answers a mail that nobody here saw bears the number of its own side, which counts as we do.
        for number in list(dict.fromkeys(_NUMBER.findall(message.subject)))[:_NUMBERS_MAX]:
            yield Candidate("subject_number", lookup=number)


def _referred(message: Message) -> tuple[str, ...]:
    return (*message.in_reply_to, *reversed(message.references))


def _addressed(message: Message, envelope_to: Iterable[str]) -> tuple[str, ...]:
    return (*envelope_to, *message.delivered, *message.to, *message.cc)


def _root(message: Message) -> str | None:
    """What the whole thread hangs on; a message that answers nothing may be the root of answers that came first."""
    return next(iter((*message.references, *message.in_reply_to)), message.message_id)
