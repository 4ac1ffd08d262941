"""Stretches of absolute time, half-open `[start, end)`: the algebra business time is made of. Pure."""

from collections.abc import Iterable
from datetime import datetime

Span = tuple[datetime, datetime]


def union(spans: Iterable[Span]) -> list[Span]:
    """The same instants in order, with no overlap: touching spans become one, empty ones vanish."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def clip(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """What of `spans` lies in `[start, end)`."""
    return union((max(opens, start), min(closes, end)) for opens, closes in spans)
