"""A ticket of the desk's earlier system: its steps are the events they would have been, and nothing else happens."""

from datetime import datetime, timedelta
from typing import Any, get_args

import pytest

from contracts import intake
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Actor, Event
from contracts.imported import ImportedTicket, Step
from journal.testing import NOON, Spec
from services.lifecycle.importing import _BECOMES
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    ANA,
    ANSWER,
    BRUNO,
    FILE,
    NUMBER,
    TERMS,
    TICKET,
    TODAY,
    answered,
    come_of,
    deadline,
    do,
    replied,
    ticket,
)

THEN = NOON - timedelta(days=400)
ASKER = Actor(role="requester", key="ana")


def step(what: str, day: int, by: Actor = BRUNO, **facts: Any) -> Step:
    return Step.model_validate({"what": what, "at": THEN + timedelta(days=day), "by": by, **facts})


def imported(*steps: Step, **changes: Any) -> intake.TicketImported:
    brought: dict[str, Any] = {
        "reference": "GLPI-4711",
        "opened_at": THEN,
        "channel": "phone",
        "requester": "ana",
        "application": "notas",
        "subject": "Nota recusada",
        "text": "A nota foi recusada.",
        "classification": "incident",
        "priority": "high",
        "kind": "senha",
        "level": "N2",
        "criticality": "high",
        "severity": "major",
        "steps": steps,
    }
    return intake.TicketImported(
        ticket_id=TICKET,
        number=NUMBER,
        ticket=ImportedTicket.model_validate(brought | changes),
        customer="serra",
        area="fiscal",
        terms=TERMS,
        at=NOON,
        by=SYSTEM,
    )


def brought(*steps: Step) -> list[Event]:
    events = ticket.when(imported(*steps))
    assert isinstance(events, list)
    return events


def story(*steps: Step) -> Spec[Ticket]:
    return ticket.given(*brought(*steps))


def old(kind: type[l.OfTicket], day: int, by: Actor = BRUNO, **facts: Any) -> l.OfTicket:
    common = {"ticket_id": TICKET, "at": THEN + timedelta(days=day), "by": by, "imported": True}
    return kind.model_validate(common | facts)


LIFE = (
    step("assigned", 1, analyst="bruno", text="Conhece"),
    step("noted", 2, text="Ligar"),
    step("answered", 3, text="Olá", attachments=[FILE]),
    step("awaited", 4, text="Qual nota?"),
    step("replied", 5, ANA, text="A 17", attachments=[FILE]),
    step("resumed", 5, ANA),
    step("held", 6, third_party="Prefeitura", expected_on=TODAY, text="Até segunda"),
    step("resumed", 7),
    step("assigned", 8, analyst="lia"),
    step("resolved", 9, text="Feito"),
    step("rated", 9, ANA, score=2, text="Não resolveu"),
    step("rated", 10, ANA, score=1),
    step("reopened", 11, ANA, text="Ainda não"),
    step("resolved", 12, text="Agora sim"),
    step("rated", 12, ANA, score=5),
    step("closed", 19, SYSTEM, reason="resolved", text="Prazo"),
)


def test_every_step_that_can_be_brought_is_tried_here() -> None:
    steps = set(get_args(Step.model_fields["what"].annotation))
    assert {each.what for each in LIFE} == steps == set(_BECOMES)


def test_the_ticket_is_what_it_was_called_and_classified_as() -> None:
    assert brought()[0] == l.TicketQueued(
        ticket_id=TICKET,
        number=NUMBER,
        opened_at=THEN,
        channel="phone",
        customer="serra",
        requester="ana",
        application="notas",
        area="fiscal",
        terms=TERMS,
        classification="incident",
        priority="high",
        kind="senha",
        level="N2",
        criticality="high",
        severity="major",
        subject="Nota recusada",
        text="A nota foi recusada.",
        imported=True,
        reference="GLPI-4711",
        by=ASKER,
    )


def test_each_step_is_the_event_it_would_have_been_at_its_own_instant() -> None:
    assert brought(*LIFE)[1:-1] == [
        old(l.TicketAssigned, 1, analyst="bruno", status="in_progress", reason="Conhece"),
        old(l.NoteAdded, 2, text="Ligar", occurrence=1),
        old(l.AnswerPublished, 3, text="Olá", attachments=(FILE,), first=True, occurrence=2),
        old(l.CustomerAwaited, 4, text="Qual nota?", waiting=1, first=False, occurrence=3),
        old(
            l.ReplyAdded,
            5,
            ANA,
            channel="phone",
            verified=True,
            sender="Ana Prado",
            text="A 17",
            attachments=(FILE,),
        ),
        old(l.TicketResumed, 5, ANA, previous="waiting_customer", because="requester_replied"),
        old(
            l.TicketHeld,
            6,
            third_party="Prefeitura",
            expected_on=TODAY,
            text="Até segunda",
            previous="in_progress",
        ),
        old(l.TicketResumed, 7, previous="on_hold", because="analyst"),
        old(l.TicketAssigned, 8, analyst="lia", previous="bruno", status="in_progress"),
        old(l.TicketResolved, 9, text="Feito", resolution=1, first=False, occurrence=4),
        old(l.ResolutionRated, 9, ANA, resolution=1, score=2, comment="Não resolveu"),
        old(l.ResolutionRated, 10, ANA, resolution=1, score=1, corrected=True),
        old(l.TicketReopened, 11, ANA, resolution=1, via="phone", reason="Ainda não"),
        old(l.TicketResolved, 12, text="Agora sim", resolution=2, first=False, occurrence=5),
        old(l.ResolutionRated, 12, ANA, resolution=2, score=5),
        old(l.TicketClosed, 19, SYSTEM, reason="resolved", previous="resolved", text="Prazo"),
    ]


def finished(status: l.Status, **facts: Any) -> l.ImportFinished:
    common: dict[str, Any] = {
        "ticket_id": TICKET,
        "at": NOON,
        "by": SYSTEM,
        "imported": True,
        "number": NUMBER,
        "opened_at": THEN,
        "terms": TERMS,
        "classification": "incident",
        "priority": "high",
        "criticality": "high",
        "answered": False,
    }
    return l.ImportFinished.model_validate(common | {"status": status} | facts)


def day(n: int) -> datetime:
    return THEN + timedelta(days=n)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (0, finished("open")),
        (3, finished("in_progress", answered=True)),
        (4, finished("waiting_customer", answered=True, waiting=1, waiting_since=day(4))),
        (6, finished("in_progress", answered=True, waiting=1)),
        (7, finished("on_hold", answered=True, waiting=1)),
        (10, finished("resolved", answered=True, waiting=1, resolution=1, resolved_at=day(9))),
        (13, finished("in_progress", answered=True, waiting=1, resolution=1)),
        (16, finished("closed", answered=True, waiting=1, resolution=2)),
    ],
)
def test_the_end_of_an_import_says_what_clocks_have_to_know(steps: int, expected: l.ImportFinished) -> None:
    events = brought(*LIFE[:steps])
    assert events[-1] == expected
    assert come_of(ticket.given(*events)).status == expected.status


def test_what_is_here_already_is_left() -> None:
    assert story().when(imported(*LIFE)) == []


def test_an_imported_ticket_goes_on_as_any_other() -> None:
    waiting = story(*LIFE[:4])
    assert do(waiting, ANSWER) == [answered(4, first=False)]
    events = waiting.when(replied())
    assert isinstance(events, list)
    assert isinstance(events[1], l.TicketResumed)
    assert waiting.when(deadline("customer_silence", 1)) != []


def test_a_reply_to_one_that_was_closed_there_opens_a_new_one() -> None:
    events = story(*LIFE).when(replied(received_at=day(18)))
    assert isinstance(events, list)
    assert isinstance(events[1], l.LateReplyReceived)


def test_who_has_no_name_is_called_by_the_key_and_a_hold_without_a_date_ends_that_day() -> None:
    nameless = brought(step("replied", 1, ASKER, text="Oi"), step("held", 2, third_party="Prefeitura"))
    reply, hold = nameless[1:3]
    assert isinstance(reply, l.ReplyAdded)
    assert reply.sender == "ana"
    assert isinstance(hold, l.TicketHeld)
    assert hold.expected_on == day(2).date()
    assert hold.previous == "open"


@pytest.mark.parametrize(
    "wrong",
    [step("assigned", 1), step("rated", 1, ANA), step("closed", 1)],
    ids=["to nobody", "no score", "no reason"],
)
def test_a_step_without_what_it_needs_is_a_fault(wrong: Step) -> None:
    with pytest.raises(ValueError, match="validation error"):
        brought(*LIFE[:10], wrong)
