"""What the answer to a rebase says of each clock: moved, started, stopped, breached, or closing its ticket at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts import sla
from contracts.commands import RebasedClock
from contracts.envelope import Event
from services.sla.clocks import Terms
from services.sla.rebasing import effect
from tests.sla.lives import local

NOW = local("2026-03-10 09:00")
TICKET = UUID(int=1)
TERMS = Terms("sp", 2, "std", 2)


def said(form: type[Event], clock: str, **facts: Any) -> Event:
    return form.model_validate({"ticket_id": TICKET, "clock": clock, "cycle": 1, "at": NOW, **facts})


def moved(clock: str, hours: float) -> Event:
    return said(
        sla.ClockRetargeted, clock, target_s=60, previous_target_s=90, elapsed_s=0, remaining_s=60,
        due_at=NOW + timedelta(hours=hours), previous_due_at=NOW + timedelta(days=1), cause="rebased",
    )  # fmt: skip


def clocks(*events: Event) -> list[RebasedClock]:
    return list(effect(TICKET, "2026-000001", TERMS, events).clocks)


def test_a_clock_that_moves_is_told_with_both_its_targets() -> None:
    (found,) = clocks(moved("resolution", 1))
    assert (found.becomes, found.target_s, found.previous_target_s) == ("retargeted", 60, 90)
    assert (found.due_at, found.previous_due_at) == (NOW + timedelta(hours=1), NOW + timedelta(days=1))
    assert (found.breaches, found.closes) == (False, False)


def test_a_breach_is_told_whatever_caused_it() -> None:
    by_time = said(sla.ClockBreached, "first_response", detected_at=NOW, cause="time")
    by_rebase = said(sla.ClockBreached, "resolution", detected_at=NOW, cause="rebased")
    found = clocks(by_time, moved("resolution", 0), by_rebase)
    assert [(each.clock, each.becomes, each.breaches, each.closes) for each in found] == [
        ("first_response", "breached", True, False),
        ("resolution", "retargeted", True, False),
    ]
    assert found[0].due_at == found[0].previous_due_at == NOW


def test_a_clock_starts_or_stops_where_the_policies_differ() -> None:
    facts = {
        "number": "2026-000001", "target_s": 60, "business": True, "due_at": NOW, "calendar": "sp",
        "calendar_version": 2, "sla_policy": "std", "sla_policy_version": 2,
    }  # fmt: skip
    started = said(sla.ClockStarted, "resolution", **facts)
    stopped = said(sla.ClockStopped, "next_response", reason="rebased")
    found = clocks(stopped, started)
    assert [(each.clock, each.becomes, each.target_s, each.due_at) for each in found] == [
        ("next_response", "stopped", 0, None),
        ("resolution", "started", 60, NOW),
    ]
    paused = said(sla.ClockPaused, "resolution", elapsed_s=0, remaining_s=60, reason="on_hold")
    assert clocks(started, paused)[0].due_at is None


def test_a_closing_clock_whose_new_end_is_past_closes_at_once() -> None:
    assert [each.closes for each in clocks(moved("auto_close", -1), moved("customer_silence", 1))] == [
        True,
        False,
    ]
