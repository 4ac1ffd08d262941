"""The life of one notification."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts import notifier as n
from contracts.commands import RetryNotification
from contracts.envelope import Actor, Event
from journal.decider import Context
from journal.errors import Refused
from services.notifier.caps import Reached
from services.notifier.decider import (
    FIRST_RETRY,
    GIVEN_UP_AFTER,
    LONGEST_RETRY,
    NOTIFIER,
    Accepted,
    Deferred,
    Over,
    Owed,
    Rejected,
)
from tests.notifier.room import BRUNO, NOON

ID, TICKET = uuid4(), uuid4()
OWED = Owed(
    notification_id=ID,
    ticket_id=TICKET,
    template="closed",
    recipient="ana@serra.example.com",
    recipient_name="Ana",
    language="pt-BR",
    message_id="<m@desk>",
    facts={"number": "2026-000001"},
)
RETRY = RetryNotification(notification_id=ID)


def when(
    *history: Event, cause: object, after: timedelta = timedelta(), by: Actor = BRUNO, facts: Any = None
) -> list[Event]:
    return NOTIFIER.decide(cause, NOTIFIER.fold(history), Context(now=NOON + after, by=by, facts=facts))


REQUESTED = when(cause=OWED)[0]
ABANDONED = n.NotificationAbandoned(notification_id=ID, ticket_id=TICKET, attempt=1, at=NOON, error="550 no")
WITHDRAWN = n.NotificationWithdrawn(notification_id=ID, ticket_id=TICKET, at=NOON, because="met")
SENT = n.NotificationSent(notification_id=ID, ticket_id=TICKET, message_id="<m@desk>", attempt=1, at=NOON)


def test_what_is_owed_is_requested_once() -> None:
    assert isinstance(REQUESTED, n.NotificationRequested)
    assert (REQUESTED.recipient, REQUESTED.message_id, REQUESTED.at) == (
        "ana@serra.example.com",
        "<m@desk>",
        NOON,
    )
    for history in ([REQUESTED], [REQUESTED, SENT], [REQUESTED, ABANDONED]):
        assert when(*history, cause=OWED) == []


def test_a_loop_is_held_back_and_said() -> None:
    near = [Reached("address_on_ticket", 19, 20), Reached("ticket", 59, 60)]
    assert when(cause=OWED, facts=near) == [REQUESTED]
    held = n.NotificationSuppressed(
        notification_id=ID,
        ticket_id=TICKET,
        template="closed",
        recipient=OWED.recipient,
        count=60,
        cap="ticket",
        at=NOON,
    )
    assert when(cause=OWED, facts=[near[0], Reached("ticket", 60, 60)]) == [held]
    assert when(held, cause=OWED) == []


def test_what_joined_another_e_mail_is_neither_sent_nor_sent_again() -> None:
    into = uuid4()
    (joined,) = when(cause=replace(OWED, bundled_into=into))
    assert isinstance(joined, n.NotificationRequested)
    assert joined.bundled_into == into
    assert when(joined, cause=OWED) == []
    assert when(joined, cause=Accepted(ID, "250")) == []
    with pytest.raises(Refused, match="no_such_notification"):
        when(joined, cause=RETRY)


def test_accepted_is_sent() -> None:
    assert when(REQUESTED, cause=Accepted(ID, "250 queued")) == [
        SENT.model_copy(update={"response": "250 queued"})
    ]


def test_what_is_not_known_of_attempts_before_is_said() -> None:
    (sent,) = when(REQUESTED, cause=Accepted(ID, "250 queued", unsettled=1))
    assert isinstance(sent, n.NotificationSent)
    assert (sent.attempt, sent.unsettled) == (1, 1)


def test_a_second_acceptance_changes_nothing() -> None:
    assert when(REQUESTED, SENT, cause=Accepted(ID, "250")) == []
    assert when(REQUESTED, SENT, cause=Deferred(ID, "451", 0.5)) == []


def test_deferred_is_tried_again_later_and_later() -> None:
    history: list[Event] = [REQUESTED]
    delays = []
    for attempt in range(1, 12):
        (failed,) = when(*history, cause=Deferred(ID, "451 later", 0.5))
        assert isinstance(failed, n.NotificationFailed)
        assert failed.attempt == attempt
        delays.append(failed.retry_at - NOON)
        history.append(failed)
    assert delays[:4] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY, 8 * FIRST_RETRY]
    assert delays[-1] == LONGEST_RETRY


@pytest.mark.parametrize(("jitter", "share"), [(0.0, 0.8), (0.5, 1.0), (1.0, 1.2)])
def test_attempts_of_many_spread(jitter: float, share: float) -> None:
    (failed,) = when(REQUESTED, cause=Deferred(ID, "451", jitter))
    assert isinstance(failed, n.NotificationFailed)
    assert failed.retry_at - NOON == FIRST_RETRY * share


def test_refused_for_good_is_abandoned_at_once() -> None:
    assert when(REQUESTED, cause=Rejected(ID, "550 no")) == [ABANDONED]


def test_after_three_days_it_is_abandoned() -> None:
    just_before = when(REQUESTED, cause=Deferred(ID, "451", 0.5), after=GIVEN_UP_AFTER - timedelta(seconds=1))
    assert isinstance(just_before[0], n.NotificationFailed)
    assert isinstance(
        when(REQUESTED, cause=Deferred(ID, "451", 0.5), after=GIVEN_UP_AFTER)[0], n.NotificationAbandoned
    )


def test_an_abandoned_one_is_sent_again_when_a_person_asks() -> None:
    later = GIVEN_UP_AFTER * 2
    retried = n.NotificationRetried(notification_id=ID, ticket_id=TICKET, at=NOON + later, by=BRUNO)
    assert when(REQUESTED, ABANDONED, cause=RETRY, after=later) == [retried]
    (failed,) = when(REQUESTED, ABANDONED, retried, cause=Deferred(ID, "451", 0.5), after=later)
    assert isinstance(failed, n.NotificationFailed)
    assert (failed.attempt, failed.retry_at) == (2, NOON + later + FIRST_RETRY)


def test_what_cannot_be_retried() -> None:
    for history, code in (([], "no_such_notification"), ([REQUESTED, SENT], "already_sent")):
        with pytest.raises(Refused) as refused:
            when(*history, cause=RETRY)
        assert refused.value.code == code
    assert when(REQUESTED, cause=RETRY) == []


def test_a_warning_whose_clock_is_over_is_withdrawn_while_it_is_due() -> None:
    failed = when(REQUESTED, cause=Deferred(ID, "451", 0.5))
    for history in ([REQUESTED], [REQUESTED, *failed]):
        assert when(*history, cause=Over(ID, "met")) == [WITHDRAWN]
    for history in ([], [REQUESTED, SENT], [REQUESTED, ABANDONED], [REQUESTED, WITHDRAWN]):
        assert when(*history, cause=Over(ID, "stopped")) == []


def test_what_was_withdrawn_is_not_owed_tried_or_retried_again() -> None:
    for cause in (OWED, Deferred(ID, "451", 0.5), Rejected(ID, "550 no")):
        assert when(REQUESTED, WITHDRAWN, cause=cause) == []
    with pytest.raises(Refused, match="no_such_notification"):
        when(REQUESTED, WITHDRAWN, cause=RETRY)


def test_what_left_while_it_was_withdrawn_is_said_to_be_sent() -> None:
    (sent,) = when(REQUESTED, WITHDRAWN, cause=Accepted(ID, "250"))
    assert isinstance(sent, n.NotificationSent)
    assert when(REQUESTED, WITHDRAWN, sent, cause=Accepted(ID, "250")) == []


def test_no_error_is_too_long_to_record() -> None:
    (abandoned,) = when(REQUESTED, cause=Rejected(ID, "x" * 5000))
    assert isinstance(abandoned, n.NotificationAbandoned)
    assert len(abandoned.error) == 500


def test_what_the_notifier_does_not_decide_on() -> None:
    with pytest.raises(Refused, match="unknown_command"):
        when(cause=object())
    sent = NOTIFIER.fold([REQUESTED, SENT])
    assert NOTIFIER.evolve(sent, Event()) == sent
