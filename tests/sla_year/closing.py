"""Clocks of calendar time, as a history tells them: when they close a ticket, and when the customer is reminded.

Written from the design page alone, as `reference` is.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from tests.sla_year.reference import GOES_ON, WAITS

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
REMINDED = (3 * DAY, 6 * DAY)


def closes_at(reason: str, history: list[Any], days: int = 7) -> datetime | None:
    """When a clock should have closed the ticket for that reason, by what its history says; None: not by a clock."""
    names = [type(event).__name__ for event in history]
    if reason == "resolved":
        return _of_last(history, names, "TicketResolved") + days * DAY
    if reason == "customer_silent":
        return _of_last(history, names, "CustomerAwaited") + days * DAY
    if reason == "no_contact":
        vain: list[datetime] = []
        for name, event in zip(names, history, strict=True):
            if name == "ContactAttempted":
                vain = [*vain, event.at] if event.outcome == "no_answer" else []
            elif (
                (name == "ReplyAdded" and event.verified)
                or (name == "TicketReopened" and event.by.role == "requester")
                or name in RESOLVING
            ):
                vain = []
        if len(vain) < 3:
            return None
        return max(vain[2], _opened_at(history[0]) + timedelta(hours=48))
    return None


RESOLVING = ("TicketResolved", "ReopeningDismissed")


def overdue(history: list[Any], until: datetime) -> str | None:
    """For what a clock should have closed a ticket by then, though its history does not say that it is closed."""
    names = [type(event).__name__ for event in history]
    if "TicketClosed" in names:
        return None
    moves = (*WAITS, *GOES_ON, *RESOLVING, "TicketReopened")
    status = next((name for name in reversed(names) if name in moves), "")
    reasons = ["resolved"] if status in RESOLVING else ["no_contact"]
    reasons += ["customer_silent"] if status == "CustomerAwaited" else []
    dues = ((reason, closes_at(reason, history)) for reason in reasons)
    return next((reason for reason, due in dues if due is not None and due <= until), None)


def reminders(history: list[Any], until: datetime) -> list[tuple[int, int, datetime]]:
    """Each reminder to the customer that was due before that instant: of which wait, the how manieth, and when."""
    return [
        (wait, place, since + after)
        for wait, (since, ended) in enumerate(_waits(history, until), start=1)
        for place, after in enumerate(REMINDED, start=1)
        if since + after < ended
    ]


def _waits(history: list[Any], until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When each wait for the customer began, and when it was over: somebody wrote, or the ticket went on."""
    since: datetime | None = None
    for event in history:
        name = type(event).__name__
        if name == "CustomerAwaited":
            since = event.at
        elif since is not None and (
            name in ("TicketResumed", "TicketResolved", "TicketClosed")
            or (name == "ReplyAdded" and event.verified)
        ):
            # What a clock closes is closed after all that rings at that instant.
            by_clock = name == "TicketClosed" and event.by.role == "system"
            yield since, event.at + MICROSECOND if by_clock else event.at
            since = None
    if since is not None:
        yield since, until


def _of_last(history: list[Any], names: list[str], name: str) -> datetime:
    at: datetime = history[len(names) - 1 - names[::-1].index(name)].at
    return at


def _opened_at(queued: Any) -> datetime:
    at: datetime = queued.opened_at
    return at
