"""How facts are shown to people: instants, dates, sizes, lists; and which of them fill a text's blanks. Pure."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from contracts.envelope import FILE_SIZE_MAX, Language

_LOCALES: Mapping[Language, str] = {"pt-BR": "pt_BR", "en": "en_GB"}
_DAY: Mapping[Language, str] = {"pt-BR": "EEEE, d 'de' MMMM 'de' y", "en": "EEEE, d MMMM y"}
_INSTANT: Mapping[Language, str] = {
    "pt-BR": f"{_DAY['pt-BR']}, 'às' HH:mm",
    "en": f"{_DAY['en']}, 'at' HH:mm",
}
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows."""


def one_line(text: str) -> str:
    """The text without line ends, control characters and doubled spaces: fit for a header or a label."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def lines(text: str) -> str:
    """The text with its lines, whatever ended them, and nothing that is not shown."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_UNPRINTABLE.sub(" ", line.rstrip()) for line in kept).strip("\n")


def instant(value: str, language: Language, time_zone: str) -> str:
    """An ISO instant in the desk's time zone and the recipient's language."""
    local = datetime.fromisoformat(value).astimezone(ZoneInfo(time_zone))
    return format_datetime(local, _INSTANT[language], locale=_LOCALES[language])


def day(value: str, language: Language) -> str:
    """An ISO date in the recipient's language."""
    return format_date(date.fromisoformat(value), _DAY[language], locale=_LOCALES[language])


def size(octets: int, language: Language) -> str:
    """A file's size: 999 B, 12.3 kB, 4 MB. Source: SI prefixes, as the portal counts."""
    amount, unit = float(min(octets, FILE_SIZE_MAX)), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 - SI
            break
        amount, unit = amount / 1000, larger
    shown = format_decimal(amount, "0" if unit == "B" else "0.#", locale=_LOCALES[language])
    return f"{shown} {unit}"


def blanks(facts: Mapping[str, Any], language: Language) -> dict[str, str]:
    """What fills the blanks of the desk's own words, by name."""
    filled = {}
    for name, value in facts.items():
        match name:
            case "due_at":
                filled["due"] = instant(value, language, facts["time_zone"])
            case "expected_on":
                filled["expected"] = day(value, language)
            case _ if isinstance(value, str):
                filled[name] = value
            case _ if isinstance(value, int) and not isinstance(value, bool):
                filled[name] = str(value)
    return filled
