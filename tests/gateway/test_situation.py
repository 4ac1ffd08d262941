"""What a ticket's history adds to its row for the page: words, links, plan, alerts."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from contracts import directory as d
from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from journal.directory import Directory
from services.gateway.clock_rows import ClockRow, clock_after
from services.gateway.situation import Situation, Written, situation_of
from services.gateway.told import Told
from tests.gateway.books import ANA, START
from tests.gateway.test_roles import PLAN, TICKET, ticket

OTHER = uuid4()
STARTED: dict[str, Any] = {
    "number": "2026-000001", "target_s": 60, "business": True, "due_at": START, "calendar": "sp",
    "calendar_version": 1, "sla_policy": "std", "sla_policy_version": 1,
}  # fmt: skip


def told(*events: tuple[type[Event], dict[str, Any]]) -> list[Told]:
    rows = []
    for place, (form, facts) in enumerate(events, start=1):
        at = START + timedelta(minutes=place)
        named = {"ticket_id": TICKET, "at": at, "by": ANA, "cycle": 1, "clock": "first_response", **facts}
        event = form.model_validate(named)
        rows.append(Told(TICKET, form.owner, 0, place, form.topic, at, at, event.model_dump_json(), b""))
    return rows


def after(*events: tuple[type[Event], dict[str, Any]], **row: Any) -> Situation:
    return situation_of(ticket(**row), told(*events), Directory())


def alerts(*events: tuple[type[Event], dict[str, Any]]) -> tuple[str, ...]:
    """Of a ticket with one clock, next_response, about which sla said these."""
    row: ClockRow | None = None
    for form, facts in events:
        named = {"ticket_id": TICKET, "at": START, "by": ANA, "cycle": 1, "clock": "next_response", **facts}
        event: Any = form.model_validate(named)
        row = clock_after(row, event)
    return situation_of(ticket(), [], Directory(), [row] if row else []).alerts


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
    started = (sla.ClockStarted, STARTED)
    warned = (sla.ClockWarned, {"stage": 50, "due_at": START, "detected_at": START})
    breached = (sla.ClockBreached, {"detected_at": START})
    seen = (sla.AlertAcknowledged, {"stage": 50})
    met = (sla.ClockMet, {"elapsed_s": 1, "late": False})
    assert alerts(started) == ()
    assert alerts(started, warned) == alerts(started, warned, warned) == ("next_response",)
    assert alerts(started, breached) == ("next_response",)
    assert alerts(started, warned, seen) == ()
    assert alerts(started, warned, seen, warned) == ("next_response",)
    assert alerts(started, warned, met) == ()


def test_a_clock_that_starts_again_has_alerted_nobody_yet() -> None:
    warned = (sla.ClockWarned, {"stage": 50, "due_at": START, "detected_at": START})
    met = (sla.ClockMet, {"elapsed_s": 1, "late": False})
    again = (sla.ClockStarted, {**STARTED, "cycle": 2})
    assert alerts((sla.ClockStarted, STARTED), warned, met, again) == ()
    late = (sla.AlertAcknowledged, {"stage": 50, "cycle": 1})
    assert alerts((sla.ClockStarted, STARTED), again, (warned[0], {**warned[1], "cycle": 2}), late) == (
        "next_response",
    )


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
