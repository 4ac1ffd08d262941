"""History for a person's eyes: sentences and tables, in their language and the desk's time zone."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from contracts.directory import Calendar, Contract, SlaPolicy
from contracts.envelope import Actor
from contracts.lifecycle import Change, Plan
from deploy.auditor.entries import Told
from deploy.auditor.event_words import FACTS, WHAT
from deploy.auditor.fact_words import CODED, LABELS, VALUES
from deploy.auditor.history import History, Pinned
from deploy.cli_words import tell
from deploy.words import in_english

TEXT_SHOWN = 120
"""Characters of a text in one cell; the whole of it is in the JSON."""
LATER_BY = timedelta(minutes=1)
"""From here on the instant of recording is told beside that of happening."""
TOLD_WHEN_FALSE = ("done", "verified")
"""Facts that say something by not being so."""
Pair = tuple[str, str]


def instant(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the desk's wall clock shows it."""
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S" if in_english() else "%d/%m/%Y %H:%M:%S")


def day(on: date) -> str:
    """A local date."""
    return on.strftime("%Y-%m-%d" if in_english() else "%d/%m/%Y")


def what(told: Told) -> str:
    """What happened, in words, and on which merged ticket; the topic where there are none for it."""
    name = type(told.event).__name__ if told.event else ""
    said = WHAT[name][in_english()] if name in WHAT else told.entry.topic
    return f"{said} ({told.of})" if told.of else said


def who(told: Told) -> str:
    """Who did it."""
    by = getattr(told.event, "by", None)
    if not isinstance(by, Actor):
        return told.service
    return VALUES["system"][in_english()] if by.role == "system" else by.name or by.key


def facts(told: Told, zone: ZoneInfo, later_by: timedelta = LATER_BY) -> str:
    """The facts that matter, named; and when it was recorded, if that was later by so much."""
    pairs = list(_facts(told, zone))
    if told.entry.recorded_at - told.at >= later_by:
        pairs.append((_label("recorded_at"), instant(told.entry.recorded_at, zone)))
    return " · ".join(f"{label}: {value}" for label, value in pairs)


def table(found: History) -> Table:
    """Every entry as a row: when, who, what, facts."""
    rows = Table(tell("when"), tell("who"), tell("what"), tell("facts"), expand=True)
    for one in found.told:
        rows.add_row(instant(one.at, found.zone), Text(who(one)), what(one), Text(facts(one, found.zone)))
    return rows


def standing(found: History) -> Table:
    """The ticket as it stood: its state, its clocks, and the terms it was under."""
    grid = Table.grid(padding=(0, 2))
    ticket = found.ticket
    for label, value in (
        (_label("status"), _coded(ticket.status)),
        (_label("analyst"), ticket.analyst or "-"),
        (_label("area"), ticket.area),
        (_label("classification"), _coded(ticket.classification)),
        (_label("priority"), _coded(ticket.priority)),
        (_label("level"), ticket.level),
        (_label("customer"), f"{ticket.customer} ({ticket.requester})"),
    ):
        grid.add_row(label, Text(value))
    for clock in found.clocks:
        pieces = [_coded(clock.state)]
        if clock.due_at and clock.state == "running":
            pieces.append(f"{_label('due_at')} {instant(clock.due_at, found.zone)}")
        if clock.remaining_s is not None:
            pieces.append(f"{_label('remaining_s')} {duration(clock.remaining_s)}")
        if clock.breached_at:
            pieces.append(f"{tell('breached_at')} {instant(clock.breached_at, found.zone)}")
        grid.add_row(_coded(clock.clock), " · ".join(pieces))
    for pinned in found.terms:
        newest = tell("newest", version=pinned.newest) if pinned.newest != pinned.version else ""
        said = tell("pinned", key=pinned.key, version=pinned.version, newest=newest)
        grid.add_row(_coded(pinned.kind), Text(f"{said}: {_says(pinned)}"))
    return grid


def duration(seconds: int) -> str:
    """Hours, minutes and seconds, without days: a working day has no fixed length."""
    minutes, s = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" + (f" {s:02} s" if s else "")


def _facts(told: Told, zone: ZoneInfo) -> Iterator[Pair]:
    event = told.event
    if event is None:
        return
    for field in FACTS.get(type(event).__name__, tuple(type(event).model_fields)):
        value = getattr(event, field, None)
        if value is None:
            value = getattr(getattr(event, "delivered", None), field, None)
        if value not in (None, "", False, ()) or (value is False and field in TOLD_WHEN_FALSE):
            yield _label(field), _shown(field, value, zone)
    if getattr(event, "imported", False):
        yield _label("imported"), tell("yes")


def _shown(field: str, value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return instant(value, zone)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, bool):
        return tell("yes" if value else "no")
    if isinstance(value, Plan):
        return _cut(", ".join(activity.title for activity in value.activities))
    if field == "changes":
        return _cut(", ".join(_changed(change) for change in value))
    if field.endswith("_s") and isinstance(value, int):
        return duration(value)
    text = _coded(value) if field in CODED else " ".join(str(value).split())
    return _cut(text)


def _changed(change: Change) -> str:
    old, new = (_coded(value) if value else "-" for value in (change.old, change.new))
    return f"{_label(change.field)} {old} → {new}"


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_SHOWN else f"{text[: TEXT_SHOWN - 1]}…"


def _says(pinned: Pinned) -> str:
    """What matters of a record of the ticket's terms."""
    match pinned.record:
        case Contract():
            ends = pinned.record.ends_on.isoformat() if pinned.record.ends_on else ""
            return f"{pinned.record.starts_on.isoformat()} … {ends}".rstrip()
        case SlaPolicy():
            clocks = {
                "first_response": pinned.record.first_response_min,
                "next_response": pinned.record.next_response_min,
                "resolution": pinned.record.resolution_min,
            }
            return " · ".join(f"{_coded(name)} {duration(m * 60)}" for name, m in clocks.items() if m)
        case Calendar():
            week = " · ".join(
                f"{tell(day)} " + ", ".join(f"{start}-{end}" for start, end in hours)
                for day, hours in pinned.record.weekly.items()
            )
            return f"{week} · {tell('closed_dates', count=len(pinned.record.closed))}"
    return ""


def _label(field: str) -> str:
    return LABELS[field][in_english()] if field in LABELS else field


def _coded(code: object) -> str:
    return VALUES[str(code)][in_english()] if str(code) in VALUES else str(code)
