"""Cases of business time that somebody worked out by hand, put to the calendar that the desk really uses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import from_json

from deploy.cli_words import Unable, tell
from worktime.calendar import Calendar
from worktime.spans import Span

Operation = Literal["add", "elapsed", "pauses_add", "pauses_elapsed", "sub", "next_open", "add_days"]
Answer = datetime | timedelta

_MEANT = {
    "add": "seconds",
    "pauses_add": "seconds",
    "sub": "seconds",
    "elapsed": "end",
    "pauses_elapsed": "end",
    "add_days": "days",
    "next_open": "start",
}
"""What each operation asks about, besides the instant at which it starts."""
_Number = Annotated[float, Field(allow_inf_nan=False)]


class Case(BaseModel):
    """One row: working hours, a question, and the answer that is right.

    Instants are UTC; `hours` and `day_hours` are in local wall time of `tz`; `seconds` (or `minutes`) is the
    working time to add. `expected` is an instant, or minutes where the question is how much time has passed,
    which `expected_seconds` says exactly; `expected_any` are the two spellings of one boundary.
    """

    id: str = ""
    name: str = ""
    note: str = ""
    op: Operation
    tz: str
    hours: dict[str, list[list[str]]]
    holidays: list[date] = []
    day_hours: dict[date, list[list[str]]] = {}
    start: datetime
    end: datetime | None = None
    seconds: _Number | None = None
    minutes: _Number | None = None
    days: int | None = None
    pauses: list[tuple[datetime, datetime]] = []
    expected: _Number | datetime
    expected_seconds: _Number | None = None
    expected_any: list[datetime] = []

    def answer(self) -> Answer:
        """What the calendar says.

        Raises:
            ValueError, OverflowError: the hours or the question make no sense, in the calendar's words.
        """
        calendar = self._calendar()
        pauses = [_span(pause) for pause in self.pauses]
        match self.op:
            case "add" | "pauses_add":
                return calendar.due(_utc(self.start), self._working(), pauses)
            case "elapsed" | "pauses_elapsed":
                return calendar.elapsed(_utc(self.start), _utc(self._needed(self.end)), pauses)
            case "sub":
                return calendar.latest_start(_utc(self.start), self._working())
            case "next_open":
                return calendar.next_opening(_utc(self.start))
            case "add_days":
                return calendar.add_days(_utc(self.start), self._needed(self.days))

    def accepted(self) -> list[Answer]:
        """The answers that are right. Raises ValueError where the row gives none of the kind asked for."""
        if self.op in {"elapsed", "pauses_elapsed"}:
            if self.expected_seconds is not None:
                return [timedelta(seconds=self.expected_seconds)]
            if isinstance(self.expected, float | int):
                return [timedelta(minutes=self.expected)]
        elif self.expected_any:
            return [_utc(at) for at in self.expected_any]
        elif isinstance(self.expected, datetime):
            return [_utc(self.expected)]
        raise ValueError(tell("case_expects", op=self.op))

    def _calendar(self) -> Calendar:
        return Calendar.from_record(
            {
                "key": self.id,
                "version": 1,
                "time_zone": self.tz,
                "weekly": self.hours,
                "closed": [day.isoformat() for day in self.holidays],
                "special": {day.isoformat(): hours for day, hours in self.day_hours.items()},
            }
        )

    def _working(self) -> timedelta:
        if self.seconds is None and self.minutes is not None:
            return timedelta(minutes=self.minutes)
        return timedelta(seconds=self._needed(self.seconds))

    def _needed(self, value: Any) -> Any:
        if value is None:
            raise ValueError(tell("case_lacks", op=self.op, field=_MEANT[self.op]))
        return value


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that the calendar does not agree with, and how, in words."""

    case: str
    because: str


def read_rows(path: Path) -> list[Any]:
    """The rows of a file of cases, not yet looked at.

    Raises:
        Unable: the file cannot be read, is no JSON, or has no `cases`.
    """
    try:
        found = from_json(path.read_bytes())
    except OSError as error:
        raise Unable("cases_unread", file=path, reason=error.strerror or error) from error
    except ValueError as error:
        raise Unable("cases_no_json", file=path, reason=error) from error
    rows = found.get("cases") if isinstance(found, dict) else None
    if not isinstance(rows, list) or not rows:
        raise Unable("cases_missing", file=path)
    return rows


def differences(rows: list[Any]) -> Iterator[Difference]:
    """Every row that does not agree; one that makes no sense agrees with nothing, and says what is wrong."""
    for place, row in enumerate(rows, start=1):
        because = _difference(row)
        if because is not None:
            yield Difference(_called(row, place), because)


def _difference(row: Any) -> str | None:
    try:
        case = Case.model_validate(row)
        given, accepted = case.answer(), case.accepted()
    except ValidationError as error:
        return _first(error)
    except (ValueError, OverflowError) as error:
        return tell("case_refused", reason=error)
    if given in accepted:
        return None
    wanted = " / ".join(_shown(each) for each in accepted)
    said = tell("case_differs", op=case.op, given=_shown(given), wanted=wanted)
    return " · ".join(part for part in (said, case.name, case.note) if part)


def _first(error: ValidationError) -> str:
    wrong = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(step) for step in wrong["loc"] if not str(step).startswith(("float", "constrained")))
    if wrong["type"] == "literal_error":
        return tell("case_op", op=wrong["input"], known=", ".join(get_args(Operation)))
    return tell("case_field", field=field or "-", reason=wrong["msg"])


def _called(row: Any, place: int) -> str:
    named = row.get("id") if isinstance(row, dict) else None
    return str(named) if named else f"#{place}"


def _shown(answer: Answer) -> str:
    if isinstance(answer, datetime):
        return answer.isoformat().replace("+00:00", "Z")
    seconds, rest = divmod(answer, timedelta(seconds=1))
    return f"{seconds + rest / timedelta(seconds=1)} s" if rest else f"{seconds} s"


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _span(pause: tuple[datetime, datetime]) -> Span:
    return _utc(pause[0]), _utc(pause[1])
