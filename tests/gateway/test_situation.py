"""What a ticket's history adds to its row for the page: words, links, plan, alerts."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from contracts import directory as d
from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from journal.directory import Directory
from services.gateway.clock_rows import ClockRow
from services.gateway.situation import Situation, Written, situation_of
from services.gateway.told import Told
from tests.gateway.books import ANA, START
from tests.gateway.test_roles import PLAN, TICKET, ticket

OTHER = uuid4()


def told(*events: tuple[type[Event], dict[str, Any]]) -> list[Told]:
    rows = []
    for place, (form, facts) in enumerate(events, start=1):
        at = START + timedelta(minutes=place)
        named = {"ticket_id": TICKET, "at": at, "by": ANA, "cycle": 1, "clock": "first_response", **facts}
        event = form.model_validate(named)
        rows.append(Told(TICKET, form.owner, 0, place, form.topic, at, at, event.model_dump_json(), b""))
    return rows


def after(*events: tuple[type[Event], dict[str, Any]], state: str = "running", **row: Any) -> Situation:
    clock = ClockRow(TICKET, "first_response", 1, state, None, None, None, False, 0, 1, "sp", 1, "std", 1)
    return situation_of(ticket(**row), told(*events), Directory(), [clock])


def test_words_are_numbered_as_they_come_and_read_as_they_were_edited() -> None:
    now = after(
        (l.AnswerPublished, {"text": "um", "first": True}),
        (l.ReplyAdded, {"channel": "web", "verified": True, "sender": "Bia", "text": "e eu"}),
        (l.NoteAdded, {"text": "dois", "occurrence": 2}),
        (l.OccurrenceEdited, {"occurrence": 1, "text": "um, melhor", "public": True}),
    )
    assert now.said == {
        "lifecycle-0-1": Written(1, "ana", "um, melhor"),
        "lifecycle-0-3": Written(2, "ana", "dois"),
    }


def test_links_come_and_go() -> None:
    linked = (l.TicketLinked, {"other": OTHER, "other_number": "2026-000009", "link": "blocks"})
    assert after(linked).links == {OTHER: ("2026-000009", "blocks")}
    unlinked = (l.TicketUnlinked, {"other": OTHER, "other_number": "2026-000009", "link": "blocks"})
    assert after(linked, unlinked).links == {}


def test_the_last_decision_stands_until_the_plan_is_asked_for_again() -> None:
    planned = (l.ProjectPlanned, {"plan": PLAN.model_dump(), "revision": 1})
    asked = (l.ApprovalRequested, {"revision": 1, "previous": "in_progress"})
    back = (l.ProjectSentBack, {"revision": 1, "reason": "caro"})
    now = after(planned, asked, back, activities_done=[1])
    assert (now.plan, now.percent) == (PLAN, 100)
    assert isinstance(now.decision, l.ProjectSentBack)
    assert after(planned, asked, back, asked).decision is None
    assert after().percent == 0


def test_an_alert_stands_until_somebody_sees_to_it_or_the_clock_is_done() -> None:
    warned = (sla.ClockWarned, {"stage": 50, "due_at": START, "detected_at": START})
    seen = (sla.AlertAcknowledged, {"stage": 50})
    assert after(warned).alerts == ("first_response",)
    assert after(warned, warned).alerts == ("first_response",)
    assert after(warned, seen).alerts == ()
    assert after(warned, seen, warned).alerts == ("first_response",)
    assert after(warned, state="met").alerts == ()


def test_the_contract_says_who_approves_today() -> None:
    directory = Directory()
    contract = d.Contract(
        customer="aurora",
        applications=("nota",),
        starts_on=START.date(),
        sla_policy="std",
        approvers=("bia",),
    )
    directory.put("contract", "aurora", 1, True, contract)
    assert situation_of(ticket(contract="aurora"), [], directory).approvers == ("bia",)
    assert situation_of(ticket(contract="outro"), [], directory).approvers == ()
