"""`atendimento sla report` over a simulated desk's journals, against what a slow reference counts."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from math import ceil
from typing import Any

import pytest

from contracts import lifecycle as l
from tests.cli.sla_desk import SPAN, Make, Told, group, journals, told_desk
from tests.servers.backing import Servers
from tests.sla_year.hours import IN_A_MINUTE
from tests.sla_year.life import Life
from tests.sla_year.reference import Key
from tests.sla_year.terms import policy_of

CLOCKS = ("first_response", "next_response", "resolution")


@pytest.fixture(scope="module")
async def told(servers: Servers) -> AsyncIterator[Told]:
    async with told_desk(servers) as desk:
        yield desk


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
