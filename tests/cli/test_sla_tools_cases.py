"""`atendimento sla check-cases`: cases of business time against the real calendar, with no desk running."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.sla_tools.cases import differences
from tests.cli.atendimento import Outcome, python

CASES = Path(__file__).parents[2] / ".." / "shared" / "cases" / "business_time.json"
DAY = [["08:00", "10:45"], ["13:00", "17:30"]]
DESK: dict[str, Any] = {
    "tz": "America/Sao_Paulo",
    "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY) | {"sat": [], "sun": []},
    "holidays": [],
}
ROWS: list[dict[str, Any]] = [
    {"op": "add", "start": "2026-03-02T11:00:00Z", "seconds": 86_400, "expected": "2026-03-05T13:15:00Z"},
    {"op": "add", "start": "2026-03-02T11:00:00Z", "minutes": 1_440, "expected": "2026-03-05T13:15:00Z"},
    {
        "op": "add",
        "start": "2026-03-02T11:00:00Z",
        "seconds": 9_900,
        "expected": "2026-03-02T16:00:00Z",
        "expected_any": ["2026-03-02T13:45:00Z", "2026-03-02T16:00:00Z"],
    },
    {
        "op": "pauses_add",
        "start": "2026-03-02T11:00:00Z",
        "seconds": 3_600,
        "pauses": [["2026-03-02T11:30:00Z", "2026-03-02T12:30:00Z"]],
        "expected": "2026-03-02T13:00:00Z",
    },
    {"op": "elapsed", "start": "2026-03-02T11:00:00Z", "end": "2026-03-03T11:00:00Z", "expected": 435},
    {
        "op": "pauses_elapsed",
        "start": "2026-03-02T11:00:00Z",
        "end": "2026-03-02T12:00:00Z",
        "pauses": [["2026-03-02T11:00:00Z", "2026-03-02T11:30:30Z"]],
        "expected": 29.5,
        "expected_seconds": 1_770,
    },
    {"op": "sub", "start": "2026-03-09T11:15:00Z", "seconds": 1_800, "expected": "2026-03-06T20:15:00Z"},
    {"op": "next_open", "start": "2026-03-06T21:00:00Z", "expected": "2026-03-09T11:00:00Z"},
    {"op": "add_days", "start": "2026-03-06T12:00:00Z", "days": 1, "expected": "2026-03-09T12:00:00Z"},
    {
        "op": "elapsed",
        "day_hours": {"2026-03-03": [["08:00", "09:00"]]},
        "start": "2026-03-03T00:00:00Z",
        "end": "2026-03-04T03:00:00Z",
        "expected": 60,
    },
]


def rows(*changed: dict[str, Any]) -> list[dict[str, Any]]:
    return [DESK | {"id": f"row{place}"} | row for place, row in enumerate(changed or ROWS)]


def found(*changed: dict[str, Any]) -> dict[str, str]:
    return {difference.case: difference.because for difference in differences(rows(*changed))}


async def checked(file: Path, language: str = "en_US.UTF-8") -> Outcome:
    return await python("deploy.cli", "sla", "check-cases", str(file), LC_ALL=language)


def test_every_form_of_a_case_agrees_with_the_policys_own_answers() -> None:
    assert found() == {}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["op"]))
def test_a_wrong_answer_of_every_form_is_found(row: dict[str, Any]) -> None:
    wrong = row | {"expected_any": []}
    if "elapsed" in row["op"]:
        wrong |= {"expected": row["expected"] + 1, "expected_seconds": None}
    else:
        wrong["expected"] = "2026-03-02T12:34:56Z"
    assert "row0" in found(wrong)
    assert "expected" in found(wrong)["row0"] or "esperado" in found(wrong)["row0"]


@pytest.mark.parametrize(
    ("row", "because"),
    [
        ({"op": "zip"}, "zip"),
        ({"op": "add"}, "start"),
        ({"op": "add", "start": "2026-03-02T11:00:00Z", "expected": "2026-03-02T11:00:00Z"}, "seconds"),
        (ROWS[4] | {"end": None}, "end"),
        (ROWS[4] | {"expected": "2026-03-02T11:00:00Z"}, "expected"),
        (ROWS[0] | {"expected": 5}, "expected"),
        (ROWS[0] | {"tz": "Mars/Olympus"}, "Mars/Olympus"),
        (ROWS[0] | {"hours": {"seg": DAY}}, "seg"),
        (ROWS[0] | {"hours": {"mon": [["10:00", "09:00"]]}}, "10:00"),
        (ROWS[0] | {"seconds": 1e300}, "case"),
        (ROWS[0] | {"seconds": -1}, "negative"),
        (ROWS[7] | {"hours": {}}, "opening"),
        (ROWS[0] | {"start": "0001-01-01T00:00:00Z"}, "year"),
    ],
)
def test_a_case_that_makes_no_sense_agrees_with_nothing_and_says_why(
    row: dict[str, Any], because: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    assert because in found(row)["row0"]


async def test_the_program_says_how_many_agree_last_and_exits_with_0_only_if_all_do(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"cases": rows()}))
    bad.write_text(json.dumps({"cases": [*rows(), 7, rows(ROWS[0] | {"seconds": 1})[0]]}))
    agreed = await checked(good)
    assert (agreed.code, agreed.said) == (0, f"{len(ROWS)} of {len(ROWS)} agree\n")
    differing = await checked(bad, "pt_BR.UTF-8")
    assert differing.code == 1
    lines = differing.said.splitlines()
    assert lines[0].startswith(f"#{len(ROWS) + 1}: ")
    assert lines[1].startswith("row0: add: deu 2026-03-02T11:00:01Z, esperado 2026-03-05T13:15:00Z")
    assert lines[2:] == ["10 de 12 casos conferem.", "10 of 12 agree"]


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", '{"cases": {}}', '{"cases": []}', "[" * 5_000])
async def test_a_file_that_holds_no_cases_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cases.json"
    file.write_text(text)
    refused = await checked(file)
    assert (refused.code, refused.said) == (1, "")
    assert refused.complained.count("\n") == 1
    assert str(file) in refused.complained


async def test_the_cases_of_others_agree_but_the_one_that_contradicts_the_rest() -> None:
    if not CASES.exists():
        pytest.skip("the cases of others are not here")
    done = await checked(CASES)
    *different, last = done.said.splitlines()
    assert [line.partition(":")[0] for line in different] == ["bt176"]
    assert last == "163 of 164 agree"
    assert done.code == 1
