"""A report for people and for programs: a table, JSON, CSV."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from babel.numbers import format_decimal, format_percent
from rich.table import Table
from rich.text import Text

from contracts.sla import Clock
from deploy.auditor.fact_words import VALUES
from deploy.cli_words import tell
from deploy.words import in_english
from figures.attainment import PERCENTILES, By, Line, Period, Tally

NUMBERS = ("met", "breached", "running", "stopped")
"""The counts of a line, in the order in which they are shown."""


def as_data(tally: Tally, period: Period, names: Mapping[str, str]) -> dict[str, Any]:
    """The report as plain data; `_min` are working minutes, `share` is 0 to 1."""
    return {
        "from": period.first,
        "to": period.last,
        "time_zone": str(period.zone),
        "by": tally.by,
        "rows": [
            {"group": group, "name": named(group, tally.by, names), **_numbers(clock, line)}
            for group, clock, line in tally.ordered()
        ],
        "total": [_numbers(clock, line) for clock, line in tally.total()],
    }


def as_csv(tally: Tally, names: Mapping[str, str]) -> str:
    """The rows of the report, with the names of the JSON's fields."""
    fields = ("group", "name", "clock", *NUMBERS, "share", *(f"p{percent}_min" for percent in PERCENTILES))
    text = io.StringIO()
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    for group, clock, line in tally.ordered():
        writer.writerow({"group": group, "name": named(group, tally.by, names), **_numbers(clock, line)})
    return text.getvalue()


def as_table(tally: Tally, names: Mapping[str, str]) -> Table:
    """A line for each group and clock, and the total."""
    table = Table(tell(f"by_{tally.by}"), tell("clock"))
    for heading in _headings():
        table.add_column(heading, justify="right")
    for group, clock, line in tally.ordered():
        table.add_row(Text(named(group, tally.by, names)), clock_name(clock), *_cells(line))
    table.add_section()
    for clock, line in tally.total():
        table.add_row(tell("total"), clock_name(clock), *_cells(line), style="bold")
    return table


def named(group: str, by: By, names: Mapping[str, str]) -> str:
    """What a person calls the group."""
    if not group:
        return tell("nobody")
    if by == "classification" and group in VALUES:
        return VALUES[group][in_english()]
    return names.get(group, group)


def clock_name(clock: Clock) -> str:
    """What a person calls the clock."""
    return VALUES[clock][in_english()]


def percent(share: float | None) -> str:
    """As the person writes it; a dash where there is none."""
    return "-" if share is None else format_percent(share, "#,##0.0 %", locale=_locale())


def count(number: int) -> str:
    """As the person writes it."""
    return format_decimal(number, locale=_locale())


def _headings() -> Iterator[str]:
    yield from (tell(f"column_{number}") for number in NUMBERS)
    yield tell("column_share")
    yield from (tell("percentile", percent=percent) for percent in PERCENTILES)


def _cells(line: Line) -> Iterator[str]:
    yield from (count(getattr(line, number)) for number in NUMBERS)
    yield percent(line.share)
    yield from (_hours(line.percentile(percent)) for percent in PERCENTILES)


def _numbers(clock: Clock, line: Line) -> dict[str, Any]:
    times = {percent: line.percentile(percent) for percent in PERCENTILES}
    return {
        "clock": clock,
        **{number: getattr(line, number) for number in NUMBERS},
        "share": None if line.share is None else round(line.share, 6),
        **{f"p{percent}_min": None if s is None else round(s / 60, 3) for percent, s in times.items()},
    }


def _hours(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60:02}"


def _locale() -> str:
    return "en" if in_english() else "pt_BR"
