"""Business time against rows that others wrote (OTOBO, working_hours, business_time, biz)."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from worktime.calendar import Calendar

CASES = Path(__file__).parents[2] / ".." / "shared" / "cases" / "business_time.json"

WALL_CLOCK_HOURS = {"bt176"}
"""A shift 00:00-24:00 on the day that has 25 hours: this row wants 24. Ours counts the 25 that pass, as
bt006, bt008 and bt020 want of the same kind of day: no rule can agree with all four."""


def calendar_of(case: dict[str, Any]) -> Calendar:
    return Calendar.from_record(
        {
            "key": case["id"],
            "version": 1,
            "time_zone": case["tz"],
            "weekly": case["hours"],
            "closed": case["holidays"],
            "special": case.get("day_hours", {}),
        }
    )


def answer(case: dict[str, Any]) -> datetime | float:
    calendar, start = calendar_of(case), datetime.fromisoformat(case["start"])
    pauses = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in case.get("pauses", ())]
    match case["op"]:
        case "add" | "pauses_add":
            return calendar.due(start, timedelta(seconds=case["seconds"]), pauses)
        case "elapsed" | "pauses_elapsed":
            return calendar.elapsed(start, datetime.fromisoformat(case["end"]), pauses) / timedelta(seconds=1)
        case "sub":
            return calendar.latest_start(start, timedelta(seconds=case["seconds"]))
        case "next_open":
            return calendar.next_opening(start)
        case "add_days":
            return calendar.add_days(start, case["days"])
        case unknown:
            pytest.fail(f"no operation {unknown}")


def expected(case: dict[str, Any]) -> list[datetime | float]:
    if "expected_seconds" in case:
        return [float(case["expected_seconds"])]
    return [datetime.fromisoformat(text) for text in case.get("expected_any", [case["expected"]])]


def differences(cases: list[dict[str, Any]]) -> dict[str, str]:
    answers = ((case, answer(case)) for case in cases)
    return {
        case["id"]: f"{case['name']}: {given}, not {case['expected']}"
        for case, given in answers
        if given not in expected(case)
    }


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    if not CASES.exists():
        pytest.skip("the cases of others are not here")
    return list(json.loads(CASES.read_text())["cases"])


def test_all_cases_of_others_agree_but_the_one_that_contradicts_the_rest(cases: list[dict[str, Any]]) -> None:
    found = differences(cases)
    report = f"{len(cases) - len(found)} of {len(cases)} agree\n" + "\n".join(
        f"{key} {text}" for key, text in found.items()
    )
    assert set(found) == WALL_CLOCK_HOURS, report


def test_the_cases_can_tell_a_wrong_answer(cases: list[dict[str, Any]]) -> None:
    wrong = [case | {"hours": case["hours"] | {"tue": []}, "day_hours": {}} for case in cases]
    assert len(differences(wrong)) > len(cases) // 4
