"""What a copy of a message may still change of what became of the first one. Pure.

Copies have one fingerprint, but not one head: a mailing list adds its own headers, and whoever holds a copy can send
it on as a machine's, or without proof of its sender. What came so must not silence the person who wrote it.
"""

from collections.abc import Callable

from contracts import intake as i
from contracts.envelope import Event
from services.intake.submission import Arrival, Submission

_MACHINE, _UNPROVEN, _HEARD = range(3)
"""As what a message was taken: as a machine's, as somebody's who may be another, or for what it is."""


def says_more(arrival: Arrival, submission: Submission, disposed: Callable[[], list[Event]]) -> list[Event]:
    """What becomes of a copy if it is taken for more than the first was; else nothing, it is only a duplicate.

    The first then waits no more, as if a person had accepted it: both are one submission.
    """
    before = submission.event
    if before is None or (taken_before := _taken_as(before)) == _HEARD or _read_again(arrival, before):
        return []
    anew = disposed()
    return anew if all(_taken_as(event) > taken_before for event in anew) else []


def _taken_as(event: Event) -> int:
    match event:
        case i.AutomaticReplyReceived() | i.BounceReceived():
            return _MACHINE
        case i.SubmissionParked(reason="unauthenticated") | i.ReplyReceived(verified=False):
            return _UNPROVEN
    return _HEARD


def _read_again(arrival: Arrival, before: Event) -> bool:
    """Whether it is the same bytes in a mailbox, where no envelope tells them apart.

    A mailbox that is numbered anew is read again: whom the desk has come to know since then said nothing new.
    """
    first: i.Delivered | None = getattr(before, "delivered", None)
    return arrival.delivered.place is not None and first is not None and first.raw == arrival.delivered.raw
