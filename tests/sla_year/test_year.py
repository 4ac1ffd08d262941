"""A year of a desk, 2,000 tickets a month: every verdict against a reference that looks at every minute."""

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from contracts import lifecycle as l
from contracts import sla
from figures.lives import Runs
from tests.sla_year.life import BEGIN, HORIZON, MONTHS, Life, year
from tests.sla_year.reference import MINUTE, Desk, Outcome, Story, closes_at, overdue
from tests.sla_year.terms import CALENDARS, CUSTOMERS, POLICIES, ZONE, directory

SEED = int(os.environ.get("SLA_YEAR_SEED", "2018"))
A_MONTH = 2_000
END = HORIZON + timedelta(days=60)
"""The reference looks further, for what is due after the horizon."""


@dataclass
class Found:
    """What a part of the year held: verdicts and events counted, and every disagreement in words."""

    lives: int = 0
    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    closed: Counter[str] = field(default_factory=Counter)
    """By a clock, for what."""
    differences: list[str] = field(default_factory=list)


def judged(life: Life, desk: Desk) -> dict[tuple[str, int], Outcome]:
    """What sla said of the clocks of working time, in the reference's words."""
    runs, breaches = Runs(), {}
    for event in life.clocks:
        runs.hear(event)
        if isinstance(event, sla.ClockBreached):
            breaches[event.clock, event.cycle] = desk.number(event.at)
    outcomes: dict[tuple[str, int], Outcome] = {}
    for key, run in runs.of.items():
        used = None if run.used_s is None or run.breached else run.used_s / 60
        outcomes[key] = (run.verdict, breaches.get(key), used)  # type: ignore[assignment]
    return outcomes


def differences(life: Life, desk: Desk) -> Iterator[str]:
    said = judged(life, desk)
    wanted = Story(desk, CUSTOMERS[life.customer]).read(life.history, HORIZON)
    for key in sorted(said.keys() | wanted.keys()):
        if said.get(key) != wanted.get(key):
            yield f"{life.ticket_id} {key}: sla says {said.get(key)}, the reference {wanted.get(key)}"
    if reason := overdue(life.history, HORIZON):
        yield f"{life.ticket_id} is open, by the reference it should have closed: {reason}"
    for place, event in enumerate(life.history):
        if isinstance(event, l.TicketClosed) and event.by.role == "system":
            due = closes_at(event.reason, life.history[:place])
            if event.at != due:
                yield f"{life.ticket_id} closed {event.reason} at {event.at}, the reference {due}"


def lived(months: range) -> Found:
    desk = Desk(POLICIES, CALENDARS, BEGIN, END)
    found = Found()
    for life in year(directory(), SEED, A_MONTH, months):
        found.lives += 1
        found.events.update(type(event).__name__ for event in life.history)
        found.closed.update(
            event.reason
            for event in life.history
            if isinstance(event, l.TicketClosed) and event.by.role == "system"
        )
        found.verdicts.update((clock, verdict) for (clock, _), (verdict, _, _) in judged(life, desk).items())
        found.differences += differences(life, desk)
    return found


@pytest.mark.timeout(900)  # 48 s of computing, shared by two processes; a busy machine takes longer
def test_every_verdict_of_a_year_equals_that_of_a_reference_that_walks_every_minute() -> None:
    halves = (range(MONTHS // 2), range(MONTHS // 2, MONTHS))
    whole = Found()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for part in pool.map(lived, halves):
            whole.lives += part.lives
            whole.verdicts.update(part.verdicts)
            whole.events.update(part.events)
            whole.closed.update(part.closed)
            whole.differences += part.differences
    assert whole.differences[:20] == [], f"seed {SEED}: {len(whole.differences)} differences"
    assert whole.lives == MONTHS * A_MONTH
    for clock in ("first_response", "next_response", "resolution"):
        assert whole.verdicts[clock, "met"] > whole.lives / 10
        assert whole.verdicts[clock, "breached"] > whole.lives / 10
    assert whole.closed.keys() == {"no_contact", "customer_silent", "resolved"}
    assert min(whole.closed.values()) > 5, whole.closed
    for happened in (
        l.TicketReclassified,
        l.TicketHeld,
        l.TicketReopened,
        l.ReopeningDismissed,
        l.ProjectApproved,
    ):
        assert whole.events[happened.__name__] > whole.lives / 100, happened


def test_the_reference_itself_knows_the_golden_table_of_the_policy() -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    office = CALENDARS["office"] | {"closed": [], "special": {}}
    desk = Desk(POLICIES, {**CALENDARS, "office": office}, begin, begin + timedelta(days=30))
    for opened, due in (
        ("2026-03-02 08:00", "2026-03-05 10:15"),
        ("2026-03-06 17:00", "2026-03-12 09:45"),
        ("2026-03-02 10:45", "2026-03-05 15:15"),
        ("2026-03-02 11:30", "2026-03-05 15:15"),
    ):
        at, wanted = (
            datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
            for text in (opened, due)
        )
        TicketQueued = type("TicketQueued", (SimpleNamespace,), {})  # noqa: N806 - its name is read
        queued = TicketQueued(opened_at=at, classification="question", priority="normal", criticality=None)
        for until, outcome in ((wanted, "running"), (wanted + MINUTE, "breached")):
            story = Story(desk, "bronze").read([queued], until)
            assert story["first_response", 1][0] == outcome
        assert story["first_response", 1][1] == desk.number(wanted)
