"""What customers, their mail systems and the desk's own mail bring to a ticket."""

from datetime import timedelta
from uuid import UUID

import pytest

from contracts import intake
from contracts import lifecycle as l
from contracts.envelope import SYSTEM
from journal.errors import Refused
from journal.testing import NOON
from tests.lifecycle.stories import (
    ANA,
    BRUNO,
    CLOSED,
    FACTS,
    FILE,
    OPEN,
    QUEUED,
    RECEIVED,
    RESOLVED,
    STATES,
    SUBMISSION,
    TICKET,
    WAITING,
    assigned,
    delivered,
    registered,
    reopened,
    replied,
    resumed,
    ticket,
)


def added(
    *,
    verified: bool = True,
    late: bool = False,
    sender: str = "Ana Prado",
    sender_address: str = "ana@serra.example",
) -> l.ReplyAdded:
    return l.ReplyAdded(
        ticket_id=TICKET,
        at=RECEIVED,
        by=ANA,
        channel="email",
        verified=verified,
        late=late,
        sender=sender,
        text="A nota foi recusada.",
        quoted="> antes",
        attachments=(FILE,),
        raw="b" * 64,
        message_id="<1@serra.example>",
        sender_address=sender_address,
    )


def test_a_registered_submission_waits_in_the_queue_from_its_receipt_on() -> None:
    assert ticket.when(registered(), facts=FACTS) == [QUEUED]


def test_a_ticket_opened_for_a_caller_is_its_analysts_at_once() -> None:
    called = registered(analyst="bruno", by=BRUNO)
    queued = QUEUED.model_copy(update={"by": BRUNO})
    assert ticket.when(called) == [queued, assigned(at=RECEIVED)]


def test_a_ticket_that_continues_a_closed_one_names_it() -> None:
    closed_one = UUID(int=7)
    events = ticket.when(registered(linked_to=closed_one, relation="follow_up"), facts=FACTS)
    assert events == [QUEUED.model_copy(update={"linked_to": closed_one, "relation": "follow_up"})]


def test_only_a_mail_tells_where_it_was_written_from() -> None:
    """The portal and other channels name an address; what is split off was written by nobody."""
    for told in (
        registered(delivered=delivered(channel="web")),
        registered(linked_to=UUID(int=7), relation="split"),
    ):
        events = ticket.when(told, facts=FACTS)
        assert isinstance(events, list)
        (queued,) = events
        assert isinstance(queued, l.TicketQueued)
        assert queued.sender_address == ""
    assert OPEN.when(replied(channel="web")) == [
        added(sender_address="").model_copy(update={"channel": "web"})
    ]


@pytest.mark.parametrize("status", STATES)
def test_the_same_submission_again_queues_nothing(status: str) -> None:
    assert STATES[status].when(registered()) == []


@pytest.mark.parametrize("status", ["open", "in_progress", "on_hold", "awaiting_approval"])
def test_a_reply_joins_a_ticket_that_is_worked_on(status: str) -> None:
    assert STATES[status].when(replied()) == [added()]


def test_a_reply_resumes_a_ticket_that_waited_for_it() -> None:
    assert WAITING.when(replied()) == [added(), resumed("requester_replied", by=ANA, at=RECEIVED)]


def test_a_reply_by_mail_reopens_a_resolved_ticket() -> None:
    assert RESOLVED.when(replied()) == [added(), reopened(via="email", at=RECEIVED, reason="")]


def test_a_reply_in_the_portal_reopens_a_resolved_ticket() -> None:
    events = RESOLVED.when(replied(channel="web"))
    assert isinstance(events, list)
    assert events[1:] == [reopened(via="web", at=RECEIVED, reason="")]


def test_a_late_reply_is_kept_and_goes_on_to_a_new_ticket() -> None:
    facts = {"ticket_id": TICKET, "at": RECEIVED, "by": ANA, "submission_id": SUBMISSION}
    late = l.LateReplyReceived.model_validate({**facts, "application": "notas"})
    assert CLOSED.when(replied()) == [added(late=True), late]


@pytest.mark.parametrize("status", STATES)
def test_an_unverified_reply_is_shown_and_changes_nothing(status: str) -> None:
    events = STATES[status].when(replied(verified=False))
    assert events == [added(verified=False, late=status == "closed")]


def test_a_nameless_sender_is_called_by_the_address_however_long() -> None:
    long = "a" * 300 + "@serra.example"
    assert OPEN.when(replied(sender_name="", sender=long)) == [added(sender=long[:200], sender_address=long)]


@pytest.mark.parametrize("status", STATES)
def test_an_automatic_reply_is_kept_and_touches_nothing(status: str) -> None:
    away = intake.AutomaticReplyReceived(
        ticket_id=TICKET, delivered=delivered(), reason="Auto-Submitted: yes"
    )
    expected = l.AutomaticReplyAdded(
        ticket_id=TICKET,
        at=RECEIVED,
        by=SYSTEM,
        sender="Ana Prado",
        text="A nota foi recusada.",
        raw="b" * 64,
        reason="Auto-Submitted: yes",
    )
    before = STATES[status]
    assert before.when(away) == [expected]
    assert before.decider.fold([*before.history, expected]) == before.decider.fold(before.history)


@pytest.mark.parametrize("status", STATES)
def test_a_bounce_is_shown_and_touches_nothing(status: str) -> None:
    bounced = intake.BounceReceived(
        ticket_id=TICKET,
        notification_id=SUBMISSION,
        delivered=delivered(),
        recipient="x" * 300,
        status="5.1.1",
        diagnostic="no such user",
    )
    expected = l.BounceAdded(
        ticket_id=TICKET,
        at=RECEIVED,
        by=SYSTEM,
        recipient="x" * 200,
        status="5.1.1",
        diagnostic="no such user",
        raw="b" * 64,
        notification_id=SUBMISSION,
    )
    before = STATES[status]
    assert before.when(bounced) == [expected]
    assert before.decider.fold([*before.history, expected]) == before.decider.fold(before.history)


def test_what_belongs_to_no_ticket_changes_none() -> None:
    away = intake.AutomaticReplyReceived(ticket_id=None, delivered=delivered(), reason="List-Id")
    bounced = intake.BounceReceived(ticket_id=None, notification_id=None, delivered=delivered())
    assert (OPEN.when(away), OPEN.when(bounced)) == ([], [])


@pytest.mark.parametrize(
    "cause",
    [
        replied(),
        intake.AutomaticReplyReceived(ticket_id=TICKET, delivered=delivered(), reason="x"),
        intake.BounceReceived(ticket_id=TICKET, notification_id=None, delivered=delivered()),
    ],
)
def test_what_names_a_ticket_that_never_was_is_a_fault_not_a_refusal(cause: object) -> None:
    with pytest.raises(LookupError):
        ticket.when(cause)


def test_what_no_rule_knows_is_refused() -> None:
    assert OPEN.when(object()) == Refused("unknown_command")


def test_replies_keep_the_instant_of_their_receipt_not_of_their_handling() -> None:
    early = RECEIVED - timedelta(days=3)
    events = OPEN.when(replied(received_at=early), now=NOON)
    assert isinstance(events, list)
    assert [event.at for event in events if isinstance(event, l.ReplyAdded)] == [early]
