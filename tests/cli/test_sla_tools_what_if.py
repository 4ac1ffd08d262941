"""`atendimento sla what-if` over a simulated desk's journals, against what a slow reference finds."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from journal import store
from tests.cli.sla_desk import SPAN, Told, group, told_desk
from tests.servers.backing import Servers, connected
from tests.sla_year.terms import CALENDARS, CUSTOMERS, POLICIES


@pytest.fixture(scope="module")
async def told(servers: Servers) -> AsyncIterator[Told]:
    async with told_desk(servers) as desk:
        yield desk


def contrasts(
    told: Told, policy: str, by: str | None, of: str | None = None
) -> dict[tuple[str, str], tuple[Counter[str], Counter[str]]]:
    """Verdicts as they were, and as the reference finds them under the other policy, for those `of` one policy or all.

    A ticket keeps its version of the calendar that the other policy names, or gets the newest one.
    """
    found: dict[tuple[str, str], tuple[Counter[str], Counter[str]]] = {}
    for life in told.chosen():
        was = would_be = told.verdicts(life)
        if of is None or CUSTOMERS[life.customer] == of:
            wanted = str(POLICIES[policy]["calendar"])
            queued: Any = life.history[0]
            other = (
                None
                if wanted == queued.terms.calendar
                else max(each for each in told.desk.hours if each[0] == wanted)
            )
            would_be = told.verdicts(life, POLICIES[policy], other)
        for key in was.keys() | would_be.keys():
            before, after = found.setdefault((group(life, by) if by else "", key[0]), (Counter(), Counter()))
            before[was[key][0] if key in was else "none"] += 1
            after[would_be[key][0] if key in would_be else "none"] += 1
    return found


def counters(row: dict[str, Any]) -> Iterator[Counter[str]]:
    for when in ("before", "after"):
        yield Counter(
            {verdict: count for verdict, count in row[when].items() if verdict != "share" and count}
        )


async def test_another_policy_gives_the_verdicts_that_the_reference_gives(told: Told, tmp_path: Path) -> None:
    file = tmp_path / "silver.yaml"
    file.write_text(yaml.safe_dump(POLICIES["silver"]))
    compared = await told.json("what-if", *SPAN, "--policy", str(file))
    assert compared["tickets"] == len(told.chosen())
    assert 0 < compared["tickets_changed"] < compared["tickets"]
    for section, by in (("total", None), ("customer", "customer"), ("area", "area"), ("classification",) * 2):
        wanted = contrasts(told, "silver", by)
        assert {(row["group"], row["clock"]): tuple(counters(row)) for row in compared[section]} == wanted


async def test_another_calendar_gives_the_verdicts_that_the_reference_gives(
    told: Told, tmp_path: Path
) -> None:
    file = tmp_path / "long.json"
    file.write_text(json.dumps({"kind": "calendar", "key": "x", "record": CALENDARS["long"]}))
    after: Counter[tuple[str, str]] = Counter()
    for life in told.chosen():
        again = told.verdicts(life, calendar=("long", 1))
        after.update((key[0], verdict) for key, (verdict, _, _) in again.items())
    compared = await told.json("what-if", *SPAN, "--calendar", str(file))
    for row in compared["total"]:
        assert {verdict: row["after"][verdict] for verdict in ("met", "breached")} == {
            verdict: after[row["clock"], verdict] for verdict in ("met", "breached")
        }


async def test_what_if_writes_nothing_and_changes_nothing_where_the_terms_are_the_same(
    told: Told, tmp_path: Path
) -> None:
    async def heads() -> list[dict[int, tuple[int, bytes]]]:
        found = []
        for each in told.databases.values():
            async with connected(each.auditor_url) as journal:
                found.append(await store.heads(journal))
        return found

    before = await heads()
    file = tmp_path / "office.yaml"
    file.write_text(yaml.safe_dump({"calendar": {"office": CALENDARS["office"]}}))
    policy = tmp_path / "bronze.yaml"
    policy.write_text(yaml.safe_dump({"sla_policy": {"bronze": POLICIES["bronze"]}}))
    compared = await told.json("what-if", *SPAN, "--policy", str(policy), "--calendar", str(file))
    same = [row for row in compared["customer"] if row["group"] == "serra"]
    assert len(same) == 1
    assert same[0]["before"] == same[0]["after"]
    assert await heads() == before


async def test_what_if_is_told_as_tables_in_both_languages_and_drawn(told: Told, tmp_path: Path) -> None:
    file, chart = tmp_path / "p.yaml", tmp_path / "c.svg"
    file.write_text(yaml.safe_dump(POLICIES["gold"]))
    pt = await told.ask(
        "what-if", *SPAN, "--policy", str(file), "--chart", str(chart), language="pt_BR.UTF-8"
    )
    assert pt.code == 0, pt.complained
    for said in ("Cliente", "Serra", "resolução", "→", "Nada foi gravado"):
        assert said in pt.said
    drawing = ET.fromstring(chart.read_text())  # noqa: S314 - drawn by ourselves
    texts = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert "Serra · primeira resposta" in texts
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}rect"))) > 20
    en = await told.ask("what-if", *SPAN, "--policy", str(file))
    assert "Nothing was written" in en.said


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (None, "cannot be read"),
        ("{", "neither YAML nor JSON"),
        ("[]", "will not do"),
        ("name: x\ncalendar: office\nfirst_respose_min: 5", "first_respose_min"),
        ("name: x\ncalendar: office\nfirst_response_min: -5", "first_response_min"),
        ("name: x\ncalendar: mars", "mars"),
        ("sla_policy: {a: {name: x}, b: {name: y}}", "just one"),
    ],
)
async def test_a_policy_that_will_not_do_is_refused_in_one_sentence(
    told: Told, tmp_path: Path, text: str | None, because: str
) -> None:
    file = tmp_path / "p.yaml"
    if text is not None:
        file.write_text(text)
    refused = await told.ask("what-if", *SPAN, "--policy", str(file))
    assert (refused.code, refused.said, refused.complained.count("\n")) == (1, "", 1)
    assert because in refused.complained


async def test_what_if_needs_something_to_try(told: Told) -> None:
    assert "--policy" in (await told.ask("what-if", *SPAN)).complained


async def test_instead_of_one_policy_the_tickets_of_the_others_stay_as_they_were(
    told: Told, tmp_path: Path
) -> None:
    file = tmp_path / "gold.yaml"
    file.write_text(yaml.safe_dump(POLICIES["gold"]))
    compared = await told.json("what-if", *SPAN, "--policy", str(file), "--instead-of", "silver")
    of_silver = [life for life in told.chosen() if CUSTOMERS[life.customer] == "silver"]
    assert (compared["tickets"], compared["tickets_retold"]) == (len(told.chosen()), len(of_silver))
    assert 0 < compared["tickets_changed"] <= len(of_silver)
    for section, by in (("total", None), ("customer", "customer"), ("area", "area"), ("classification",) * 2):
        wanted = contrasts(told, "gold", by, of="silver")
        assert {(row["group"], row["clock"]): tuple(counters(row)) for row in compared[section]} == wanted
    for row in compared["customer"]:
        assert row["group"] == "mar" or row["before"] == row["after"]


async def test_another_calendar_instead_of_one_policy_moves_no_other(told: Told, tmp_path: Path) -> None:
    file = tmp_path / "long.json"
    file.write_text(json.dumps(CALENDARS["long"]))
    compared = await told.json("what-if", *SPAN, "--calendar", str(file), "--instead-of", "bronze")
    changed = {row["group"] for row in compared["customer"] if row["before"] != row["after"]}
    assert changed == {"serra"}


@pytest.mark.parametrize(
    ("language", "kept", "refused"),
    [
        (
            "en_US.UTF-8",
            "did not open under the policy silver",
            "has no policy ouro; there are bronze, copper",
        ),
        ("pt_BR.UTF-8", "não abriram sob a política silver", "não tem a política ouro; há bronze, copper"),
    ],
)
async def test_how_many_kept_their_policy_is_said_and_a_policy_that_nobody_has_is_refused(
    told: Told, tmp_path: Path, language: str, kept: str, refused: str
) -> None:
    file = tmp_path / "gold.yaml"
    file.write_text(yaml.safe_dump(POLICIES["gold"]))
    asked = ("what-if", *SPAN, "--policy", str(file), "--instead-of")
    assert kept in (await told.ask(*asked, "silver", language=language)).said
    outcome = await told.ask(*asked, "ouro", language=language)
    assert (outcome.code, outcome.said, outcome.complained.count("\n")) == (1, "", 1)
    assert refused in outcome.complained
