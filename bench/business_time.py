"""How fast business time is, alone and against the `businesstimedelta` package doing the same.

Run it: `python -m bench.business_time`. Both sides answer the same two questions for the same instants with
the policy's hours in America/Sao_Paulo: when are 1,440 working minutes due, and how much working time passes
in 30 days. Rounds of both sides alternate in one process; figures are medians of the rounds.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from statistics import median
from time import perf_counter

import pytz
from businesstimedelta import BusinessTimeDelta, Rules, WorkDayRule

from worktime.calendar import Calendar

TARGET = timedelta(minutes=1_440)
MONTH = timedelta(days=30)
MORNING, AFTERNOON = ("08:00", "10:45"), ("13:00", "17:30")
ZONE = "America/Sao_Paulo"

Questions = list[tuple[datetime, datetime]]
Ask = Callable[[datetime], object]
Side = tuple[Ask, Callable[[datetime, datetime], object]]


def measure(quick: bool) -> dict[str, float]:
    """Operations a second of `Calendar`, how many times those of `businesstimedelta`, and `due` on its own.

    Raises:
        AssertionError: the two sides differ in an answer, and comparing their speed would mean nothing.
    """
    rounds, asked = (5, 60) if quick else (9, 400)
    ours, theirs = _calendar(), _businesstimedelta()
    _agree(ours, theirs, _questions(40))
    many, few = _questions(asked * 200), _questions(asked)
    own_rates, ratios, due_rates = [], [], []
    for _ in range(rounds):
        own = _rate(ours, many)
        own_rates.append(own)
        ratios.append(own / _rate(theirs, few))
        due_rates.append(_due_rate(ours[0], many))
    return {
        "business_time_per_s": median(own_rates),
        "business_time_vs_businesstimedelta": median(ratios),
        "business_time_due_per_s": median(due_rates),
    }


def _questions(count: int) -> Questions:
    """Instants spread over four years, day and night, with the month that follows each."""
    step = timedelta(days=4 * 365) / count
    starts = (datetime(2024, 1, 1, 3, tzinfo=UTC) + index * step for index in range(count))
    return [(start.replace(microsecond=0), start.replace(microsecond=0) + MONTH) for start in starts]


def _calendar() -> Side:
    weekly = {day: [MORNING, AFTERNOON] for day in ("mon", "tue", "wed", "thu", "fri")}
    calendar = Calendar.from_record({"key": "bench", "version": 1, "time_zone": ZONE, "weekly": weekly})
    return lambda start: calendar.due(start, TARGET), calendar.elapsed


def _businesstimedelta() -> Side:
    zone = pytz.timezone(ZONE)
    shifts = [
        WorkDayRule(
            time.fromisoformat(opens), time.fromisoformat(closes), working_days=[0, 1, 2, 3, 4], tz=zone
        )
        for opens, closes in (MORNING, AFTERNOON)
    ]
    rules = Rules(shifts)
    target = BusinessTimeDelta(rules, timedelta=TARGET)
    return lambda start: start + target, lambda start, end: rules.difference(start, end).timedelta


def _agree(ours: Side, theirs: Side, questions: Questions) -> None:
    for start, end in questions:
        assert ours[0](start) == theirs[0](start), start
        assert ours[1](start, end) == theirs[1](start, end), start


def _rate(side: Side, questions: Questions) -> float:
    due, elapsed = side
    began = perf_counter()
    for start, end in questions:
        due(start)
        elapsed(start, end)
    return 2 * len(questions) / (perf_counter() - began)


def _due_rate(due: Ask, questions: Questions) -> float:
    began = perf_counter()
    for start, _ in questions:
        due(start)
    return len(questions) / (perf_counter() - began)


if __name__ == "__main__":
    for key, figure in measure(quick=False).items():
        print(f"{key:<40} {figure:>12,.0f}")
