"""Contest a resolution, dismiss a word of thanks, rate."""

from datetime import timedelta

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts.envelope import Actor
from journal.errors import Refused
from journal.testing import NOON, Spec
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    ANA,
    ANSWER,
    AWAIT,
    BRUNO,
    CAIO,
    CLOSED,
    DISMISS,
    FACTS,
    FILE,
    HOLD,
    LIA,
    MARTA,
    MERGED,
    NOTE,
    NUMBER,
    OTHER_NUMBER,
    REOPEN,
    RESOLVE,
    RESOLVED,
    RESUME,
    STATES,
    TICKET,
    TICKET_CLOSED,
    come_of,
    deadline,
    do,
    happened,
    not_allowed,
    rated,
    reopened,
    replied,
    resolved,
    status_of,
    then,
)

NOT_LIVE = ["open", "in_progress", "waiting_customer", "on_hold", "awaiting_approval"]
CONTESTED = RESOLVED.given(reopened())
DISMISSED = happened(l.ReopeningDismissed, resolution=1, resolved_at=NOON)


# Contest


@pytest.mark.parametrize("by", [ANA, CAIO, BRUNO, MARTA], ids=lambda by: by.key)
def test_a_resolution_is_contested_by_its_customer_or_the_desk(by: Actor) -> None:
    assert do(RESOLVED, REOPEN, by) == [reopened(by=by)]
    assert status_of(then(RESOLVED, REOPEN, by)) == "in_progress"


def test_what_shows_that_it_is_not_solved_goes_with_it() -> None:
    shown = REOPEN.model_copy(update={"attachments": (FILE,)})
    assert do(RESOLVED, shown, ANA) == [reopened().model_copy(update={"attachments": (FILE,)})]


@pytest.mark.parametrize("status", NOT_LIVE)
def test_only_a_resolution_can_be_contested(status: str) -> None:
    assert do(STATES[status], REOPEN, ANA) == Refused("not_resolved", number=NUMBER, status=status)


def test_a_closed_ticket_is_not_reopened_a_merged_one_names_its_heir() -> None:
    assert do(CLOSED, REOPEN, ANA) == TICKET_CLOSED
    assert do(MERGED, REOPEN, ANA) == Refused("ticket_merged", number=NUMBER, into=OTHER_NUMBER)


def test_a_second_resolution_counts_as_the_second() -> None:
    assert do(CONTESTED, RESOLVE) == [resolved(2, occurrence=2)]


# Dismiss


def by_mail() -> Spec[Ticket]:
    events = RESOLVED.when(replied(received_at=NOON), facts=FACTS)
    assert isinstance(events, list)
    return RESOLVED.given(*events)


@pytest.mark.parametrize("story", [CONTESTED, by_mail()], ids=["in the portal", "by mail"])
def test_thanks_are_dismissed_and_the_resolution_stands_as_of_its_own_instant(story: Spec[Ticket]) -> None:
    later = NOON + timedelta(days=2)
    asked = DISMISS.model_copy(update={"reason": "Só agradeceu"})
    expected = DISMISSED.model_copy(update={"at": later, "reason": "Só agradeceu"})
    assert do(story, asked, now=later) == [expected]
    after = come_of(story.given(expected))
    assert (after.status, after.resolution, after.resolved_at) == ("resolved", 1, NOON)


def test_both_facts_stay_in_history_and_the_seven_days_are_the_resolutions() -> None:
    after = then(CONTESTED, DISMISS)
    assert after.history[-2:] == (reopened(), DISMISSED)
    events = after.when(deadline("auto_close", 1, NOON + timedelta(days=7)), facts=FACTS)
    assert isinstance(events, list)
    assert [event.topic for event in events] == [l.TicketClosed.topic]


def test_an_analyst_or_a_manager_dismisses_nobody_else() -> None:
    assert isinstance(do(CONTESTED, DISMISS, LIA), list)
    assert isinstance(do(CONTESTED, DISMISS, MARTA), list)
    assert do(CONTESTED, DISMISS, ANA) == not_allowed(ANA)


NOTHING = Refused("nothing_to_dismiss", number=NUMBER)


@pytest.mark.parametrize("status", [*NOT_LIVE, "resolved"])
def test_what_was_not_reopened_is_not_dismissed(status: str) -> None:
    assert do(STATES[status], DISMISS) == NOTHING


def test_a_closed_ticket_has_nothing_to_dismiss() -> None:
    assert do(CLOSED, DISMISS) == TICKET_CLOSED


def test_what_the_desk_reopened_itself_is_not_dismissed() -> None:
    assert do(RESOLVED.given(reopened(by=BRUNO)), DISMISS) == NOTHING


def test_after_the_desk_has_spoken_the_contest_stands() -> None:
    assert do(then(CONTESTED, ANSWER), DISMISS) == NOTHING
    assert do(then(then(CONTESTED, AWAIT), RESUME), DISMISS) == NOTHING
    assert do(then(then(CONTESTED, RESOLVE), REOPEN, BRUNO), DISMISS) == NOTHING


def test_a_note_or_a_hold_says_nothing_to_the_customer() -> None:
    assert isinstance(do(then(CONTESTED, NOTE), DISMISS), list)
    assert do(then(CONTESTED, HOLD), DISMISS) == NOTHING
    assert isinstance(do(then(then(CONTESTED, HOLD), RESUME), DISMISS), list)


def test_what_was_dismissed_can_be_contested_again() -> None:
    again = then(then(CONTESTED, DISMISS), REOPEN, ANA)
    assert isinstance(do(again, DISMISS), list)
    assert do(then(CONTESTED, DISMISS), DISMISS) == NOTHING


# Rate


def rate(score: int = 4, *, resolution: int = 1, comment: str = "") -> c.RateResolution:
    return c.RateResolution(ticket_id=TICKET, resolution=resolution, score=score, comment=comment)


def test_a_rating_is_kept_and_changes_no_status() -> None:
    assert do(RESOLVED, rate(), ANA) == [rated(4)]
    assert status_of(then(RESOLVED, rate(), ANA)) == "resolved"


def test_one_rating_a_resolution_corrected_until_closed() -> None:
    once = then(RESOLVED, rate(), ANA)
    assert do(once, rate(), ANA) == []
    better = rate(5, comment="Obrigada")
    assert do(once, better, CAIO) == [rated(5, comment="Obrigada", corrected=True, by=CAIO)]
    assert do(CLOSED, rate(), ANA) == TICKET_CLOSED
    assert come_of(then(once, better, CAIO)).score == (1, 5, "Obrigada")


def test_each_resolution_has_its_own_rating() -> None:
    second = RESOLVED.given(rated(1), reopened(), resolved(2))
    assert do(second, rate(), ANA) == Refused("not_the_latest_resolution", number=NUMBER)
    assert do(second, rate(resolution=2), ANA) == [rated(4, resolution=2)]


def test_a_contested_resolution_can_still_be_rated_and_stays_contested() -> None:
    assert do(CONTESTED, rate(1), ANA) == [rated(1)]
    assert isinstance(do(then(CONTESTED, rate(1), ANA), DISMISS), list)


@pytest.mark.parametrize("status", NOT_LIVE)
def test_what_was_not_resolved_is_not_rated(status: str) -> None:
    assert do(STATES[status], rate(), ANA) == Refused("not_the_latest_resolution", number=NUMBER)


@pytest.mark.parametrize("score", [0, 6])
def test_a_rating_is_one_to_five(score: int) -> None:
    with pytest.raises(ValueError, match="score"):
        rate(score)


@pytest.mark.parametrize("by", [BRUNO, MARTA], ids=["analyst", "manager"])
def test_only_the_customer_rates(by: Actor) -> None:
    assert do(RESOLVED, rate(), by) == not_allowed(by)


def test_a_rating_is_no_word_of_the_desk_and_no_answer() -> None:
    before, after = come_of(RESOLVED), come_of(RESOLVED.given(rated(3)))
    assert after._replace(score=None) == before
