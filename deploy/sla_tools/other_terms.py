"""Another policy or calendar, from a file in the form of directory records, in the place of what tickets pinned."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from contracts.directory import Calendar, Record, RecordDefined, SlaPolicy
from deploy.cli_words import Unable
from figures.attainment import Period
from journal.directory import Directory
from worktime.calendar import Calendar as WorkingTime
from worktime.holidays import holidays_between

R = TypeVar("R", bound=Record)
_QUIET = {"warning_stages": (), "reminder_days": ()}
"""Warnings and reminders change no verdict: a replay goes without them."""
_ENVELOPE = frozenset({"kind", "key", "version", "active", "record"})


def instead(
    defined: Iterable[RecordDefined], policy: SlaPolicy | None, calendar: Calendar | None
) -> Directory:
    """The policies and calendars of a directory, every version, with the ones that are tried in their place.

    A tried policy that names another calendar than a ticket pinned brings the newest version of that one.
    """
    records = [(each.kind, each.key, each.version, each.parsed()) for each in defined]
    calendars = [each for each in records if each[0] == "calendar"]
    named = [each for each in calendars if policy is not None and each[1] == policy.calendar]
    newest = max(named, key=lambda each: each[2])[3] if named else None
    other = Directory()
    for kind, key, version, record in records:
        if kind == "sla_policy":
            tried = policy or record
            other.put(kind, key, version, True, tried.model_copy(update=_QUIET))
        elif kind == "calendar":
            own = policy is None or key == policy.calendar
            other.put(kind, key, version, True, calendar or (record if own else newest or record))
    return other


def must_be_a_policy(key: str | None, policies: Iterable[str]) -> None:
    """Raises Unable where a key is given that no policy has."""
    if key is not None and key not in (known := sorted(policies)):
        raise Unable("no_policy", key=key, known=", ".join(known) or "-")


def read_policy(path: Path, calendars: Mapping[str, str] | None = None) -> SlaPolicy:
    """The policy of that file; its calendar must be one of `calendars`, where those are given.

    Raises:
        Unable: the file cannot be read, holds no policy, or names a calendar that nobody has.
    """
    policy = _parsed(path, SlaPolicy, _record(path, "sla_policy"))
    if calendars is not None and policy.calendar not in calendars:
        raise Unable("no_calendar", file=path, calendar=policy.calendar)
    return policy


def read_calendar(path: Path, period: Period) -> Calendar:
    """The calendar of that file; `holidays` as in desk.yaml become the closed dates of the period's years.

    Raises:
        Unable: the file cannot be read, or holds no calendar that one could count with.
    """
    record = _record(path, "calendar")
    try:
        if holidays := record.pop("holidays", None):
            closed = holidays_between(period.first.year, period.last.year + 1, **holidays)
            record["closed"] = [*record.get("closed", ()), *closed]
        calendar = _parsed(path, Calendar, record)
        WorkingTime.from_record({**calendar.model_dump(mode="json"), "key": path.stem, "version": 1})
    except (TypeError, ValueError) as error:
        raise Unable("record_wrong", file=path, reason=error) from error
    return calendar


def _record(path: Path, kind: str) -> dict[str, Any]:
    """The record itself: alone, in its envelope as `DefineRecord` has it, or by kind and key as in desk.yaml."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unable("cases_unread", file=path, reason=error.strerror or error) from error
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise Unable("record_no_yaml", file=path, reason=" ".join(str(error).split())) from error
    if isinstance(found, dict) and isinstance(found.get("record"), dict) and found.keys() <= _ENVELOPE:
        found = found["record"]
    elif isinstance(found, dict) and isinstance(keyed := found.get(kind), dict):
        if len(keyed) != 1:
            raise Unable("record_not_one", file=path, kind=kind, count=len(keyed))
        found = next(iter(keyed.values()))
    if not isinstance(found, dict):
        raise Unable("record_wrong", file=path, reason=kind)
    return dict(found)


def _parsed(path: Path, form: type[R], record: Mapping[str, Any]) -> R:
    if strangers := sorted(str(name) for name in record.keys() - form.model_fields.keys()):
        fields = ", ".join(form.model_fields)
        raise Unable("record_fields", file=path, names=", ".join(strangers), known=fields)
    try:
        return form.model_validate(record)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(step) for step in wrong["loc"])
        raise Unable("record_wrong", file=path, reason=f"{place}: {wrong['msg']}") from error
