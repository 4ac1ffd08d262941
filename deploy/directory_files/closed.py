"""`holidays` in a calendar of a file: a rule that becomes dates, since a calendar in force holds dates alone."""

from collections.abc import Mapping
from typing import Any

from worktime.holidays import holidays_between

YEARS = 3
"""Holidays are written for one year and the next two: an estimate late in a year needs those to come."""


def with_holidays(calendar: Mapping[str, Any], first_year: int) -> dict[str, Any]:
    """The calendar with the dates of its rule among its `closed` ones, in order; without the rule.

    Raises:
        ValueError: the rule names what the package does not know, or is no rule.
    """
    text = dict(calendar)
    rule = text.pop("holidays", None)
    if rule is None:
        return text
    try:
        dates = holidays_between(first_year, first_year + YEARS - 1, **rule)
    except TypeError as error:
        raise ValueError(str(error).replace("holidays_between() ", "")) from error
    text["closed"] = sorted({*map(str, text.get("closed", ())), *(day.isoformat() for day in dates)})
    return text
