"""A year of a desk, 2,000 tickets a month: all that its clocks say against a slow reference of its own making."""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Event
from figures.lives import Runs
from tests.sla_year.closing import closes_at, overdue, reminders
from tests.sla_year.hours import IN_A_MINUTE, MINUTE, number
from tests.sla_year.life import HORIZON, MONTHS, Life, year
from tests.sla_year.reference import Desk, Key, Outcome, Story
from tests.sla_year.terms import BEGIN, CALENDARS, POLICIES, ZONE, directory, hours, policy_of

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
    happened: Counter[str] = field(default_factory=Counter)
    """What this year is there for, beside what lifecycle says."""
    differences: list[str] = field(default_factory=list)

    def add(self, part: "Found") -> None:
        self.lives += part.lives
        for name in ("verdicts", "events", "closed", "happened"):
            getattr(self, name).update(getattr(part, name))
        self.differences += part.differences


@dataclass
class Said:
    """What sla said of one cycle of a clock of working time, in the reference's words."""

    outcome: Outcome
    warned: list[tuple[int, int]] = field(default_factory=list)
    dues: dict[int, int] = field(default_factory=dict)
    told: dict[int, int] = field(default_factory=dict)
    """From when people are told of what was seen at an instant."""


def said(life: Life) -> dict[Key, Said]:
    runs, breaches = Runs(), dict[Key, int]()
    found: dict[Key, Said] = defaultdict(lambda: Said(("running", None, None)))
    for event in life.clocks:
        runs.hear(event)
        if not isinstance(event, sla.OfClock) or (key := (event.clock, event.cycle)) not in runs.of:
            continue
        at, of = number(event.at, BEGIN), found[key]
        if isinstance(event, sla.ClockBreached):
            breaches[key] = at
        if isinstance(event, sla.ClockWarned):
            of.warned.append((event.stage, at))
        if isinstance(event, sla.ClockWarned | sla.ClockBreached):
            seen = number(event.detected_at, BEGIN)
            of.told[seen] = number(event.alert_at or event.detected_at, BEGIN)
        due_at = getattr(event, "due_at", None)
        if due_at is not None and key not in breaches and not isinstance(event, sla.ClockWarned):
            of.dues[at] = number(due_at, BEGIN)
    for key, run in runs.of.items():
        used = None if run.used_s is None or run.breached else round(run.used_s * 1_000_000)
        found[key].outcome = (run.verdict, breaches.get(key), used)
    return found


def story_of(life: Life, desk: Desk) -> Story:
    queued = life.history[0]
    assert isinstance(queued, l.TicketQueued)
    terms = queued.terms
    return desk.story(policy_of(terms), (terms.calendar, terms.calendar_version))


def differences(life: Life, desk: Desk) -> Iterator[str]:
    story, clocks = story_of(life, desk), said(life)
    wanted = story.read(life.history, HORIZON)
    for key in sorted(clocks.keys() | wanted.keys()):
        if key not in clocks or key not in wanted:
            yield f"{life.ticket_id} {key}: in sla {key in clocks}, in the reference {key in wanted}"
            continue
        watch, of = story.watches[key], clocks[key]
        told = {seen: story.hours.reached(seen, 0) for seen in of.told}
        for what, here, there in (
            ("verdict", of.outcome, wanted[key]),
            ("warnings", of.warned, watch.warned),
            ("due instants", of.dues, watch.dues),
            ("told from", of.told, told),
        ):
            if here != there:
                yield f"{life.ticket_id} {key} {what}: sla says {here}, the reference {there}"
    yield from _of_closing(life)


def _of_closing(life: Life) -> Iterator[str]:
    if reason := overdue(life.history, HORIZON):
        yield f"{life.ticket_id} is open, by the reference it should have closed: {reason}"
    for place, event in enumerate(life.history):
        if isinstance(event, l.TicketClosed) and event.by.role == "system":
            due = closes_at(event.reason, life.history[:place])
            if event.at != due:
                yield f"{life.ticket_id} closed {event.reason} at {event.at}, the reference {due}"
    reminded = [(one.cycle, one.stage, one.at) for one in life.clocks if isinstance(one, sla.ReminderDue)]
    wanted = reminders(life.history, HORIZON)
    if reminded != wanted:
        yield f"{life.ticket_id} reminders: sla says {reminded}, the reference {wanted}"


def happened(life: Life) -> Iterator[str]:
    queued: Any = life.history[0]
    if queued.terms.sla_policy_version == 2:
        yield "a newer policy"
    if queued.terms.calendar_version == 2:
        yield "a newer calendar"
    for event in life.clocks:
        match event:
            case sla.ClockStarted(clock="resolution") if event.cycle > 1 or event.at != life.opened_at:
                yield "a resolution gained"
            case sla.ClockStarted(clock="next_response") if event.asked_at is not None:
                yield "a next_response gained"
                if any(_pauses(each, event) for each in life.clocks):
                    yield "a next_response gained while the ticket waits"
            case sla.ClockStopped(reason="reclassified"):
                yield f"a {event.clock} lost"
            case sla.ClockMet() if event.target_s is not None:
                yield "an earlier resolution stands again"
            case sla.ClockRetargeted() | sla.ClockWarned() | sla.ReminderDue():
                yield type(event).__name__
            case sla.ClockBreached(cause="reclassified"):
                yield "a breach by reclassification"


def _pauses(event: Event, started: sla.ClockStarted) -> bool:
    """Whether that event says that the clock stood still as it started."""
    of = (started.clock, started.cycle, started.at)
    return isinstance(event, sla.ClockPaused) and (event.clock, event.cycle, event.at) == of


def lived(months: range) -> Found:
    desk = Desk(hours(), BEGIN, END)
    found = Found()
    for life in year(directory(), SEED, A_MONTH, months):
        found.lives += 1
        found.events.update(type(event).__name__ for event in life.history)
        found.closed.update(
            event.reason
            for event in life.history
            if isinstance(event, l.TicketClosed) and event.by.role == "system"
        )
        found.happened.update(happened(life))
        found.verdicts.update((clock, one.outcome[0]) for (clock, _), one in said(life).items())
        found.differences += differences(life, desk)
    return found


@pytest.mark.timeout(900)  # a minute of computing, shared by two processes; a busy machine takes longer
def test_all_that_clocks_say_in_a_year_equals_what_a_slow_reference_says() -> None:
    halves = (range(MONTHS // 2), range(MONTHS // 2, MONTHS))
    whole = Found()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for part in pool.map(lived, halves):
            whole.add(part)
    assert whole.differences[:20] == [], f"seed {SEED}: {len(whole.differences)} differences"
    assert whole.lives == MONTHS * A_MONTH
    for clock in ("first_response", "next_response", "resolution"):
        assert whole.verdicts[clock, "met"] > whole.lives / 10
        assert whole.verdicts[clock, "breached"] > whole.lives / 10
    assert whole.closed.keys() == {"no_contact", "customer_silent", "resolved"}
    assert min(whole.closed.values()) > 5, whole.closed
    for event in (
        l.TicketReclassified,
        l.TicketHeld,
        l.TicketReopened,
        l.ReopeningDismissed,
        l.ProjectApproved,
    ):
        assert whole.events[event.__name__] > whole.lives / 100, event
    for name in (
        "a newer policy",
        "a newer calendar",
        "a resolution gained",
        "a resolution lost",
        "a next_response lost",
        "a next_response gained",
        "a breach by reclassification",
        "ClockRetargeted",
        "ClockWarned",
        "ReminderDue",
    ):
        assert whole.happened[name] > whole.lives / 100, (name, whole.happened)
    assert whole.happened["an earlier resolution stands again"] > 2, whole.happened
    assert whole.happened["a next_response gained while the ticket waits"] > 2, whole.happened


def test_the_reference_itself_knows_the_golden_table_of_the_policy() -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    office = CALENDARS["office"] | {"closed": [], "special": {}}
    desk = Desk([(("office", 1), office)], begin, begin + timedelta(days=30))
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
            story = desk.story(POLICIES["bronze"], ("office", 1))
            assert story.read([queued], until)["first_response", 1][0] == outcome
        watch = story.watches["first_response", 1]
        assert watch.breached == number(wanted, begin)
        assert watch.dues == {number(at, begin): watch.breached}
        assert [(stage, story.hours.used(number(at, begin), reached)) for stage, reached in watch.warned] == [
            (50, 720 * IN_A_MINUTE), (75, 1080 * IN_A_MINUTE), (90, 1296 * IN_A_MINUTE),
        ]  # fmt: skip
