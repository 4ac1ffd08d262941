"""Reclassify: what of a ticket can be set right, until when, and how the priority follows."""

from typing import Any, get_args

import pytest

from contracts import commands as c
from contracts import lifecycle as l
from contracts.directory import PriorityMatrix, ServiceKind
from journal.errors import Refused
from journal.testing import Spec
from services.lifecycle.facts import Facts
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    APPROVED,
    AWAITING_APPROVAL,
    IN_PROGRESS,
    LIVE,
    MARTA,
    NUMBER,
    OPEN,
    PROJECT,
    STATES,
    TICKET,
    TICKET_CLOSED,
    come_of,
    directory,
    do,
    reclassified,
    status_of,
    then,
)


def as_(**changes: Any) -> c.ReclassifyTicket:
    return c.ReclassifyTicket.model_validate({"ticket_id": TICKET, **changes})


def after(state: Spec[Ticket], **changes: Any) -> Spec[Ticket]:
    return then(state, as_(**changes))


EACH: list[tuple[l.Classified, str | None, str]] = [
    ("analyst", "bruno", "lia"),
    ("area", "fiscal", "rh"),
    ("kind", None, "senha"),
    ("classification", "question", "incident"),
    ("level", "N1", "N2"),
    ("priority", "normal", "urgent"),
    ("criticality", None, "high"),
    ("severity", None, "major"),
]


def test_each_of_the_eight_can_be_changed() -> None:
    assert {field for field, *_ in EACH} == set(get_args(l.Classified))


@pytest.mark.parametrize(("field", "old", "new"), EACH)
def test_a_change_keeps_who_when_why_old_and_new(field: l.Classified, old: str | None, new: str) -> None:
    by_hand = field == "priority"
    expected = reclassified((field, old, new), by=MARTA, reason="Conferido", by_hand=by_hand)
    assert do(IN_PROGRESS, as_(**{field: new, "reason": "Conferido"}), MARTA) == [expected]
    assert getattr(come_of(after(IN_PROGRESS, **{field: new, "reason": "Conferido"})), field) == new


@pytest.mark.parametrize("status", LIVE)
def test_until_a_ticket_is_closed(status: str) -> None:
    assert do(STATES[status], as_(level="N3")) == [reclassified(("level", "N1", "N3"))]
    assert status_of(after(STATES[status], level="N3")) == status


def test_a_closed_ticket_stays_what_it_is() -> None:
    assert do(STATES["closed"], as_(level="N3")) == TICKET_CLOSED


def test_several_changes_of_one_command_are_one_event() -> None:
    asked = as_(area="rh", kind="ferias", classification="request", level="N2", analyst="lia")
    expected = reclassified(
        ("analyst", "bruno", "lia"),
        ("area", "fiscal", "rh"),
        ("kind", None, "ferias"),
        ("classification", "question", "request"),
        ("level", "N1", "N2"),
    )
    assert do(IN_PROGRESS, asked) == [expected]


def test_what_it_says_already_is_no_change() -> None:
    assert do(IN_PROGRESS, as_()) == []
    assert do(IN_PROGRESS, as_(level="N1", area="fiscal", analyst="bruno", classification="question")) == []
    assert do(IN_PROGRESS, as_(level="N1", classification="incident")) == [
        reclassified(("classification", "question", "incident"))
    ]


def test_the_priority_follows_from_criticality_and_severity() -> None:
    assert do(IN_PROGRESS, as_(criticality="high", severity="major")) == [
        reclassified(
            ("criticality", None, "high"), ("severity", None, "major"), ("priority", "normal", "high")
        )
    ]


def test_it_follows_once_both_are_known() -> None:
    half = after(IN_PROGRESS, criticality="critical")
    assert come_of(half).priority == "normal"
    assert do(half, as_(severity="total")) == [
        reclassified(("severity", None, "total"), ("priority", "normal", "urgent"))
    ]


def test_a_cell_that_the_matrix_leaves_empty_changes_no_priority() -> None:
    both = as_(criticality="medium", severity="total")
    assert do(IN_PROGRESS, both) == [
        reclassified(("criticality", None, "medium"), ("severity", None, "total"))
    ]


def test_a_desk_without_a_matrix_sets_priorities_by_hand() -> None:
    bare = directory()
    bare.put("priority_matrix", "priority", 2, False, PriorityMatrix(cells={}))
    assert do(IN_PROGRESS, as_(criticality="high", severity="major"), facts=Facts(bare)) == [
        reclassified(("criticality", None, "high"), ("severity", None, "major"))
    ]


def test_by_hand_it_needs_a_reason() -> None:
    assert do(IN_PROGRESS, as_(priority="urgent")) == Refused("priority_needs_reason", number=NUMBER)
    assert do(IN_PROGRESS, as_(priority="urgent", reason="Pediu o diretor")) == [
        reclassified(("priority", "normal", "urgent"), by_hand=True, reason="Pediu o diretor")
    ]


def test_by_hand_and_by_the_matrix_at_once_is_refused() -> None:
    both = as_(priority="urgent", by_matrix=True, reason="?")
    assert do(IN_PROGRESS, both) == Refused("priority_by_hand_or_matrix", number=NUMBER)


def test_what_was_set_by_hand_no_longer_follows() -> None:
    by_hand = after(IN_PROGRESS, priority="low", reason="Combinado")
    assert do(by_hand, as_(criticality="high", severity="major")) == [
        reclassified(("criticality", None, "high"), ("severity", None, "major"), by_hand=True)
    ]


def test_it_can_follow_the_matrix_again() -> None:
    by_hand = after(
        after(IN_PROGRESS, priority="low", reason="Combinado"), criticality="high", severity="major"
    )
    assert come_of(by_hand).by_hand
    assert do(by_hand, as_(by_matrix=True)) == [reclassified(("priority", "low", "high"))]
    assert not come_of(after(by_hand, by_matrix=True)).by_hand


def test_that_it_stands_by_hand_or_not_is_a_change_though_its_value_stays() -> None:
    high = after(IN_PROGRESS, criticality="high", severity="major")
    assert do(high, as_(priority="high", reason="Fica assim")) == [
        reclassified(("priority", "high", "high"), by_hand=True, reason="Fica assim")
    ]
    pinned = after(high, priority="high", reason="Fica assim")
    assert come_of(after(pinned, severity="minor")).priority == "high"
    assert do(pinned, as_(by_matrix=True)) == [reclassified(("priority", "high", "high"))]
    assert come_of(after(after(pinned, by_matrix=True), severity="minor")).priority == "normal"


def test_a_matrix_changed_since_moves_a_ticket_only_when_it_is_assessed_anew() -> None:
    high = after(IN_PROGRESS, criticality="high", severity="major")
    harsher = PriorityMatrix(cells={"high": {"major": "urgent"}})
    facts = Facts(directory(("priority_matrix", "priority", harsher)))
    assert do(high, as_(level="N2"), facts=facts) == [reclassified(("level", "N1", "N2"))]
    assert do(high, as_(severity="major"), facts=facts) == [reclassified(("priority", "high", "urgent"))]
    assert do(high, as_(by_matrix=True), facts=facts) == [reclassified(("priority", "high", "urgent"))]


def test_an_area_that_is_not_there_is_refused() -> None:
    assert do(IN_PROGRESS, as_(area="nada")) == Refused("no_such_area", area="nada")


@pytest.mark.parametrize(
    ("asked", "area"),
    [
        (as_(kind="ferias"), "fiscal"),
        (as_(kind="nada"), "fiscal"),
        (as_(kind="nota-fiscal", area="rh"), "rh"),
    ],
)
def test_a_kind_is_of_the_tickets_area_or_of_all(asked: c.ReclassifyTicket, area: str) -> None:
    assert do(IN_PROGRESS, asked) == Refused("kind_not_of_area", kind=asked.kind, area=area)
    assert isinstance(do(IN_PROGRESS, as_(kind="senha", area=area)), list)


def test_a_kind_of_the_area_left_behind_is_dropped_one_of_all_areas_stays() -> None:
    of_fiscal = after(IN_PROGRESS, kind="nota-fiscal")
    assert do(of_fiscal, as_(area="rh")) == [
        reclassified(("area", "fiscal", "rh"), ("kind", "nota-fiscal", None))
    ]
    of_all = after(IN_PROGRESS, kind="senha")
    assert do(of_all, as_(area="rh")) == [reclassified(("area", "fiscal", "rh"))]


def test_a_kind_out_of_use_stays_where_the_area_stays() -> None:
    known = directory()
    known.put("service_kind", "senha", 2, False, ServiceKind(name="Senha"))
    assert do(after(IN_PROGRESS, kind="senha"), as_(area="fiscal"), facts=Facts(known)) == []


@pytest.mark.parametrize("analyst", ["nada", "ivo"])
def test_an_analyst_who_does_not_work_here_is_refused(analyst: str) -> None:
    assert do(IN_PROGRESS, as_(analyst=analyst)) == Refused("no_such_analyst", analyst=analyst)


def test_who_is_away_gets_it_only_for_a_reason() -> None:
    refused = Refused("analyst_absent", analyst="tomas", until="2026-03-06")
    assert do(IN_PROGRESS, as_(analyst="tomas")) == refused
    assert isinstance(do(IN_PROGRESS, as_(analyst="tomas", reason="Volta já")), list)


def test_reclassifying_begins_no_work() -> None:
    assert status_of(after(OPEN, analyst="lia")) == "open"


def test_what_is_being_decided_on_stays_a_project() -> None:
    refused = Refused("project_awaits_approval", number=NUMBER)
    assert do(AWAITING_APPROVAL, as_(classification="request")) == refused
    assert do(AWAITING_APPROVAL, as_(classification="project", level="N2")) == [
        reclassified(("level", "N1", "N2"))
    ]


def test_a_project_that_becomes_a_request_keeps_its_plan_for_the_day_it_is_one_again() -> None:
    request = after(APPROVED, classification="request")
    assert come_of(request).classification == "request"
    assert come_of(after(request, classification="project")).project == come_of(APPROVED).project
    assert come_of(PROJECT).classification == "project"
