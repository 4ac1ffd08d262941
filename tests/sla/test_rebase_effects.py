"""What the preview of a rebase says of each clock: what a manager decides by."""

from datetime import datetime, timedelta

from contracts.commands import RebasedClock
from contracts.sla import Clock
from services.sla.clocks import Terms
from services.sla.decider import SLA
from services.sla.rebasing import effect
from tests.sla.lives import PINNED, TICKET, local, queued, resolved, told
from tests.sla.test_rebasing import rebased

FRIDAY = local("2026-03-06 17:00")
TUESDAY = local("2026-03-10 09:00")
DAY = timedelta(days=1)
OLDER = Terms("padrao", 1, "whole", 1)


def clocks(history: tuple[object, ...], at: datetime, terms: Terms) -> dict[Clock, RebasedClock]:
    events = rebased(history, at, terms)  # type: ignore[arg-type]
    found = effect(TICKET, SLA.fold(history), events)  # type: ignore[arg-type]
    assert (found.sla_policy, found.sla_policy_version) == (terms.sla_policy, terms.sla_policy_version)
    return {each.clock: each for each in found.clocks}


def test_a_target_that_moves_is_said_with_both_due_instants() -> None:
    found = clocks(told(queued(FRIDAY, "whole")), TUESDAY, PINNED.newest("whole"))["resolution"]
    assert (found.state, found.breaches, found.closes) == ("running", False, False)
    assert (found.target_s, found.previous_target_s) == (1200 * 60, 2400 * 60)
    assert found.due_at is not None
    assert found.previous_due_at is not None
    assert found.due_at < found.previous_due_at


def test_a_clock_that_only_the_new_policy_has_starts_and_one_that_it_lacks_stops() -> None:
    starts = clocks(told(queued(FRIDAY)), TUESDAY, PINNED.newest("whole"))["resolution"]
    assert (starts.state, starts.previous_target_s, starts.previous_due_at) == ("running", 0, None)
    stops = clocks(told(queued(FRIDAY, "whole")), TUESDAY, PINNED.newest("padrao"))["resolution"]
    assert (stops.state, stops.due_at) == ("stopped", None)


def test_a_breach_that_no_timer_had_seen_yet_is_no_surprise() -> None:
    due = local("2026-03-12 09:45")
    found = clocks(told(queued(FRIDAY, "whole")), due + DAY, PINNED.newest("whole"))["first_response"]
    assert found.breaches


def test_a_closing_clock_whose_new_end_is_past_closes_at_once() -> None:
    done = local("2026-03-09 09:00")
    history = told(queued(FRIDAY, "whole", version=2), resolved(done, first=True))
    assert clocks(history, done + 10 * DAY, OLDER)["auto_close"].closes
    assert not clocks(history, done + 5 * DAY, OLDER)["auto_close"].closes
