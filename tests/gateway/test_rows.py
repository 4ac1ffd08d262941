"""What each event makes of the rows that the pages show."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import EVENTS, SYSTEM, Event
from services.gateway.clock_rows import ClockEvent, ClockRow, clock_after, deadline
from services.gateway.rows import TicketRow, ticket_after
from services.lifecycle.ticket import SILENT, Ticket, evolve
from tests.gateway.books import ANA, BIA, START, a_plan, a_row, told_at_random

LATER = START + timedelta(hours=1)
OTHER = uuid4()
ROW = a_row()
HELD = a_row(status="on_hold", third_party="Operadora", expected_on=date(2026, 3, 9))
PLANNED = a_row(revision=1, activities_open=[1, 2], activities_done=[])


def changes(*pairs: tuple[str, str | None, str | None]) -> list[dict[str, str | None]]:
    return [{"field": field, "old": old, "new": new} for field, old, new in pairs]


TICKETS: list[tuple[type[Event], TicketRow, dict[str, Any], dict[str, Any]]] = [
    # event, the row before, the event's facts, what changes
    (l.TicketAssigned, ROW, {"analyst": "ana", "status": "in_progress"}, {"analyst": "ana", "status": "in_progress"}),
    (l.TicketReturned, a_row(analyst="ana"), {"previous": "ana"}, {"analyst": None}),
    (
        l.TicketReclassified, ROW,
        {"changes": changes(("priority", "normal", "urgent"), ("kind", None, "rede"), ("severity", None, "total")), "by_hand": True},
        {"priority": "urgent", "urgency": 0, "kind": "rede", "severity": "total", "by_hand": True},
    ),
    (l.AnswerPublished, a_row(contested=True), {"text": "x", "first": True}, {"answered_at": LATER, "contested": False}),
    (l.NoteAdded, a_row(contested=True), {"text": "x"}, {}),
    (l.OccurrenceEdited, ROW, {"text": "x", "occurrence": 1, "public": True}, {}),
    (l.ReplyAdded, a_row(attempts=2), {"text": "x", "channel": "email", "verified": True, "sender": "Bia"}, {"attempts": 0}),
    (l.ReplyAdded, a_row(attempts=2), {"text": "x", "channel": "email", "verified": False, "sender": "Bia"}, {}),
    (l.AutomaticReplyAdded, ROW, {"text": "x", "sender": "Bia", "reason": "auto"}, {}),
    (l.BounceAdded, ROW, {"recipient": "bia", "status": "5", "diagnostic": "x"}, {}),
    (l.ContactAttempted, ROW, {"channel": "phone", "outcome": "no_answer", "attempt": 2}, {"attempts": 2}),
    (
        l.ContactAttempted, a_row(attempts=2), {"channel": "phone", "outcome": "reached", "attempt": 0, "first": True},
        {"attempts": 0, "answered_at": LATER},
    ),
    (l.LateReplyReceived, ROW, {"submission_id": OTHER}, {}),
    (
        l.CustomerAwaited, ROW, {"text": "x", "waiting": 1, "first": True},
        {"status": "waiting_customer", "answered_at": LATER},
    ),
    (
        l.TicketHeld, ROW, {"third_party": "Operadora", "expected_on": "2026-03-09", "previous": "open"},
        {"status": "on_hold", "third_party": "Operadora", "expected_on": date(2026, 3, 9)},
    ),
    (
        l.TicketResumed, HELD, {"previous": "on_hold", "because": "analyst"},
        {"status": "in_progress", "third_party": None, "expected_on": None},
    ),
    (
        l.TicketResolved, a_row(score=3), {"text": "x", "resolution": 2, "first": True},
        {"status": "resolved", "resolution": 2, "score": None, "answered_at": LATER},
    ),
    (
        l.TicketReopened, a_row(status="resolved", attempts=2), {"resolution": 1, "via": "web", "by": BIA},
        {"status": "in_progress", "contested": True, "attempts": 0},
    ),
    (l.TicketReopened, a_row(status="resolved", attempts=2), {"resolution": 1, "via": "web"}, {"status": "in_progress"}),
    (
        l.ReopeningDismissed, a_row(status="in_progress", contested=True), {"resolution": 1, "resolved_at": START},
        {"status": "resolved", "contested": False},
    ),
    (
        l.TicketClosed, HELD, {"reason": "third_party", "previous": "on_hold"},
        {"status": "closed", "closed_because": "third_party", "third_party": None, "expected_on": None},
    ),
    (
        l.ClosureUndone, a_row(status="closed", closed_because="resolved"),
        {"closed_at": START, "reason": "resolved", "previous": "resolved"},
        {"status": "in_progress", "closed_because": None},
    ),
    (l.ResolutionRated, ROW, {"resolution": 1, "score": 4}, {"score": 4}),
    (
        l.TicketSplit, ROW,
        {
            "new_ticket_id": OTHER, "opened_at": START, "channel": "web", "customer": "aurora", "requester": "bia",
            "application": "nota", "classification": "question", "terms": {
                "contract": "c", "contract_version": 1, "sla_policy": "s", "sla_policy_version": 1,
                "calendar": "k", "calendar_version": 1,
            }, "subject": "x", "text": "y",
        },
        {},
    ),
    (l.TicketMerged, ROW, {"into": OTHER, "into_number": "2026-000009"}, {"merged_into": OTHER}),
    (l.TicketAbsorbed, ROW, {"merged": OTHER, "merged_number": "2026-000009", "requester": "bia"}, {}),
    (l.TicketLinked, ROW, {"other": OTHER, "other_number": "2026-000009", "link": "blocks"}, {}),
    (l.TicketUnlinked, ROW, {"other": OTHER, "other_number": "2026-000009", "link": "blocks"}, {}),
    (
        l.ProjectPlanned, a_row(revision=1, approved=1, activities_open=[1, 4], activities_done=[2, 3]),
        {"plan": a_plan("a", "b"), "revision": 2}, {"revision": 2, "activities_open": [1], "activities_done": [2]},
    ),
    (
        l.ApprovalRequested, PLANNED, {"revision": 1, "previous": "in_progress"},
        {"status": "awaiting_approval", "asked_by": "ana"},
    ),
    (l.ProjectApproved, PLANNED, {"revision": 1}, {"status": "in_progress", "approved": 1}),
    (l.ProjectSentBack, PLANNED, {"revision": 1, "reason": "x"}, {"status": "in_progress"}),
    (l.ProjectRejected, PLANNED, {"revision": 1, "reason": "x"}, {}),
    (
        l.ActivityMarked, PLANNED, {"activity": 2, "title": "b", "done": True},
        {"activities_open": [1], "activities_done": [2]},
    ),
    (
        l.ActivityMarked, a_row(activities_open=[3], activities_done=[1, 2]), {"activity": 2, "title": "b", "done": False},
        {"activities_open": [2, 3], "activities_done": [1]},
    ),
]  # fmt: skip


def differences(before: TicketRow | ClockRow, after: TicketRow | ClockRow | None) -> dict[str, Any]:
    assert after is not None
    old = asdict(before)
    return {name: value for name, value in asdict(after).items() if value != old[name]}


@pytest.mark.parametrize(("event", "before", "facts", "expected"), TICKETS)
def test_what_an_event_makes_of_a_ticket(
    event: type[Event], before: TicketRow, facts: dict[str, Any], expected: dict[str, Any]
) -> None:
    said = event.model_validate({"ticket_id": before.ticket_id, "at": LATER, "by": ANA, **facts})
    assert differences(before, ticket_after(before, said)) == {**expected, "active_at": LATER}


def test_every_event_of_a_ticket_is_in_the_table() -> None:
    told = {event for topic, event in EVENTS.items() if topic.startswith("lifecycle.")}
    assert told - {event for event, *_ in TICKETS} == {l.TicketQueued, l.ImportFinished}


def test_the_end_of_an_import_is_no_activity() -> None:
    finished = l.ImportFinished.model_validate(
        {
            "ticket_id": ROW.ticket_id, "at": LATER, "by": SYSTEM, "number": ROW.number, "status": "open",
            "opened_at": START, "answered": False, "classification": "question", "priority": "normal",
            "terms": {
                "contract": "c", "contract_version": 1, "sla_policy": "s", "sla_policy_version": 1,
                "calendar": "k", "calendar_version": 1,
            },
        }
    )  # fmt: skip
    assert ticket_after(ROW, finished) == ROW
    assert ticket_after(None, finished) is None


SAME = (
    "status", "number", "channel", "customer", "requester", "application", "area", "analyst", "kind", "classification",
    "level", "priority", "criticality", "severity", "by_hand", "resolution", "merged_into", "contested",
)  # fmt: skip
"""What lifecycle's own state and the row both hold."""


@pytest.mark.parametrize("seed", range(20))
def test_rows_agree_with_what_lifecycle_decides_on(seed: int) -> None:
    books = told_at_random(seed, tickets=12)
    rows: dict[UUID, TicketRow | None] = {}
    tickets: dict[UUID, Ticket] = {}
    for (source, _), entries in books.kept.items():
        for entry in entries if source == "lifecycle" else ():
            event = entry.event()
            rows[entry.stream_id] = ticket_after(rows.get(entry.stream_id), event)
            if entry.topic not in SILENT:
                tickets[entry.stream_id] = evolve(tickets.get(entry.stream_id, Ticket()), event)
    for ticket_id, ticket in tickets.items():
        row = rows[ticket_id]
        assert row is not None
        assert {name: getattr(row, name) for name in SAME} == {name: getattr(ticket, name) for name in SAME}
        project = ticket.project
        assert (row.revision, row.approved, row.asked_by or "") == (
            project.revision,
            project.approved,
            project.asked_by,
        )
        assert len(row.activities_open) == project.open_activities
        assert set(row.activities_done) == project.done
        assert (row.answered_at is not None) == ticket.answered
        assert row.may_be_worked == project.may_be_worked


CLOCK = ClockRow(
    ticket_id=ROW.ticket_id, clock="resolution", cycle=1, state="running", due_at=START, remaining_s=None,
    breached_at=None, late=False, stage=0, target_s=3600, calendar="sp", calendar_version=1, sla_policy="std",
    sla_policy_version=1, lapsed=False, alert=0, alerted_at=None,
)  # fmt: skip
ALERTING = ClockRow(**{**asdict(CLOCK), "alert": 50, "alerted_at": START})
PAUSED = ClockRow(**{**asdict(CLOCK), "state": "paused", "due_at": None, "remaining_s": 60})
TARGET = {
    "target_s": 60,
    "previous_target_s": 3600,
    "elapsed_s": 0,
    "remaining_s": 60,
    "previous_due_at": START,
}
CLOCKS: list[tuple[type[Event], ClockRow, dict[str, Any], dict[str, Any]]] = [
    (sla.ClockPaused, CLOCK, {"elapsed_s": 1, "remaining_s": 9, "reason": "on_hold"}, {"state": "paused", "due_at": None, "remaining_s": 9}),
    (sla.ClockResumed, PAUSED, {"remaining_s": 60, "due_at": LATER}, {"state": "running", "due_at": LATER, "remaining_s": None}),
    (sla.ClockRetargeted, CLOCK, {**TARGET, "due_at": LATER}, {"target_s": 60, "due_at": LATER}),
    (sla.ClockRetargeted, PAUSED, {**TARGET, "due_at": None, "remaining_s": 30}, {"target_s": 60, "remaining_s": 30}),
    (sla.ClockRetargeted, CLOCK, {**TARGET, "due_at": None, "cycle": 0}, {}),
    (
        sla.ClockRetargeted, CLOCK,
        {**TARGET, "due_at": LATER, "cause": "rebased", "calendar": "bh", "calendar_version": 4, "sla_policy": "ouro", "sla_policy_version": 2},
        {"target_s": 60, "due_at": LATER, "calendar": "bh", "calendar_version": 4, "sla_policy": "ouro", "sla_policy_version": 2},
    ),
    (sla.ClockMet, CLOCK, {"elapsed_s": 1, "late": True}, {"state": "met", "late": True}),
    (sla.ClockStopped, CLOCK, {"reason": "closed"}, {"state": "stopped"}),
    (sla.ClockRestored, ClockRow(**{**asdict(CLOCK), "state": "stopped"}), {"due_at": LATER}, {"state": "running", "due_at": LATER}),
    (sla.ClockWarned, CLOCK, {"stage": 50, "detected_at": LATER, "due_at": LATER}, {"stage": 50, "alert": 50, "alerted_at": START}),
    (sla.ClockBreached, CLOCK, {"detected_at": LATER}, {"breached_at": START, "alert": 100, "alerted_at": START}),
    (sla.AlertAcknowledged, ALERTING, {"stage": 50, "by": ANA}, {"alert": 0, "alerted_at": None}),
    (sla.AlertAcknowledged, ALERTING, {"stage": 50, "by": ANA, "cycle": 0}, {}),
    (sla.ReminderDue, CLOCK, {"stage": 2, "detected_at": LATER, "due_at": LATER}, {"stage": 2}),
    (sla.DeadlineReached, CLOCK, {"detected_at": LATER}, {"state": "reached"}),
]  # fmt: skip


@pytest.mark.parametrize(("event", "before", "facts", "expected"), CLOCKS)
def test_what_an_event_makes_of_a_clock(
    event: type[Event], before: ClockRow, facts: dict[str, Any], expected: dict[str, Any]
) -> None:
    named = {"ticket_id": before.ticket_id, "clock": "resolution", "cycle": 1, "at": START, **facts}
    said: Any = event.model_validate(named)
    assert clock_after(None, said) is None
    assert differences(before, clock_after(before, said)) == expected


def test_every_event_of_a_clock_is_in_the_table() -> None:
    assert set(get_args(ClockEvent)) - {event for event, *_ in CLOCKS} == {sla.ClockStarted}
    told = {
        event
        for topic, event in EVENTS.items()
        if topic.startswith("sla.") and issubclass(event, sla.OfClock)
    }
    assert told | {sla.AlertAcknowledged} == set(get_args(ClockEvent))


@pytest.mark.parametrize("breached_at", [None, START - timedelta(hours=2)])
def test_an_earlier_cycle_that_stands_again_is_the_row(breached_at: datetime | None) -> None:
    second = ClockRow(
        **{
            **asdict(CLOCK), "cycle": 2, "state": "stopped", "stage": 90, "alert": 100, "alerted_at": START,
            "breached_at": START, "target_s": 60,
        }
    )  # fmt: skip
    met = sla.ClockMet(
        ticket_id=CLOCK.ticket_id, clock="resolution", cycle=1, at=START, elapsed_s=5, late=breached_at is not None,
        target_s=3600, breached_at=breached_at,
    )  # fmt: skip
    row = clock_after(second, met)
    assert row is not None
    assert (row.cycle, row.state, row.target_s, row.breached_at) == (1, "met", 3600, breached_at)
    assert (row.late, row.stage, row.alert, row.alerted_at) == (breached_at is not None, 0, 0, None)


def test_a_clock_that_ran_out_before_the_import_is_never_late() -> None:
    facts = {
        "ticket_id": ROW.ticket_id, "clock": "resolution", "cycle": 1, "at": START, "number": ROW.number,
        "target_s": 3600, "business": True, "due_at": START, "calendar": "sp", "calendar_version": 1,
        "sla_policy": "std", "sla_policy_version": 1,
    }  # fmt: skip
    lapsed = clock_after(None, sla.ClockStarted.model_validate({**facts, "passed": 100}))
    warned = clock_after(None, sla.ClockStarted.model_validate({**facts, "passed": 90}))
    assert lapsed is not None
    assert warned is not None
    assert (lapsed.lapsed, warned.lapsed) == (True, False)
    assert deadline([lapsed]) == (None, False, False)
    assert deadline([warned]) == (START, False, False)


def test_the_nearest_deadline_is_of_a_clock_that_the_desk_answers_for() -> None:
    def clock(
        name: str, state: str = "running", hours: int | None = None, breached: bool = False
    ) -> ClockRow:
        due_at = None if hours is None else START + timedelta(hours=hours)
        facts = {"clock": name, "state": state, "due_at": due_at, "breached_at": START if breached else None}
        return ClockRow(**{**asdict(CLOCK), **facts})

    assert deadline([]) == (None, False, False)
    assert deadline([clock("auto_close", hours=1)]) == (None, False, False)
    assert deadline([clock("resolution", hours=5), clock("first_response", hours=2)]) == (
        START + timedelta(hours=2),
        False,
        False,
    )
    assert deadline([clock("first_response", "met", 1, breached=True), clock("resolution", hours=5)]) == (
        START + timedelta(hours=5),
        False,
        False,
    )
    assert deadline([clock("resolution", "paused", breached=True)]) == (None, True, False)
    assert deadline([ClockRow(**{**asdict(CLOCK), "stage": 50})]) == (START, False, True)
