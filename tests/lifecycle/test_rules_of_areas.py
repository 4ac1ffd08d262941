"""New tickets given by their area's rule: none, in turn, or to who has least to do."""

from datetime import datetime, timedelta
from typing import Any

from contracts import intake
from contracts.directory import Absence, Analyst, Area, Calendar
from contracts.envelope import SYSTEM
from contracts.lifecycle import TicketAssigned
from contracts.words import AssignmentRule
from journal.testing import NOON
from services.lifecycle.facts import Facts, Load
from services.lifecycle.loads import given
from tests.lifecycle.stories import (
    FACTS,
    LIA,
    QUEUED,
    TICKET,
    TODAY,
    assigned,
    directory,
    registered,
    ticket,
)

EARLY, LATE = NOON - timedelta(hours=2), NOON - timedelta(hours=1)


def team(rule: AssignmentRule | None, loads: dict[str, Load] | None = None, **analysts: Analyst) -> Facts:
    """An area `campo` with a rule, and these analysts in it."""
    records = [("analyst", key, record) for key, record in analysts.items()]
    return Facts(
        directory(("area", "campo", Area(name="Campo", assignment=rule)), *records),
        loads={} if loads is None else loads,
    )


def works(**changes: Any) -> Analyst:
    return Analyst.model_validate({"name": "X", "email": "x@desk.example", "areas": ("campo",), **changes})


def chosen(facts: Facts, now: datetime = NOON, **changes: Any) -> str | None:
    """Who a new ticket of the area was given to."""
    events = ticket.when(registered(area="campo", **changes), now=now, facts=facts)
    assert isinstance(events, list)
    assert events[0] == QUEUED.model_copy(
        update={"area": "campo"} | ({"by": changes["by"]} if changes else {})
    )
    return events[1].analyst if len(events) > 1 and isinstance(events[1], TicketAssigned) else None


def test_without_a_rule_a_new_ticket_waits_for_somebody() -> None:
    assert chosen(team(None, a=works())) is None


def test_an_area_that_is_not_known_has_no_rule() -> None:
    assert chosen(FACTS) is None


def test_a_rule_gives_the_ticket_away_and_work_has_not_begun() -> None:
    events = ticket.when(registered(area="campo"), facts=team("round_robin", a=works()))
    assert isinstance(events, list)
    expected = assigned("a", by=SYSTEM, status="open").model_copy(update={"rule": "round_robin"})
    assert events == [QUEUED.model_copy(update={"area": "campo"}), expected]


def test_in_turn_goes_to_who_was_given_one_longest_ago() -> None:
    facts = team("round_robin", {"a": Load(0, LATE), "b": Load(9, EARLY)}, a=works(), b=works())
    assert chosen(facts) == "b"


def test_who_was_never_given_one_comes_first_and_keys_decide_between_equals() -> None:
    assert chosen(team("round_robin", {"a": Load(0, EARLY)}, a=works(), b=works(), c=works())) == "b"


def test_least_open_goes_to_who_has_least_to_do() -> None:
    facts = team("least_open", {"a": Load(3, EARLY), "b": Load(2, LATE)}, a=works(), b=works())
    assert chosen(facts) == "b"


def test_least_open_between_equals_goes_in_turn() -> None:
    facts = team("least_open", {"a": Load(2, LATE), "b": Load(2, EARLY)}, a=works(), b=works())
    assert chosen(facts) == "b"


def test_a_rule_gives_to_analysts_of_the_area_alone() -> None:
    facts = team("round_robin", a=works(areas=("fiscal",)), m=works(role="manager"), i=works(role="auditor"))
    assert chosen(facts) is None


def test_who_left_is_given_nothing() -> None:
    facts = team("round_robin", b=works())
    facts.directory.put("analyst", "a", 2, False, works())
    assert chosen(facts) == "b"


def test_who_is_away_is_given_nothing() -> None:
    away = works(absences=(Absence(starts_on=TODAY, ends_on=TODAY),))
    assert chosen(team("round_robin", a=away, b=works())) == "b"
    assert chosen(team("round_robin", a=away)) is None
    assert chosen(team("round_robin", a=away), NOON + timedelta(days=1)) == "a"


def test_who_works_at_that_hour_comes_first_and_the_others_where_nobody_does() -> None:
    night = Calendar(time_zone="America/Sao_Paulo", weekly={"mon": (("18:00", "22:00"),)})
    facts = team("round_robin", a=works(calendar="noite"), b=works(calendar="padrao"))
    facts.directory.put("calendar", "noite", 1, True, night)
    assert chosen(facts) == "b"  # 09:00 in São Paulo
    assert chosen(facts, NOON + timedelta(hours=10)) == "a"  # 19:00
    assert chosen(facts, NOON - timedelta(hours=6)) == "a"  # 03:00: nobody works, keys decide


def test_who_has_no_hours_of_their_own_may_be_given_one_at_any_hour() -> None:
    facts = team("round_robin", a=works(calendar="padrao"), b=works())
    assert chosen(facts, NOON - timedelta(hours=6)) == "b"


def test_the_next_ticket_of_the_same_work_goes_to_the_next_analyst() -> None:
    loads: dict[str, Load] = {}
    facts = team("round_robin", loads, a=works(), b=works(), c=works())
    names = []
    for _ in range(7):
        events = ticket.when(registered(area="campo"), facts=facts)
        assert isinstance(events, list)
        given(loads, events)
        names += [event.analyst for event in events if isinstance(event, TicketAssigned)]
    assert names == ["a", "b", "c", "a", "b", "c", "a"]
    assert loads["a"].open_tickets == 3


def test_what_a_person_assigned_is_nobodys_turn() -> None:
    loads: dict[str, Load] = {}
    given(loads, [assigned(), QUEUED])
    assert loads == {}


def test_turns_are_told_apart_though_one_work_has_one_instant() -> None:
    loads = {"a": Load(1, NOON)}
    events = ticket.when(registered(area="campo"), facts=team("round_robin", loads, a=works(), b=works()))
    assert isinstance(events, list)
    assert isinstance(events[1], TicketAssigned)
    assert events[1].at == NOON + timedelta.resolution


def test_a_phone_ticket_stays_with_who_answered() -> None:
    facts = team("round_robin", a=works())
    assert chosen(facts, analyst="lia", by=LIA) == "lia"


def test_a_ticket_that_is_there_already_is_not_given_again() -> None:
    there = ticket.given(QUEUED)
    assert there.when(registered(area="campo"), facts=team("round_robin", a=works())) == []


def test_a_ticket_that_was_split_off_is_new_too() -> None:
    split = registered(area="campo", linked_to=TICKET, relation="split")
    assert isinstance(split, intake.TicketRegistered)
    events = ticket.when(split, facts=team("least_open", a=works()))
    assert isinstance(events, list)
    assert len(events) == 2


def test_the_hours_of_an_analyst_are_the_newest_version_of_their_calendar() -> None:
    facts = team("round_robin", a=works(calendar="padrao"), b=works())
    never = Calendar(time_zone="America/Sao_Paulo", weekly={"sun": (("08:00", "09:00"),)})
    facts.directory.put("calendar", "padrao", 2, True, never)
    assert chosen(facts) == "b"
