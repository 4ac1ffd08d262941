"""What becomes of each message at the door: exactly one disposition."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from contracts import commands as c
from contracts import intake as i
from contracts import lifecycle as l
from contracts.directory import Analyst, Contract, Desk
from contracts.envelope import SYSTEM, Actor, Command, Event
from journal.directory import Directory
from journal.errors import NotYet, Refused
from journal.testing import NOON
from services.intake.submission import (
    DETAIL_MAX,
    Acceptance,
    Answer,
    Arrival,
    evolve,
    late_ticket,
    submission_stream,
)
from tests.intake.arrivals import (
    ANA,
    BRUNO,
    DIRECTORY,
    MARTA,
    RECEIVED,
    RUI,
    SUBMISSION,
    TICKET,
    appended,
    arrival,
    delivered,
    directory,
    match,
    opened,
    parked,
    rejected,
    submission,
)

BOUNCED = i.BounceReceived(ticket_id=TICKET, notification_id=TICKET, delivered=delivered())
UNKNOWN = "quem@exemplo.example"
VALE = "rui@vale.example"
BRUNOS = "bruno@desk.example"
ABOVE = {"text": "A nota", "quoted": "foi recusada."}
"""How a mail is split that is an analyst's answer; as anybody's it is split as ever."""
BRUNO_NAMED = Actor(role="analyst", key="bruno", name="Bruno")
VALE_OPENED = opened(
    "caixa",
    "vale",
    "comercio",
    customer="vale",
    requester="rui",
    delivered=delivered(sender=VALE),
    by=RUI,
)


def of_vale(**changes: Any) -> Arrival:
    return arrival(VALE, **changes)


def of_bruno(sender: str = BRUNOS, analysts: tuple[str, ...] = ("bruno",), **changes: Any) -> Arrival:
    """His answer to a notification that went to him, or to these."""
    answer = Answer(analysts, delivered(sender=sender, **ABOVE)) if analysts else None
    return arrival(sender, **{"match": match(proven=True), "answer": answer, **changes})


def by_analyst(by: Actor, sender: str = BRUNOS) -> i.AnalystReplyReceived:
    return i.AnalystReplyReceived(
        ticket_id=TICKET, submission_id=SUBMISSION, delivered=delivered(sender=sender, **ABOVE), by=by
    )


def desk_of_analysts() -> Directory:
    """With Lia, and one who has left."""
    made = directory(("analyst", "lia", Analyst(name="Lia", email="lia@desk.example")))
    made.put("analyst", "ex", 1, False, Analyst(name="Ex", email="ex@desk.example"))
    return made


ARRIVALS: dict[str, tuple[Arrival, Event]] = {
    "a contact opens a ticket": (arrival(), opened()),
    "whatever the case of the address": (
        arrival("ANA@Serra.example"),
        opened(
            delivered=delivered(sender="ANA@Serra.example"),
        ),
    ),
    "for the application asked for": (
        arrival(application="folha"),
        opened("folha", "serra-folha", "pessoas"),
    ),
    "of a given kind": (arrival(classification="incident"), opened(classification="incident")),
    "a customer without the default application gets its first": (of_vale(), VALE_OPENED),
    "an unknown sender is parked": (arrival(UNKNOWN), parked("unknown_sender", UNKNOWN)),
    "no sender at all is parked": (arrival(""), parked("unknown_sender", "")),
    "for the application its mailbox is for": (
        arrival(rather="folha"),
        opened("folha", "serra-folha", "pessoas"),
    ),
    "for one of the area its mailbox is for": (
        arrival(area="pessoas"),
        opened("folha", "serra-folha", "pessoas"),
    ),
    "for the mailbox's application before its area": (
        arrival(rather="notas", area="pessoas"),
        opened(),
    ),
    "a mailbox for what no contract covers keeps nobody out": (
        arrival(rather="caixa", area="comercio"),
        opened(),
    ),
    "parked, a person sees what the mailbox is for": (
        arrival("eva@livre.example", rather="caixa"),
        parked("no_contract", "eva@livre.example", application="caixa"),
    ),
    "an unknown application is parked": (
        arrival(application="outra"),
        parked("no_application", application="outra"),
    ),
    "an application out of contract is parked": (
        arrival(application="caixa"),
        parked("no_contract", application="caixa"),
    ),
    "a customer without a contract is parked": (
        arrival("eva@livre.example"),
        parked("no_contract", "eva@livre.example"),
    ),
    "of no form is rejected": (arrival(invalid="text: missing"), rejected("invalid", "text: missing")),
    "with a long reason is rejected shortly": (
        arrival(invalid="x" * 5000),
        rejected("invalid", "x" * DETAIL_MAX),
    ),
    "the desk's own mail is rejected": (arrival(desk_own=True), rejected("desk_own_mail")),
    "the desk's own mail, even an automatic one": (
        arrival(desk_own=True, sort="auto_reply"),
        rejected("desk_own_mail"),
    ),
    "what must be looked at is parked": (
        arrival(parked="unreadable", detail="y" * 5000),
        parked("unreadable", detail="y" * DETAIL_MAX),
    ),
    "what must be looked at, whatever it says": (
        arrival(parked="invalid", desk_own=True, invalid="x", sort="auto_reply"),
        parked("invalid"),
    ),
    "a bounce": (arrival(sort="bounce", bounced=BOUNCED), BOUNCED),
    "an automatic reply on a ticket": (
        arrival(sort="auto_reply", sort_reason="Auto-Submitted: auto-replied", match=match(proven=True)),
        i.AutomaticReplyReceived(
            ticket_id=TICKET, delivered=delivered(), reason="Auto-Submitted: auto-replied"
        ),
    ),
    "an automatic reply to nothing opens nothing": (
        arrival(sort="auto_reply"),
        i.AutomaticReplyReceived(ticket_id=None, delivered=delivered(), reason=""),
    ),
    "a reply of the customer": (arrival(match=match()), appended(verified=True, requester="ana")),
    "a reply of the customer, proven": (
        arrival(match=match(proven=True)),
        appended(verified=True, requester="ana"),
    ),
    "a proven reply of an unknown sender is unverified": (
        arrival(UNKNOWN, match=match(proven=True)),
        appended(verified=False, requester=None, sender=UNKNOWN),
    ),
    "a proven reply of another customer's contact is unverified": (
        of_vale(match=match(proven=True)),
        appended(verified=False, requester=None, sender=VALE),
    ),
    "a proven reply of an unknown sender to a closed ticket stays with it": (
        arrival(UNKNOWN, match=match(proven=True, closed=True)),
        appended(verified=False, requester=None, sender=UNKNOWN),
    ),
    "an analyst who answers what went to them is an answer": (
        of_bruno(),
        by_analyst(BRUNO_NAMED),
    ),
    "whatever the case of their address": (
        of_bruno("BRUNO@desk.example"),
        by_analyst(BRUNO_NAMED, sender="BRUNO@desk.example"),
    ),
    "on a closed ticket too: lifecycle says no": (
        of_bruno(match=match(proven=True, closed=True)),
        by_analyst(BRUNO_NAMED),
    ),
    "a machine of theirs is none": (
        of_bruno(sort="auto_reply", sort_reason="Auto-Submitted: auto-replied"),
        i.AutomaticReplyReceived(
            ticket_id=TICKET, delivered=delivered(sender=BRUNOS), reason="Auto-Submitted: auto-replied"
        ),
    ),
    "an analyst's address with what customers hold too is unverified": (
        of_bruno(analysts=()),
        appended(verified=False, requester=None, sender=BRUNOS),
    ),
    "an analyst who answers what went to another is unverified": (
        of_bruno(analysts=("lia",)),
        appended(verified=False, requester=None, sender=BRUNOS),
    ),
    "one who answers what went to both is an answer": (
        of_bruno(analysts=("bruno", "lia")),
        by_analyst(BRUNO_NAMED),
    ),
    "an analyst out of use is unverified": (
        of_bruno("ex@desk.example", analysts=("ex",)),
        appended(verified=False, requester=None, sender="ex@desk.example"),
    ),
    "an address that the analyst had before is unverified": (
        of_bruno("bruno@antes.example"),
        appended(verified=False, requester=None, sender="bruno@antes.example"),
    ),
    "an analyst who is not believed to be one is unverified": (
        of_bruno(unauthenticated="dmarc=fail"),
        appended(verified=False, requester=None, sender=BRUNOS),
    ),
    "an address that is not believed to be its sender's is parked": (
        arrival(unauthenticated="dmarc=fail"),
        parked("unauthenticated", detail="dmarc=fail"),
    ),
    "a proven reply of one is unverified": (
        arrival(unauthenticated="dmarc=fail", match=match(proven=True)),
        appended(verified=False, requester=None, by=Actor(role="requester", key="ana@serra.example")),
    ),
    "an unproven reply of one is parked": (
        arrival(unauthenticated="dmarc=fail", match=match()),
        parked("unauthenticated", detail="dmarc=fail").model_copy(update={"match": TICKET}),
    ),
    "an unproven reply of an unknown sender is parked": (
        arrival(UNKNOWN, match=match()),
        parked("unknown_sender", UNKNOWN).model_copy(update={"match": TICKET}),
    ),
    "an unproven reply of another customer's contact is their own ticket": (
        of_vale(match=match()),
        VALE_OPENED,
    ),
    "a channel may not name another customer's ticket": (
        of_vale(match=match(), named=True),
        rejected(
            "forbidden",
            "the ticket is another customer's",
            RUI,
            VALE,
        ),
    ),
    "a channel may name the customer's ticket": (
        arrival(match=match(), named=True),
        appended(verified=True, requester="ana"),
    ),
    "an unknown sender with a ticket's number is parked": (
        arrival(UNKNOWN, match=match(), named=True),
        parked("unknown_sender", UNKNOWN).model_copy(update={"match": TICKET}),
    ),
    "a reply to a closed ticket opens a linked one": (
        arrival(match=match(closed=True)),
        opened(ticket_id=late_ticket(SUBMISSION), linked_to=TICKET, relation="late_reply"),
    ),
}


@pytest.mark.parametrize("name", ARRIVALS)
def test_each_message_ends_in_one_disposition(name: str) -> None:
    cause, expected = ARRIVALS[name]
    assert submission.when(cause, facts=desk_of_analysts()) == [expected]


def test_the_same_message_of_an_origin_is_the_same_submission() -> None:
    one = submission_stream("demo", "a")
    assert one == submission_stream("demo", "a")
    assert len({one, submission_stream("demo", "b"), submission_stream("other", "a")}) == 3


@pytest.mark.parametrize("name", ARRIVALS)
def test_a_redelivery_changes_nothing_and_the_same_mail_again_is_a_duplicate(name: str) -> None:
    cause, first = ARRIVALS[name]
    again = submission.given(first)
    assert again.when(cause, facts=DIRECTORY) == []
    doubled = replace(cause, as_duplicate=True)
    duplicate = i.DuplicateReceived(received_at=RECEIVED, via="suporte@desk.example", raw="b" * 64)
    assert again.when(doubled, facts=DIRECTORY) == [duplicate]
    assert again.given(duplicate).when(doubled, facts=DIRECTORY) == [duplicate]
    assert evolve(submission.decider.fold([first]), duplicate) == submission.decider.fold([first])


@pytest.mark.parametrize(
    ("received_at", "in_force"),
    [
        (datetime(2026, 3, 2, 3, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 2, 59, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 3, 2, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 3, 3, 0, tzinfo=UTC), False),
    ],
    ids=["midnight there", "a second before", "the last second", "midnight after"],
)
def test_a_contract_counts_by_the_local_day_of_the_receipt(received_at: datetime, in_force: bool) -> None:
    cause = arrival(application="notas", delivered=delivered(received_at=received_at))
    outcome = submission.when(cause, facts=DIRECTORY, now=NOON)
    assert isinstance(outcome, list)
    assert isinstance(outcome[0], i.TicketRegistered if in_force else i.SubmissionParked)


def test_without_a_default_application_the_first_contract_by_name_counts() -> None:
    nothing_preferred = directory(("desk", "desk", Desk(name="Suporte", address="suporte@desk.example")))
    expected = opened("folha", "serra-folha", "pessoas")
    assert submission.when(arrival(), facts=nothing_preferred) == [expected]


@pytest.mark.parametrize(
    "missing", ["desk desk", "sla_policy padrao", "application notas"], ids=lambda missing: missing.split()[0]
)
def test_what_has_not_arrived_yet_is_waited_for(missing: str) -> None:
    with pytest.raises(NotYet):
        submission.when(arrival(), facts=directory(without=(missing,)))


def test_a_contract_that_names_nothing_known_waits_too() -> None:
    lost = Contract(
        customer="livre", applications=("notas",), starts_on=date(2020, 1, 1), sla_policy="perdida"
    )
    with pytest.raises(NotYet):
        submission.when(arrival("eva@livre.example"), facts=directory(("contract", "livre", lost)))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"requester": "ninguem"}, "unknown_sender"),
        ({"requester": "ana", "application": "outra"}, "no_application"),
        ({"requester": "ana", "application": "caixa"}, "no_contract"),
    ],
)
def test_who_waits_for_the_answer_is_told_no(changes: dict[str, str], code: str) -> None:
    asked = arrival(asked=True, **changes)
    refused = Refused(code, application=changes.get("application", ""), sender="ana@serra.example")
    assert submission.when(asked, facts=DIRECTORY) == refused


def test_a_call_is_its_analysts_and_an_unknown_analyst_takes_none() -> None:
    called = arrival(asked=True, requester="ana", application="notas", analyst="bruno", by=BRUNO)
    assert submission.when(called, facts=DIRECTORY) == [opened(analyst="bruno", by=BRUNO)]
    unknown = replace(called, analyst="ninguem")
    assert submission.when(unknown, facts=DIRECTORY) == Refused("no_such_analyst", analyst="ninguem")


ACCEPT = Acceptance(c.AcceptParked(submission_id=SUBMISSION, requester="ana", application="notas"))
REJECT = c.RejectParked(submission_id=SUBMISSION, detail="Propaganda")
PARKED = submission.given(parked("unknown_sender", UNKNOWN))


@pytest.mark.parametrize("by", [BRUNO, MARTA], ids=["analyst", "manager"])
def test_accepted_a_message_opens_counted_from_its_receipt(by: Actor) -> None:
    expected = opened(delivered=delivered(sender=UNKNOWN), by=by)
    assert PARKED.when(ACCEPT, by=by, facts=DIRECTORY, now=NOON) == [expected]
    assert expected.delivered.received_at == RECEIVED


@pytest.mark.parametrize(("spam", "reason"), [(False, "not_support"), (True, "spam")])
def test_rejected_a_message_keeps_why(spam: bool, reason: i.RejectReason) -> None:
    command = REJECT.model_copy(update={"spam": spam})
    expected = rejected(reason, "Propaganda", BRUNO, UNKNOWN)
    assert PARKED.when(command, by=BRUNO, facts=DIRECTORY) == [expected]


@pytest.mark.parametrize("command", [ACCEPT, REJECT], ids=["accept", "reject"])
@pytest.mark.parametrize(
    ("history", "disposition"),
    [
        ([], "absent"),
        ([opened()], "opened"),
        ([appended(verified=True, requester="ana")], "appended"),
        ([parked("unknown_sender"), rejected("spam")], "rejected"),
        ([parked("unknown_sender"), opened()], "opened"),
    ],
)
def test_only_what_is_parked_is_decided_on(command: Command, history: list[Event], disposition: str) -> None:
    outcome = submission.given(*history).when(command, by=BRUNO, facts=DIRECTORY)
    assert outcome == Refused("not_parked", disposition=disposition)


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"requester": "ninguem"}, Refused("no_such_contact", contact="ninguem")),
        ({"application": "caixa"}, Refused("no_contract", application="caixa", sender=UNKNOWN)),
        ({"application": "outra"}, Refused("no_application", application="outra", sender=UNKNOWN)),
    ],
)
def test_accepting_needs_a_contact_and_a_contract(changes: dict[str, str], refused: Refused) -> None:
    acceptance = Acceptance(ACCEPT.command.model_copy(update=changes))
    assert PARKED.when(acceptance, by=BRUNO, facts=DIRECTORY) == refused


ON_TICKET = ACCEPT.command.model_copy(update={"ticket_id": TICKET})


def test_accepted_on_a_ticket_a_message_is_the_contacts_reply_on_it() -> None:
    expected = appended(verified=True, requester="ana", sender=UNKNOWN).model_copy(update={"by": BRUNO})
    assert PARKED.when(Acceptance(ON_TICKET, match()), by=BRUNO, facts=DIRECTORY) == [expected]


def test_accepted_on_a_closed_ticket_a_message_opens_a_linked_one() -> None:
    new = late_ticket(SUBMISSION)
    said = delivered(sender=UNKNOWN)
    expected = opened(delivered=said, by=BRUNO, ticket_id=new, linked_to=TICKET, relation="late_reply")
    assert PARKED.when(Acceptance(ON_TICKET, match(closed=True)), by=BRUNO, facts=DIRECTORY) == [expected]


def test_a_message_is_not_accepted_on_another_customers_ticket() -> None:
    refused = Refused("reply_of_other_customer", number="2026-000001")
    assert PARKED.when(Acceptance(ON_TICKET, match("vale")), by=BRUNO, facts=DIRECTORY) == refused


def test_what_is_parked_remembers_the_ticket_it_seems_to_belong_to() -> None:
    expected = parked("unauthenticated", detail="fail").model_copy(update={"match": TICKET})
    cause = arrival(match=match(), unauthenticated="fail")
    assert submission.when(cause, facts=DIRECTORY) == [expected]


AUTOMATIC = i.AutomaticReplyReceived(ticket_id=None, delivered=delivered(sender=UNKNOWN), reason="List-Id")
PUT_ASIDE: list[tuple[Event, bool]] = [
    (AUTOMATIC, True),
    (AUTOMATIC.model_copy(update={"ticket_id": TICKET}), False),
    (BOUNCED.model_copy(update={"ticket_id": None, "delivered": delivered(sender=UNKNOWN)}), True),
    (BOUNCED, False),
    (rejected("desk_own_mail", sender=UNKNOWN), True),
    (rejected("invalid", sender=UNKNOWN), True),
    (rejected("spam", sender=UNKNOWN), False),
    (rejected("not_support", sender=UNKNOWN), False),
]


@pytest.mark.parametrize(("event", "acceptable"), PUT_ASIDE)
def test_what_a_rule_put_aside_without_a_ticket_may_still_be_accepted(event: Event, acceptable: bool) -> None:
    outcome = submission.given(event).when(ACCEPT, by=BRUNO, facts=DIRECTORY)
    if acceptable:
        assert outcome == [opened(delivered=delivered(sender=UNKNOWN), by=BRUNO)]
    else:
        assert isinstance(outcome, Refused)
        assert outcome.code == "not_parked"


LATE = l.LateReplyReceived(ticket_id=TICKET, at=RECEIVED, by=ANA, submission_id=SUBMISSION)


def test_a_reply_that_found_its_ticket_closed_opens_a_linked_one_once() -> None:
    replied = submission.given(appended(verified=True, requester="ana"))
    expected = opened(ticket_id=late_ticket(SUBMISSION), linked_to=TICKET, relation="late_reply")
    assert replied.when(LATE, facts=DIRECTORY) == [expected]
    assert replied.given(expected).when(LATE, facts=DIRECTORY) == []


def test_without_a_contract_a_late_reply_is_parked() -> None:
    ended = Directory()
    for kind, key, record in (("desk", "desk", DIRECTORY.desk),):
        ended.put(kind, key, 1, True, record)
    ended.put("contact", "ana", 1, True, DIRECTORY.contact_at("ana@serra.example")[1])  # type: ignore[index]
    replied = submission.given(appended(verified=True, requester="ana"))
    assert replied.when(LATE, facts=ended) == [parked("no_contract")]


def test_a_late_reply_that_intake_never_saw_opens_nothing() -> None:
    assert submission.when(LATE, facts=DIRECTORY) == []


def test_what_no_rule_knows_is_refused() -> None:
    assert submission.when(object(), by=SYSTEM, facts=DIRECTORY) == Refused("unknown_command")


def test_the_answer_says_what_became_of_it() -> None:
    state = submission.decider.fold([opened(number="2026-000007")])
    assert state.answer("abc") == {
        "submission_id": "abc",
        "disposition": "opened",
        "ticket_id": str(SUBMISSION),
        "number": "2026-000007",
        "reason": "",
        "detail": "",
    }
    refused = submission.decider.fold([rejected("invalid", "text: missing")]).answer("abc")
    assert (refused["disposition"], refused["reason"], refused["detail"]) == (
        "rejected",
        "invalid",
        "text: missing",
    )
    assert (refused["ticket_id"], refused["number"]) == (None, None)


def test_the_largest_event_of_a_mail_still_fits_into_a_message_of_the_bus() -> None:
    """200 KB twice of text in four-byte characters, and as many files as there may be, with long names."""
    file = {
        "name": "😀" * 255,
        "content_type": "x" * 200,
        "content_id": "😀" * 500,
        "size": 2**40,
        "sha256": "a" * 64,
    }
    whole = delivered(
        text="😀" * 50_000,
        quoted="😀" * 50_000,
        subject="😀" * 500,
        sender="😀" * 320,
        sender_name="😀" * 200,
        attachments=[file] * 100,
        message_id="x" * 1000,
        references=["x" * 1000] * 2,
        envelope_from="😀" * 320,
        envelope_to=["😀" * 320] * 20,
        notes=["x" * 50] * 50,
    )
    event = opened(delivered=whole, linked_to=UUID(int=1))
    assert len(event.encoded()) < 1_000_000
