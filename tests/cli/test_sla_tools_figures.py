"""`atendimento sla report` and `what-if` over a simulated desk's journals, against what a slow reference counts."""

import csv
import io
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
import yaml

from contracts import lifecycle as l
from journal import store
from tests.cli.atendimento import Outcome, python
from tests.servers.backing import Database, Servers, connected
from tests.sla_year.hours import IN_A_MINUTE
from tests.sla_year.journals import environment, lay_directory, lay_lives
from tests.sla_year.life import HORIZON, Life, year
from tests.sla_year.reference import Desk, Key
from tests.sla_year.reference import Outcome as Verdict
from tests.sla_year.terms import BEGIN, CALENDARS, CUSTOMERS, POLICIES, ZONE, directory, hours, policy_of

FIRST, LAST = date(2018, 2, 3), date(2018, 3, 20)
SPAN = ("--from", FIRST.isoformat(), "--to", LAST.isoformat())
CLOCKS = ("first_response", "next_response", "resolution")
Make = Callable[[str], Awaitable[Database]]


@dataclass
class Told:
    """A desk's journals, and the lives that are in them."""

    databases: dict[str, Database]
    lives: list[Life]
    desk: Desk

    async def ask(self, *arguments: str, language: str = "en_US.UTF-8") -> Outcome:
        return await python("deploy.cli", "sla", *arguments, LC_ALL=language, **environment(self.databases))

    async def json(self, *arguments: str) -> Any:
        outcome = await self.ask(*arguments, "--format", "json")
        assert outcome.code == 0, outcome.complained
        return outcome.json

    def chosen(self) -> list[Life]:
        zone = ZoneInfo(ZONE)
        return [life for life in self.lives if FIRST <= life.opened_at.astimezone(zone).date() <= LAST]

    def verdicts(
        self, life: Life, policy: dict[str, Any] | None = None, calendar: tuple[str, int] | None = None
    ) -> dict[Key, Verdict]:
        """What the reference says; under another policy and calendar than the ticket pinned where they are given."""
        queued = life.history[0]
        assert isinstance(queued, l.TicketQueued)
        pinned = (queued.terms.calendar, queued.terms.calendar_version)
        story = self.desk.story(policy or policy_of(queued.terms), calendar or pinned)
        return story.read(life.history, HORIZON)


@pytest.fixture(scope="module")
async def told(servers: Servers) -> AsyncIterator[Told]:
    lives = list(year(directory(), 7, 100, range(4)))
    desk = Desk(hours(), BEGIN, HORIZON + timedelta(days=60))
    laid = await journals(servers.new_database, lives, 4, 1)
    yield Told(laid, lives, desk)
    for each in laid.values():
        await servers.drop(each.name)


async def journals(make: Make, lives: list[Life], partitions: int, seed: int) -> dict[str, Database]:
    laid = {name: await make(name) for name in ("directory", "lifecycle", "sla")}
    await lay_directory(laid["directory"])
    await lay_lives(laid["lifecycle"], laid["sla"], lives, partitions, Random(seed))
    return laid


def group(life: Life, by: str) -> str:
    """Whose a ticket is, read off its history by hand."""
    queued = life.history[0]
    assert isinstance(queued, l.TicketQueued)
    analyst, area, classification = "", queued.area, str(queued.classification)
    for event in life.history:
        if isinstance(event, l.TicketAssigned):
            analyst = event.analyst
        if isinstance(event, l.TicketReclassified):
            for change in event.changes:
                area = str(change.new) if change.field == "area" else area
                classification = str(change.new) if change.field == "classification" else classification
    month = queued.opened_at.astimezone(ZoneInfo(ZONE)).strftime("%Y-%m")
    return {
        "period": month, "customer": queued.customer, "area": area, "analyst": analyst,
        "classification": classification,
    }[by]  # fmt: skip


def worked(told: Told, life: Life, key: Key) -> float | None:
    """Worked minutes until a clock was met, late or not: the reference under a target that nobody misses."""
    queued = life.history[0]
    assert isinstance(queued, l.TicketQueued)
    policy = policy_of(queued.terms)
    rows = [{name: _patient(name, value) for name, value in row.items()} for row in policy.get("targets", ())]
    patient = {name: _patient(name, value) for name, value in policy.items()} | {"targets": rows}
    used = told.verdicts(life, patient | {"warning_stages": []})[key][2]
    return None if used is None else used / IN_A_MINUTE


def _patient(name: str, value: Any) -> Any:
    return 10**5 if name in {f"{clock}_min" for clock in CLOCKS} and value else value


@pytest.mark.parametrize("by", ["period", "customer", "area", "analyst", "classification"])
async def test_a_report_counts_what_the_reference_counts(told: Told, by: str) -> None:
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for life in told.chosen():
        for key, (verdict, _, _) in told.verdicts(life).items():
            line = (group(life, by), key[0])
            counted[line][verdict] += 1
            used = worked(told, life, key)
            times[line] += [] if used is None else [used]
    report = await told.json("report", *SPAN, "--by", by)
    assert {(row["group"], row["clock"]) for row in report["rows"]} == counted.keys()
    for row in report["rows"]:
        line = (row["group"], row["clock"])
        assert {verdict: row[verdict] for verdict in ("met", "breached", "running", "stopped")} == {
            verdict: counted[line][verdict] for verdict in ("met", "breached", "running", "stopped")
        }
        judged = counted[line]["met"] + counted[line]["breached"]
        assert row["share"] == (pytest.approx(counted[line]["met"] / judged, abs=1e-6) if judged else None)
        for percent in (50, 90, 95):
            ranked = sorted(times[line])
            wanted = ranked[ceil(percent / 100 * len(ranked)) - 1] if ranked else None
            assert row[f"p{percent}_min"] == (wanted if wanted is None else pytest.approx(wanted, abs=0.001))
    for row in report["total"]:
        assert row["met"] == sum(each["met"] for each in report["rows"] if each["clock"] == row["clock"])


async def test_figures_are_the_same_after_a_rebuild_in_whatever_order_the_journals_are_read(
    told: Told, database: Make
) -> None:
    again = Told(await journals(database, told.lives[::-1], 3, 2), told.lives, told.desk)
    for by in ("analyst", "period"):
        assert await again.json("report", *SPAN, "--by", by) == await told.json("report", *SPAN, "--by", by)


async def test_a_report_is_told_as_a_table_in_both_languages_and_as_csv(told: Told) -> None:
    en = await told.ask("report", *SPAN, "--by", "customer")
    pt = await told.ask("report", *SPAN, "--by", "customer", language="pt_BR.UTF-8")
    for said in ("Serra", "first response", "Attainment", "90 % within", "Total"):
        assert said in en.said
    for said in ("Serra", "primeira resposta", "Cumprimento", "90 % em até", "Total"):
        assert said in pt.said
    rows = list(csv.DictReader(io.StringIO((await told.ask("report", *SPAN, "--format", "csv")).said)))
    whole = (await told.json("report", *SPAN))["rows"]
    assert [(row["group"], row["clock"], int(row["met"])) for row in rows] == [
        (row["group"], row["clock"], row["met"]) for row in whole
    ]


async def test_a_period_without_tickets_and_dates_that_are_none_are_said_in_words(told: Told) -> None:
    assert (
        "No ticket was opened"
        in (await told.ask("report", "--from", "2001-01-01", "--to", "2001-02-01")).said
    )
    for dates in (("2018-13-01", "2018-03-01"), ("2018-03-02", "2018-03-01")):
        refused = await told.ask("report", "--from", dates[0], "--to", dates[1])
        assert (refused.code, refused.said, refused.complained.count("\n")) == (1, "", 1)


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
