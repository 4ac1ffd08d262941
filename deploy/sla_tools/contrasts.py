"""A comparison for people and for programs: tables, JSON, a chart."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from rich.table import Table
from rich.text import Text

from deploy.cli_words import tell
from deploy.sla_tools.tables import clock_name, count, named, percent
from figures.attainment import Period
from figures.comparison import DIMENSIONS, Comparison, Contrast, Dimension

Names = Mapping[Dimension, Mapping[str, str]]
COUNTED = ("met", "breached", "running", "stopped", "none")

_ROW, _BAR, _LEFT, _WIDTH, _RIGHT = 34, 11, 300, 400, 70
"""Pixels: a row's height, a bar's, where bars begin, how long 100 % is, what is right of it."""
_BEFORE, _AFTER, _INK, _FAINT = "#9aa5b1", "#1f6feb", "#1f2933", "#e4e7eb"


@dataclass(frozen=True, slots=True)
class Told:
    """A comparison, and what a person needs to read it."""

    comparison: Comparison
    period: Period
    names: Names
    seconds: float

    def sections(self) -> Iterator[tuple[Dimension | None, Sequence[Contrast]]]:
        """The whole, then each way to break it down."""
        yield None, self.comparison.total()
        for dimension in DIMENSIONS:
            yield dimension, self.comparison.by(dimension)

    def label(self, dimension: Dimension | None, contrast: Contrast) -> str:
        """Whose verdicts they are."""
        if dimension is None:
            return tell("total")
        return named(contrast.group, dimension, self.names.get(dimension, {}))


def as_data(told: Told) -> dict[str, Any]:
    """The comparison as plain data; `share` is 0 to 1."""
    return {
        "from": told.period.first,
        "to": told.period.last,
        "time_zone": str(told.period.zone),
        "tickets": told.comparison.tickets,
        "tickets_retold": told.comparison.retold,
        "tickets_changed": told.comparison.moved,
        "seconds": round(told.seconds, 3),
        **{
            dimension or "total": [
                {
                    "group": contrast.group,
                    "name": told.label(dimension, contrast),
                    "clock": contrast.clock,
                    "before": _numbers(contrast.before, contrast.shares[0]),
                    "after": _numbers(contrast.after, contrast.shares[1]),
                }
                for contrast in contrasts
            ]
            for dimension, contrasts in told.sections()
        },
    }


def as_tables(told: Told) -> Iterator[Table]:
    """The whole, then by customer, area, classification: met and breached, before and after."""
    for dimension, contrasts in told.sections():
        table = Table(tell(f"by_{dimension}") if dimension else "", tell("clock"))
        for heading in ("column_met", "column_breached", "column_share", "column_change"):
            table.add_column(tell(heading), justify="right")
        for each in contrasts:
            before, after = each.shares
            table.add_row(
                Text(told.label(dimension, each)),
                clock_name(each.clock),
                _arrow(each, "met"),
                _arrow(each, "breached"),
                f"{percent(before)} → {percent(after)}",
                _points(before, after),
            )
        yield table


def as_svg(told: Told) -> str:
    """Two bars a line, attainment before and after, for each group and clock."""
    lines: list[str] = []
    y = 90
    for dimension, contrasts in told.sections():
        lines.append(_text(20, y, tell(f"by_{dimension}") if dimension else tell("total"), weight="bold"))
        y += 12
        for each in contrasts:
            lines += _bars(y, f"{told.label(dimension, each)} · {clock_name(each.clock)}", each.shares)
            y += _ROW
        y += 26
    first, last = told.period.first, told.period.last
    title = tell("chart_title", first=first, last=last, tickets=count(told.comparison.tickets))
    width = _LEFT + _WIDTH + _RIGHT
    legend = (
        f'<rect x="20" y="44" width="12" height="12" fill="{_BEFORE}"/>{_text(38, 54, tell("as_it_was"))}'
        f'<rect x="180" y="44" width="12" height="12" fill="{_AFTER}"/>{_text(198, 54, tell("as_it_would_be"))}'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" width="{width}" height="{y}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="12" fill="{_INK}">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
        f"{_text(20, 26, title, size=16)}{legend}{''.join(lines)}</svg>\n"
    )


def _bars(y: int, label: str, shares: tuple[float | None, float | None]) -> Iterator[str]:
    yield _text(_LEFT - 10, y + 16, label, anchor="end")
    for place, (share, colour) in enumerate(zip(shares, (_BEFORE, _AFTER), strict=True)):
        top = y + 3 + place * (_BAR + 2)
        yield f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{_BAR}" fill="{_FAINT}"/>'
        if share is not None:
            yield f'<rect x="{_LEFT}" y="{top}" width="{share * _WIDTH:.1f}" height="{_BAR}" fill="{colour}"/>'
        yield _text(_LEFT + _WIDTH + 6, top + _BAR - 1, percent(share), size=11)


def _text(x: int, y: int, said: str, *, size: int = 12, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}">'
        f"{escape(said)}</text>"
    )


def _numbers(verdicts: Mapping[Any, int], share: float | None) -> dict[str, Any]:
    counted = {verdict: verdicts[verdict] for verdict in COUNTED}
    return {**counted, "share": None if share is None else round(share, 6)}


def _arrow(contrast: Contrast, verdict: Any) -> str:
    return f"{count(contrast.before[verdict])} → {count(contrast.after[verdict])}"


def _points(before: float | None, after: float | None) -> Text:
    if before is None or after is None:
        return Text("-")
    change = after - before
    sign = "+" if change > 0 else "" if change else "±"
    return Text(f"{sign}{percent(change)}", style="green" if change > 0 else "red" if change < 0 else "")
