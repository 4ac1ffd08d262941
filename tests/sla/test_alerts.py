"""Alerts in working hours, acknowledged once, and what that changes."""

from datetime import date, timedelta
from typing import Any

import pytest

from contracts import commands as c
from contracts import directory, sla
from contracts.envelope import Actor, Event
from contracts.policy import permits
from journal.directory import Directory
from journal.errors import Refused
from journal.testing import spec
from services.sla.decider import SLA
from services.sla.moving import TimerFired
from services.sla.pinned import Pinned
from tests.sla.lives import (
    ANA,
    BRUNO,
    MARTA,
    PINNED,
    TICKET,
    after,
    answered,
    cycle_of,
    fact,
    held,
    local,
    queued,
    reclassified,
    rung,
    said,
    then,
    timer,
    told,
    went_on,
)

FRIDAY = local("2026-03-06 17:00")
DUE = local("2026-03-12 09:45")
NIGHT = local("2026-03-12 23:10")
MORNING = local("2026-03-13 08:00")
OPENED = told(queued(FRIDAY))
MINUTE = timedelta(minutes=1)
SEE_TO_IT = c.AcknowledgeAlert(ticket_id=TICKET, clock="first_response")


def ring(history: tuple[Event, ...], seen: Any) -> Any:
    """The one event of the first response's timer, seen then."""
    (event,) = then(history, timer(history, "first_response"), seen)
    return event


def asked(history: tuple[Event, ...], at: Any, by: Any = BRUNO, command: Any = SEE_TO_IT) -> Any:
    """What acknowledging leads to then: events, or a refusal."""
    return spec(SLA).given(*history).when(command, by=by, now=at, facts=PINNED)


class TestPeopleAreToldInWorkingHours:
    @pytest.mark.parametrize(
        ("seen", "alert_at"),
        [
            (DUE, None),
            (local("2026-03-12 17:29:59"), None),
            (local("2026-03-12 12:00"), local("2026-03-12 13:00")),
            (local("2026-03-12 17:30"), MORNING),
            (NIGHT, MORNING),
            (local("2026-03-14 10:00"), local("2026-03-16 08:00")),
        ],
    )
    def test_of_what_is_seen_outside_them_at_the_next_opening(self, seen: Any, alert_at: Any) -> None:
        warned = ring(OPENED, seen)
        breached = ring(rung(OPENED, "first_response", 3), seen)
        for event, kind in ((warned, sla.ClockWarned), (breached, sla.ClockBreached)):
            assert isinstance(event, kind)
            assert (event.detected_at, event.alert_at) == (seen, alert_at)

    def test_of_a_breach_by_reclassification_at_night_too(self) -> None:
        events = then(told(queued(FRIDAY, "graded")), reclassified(NIGHT, priority="urgent"), NIGHT)
        (breached,) = [event for event in events if isinstance(event, sla.ClockBreached)]
        assert (breached.detected_at, breached.alert_at) == (NIGHT, MORNING)

    def test_of_clocks_that_count_elapsed_time_the_customer_hears_when_it_is_due(self) -> None:
        assert not {"alert_at", "acknowledged"} & (
            sla.ReminderDue.model_fields.keys() | sla.DeadlineReached.model_fields.keys()
        )

    def test_at_once_where_the_desk_never_opens_again(self) -> None:
        """A verdict does not depend on whether anybody will be there to hear it."""
        once = directory.Calendar.model_validate(
            {"time_zone": "UTC", "weekly": {}, "special": {date(2026, 3, 6): [("08:00", "18:00")]}}
        )
        known = Directory()
        known.put("calendar", "padrao", 1, True, once)
        short: dict[str, Any] = {"first_response_min": 60, "warning_stages": ()}
        known.put("sla_policy", "padrao", 1, True, directory.SlaPolicy(name="p", calendar="padrao", **short))
        opened = local("2026-03-06 14:00")  # 17:00 UTC, an hour before it closes for good
        desk = spec(SLA)
        started = desk.when(queued(opened), now=opened, facts=Pinned(known))
        assert isinstance(started, list)
        due = TimerFired(TICKET, "first_response", 1, 100, opened + timedelta(hours=1))
        events = desk.given(*started).when(due, now=due.due_at + MINUTE, facts=Pinned(known))
        assert events == [
            fact(sla.ClockBreached, "first_response", due.due_at, detected_at=due.due_at + MINUTE)
        ]


class TestAcknowledging:
    def test_names_the_last_stage_that_people_were_told_of(self) -> None:
        history = rung(OPENED, "first_response", 2)
        assert asked(history, NIGHT) == [
            sla.AlertAcknowledged(
                ticket_id=TICKET, clock="first_response", cycle=1, stage=75, by=BRUNO, at=NIGHT
            )
        ]

    def test_is_carried_by_the_warnings_that_follow(self) -> None:
        history = rung(OPENED, "first_response", 1)
        history = rung((*history, *asked(history, DUE - MINUTE)), "first_response", 3)
        warned = [event for event in history if isinstance(event, sla.ClockWarned)]
        assert [(event.stage, event.acknowledged) for event in warned] == [
            (50, False),
            (75, True),
            (90, True),
        ]
        assert isinstance(history[-1], sla.ClockBreached)

    def test_moves_no_clock_and_no_timer(self) -> None:
        history = rung(OPENED, "first_response", 1)
        before = cycle_of(history, "first_response")
        history = (*history, *asked(history, DUE - MINUTE))
        seen_to = cycle_of(history, "first_response")
        assert (seen_to.acknowledged, seen_to.next_at, seen_to.phase) == (50, before.next_at, "running")
        assert said(after(history, held(DUE - MINUTE), went_on(DUE))[-4:]) == [
            "first_response paused", "first_response resumed",
        ]  # fmt: skip

    def test_again_says_nothing_until_there_is_something_new(self) -> None:
        history = rung(OPENED, "first_response", 1)
        history = (*history, *asked(history, DUE - MINUTE))
        assert asked(history, DUE, MARTA) == []
        history = rung(history, "first_response", 3)
        (later,) = asked(history, NIGHT, MARTA)
        assert isinstance(later, sla.AlertAcknowledged)
        assert (later.stage, later.by) == (100, MARTA)

    @pytest.mark.parametrize("clock", ["first_response", "resolution"])
    def test_needs_an_alert(self, clock: Any) -> None:
        command = c.AcknowledgeAlert(ticket_id=TICKET, clock=clock)
        assert asked(OPENED, DUE, command=command) == Refused("no_alert", clock=clock)

    def test_of_a_clock_that_was_met_since_is_refused(self) -> None:
        history = after(rung(OPENED, "first_response", 1), answered(DUE - MINUTE, first=True))
        assert asked(history, DUE) == Refused("no_alert", clock="first_response")

    def test_needs_a_ticket(self) -> None:
        assert asked((), DUE) == Refused("no_such_ticket")

    def test_is_for_analysts_and_managers(self) -> None:
        roles = [ANA, BRUNO, MARTA, Actor(role="auditor", key="rui")]
        assert [permits(by, SEE_TO_IT) for by in roles] == [False, True, True, False]
