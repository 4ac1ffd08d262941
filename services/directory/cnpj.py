"""The number of a Brazilian company, CNPJ: numeric, or with letters in its first twelve places. Pure."""

import re

_FORM = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
_PUNCTUATION = str.maketrans("", "", "./- ")
_NOBODY = "0" * 14
"""Has right check digits and belongs to nobody."""


def spelled(text: str) -> str | None:
    """The one spelling of a CNPJ, `12.ABC.345/01DE-35`, whatever its case and punctuation; None if it is none.

    Source: Instrução Normativa RFB 2.229/2024, annex: two check digits, modulo 11, a place counting for its
    ASCII code less 48, weights 2 to 9 from the right; a remainder below 2 gives 0.
    """
    bare = text.upper().translate(_PUNCTUATION)
    if not _FORM.fullmatch(bare) or bare == _NOBODY:
        return None
    if bare[12] != _check_digit(bare[:12]) or bare[13] != _check_digit(bare[:13]):
        return None
    return f"{bare[:2]}.{bare[2:5]}.{bare[5:8]}/{bare[8:12]}-{bare[12:]}"


def _check_digit(places: str) -> str:
    weighed = sum((ord(place) - 48) * (2 + n % 8) for n, place in enumerate(reversed(places)))
    rest = weighed % 11
    return "0" if rest < 2 else str(11 - rest)  # noqa: PLR2004 - the modulus and its rule
