"""Blanks in the desk's own texts: what is one, and what is filled in."""

from typing import get_args

import pytest

from contracts.notifier import Template
from journal.placeholders import MAIL_TEMPLATE, fill, placeholders


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Olá {requester}, sobre {number} e {number}", {"requester", "number"}),
        ("", set()),
        ("{ number} {NUMBER} {0} {} {{", set()),
        ("{number.real} {number!r} {number:>9}", set()),
        ("{{number}}", {"number"}),
    ],
)
def test_a_name_in_braces_is_a_blank_and_nothing_else_is(text: str, names: set[str]) -> None:
    assert placeholders(text) == names


def test_blanks_are_filled_and_what_is_not_known_stays() -> None:
    assert fill("{number}: {due} {x} {", {"number": "2026-000001", "due": 3}) == "2026-000001: 3 {x} {"


def test_what_is_filled_in_is_not_read_again() -> None:
    assert fill("{subject} {number}", {"subject": "{number}", "number": "7"}) == "{number} 7"


def test_every_e_mail_has_its_names() -> None:
    assert MAIL_TEMPLATE.keys() == set(get_args(Template))
