"""Check digits of the CNPJ, in its old form and in the one with letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.directory.cnpj import spelled

PLACES = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=12, max_size=12)
PAIRS = [f"{n:02}" for n in range(100)]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        # Source: Receita Federal, "CNPJ alfanumérico", the example worked through there.
        ("12ABC34501DE35", "12.ABC.345/01DE-35"),
        ("12.abc.345/01de-35", "12.ABC.345/01DE-35"),
        ("11222333000181", "11.222.333/0001-81"),
        ("11.222.333/0001-81", "11.222.333/0001-81"),
        (" 11.222.333/0001-81 ", "11.222.333/0001-81"),
        ("00.000.000/0001-91", "00.000.000/0001-91"),
        ("11.222.333/0001-80", None),
        ("11.222.333/0001-91", None),
        ("12ABC34501DE53", None),
        ("12ABC34501DE3A", None),
        ("00000000000000", None),
        ("1122233300018", None),
        ("112223330001811", None),
        ("11222333000181\n", None),
        ("1122233300018\u0661", None),
        ("", None),
    ],
)
def test_a_number_has_one_spelling_or_is_none(typed: str, kept: str | None) -> None:
    assert spelled(typed) == kept


@given(PLACES.filter(lambda places: places != "0" * 12))
def test_every_root_has_exactly_one_pair_of_check_digits(places: str) -> None:
    right = [pair for pair in PAIRS if spelled(places + pair)]
    assert len(right) == 1
    assert spelled((spelled(places + right[0]) or "").lower()) == spelled(places + right[0])
