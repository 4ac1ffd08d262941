"""Attempts at contact: their spacing, their count, what resets it, and closing a ticket for want of contact."""

from datetime import datetime, timedelta

import pytest

from contracts import commands as c
from contracts.directory import Calendar, Desk
from contracts.envelope import SYSTEM, Event
from journal.errors import Refused
from journal.testing import NOON, Spec
from services.lifecycle.facts import Facts
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    BRUNO,
    CLOSED,
    FACTS,
    IN_PROGRESS,
    LIA,
    LIVE,
    NUMBER,
    OPEN,
    RECEIVED,
    RESOLVED,
    STATES,
    TICKET,
    TICKET_CLOSED,
    answered,
    assigned,
    attempted,
    closed,
    come_of,
    deadline,
    directory,
    do,
    reopened,
    replied,
    resolved,
    then,
    ticket,
)

MINUTE = timedelta(minutes=1)
TRY = c.LogContact(ticket_id=TICKET, channel="phone", outcome="no_answer")
REACH = c.LogContact(ticket_id=TICKET, channel="phone", outcome="reached")
DUE = RECEIVED + timedelta(hours=48)
"""Source: domain page, Clocks, unreachable."""


def tried(*minutes: int) -> Spec[Ticket]:
    """Attempts in vain, so many minutes after noon UTC (09:00 local)."""
    at = [NOON + minute * MINUTE for minute in minutes]
    return IN_PROGRESS.given(*(attempted(n, at=when) for n, when in enumerate(at, 1)))


def test_an_attempt_keeps_channel_who_when_and_outcome() -> None:
    asked = TRY.model_copy(update={"channel": "email", "person": "Portaria", "text": "Ninguém sabe dela"})
    expected = attempted(channel="email", person="Portaria", text="Ninguém sabe dela")
    assert do(IN_PROGRESS, asked) == [expected]


def test_an_attempt_is_now_or_when_it_is_said_to_have_been() -> None:
    assert do(IN_PROGRESS, TRY) == [attempted(at=NOON)]
    earlier = TRY.model_copy(update={"at": NOON - 10 * MINUTE})
    assert do(IN_PROGRESS, earlier) == [attempted(at=NOON - 10 * MINUTE)]


@pytest.mark.parametrize("at", [NOON + MINUTE, RECEIVED - MINUTE], ids=["to come", "before the ticket"])
def test_an_attempt_lies_between_the_opening_and_now(at: datetime) -> None:
    refused = Refused("not_at_that_time", number=NUMBER, since=RECEIVED.isoformat())
    assert do(IN_PROGRESS, TRY.model_copy(update={"at": at})) == refused


def test_an_attempt_does_not_lie_before_the_last_one() -> None:
    for asked in (TRY, REACH):
        early = asked.model_copy(update={"at": NOON - MINUTE})
        refused = Refused("not_at_that_time", number=NUMBER, since=NOON.isoformat())
        assert do(tried(0), early, now=NOON + timedelta(hours=2)) == refused


@pytest.mark.parametrize("portal", [True, False], ids=["reopened in the portal", "wrote"])
def test_one_in_vain_does_not_lie_before_the_customers_last_message(portal: bool) -> None:
    """It would count towards closing the ticket of somebody who has written since."""
    later = NOON + timedelta(hours=2)
    if portal:
        story = RESOLVED.given(reopened())
    else:
        events = IN_PROGRESS.when(replied(received_at=NOON), facts=FACTS)
        assert isinstance(events, list)
        story = IN_PROGRESS.given(*events)
    before = {"at": NOON - MINUTE}
    refused = Refused("not_at_that_time", number=NUMBER, since=NOON.isoformat())
    assert do(story, TRY.model_copy(update=before), now=later) == refused
    spoken = attempted(0, at=NOON - MINUTE, first=not portal)
    assert do(story, REACH.model_copy(update=before), now=later) == [spoken]
    assert do(story, TRY.model_copy(update={"at": NOON}), now=later) == [attempted(1)]


def test_a_message_of_an_unknown_sender_leaves_the_time_of_an_attempt_alone() -> None:
    events = IN_PROGRESS.when(replied(verified=False, received_at=NOON), facts=FACTS)
    assert isinstance(events, list)
    early = TRY.model_copy(update={"at": NOON - MINUTE})
    assert do(IN_PROGRESS.given(*events), early) == [attempted(at=NOON - MINUTE)]


def test_attempts_in_vain_are_counted() -> None:
    story = IN_PROGRESS
    for n, minute in enumerate((0, 30, 60), 1):
        at = NOON + minute * MINUTE
        assert do(story, TRY, now=at) == [attempted(n, at=at)]
        story = then(story, TRY, now=at)


def test_a_resolution_ends_the_attempts_in_a_row() -> None:
    story = tried(0, 30, 60).given(resolved(), reopened(by=BRUNO))
    later = NOON + timedelta(hours=5)
    assert do(story, TRY, now=later) == [attempted(1, at=later)]
    thanks = c.DismissReopening(ticket_id=TICKET)
    dismissed = then(RESOLVED.given(reopened(), *(attempted(n) for n in (1, 2, 3))), thanks)
    again = dismissed.given(reopened(by=BRUNO))
    assert do(again, TRY, now=later) == [attempted(1, at=later)]


def test_thirty_working_minutes_lie_between_two_attempts() -> None:
    soon = NOON + 30 * MINUTE - timedelta(microseconds=1)
    refused = Refused("too_soon", minutes=30, at=(NOON + 30 * MINUTE).isoformat())
    assert do(tried(0), TRY, now=soon) == refused
    assert isinstance(do(tried(0), TRY, now=NOON + 30 * MINUTE), list)


def test_closed_time_does_not_count_between_attempts() -> None:
    before_lunch = tried(95)  # 10:35 local; the desk closes at 10:45 and opens at 13:00
    again = NOON + timedelta(hours=4, minutes=20)  # 13:20 local
    refused = Refused("too_soon", minutes=30, at=again.isoformat())
    assert do(before_lunch, TRY, now=again - MINUTE) == refused
    assert isinstance(do(before_lunch, TRY, now=again), list)


def test_the_spacing_is_the_desks_to_set() -> None:
    desk = Desk(name="Suporte", address="suporte@desk.example", contact_spacing_min=5)
    facts = Facts(directory(("desk", "desk", desk)))
    assert isinstance(do(tried(0), TRY, now=NOON + 5 * MINUTE, facts=facts), list)
    refused = Refused("too_soon", minutes=5, at=(NOON + 5 * MINUTE).isoformat())
    assert do(tried(0), TRY, now=NOON + 4 * MINUTE, facts=facts) == refused


def test_the_spacing_is_counted_by_the_calendar_that_the_ticket_pinned() -> None:
    night = Calendar(time_zone="America/Sao_Paulo", weekly={"mon": (("20:00", "22:00"),)})
    facts = Facts(directory(("calendar", "padrao", night)))
    assert isinstance(do(tried(0), TRY, now=NOON + 30 * MINUTE, facts=facts), list)


def test_the_spacing_holds_after_a_contact_and_after_a_message_too() -> None:
    for story in (IN_PROGRESS.given(attempted(0)), tried(0).given(*_replied())):
        assert do(story, TRY, now=NOON + MINUTE) == Refused(
            "too_soon", minutes=30, at=(NOON + 30 * MINUTE).isoformat()
        )


def test_who_was_reached_has_been_spoken_to_however_soon() -> None:
    at = NOON + MINUTE
    expected = attempted(0, at=at, first=True)
    assert do(tried(0), REACH, now=at) == [expected]


def test_who_is_reached_ends_the_count() -> None:
    story = tried(0, 30).given(attempted(0, at=NOON + 60 * MINUTE))
    assert do(story, TRY, now=NOON + 90 * MINUTE) == [attempted(1, at=NOON + 90 * MINUTE)]


def _replied(*, verified: bool = True) -> list[Event]:
    events = IN_PROGRESS.when(replied(verified=verified))
    assert isinstance(events, list)
    return events


def test_a_message_of_the_requester_ends_the_count_an_unverified_one_does_not() -> None:
    at = NOON + 60 * MINUTE
    assert do(tried(0, 30).given(*_replied()), TRY, now=at) == [attempted(1, at=at)]
    assert do(tried(0, 30).given(*_replied(verified=False)), TRY, now=at) == [attempted(3, at=at)]


def test_contesting_is_a_message_of_the_requester_reopening_by_the_desk_is_not() -> None:
    story = RESOLVED.given(attempted(1), attempted(2, at=NOON + 30 * MINUTE))
    assert come_of(story.given(reopened())).unanswered == ()
    assert len(come_of(story.given(reopened(by=BRUNO))).unanswered) == 2


@pytest.mark.parametrize(
    ("story", "channel", "first"),
    [
        (IN_PROGRESS, "phone", True),
        (IN_PROGRESS, "email", False),
        (IN_PROGRESS, "web", False),
        (IN_PROGRESS.given(answered()), "phone", False),
    ],
)
def test_reached_by_phone_before_any_answer_is_the_first_answer(
    story: Spec[Ticket], channel: str, first: bool
) -> None:
    events = do(story, REACH.model_copy(update={"channel": channel}))
    assert isinstance(events, list)
    assert events == [attempted(0, channel=channel, first=first)]
    assert come_of(story.given(*events)).answered == (first or come_of(story).answered)


def test_nobody_reached_is_no_answer() -> None:
    assert do(IN_PROGRESS, TRY) == [attempted(first=False)]


@pytest.mark.parametrize("status", LIVE)
def test_an_attempt_changes_no_status(status: str) -> None:
    events = do(STATES[status], TRY)
    assert isinstance(events, list)
    assert events[-1] == attempted()
    before = "in_progress" if status == "open" else status
    assert come_of(STATES[status].given(*events)).status == before


def test_whoever_calls_about_a_ticket_of_the_queue_answers_for_it() -> None:
    assert do(OPEN, TRY, LIA) == [assigned("lia", by=LIA), attempted(by=LIA)]


def test_about_a_closed_ticket_nobody_is_called() -> None:
    assert do(CLOSED, TRY) == TICKET_CLOSED


def test_a_fourth_channel_is_none() -> None:
    with pytest.raises(ValueError, match="channel"):
        c.LogContact.model_validate({"ticket_id": TICKET, "channel": "whatsapp", "outcome": "reached"})


@pytest.mark.parametrize(
    "status", ["open", "in_progress", "waiting_customer", "on_hold", "awaiting_approval"]
)
def test_after_three_attempts_in_vain_the_clocks_end_closes_the_ticket(status: str) -> None:
    story = STATES[status].given(*tried(0, 30, 60).history[-3:])
    events = story.when(deadline("unreachable", 1, DUE), facts=FACTS, now=DUE + MINUTE)
    assert events == [closed("no_contact", status, by=SYSTEM, at=DUE)]  # type: ignore[arg-type]


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_what_has_ended_is_not_closed_for_want_of_contact(status: str) -> None:
    story = STATES[status].given(*tried(0, 30, 60).history[-3:])
    assert story.when(deadline("unreachable", 1, DUE), facts=FACTS) == []


def test_a_ticket_that_is_not_there_is_not_closed() -> None:
    assert ticket.when(deadline("unreachable", 1, DUE), facts=FACTS) == []


def test_two_attempts_close_nothing_four_do() -> None:
    assert tried(0, 30).when(deadline("unreachable", 1, DUE), facts=FACTS) == []
    assert tried(0, 30, 60, 90).when(deadline("unreachable", 1, DUE), facts=FACTS) != []


def test_a_message_or_a_contact_since_keeps_the_ticket_open() -> None:
    for since in (*_replied(), attempted(0, at=NOON + 90 * MINUTE)):
        assert tried(0, 30, 60).given(since).when(deadline("unreachable", 1, DUE), facts=FACTS) == []


def test_attempts_after_the_clocks_end_belong_to_another_cycle() -> None:
    early = deadline("unreachable", 1, NOON + 45 * MINUTE)
    assert tried(0, 30, 60).when(early, facts=FACTS) == []
    late = deadline("unreachable", 1, NOON + 70 * MINUTE)
    assert tried(0, 30, 60, 90).when(late, facts=FACTS) != []


@pytest.mark.parametrize(("attempts", "closes"), [(2, True), (3, True), (4, False), (None, True)])
def test_how_many_attempts_it_takes_the_clock_says(attempts: int | None, closes: bool) -> None:
    """By the policy that the ticket goes by now; the one that it pinned asks for three."""
    said = deadline("unreachable", 1, DUE).model_copy(update={"attempts": attempts})
    assert bool(tried(0, 30, 60).when(said, facts=FACTS)) is closes


def test_a_deadline_that_does_not_say_how_many_needs_one_that_stands() -> None:
    unsaid = deadline("unreachable", 1, DUE).model_copy(update={"attempts": None})
    for since in _replied():
        assert tried(0, 30, 60).given(since).when(unsaid, facts=FACTS) == []
