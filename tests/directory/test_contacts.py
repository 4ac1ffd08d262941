"""Whose an address is, and a domain: of one contact, of one customer."""

from typing import Any

import pytest

from contracts.commands import DefineRecord
from contracts.directory import KINDS
from journal.directory import Directory
from journal.errors import Refused
from tests.directory.given import codes, decided, decided_together, define, directory


def contact(key: str, customer: str = "serra", **fields: Any) -> DefineRecord:
    form = {"name": key, "customer": customer, "addresses": [f"{key}@mail.example"], **fields}
    return define("contact", key, form)


def knowing(*contacts: DefineRecord, active: bool = True) -> Directory:
    made = directory(("customer", "vale", {"name": "Vale"}), without=("contact", "contract"))
    for each in contacts:
        made.put("contact", each.key, 1, active, KINDS["contact"].model_validate(each.record))
    return made


ANA = contact("ana", addresses=["ana@serra.example"])


@pytest.mark.parametrize(
    ("known", "active", "taken"),
    [
        (knowing(contact("caio", addresses=["ana@serra.example"])), True, True),
        (knowing(contact("caio", addresses=["ANA@Serra.Example"])), True, True),
        (knowing(contact("caio", addresses=["ana@serra.example"]), active=False), True, False),
        (knowing(contact("caio", addresses=["caio@serra.example"])), True, False),
        (knowing(contact("caio", domains=["serra.example"])), True, False),
        (knowing(ANA), True, False),
        (knowing(contact("caio", addresses=["ana@serra.example"])), False, False),
    ],
    ids=["taken", "other case", "out of use", "another", "a domain", "its own", "taken, but this one is out of use"],
)  # fmt: skip
def test_an_address_belongs_to_one_contact(known: Directory, active: bool, taken: bool) -> None:
    outcome = decided(ANA.model_copy(update={"active": active}), known=known)
    refused = Refused("address_taken", address="ana@serra.example", contact="caio")
    assert outcome == refused if taken else isinstance(outcome, list)


@pytest.mark.parametrize(
    ("known", "taken"),
    [
        (knowing(contact("caio", "vale", domains=["grupo.example"])), True),
        (knowing(contact("caio", "serra", domains=["grupo.example"])), False),
        (knowing(contact("caio", "vale", domains=["outro.example"])), False),
        (knowing(contact("caio", "vale", domains=["grupo.example"]), active=False), False),
        (knowing(contact("caio", "vale", addresses=["caio@grupo.example"])), False),
    ],
    ids=["of another customer", "of the same", "another domain", "out of use", "an address only"],
)
def test_a_domain_belongs_to_one_customer(known: Directory, taken: bool) -> None:
    outcome = decided(contact("sac", domains=["Grupo.example"]), known=known)
    refused = Refused("domain_taken", domain="grupo.example", contact="caio")
    assert outcome == refused if taken else isinstance(outcome, list)


def test_a_contact_takes_its_domain_to_no_customer_whose_others_stay() -> None:
    known = knowing(contact("bia", domains=["grupo.example"]), contact("sac", domains=["grupo.example"]))
    moved = contact("sac", "vale", domains=["grupo.example"])
    assert decided(moved, known=known) == Refused("domain_taken", domain="grupo.example", contact="bia")
    assert [codes(each) for each in decided_together(
        moved, contact("bia", "vale", domains=["grupo.example"]), known=known
    )] == [[], []]  # fmt: skip


def test_addresses_change_hands_within_one_request() -> None:
    known = knowing(contact("ana"), contact("bia"))
    swapped = [contact("ana", addresses=["bia@mail.example"]), contact("bia", addresses=["ana@mail.example"])]
    assert [codes(each) for each in decided_together(*swapped, known=known)] == [[], []]
    left = [define("contact", "bia", contact("bia").record, active=False), swapped[0]]
    assert [codes(each) for each in decided_together(*left, known=known)] == [[], []]


def test_two_of_one_request_who_want_the_same_are_both_told() -> None:
    wanted: dict[str, Any] = {"addresses": ["sac@mail.example"], "domains": ["mail.example"]}
    outcomes = decided_together(contact("ana", **wanted), contact("bia", "vale", **wanted), known=knowing())
    assert [codes(each) for each in outcomes] == [
        [("address_taken", "addresses.0"), ("domain_taken", "domains.0")]
    ] * 2
