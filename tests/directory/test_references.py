"""Records that name each other: what must be there, what cannot go, what of one request counts."""

from typing import Any

import pytest

from contracts.directory import KINDS, Kind
from journal.directory import Directory
from journal.errors import Refused
from services.directory.references import REFERENCES
from tests.directory.given import (
    RECORDS,
    changed,
    codes,
    decided,
    decided_together,
    define,
    defined,
    directory,
)

FIELDS = [(form, field, kind) for form, fields in REFERENCES.items() for field, kind in fields.items()]
KIND_OF = {form: kind for kind, form in KINDS.items()}
EVERY = pytest.mark.parametrize(
    ("kind", "field", "named"), [(KIND_OF[form], field, kind) for form, field, kind in FIELDS]
)


def naming(kind: str, field: str, key: str) -> tuple[Any, str]:
    """A record that names `key` in that field, and where the field is."""
    if isinstance(RECORDS[kind][1][field], list):
        return changed(kind, **{field: [*RECORDS[kind][1][field], key]}), f"{field}.1"
    return changed(kind, **{field: key}), field


@EVERY
def test_what_a_record_names_must_be_there(kind: str, field: str, named: Kind) -> None:
    command, where = naming(kind, field, "ninguem")
    assert decided(command) == Refused("unknown_reference", field=where, kind=named, key="ninguem")


@EVERY
def test_and_must_be_in_use(kind: str, field: str, named: Kind) -> None:
    known = directory()
    known.put(named, "velho", 1, False, KINDS[named].model_validate(RECORDS[named][1]))
    command, where = naming(kind, field, "velho")
    assert decided(command, known=known) == Refused("unknown_reference", field=where, kind=named, key="velho")


@EVERY
def test_a_record_that_goes_out_of_use_may_name_what_is_gone(kind: str, field: str, named: Kind) -> None:
    command, _ = naming(kind, field, "ninguem")
    out = command.model_copy(update={"active": False})
    kept = [defined(kind, command.record, active=False)]
    assert kind == "desk" or decided(out, known=Directory()) == kept


@EVERY
def test_what_one_in_use_names_cannot_go_out_of_use(kind: str, field: str, named: Kind) -> None:
    refused = decided(define(named, active=False))
    assert isinstance(refused, Refused)
    assert refused.code == "still_in_use"
    assert {"kind": kind, "key": RECORDS[kind][0]} in refused.facts["used_by"]
    assert codes(refused) == [("still_in_use", "active")]


@EVERY
def test_what_only_records_out_of_use_name_can_go(kind: str, field: str, named: Kind) -> None:
    known = directory(without=tuple(RECORDS))
    known.put(kind, RECORDS[kind][0], 1, False, KINDS[kind].model_validate(RECORDS[kind][1]))
    assert codes(decided(define(named, active=False), known=known)) == []


def test_who_is_named_by_many_is_told_how_many_and_by_whom() -> None:
    kinds = [("service_kind", f"k{n:02}", {"name": "K", "area": "rh"}) for n in range(25)]
    known = directory(("area", "rh", {"name": "RH"}), *kinds)
    refused = decided(define("area", "rh", active=False), known=known)
    assert refused == Refused(
        "still_in_use",
        kind="area",
        key="rh",
        count=25,
        used_by=[{"kind": "service_kind", "key": f"k{n:02}"} for n in range(20)],
    )


def test_the_desk_is_always_in_use() -> None:
    assert codes(decided(define("desk", active=False))) == [("still_in_use", "active")]


@pytest.mark.parametrize("turned", [False, True])
def test_records_of_one_request_name_each_other_in_any_order(turned: bool) -> None:
    commands = [define(kind) for kind in RECORDS]
    outcomes = decided_together(*(commands[::-1] if turned else commands), known=Directory())
    assert [codes(outcome) for outcome in outcomes] == [[]] * len(commands)


def test_a_faulty_record_of_a_request_is_told_once_and_not_by_those_that_name_it() -> None:
    outcomes = decided_together(define("area", text={"nome": "x"}), define("application"), known=Directory())
    assert [len(codes(outcome)) for outcome in outcomes] == [1, 0]


def test_what_goes_together_with_all_that_name_it_can_go() -> None:
    known = directory(("area", "rh", {"name": "RH"}), ("service_kind", "k", {"name": "K", "area": "rh"}))
    kind = define("service_kind", "k", {"name": "K", "area": "rh"}, active=False)
    area = define("area", "rh", {"name": "RH"}, active=False)
    assert [codes(each) for each in decided_together(area, kind, known=known)] == [[], []]
    assert [codes(each) for each in decided_together(kind, area, known=known)] == [[], []]


def test_what_goes_while_a_record_of_the_request_begins_to_name_it_is_told_on_both() -> None:
    known = directory(("area", "rh", {"name": "RH"}))
    area = define("area", "rh", {"name": "RH"}, active=False)
    outcomes = decided_together(changed("application", area="rh"), area, known=known)
    assert [codes(each) for each in outcomes] == [
        [("unknown_reference", "area")],
        [("still_in_use", "active")],
    ]


OTHERS = (
    ("customer", "vale", {"name": "Vale Verde"}),
    ("contact", "caio", {"name": "Caio", "customer": "vale", "addresses": ["caio@vale.example"]}),
)


def test_approvers_of_a_contract_are_contacts_of_its_customer() -> None:
    outcome = decided(changed("contract", approvers=["ana", "caio"]), known=directory(*OTHERS))
    assert outcome == Refused("approver_elsewhere", contact="caio", customer="vale")
    assert codes(outcome) == [("approver_elsewhere", "approvers.1")]


def test_an_approver_does_not_go_to_another_customer() -> None:
    moved = changed("contact", customer="vale")
    refused = decided(moved, defined("contact"), known=directory(*OTHERS))
    assert codes(refused) == [("still_in_use", "customer")]
    assert codes(decided(moved, defined("contact"), known=directory(*OTHERS, without=("contract",)))) == []


def test_an_approver_goes_together_with_what_it_approves() -> None:
    moved = [changed("contact", customer="vale"), changed("contract", customer="vale")]
    assert [codes(each) for each in decided_together(*moved, known=directory(*OTHERS))] == [[], []]


def test_one_template_an_e_mail_and_language() -> None:
    known = directory()
    assert decided(define("mail_template", "outro"), known=known) == Refused(
        "template_taken", template="opened", key="aberto-pt"
    )
    english = {**RECORDS["mail_template"][1], "language": "en"}
    assert codes(decided(define("mail_template", "outro", english), known=known)) == []
    swapped = [define("mail_template", active=False), define("mail_template", "outro")]
    assert [codes(each) for each in decided_together(*swapped, known=known)] == [[], []]


def test_every_field_that_holds_a_key_of_a_record_is_in_the_table() -> None:
    """A field whose values are keys, but of no record: none so far."""
    for kind, form in KINDS.items():
        keyed = {
            name
            for name, field in form.model_fields.items()
            if "pattern='^[A-Za-z0-9][A-Za-z0-9._@+-]*$'" in repr(field)
        }
        assert keyed == set(REFERENCES.get(form, {})), kind
