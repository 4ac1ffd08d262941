"""Records of the directory: versions, what is no change, who was faster, what every record must be."""

import pytest

from contracts.directory import RecordDefined
from contracts.envelope import Actor
from journal.directory import Directory
from journal.errors import Refused
from journal.testing import NOON, spec
from services.directory.decider import DIRECTORY
from services.directory.outlook import Outlook
from tests.directory.given import RECORDS, changed, codes, decided, decided_together, define, defined

MARTA = Actor(role="manager", key="marta")
AREA = RECORDS["area"][1]


@pytest.mark.parametrize("kind", RECORDS)
def test_a_new_record_is_version_1(kind: str) -> None:
    assert decided(define(kind), by=MARTA) == [defined(kind, by=MARTA)]


@pytest.mark.parametrize("kind", RECORDS)
def test_the_same_text_again_is_no_new_version(kind: str) -> None:
    assert decided(define(kind), defined(kind)) == []


def test_a_changed_record_is_the_next_version_whole() -> None:
    text = {"name": "Fiscal e Contábil", "assignment": "round_robin"}
    assert decided(define("area", text=text), defined("area")) == [defined("area", text, version=2)]


def test_a_field_that_its_form_got_since_is_no_change() -> None:
    old = RecordDefined(
        kind="area", key="fiscal", version=1, record=dict(AREA), at=NOON, by=MARTA
    )  # before areas had a rule of assignment
    assert decided(define("area"), old) == []


def test_taking_out_of_use_is_a_version_and_so_is_taking_back() -> None:
    made, out = defined("service_kind"), defined("service_kind", version=2, active=False)
    assert decided(define("service_kind", active=False), made) == [out]
    assert decided(define("service_kind", active=False), made, out) == []
    assert decided(define("service_kind"), made, out) == [defined("service_kind", version=3)]


@pytest.mark.parametrize(("expected", "allowed"), [(None, True), (1, True), (0, False), (2, False)])
def test_who_changes_what_another_has_changed_is_told(expected: int | None, allowed: bool) -> None:
    command = define("area", text={"name": "Outra"}, expected_version=expected)
    moved = Refused("version_moved", kind="area", key="fiscal", version=1)
    outcome = decided(command, defined("area"))
    assert outcome == ([defined("area", {"name": "Outra"}, version=2)] if allowed else moved)


def test_a_record_asked_for_twice_is_refused_both_times() -> None:
    twice = Refused("named_twice", kind="area", key="fiscal")
    assert decided_together(define("area"), changed("area", name="Outra")) == [twice, twice]


def test_what_is_wrong_with_a_record_alone_is_told_first_and_whole() -> None:
    command = changed("contact", name=" ", addresses=["ana@"], customer="ninguem")
    refused = decided(command)
    errors = [{"at": "name", "why": "blank"}, {"at": "addresses.0", "why": "not_an_address"}]
    assert refused == Refused("malformed", errors=errors)
    assert codes(refused) == [
        ("blank", "name"),
        ("not_an_address", "addresses.0"),
        ("unknown_reference", "customer"),
    ]


def test_a_record_without_the_form_of_its_kind_is_told_field_by_field() -> None:
    refused = decided(define("area", text={"assignment": "by_lot"}))
    assert isinstance(refused, Refused)
    assert [error["at"] for error in refused.facts["errors"]] == ["name", "assignment"]


def test_at_most_twenty_things_are_told_of_one_record() -> None:
    assert len(codes(decided(changed("contact", addresses=["x"] * 20, domains=["x"] * 20)))) == 20


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (changed("contact", adresses=["ana@serra.example"]), "adresses"),
        (
            changed("sla_policy", targets=[{"prioridade": "high", "first_response_min": 5}]),
            "targets.0.prioridade",
        ),
        (changed("sla_policy", pauses={"resolucao": []}), "pauses.resolucao"),
        (define("service_kind", active=False, text={"name": "Dúvida", "aria": "fiscal"}), "aria"),
    ],
    ids=["a field", "in a list", "in a part", "out of use"],
)
def test_a_field_that_says_nothing_is_told(command: object, field: str) -> None:
    assert codes(decided(command)) == [("unknown_field", field)]  # type: ignore[arg-type]


def test_what_was_recorded_before_a_rule_was_made_can_go_out_of_use() -> None:
    text = {"name": "Serra Azul", "tax_id": "123"}
    known = Directory()
    assert decided(define("customer", text=text, active=False), known=known) == [
        defined("customer", text, active=False)
    ]
    assert codes(decided(define("customer", text=text), known=known)) == [("not_a_cnpj", "tax_id")]


def test_what_no_rule_knows_is_refused() -> None:
    assert spec(DIRECTORY).when(object(), facts=Outlook(Directory(), [])) == Refused("unknown_command")
