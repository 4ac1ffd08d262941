"""Tickets that come of others: late replies, follow-ups, splits, and replies to what was merged or undone."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from contracts import intake as i
from contracts import lifecycle as l
from contracts.directory import Application, Contact
from contracts.envelope import SYSTEM, Actor, Event
from journal.errors import NotYet, Refused
from services.intake.submission import Arrival, Match, late_ticket
from services.intake.views import Fate
from tests.intake.arrivals import (
    ANA,
    BRUNO,
    DIRECTORY,
    RECEIVED,
    SUBMISSION,
    TICKET,
    appended,
    arrival,
    delivered,
    directory,
    match,
    opened,
    parked,
    submission,
    terms,
)

SECOND = timedelta(seconds=1)
NEW = UUID("4e1f0000-0000-4000-8000-00000000000c")
HEIR = UUID("4e1f0000-0000-4000-8000-00000000000d")


@pytest.mark.parametrize("closed_at", [RECEIVED, RECEIVED + SECOND], ids=["at that instant", "after it"])
def test_a_reply_received_before_a_clock_closed_its_ticket_goes_to_it(closed_at: datetime) -> None:
    told = arrival(match=match(closed=True, undone_until=closed_at))
    assert submission.when(told, facts=DIRECTORY) == [appended(verified=True, requester="ana")]


@pytest.mark.parametrize("undone_until", [None, RECEIVED - SECOND], ids=["by hand", "a second before"])
def test_a_reply_received_after_the_end_opens_a_linked_ticket(undone_until: datetime | None) -> None:
    told = arrival(match=match(closed=True, undone_until=undone_until))
    expected = opened(ticket_id=late_ticket(SUBMISSION), linked_to=TICKET, relation="late_reply")
    assert submission.when(told, facts=DIRECTORY) == [expected]


def test_a_late_reply_is_linked_to_the_ticket_that_found_it_late() -> None:
    """The reply was for a ticket that was merged meanwhile, and whose heir has closed."""
    late = l.LateReplyReceived(ticket_id=HEIR, at=RECEIVED, by=ANA, submission_id=SUBMISSION)
    replied = submission.given(appended(verified=True, requester="ana"))
    expected = opened(ticket_id=late_ticket(SUBMISSION), linked_to=HEIR, relation="late_reply")
    assert replied.when(late, facts=DIRECTORY) == [expected]


@pytest.mark.parametrize(
    ("was_about", "expected"),
    [("folha", opened("folha", "serra-folha", "pessoas")), ("caixa", opened()), (None, opened())],
    ids=["covered still", "covered no more", "from before it was known"],
)
def test_a_late_reply_opens_a_ticket_about_the_same_application(
    was_about: str | None, expected: i.TicketRegistered
) -> None:
    new = {"ticket_id": late_ticket(SUBMISSION), "linked_to": TICKET, "relation": "late_reply"}
    told = arrival(match=replace(match(closed=True), application=was_about))
    assert submission.when(told, facts=DIRECTORY) == [expected.model_copy(update=new)]
    facts = {"ticket_id": TICKET, "at": RECEIVED, "by": ANA, "submission_id": SUBMISSION}
    late = l.LateReplyReceived.model_validate({**facts, "application": was_about})
    replied = submission.given(appended(verified=True, requester="ana"))
    assert replied.when(late, facts=DIRECTORY) == [expected.model_copy(update=new)]


def asked(follows: Match, **changes: Any) -> Arrival:
    facts: dict[str, Any] = {
        "asked": True,
        "requester": "ana",
        "application": "folha",
        "follows": follows,
    }
    return arrival(**facts | changes)


def test_a_closed_ticket_is_taken_up_again_by_a_new_one() -> None:
    expected = opened("folha", "serra-folha", "pessoas", linked_to=TICKET, relation="follow_up")
    assert submission.when(asked(match(closed=True)), facts=DIRECTORY) == [expected]
    assert submission.given(expected).when(asked(match(closed=True)), facts=DIRECTORY) == []


def test_who_answers_the_phone_takes_a_closed_ticket_up_for_the_caller() -> None:
    called = asked(match(closed=True), analyst="bruno", by=BRUNO)
    expected = opened(
        "folha",
        "serra-folha",
        "pessoas",
        linked_to=TICKET,
        relation="follow_up",
        analyst="bruno",
        by=BRUNO,
    )
    assert submission.when(called, facts=DIRECTORY) == [expected]


@pytest.mark.parametrize(
    ("follows", "code"),
    [
        (match(), "not_closed"),
        (match("vale", closed=True), "other_customer"),
        (match("vale"), "other_customer"),
    ],
    ids=["it lives", "another customer's", "another customer's that lives"],
)
def test_what_cannot_be_taken_up_is_refused(follows: Match, code: str) -> None:
    refused = Refused(code, number="2026-000001")
    assert submission.when(asked(follows), facts=DIRECTORY) == refused


def test_a_follow_up_needs_a_contract_as_any_ticket_does() -> None:
    told = asked(match(closed=True), application="caixa")
    refused = Refused("no_contract", application="caixa", sender="ana@serra.example")
    assert submission.when(told, facts=DIRECTORY) == refused


def split(**changes: Any) -> l.TicketSplit:
    facts = {
        "ticket_id": TICKET,
        "at": RECEIVED + SECOND,
        "by": BRUNO,
        "new_ticket_id": NEW,
        "opened_at": RECEIVED,
        "channel": "email",
        "customer": "serra",
        "requester": "ana",
        "application": "folha",
        "classification": "request",
        "terms": terms("serra-notas"),
        "subject": "Outro pedido",
        "text": "E também a folha.",
    }
    return l.TicketSplit.model_validate(facts | changes)


def of_split(**changes: Any) -> i.TicketRegistered:
    told = delivered(
        via="split", sender_name="Ana", subject="Outro pedido", text="E também a folha.", raw=None
    )
    facts = {
        "ticket_id": NEW,
        "delivered": told,
        "classification": "request",
        "linked_to": TICKET,
        "relation": "split",
        "by": BRUNO,
    }
    return opened("folha", "serra-notas", "pessoas", **facts | changes)


def test_a_demand_split_off_is_a_ticket_opened_when_the_first_was_on_its_terms() -> None:
    assert submission.when(split(), facts=DIRECTORY) == [of_split()]


def test_told_twice_a_split_is_one_ticket() -> None:
    assert submission.given(of_split(number="2026-000009")).when(split(), facts=DIRECTORY) == []


def test_a_split_needs_no_contract_of_today_and_no_contact_of_today() -> None:
    """What lifecycle has recorded cannot be refused any more."""
    bare = directory(without=("contract serra-folha", "contract serra-notas", "contact ana"))
    nameless = of_split().delivered.model_copy(update={"sender": "", "sender_name": ""})
    assert submission.when(split(), facts=bare) == [of_split(delivered=nameless)]


def test_a_split_into_an_application_out_of_use_still_has_its_area() -> None:
    out = directory()
    out.put("application", "folha", 2, False, Application(name="Folha", area="pessoas"))
    assert submission.when(split(), facts=out) == [of_split()]


def test_a_split_waits_for_an_application_that_has_not_arrived() -> None:
    with pytest.raises(NotYet):
        submission.when(split(application="nova"), facts=DIRECTORY)


SHARED = directory(
    (
        "contact",
        "caixa-postal",
        Contact(
            name="Serra",
            customer="serra",
            addresses=("geral@serra.example",),
            domains=("serra.example",),
        ),
    )
)


def test_an_unknown_address_of_a_contacts_domain_is_that_contact_and_stays_shown() -> None:
    sender = "nova.pessoa@serra.example"
    by = Actor(role="requester", key=sender)
    expected = opened(requester="caixa-postal", delivered=delivered(sender=sender), by=by)
    assert submission.when(arrival(sender), facts=SHARED) == [expected]
    replied = appended(verified=True, requester="caixa-postal", sender=sender)
    assert submission.when(arrival(sender, match=match()), facts=SHARED) == [replied]


def test_an_exact_address_goes_before_the_domain_and_a_like_domain_is_nobodys() -> None:
    assert submission.when(arrival(), facts=SHARED) == [opened()]
    stranger = "x@outraserra.example"
    assert submission.when(arrival(stranger), facts=SHARED) == [parked("unknown_sender", stranger)]


ENDED = RECEIVED + timedelta(days=7)


def ended(reason: str, by: Actor = SYSTEM, **changes: Any) -> l.TicketClosed:
    facts = {"ticket_id": TICKET, "at": ENDED, "by": by, "reason": reason, "previous": "resolved"}
    return l.TicketClosed.model_validate(facts | changes)


@pytest.mark.parametrize(
    ("event", "undone_until"),
    [
        (ended("resolved"), ENDED),
        (ended("customer_silent"), ENDED),
        (ended("no_contact"), ENDED),
        (ended("resolved", BRUNO), None),
        (ended("withdrawn", ANA), None),
        (ended("merged", SYSTEM), None),
        (ended("resolved", imported=True), None),
    ],
)
def test_only_what_a_clock_closed_here_can_be_undone(event: Event, undone_until: datetime | None) -> None:
    assert Fate().after(event) == Fate(closed=True, undone_until=undone_until)


def test_a_closure_undone_lives_again_and_a_merged_ticket_goes_on_as_another() -> None:
    undone = l.ClosureUndone(
        ticket_id=TICKET, at=RECEIVED, by=ANA, closed_at=ENDED, reason="resolved", previous="resolved"
    )
    assert Fate().after(ended("resolved")).after(undone) == Fate(closed=False)
    merged = l.TicketMerged(ticket_id=TICKET, at=RECEIVED, by=BRUNO, into=HEIR, into_number="2026-000002")
    assert Fate().after(merged).after(ended("merged", BRUNO)) == Fate(closed=True, heir=HEIR)
    late = l.LateReplyReceived(ticket_id=TICKET, at=RECEIVED, by=ANA, submission_id=SUBMISSION)
    assert Fate().after(late) == Fate()
