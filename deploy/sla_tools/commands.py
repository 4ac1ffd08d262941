"""`atendimento sla`: its verbs. Each says with `--help` what it does."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic_core import to_json

from deploy.auditor.place import Place
from deploy.cli_words import Unable, tell
from deploy.console import console
from deploy.sla_tools import contrasts, reading, tables
from deploy.sla_tools.cases import differences, read_rows
from deploy.sla_tools.other_terms import instead, must_be_a_policy, read_calendar, read_policy
from deploy.sla_tools.what_if import Question, compare
from deploy.words import in_english
from figures.attainment import By, Period, Tally
from figures.comparison import DIMENSIONS, Comparison

Form = Literal["table", "json", "csv"]

verbs = typer.Typer(no_args_is_help=True, help="help_sla")


@verbs.callback()
def _sla() -> None:
    """Nothing: it makes `sla` a group even while it has one verb."""


@verbs.command("check-cases", help="help_check_cases")
def _check_cases(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="help_cases_file")],
) -> None:
    rows = read_rows(file)
    wrong = 0
    for difference in differences(rows):
        wrong += 1
        _say(f"{difference.case}: {difference.because}")
    agree = len(rows) - wrong
    if not in_english():
        _say(tell("cases_agree", agree=agree, total=len(rows)))
    # The same in every language, for whoever reads the last line by program.
    _say(f"{agree} of {len(rows)} agree")
    raise typer.Exit(1 if wrong else 0)


@verbs.command("report", help="help_report")
def _report(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="help_from")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="help_to")],
    by: Annotated[By, typer.Option("--by", help="help_by")] = "period",
    form: Annotated[Form, typer.Option("--format", help="help_format")] = "table",
) -> None:
    period, tally, names = asyncio.run(_reported(Place.find(), first, last, by))
    match form:
        case "json":
            print(to_json(tables.as_data(tally, period, names), indent=1).decode())
        case "csv":
            print(tables.as_csv(tally, names), end="")
        case "table" if not tally.lines:
            _say(tell("nothing_opened", first=period.first, last=period.last))
        case "table":
            console().print(tables.as_table(tally, names))
            _say(tell("report_of", first=period.first, last=period.last, zone=period.zone))


async def _reported(place: Place, first: str, last: str, by: By) -> tuple[Period, Tally, dict[str, str]]:
    period = await reading.period_of(place, first, last)
    tally = await reading.report(place, period, by)
    return period, tally, reading.called(await reading.records(place), by)


@verbs.command("what-if", help="help_what_if")
def _what_if(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="help_from")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="help_to")],
    policy: Annotated[Path | None, typer.Option("--policy", metavar="FILE", help="help_policy")] = None,
    calendar: Annotated[Path | None, typer.Option("--calendar", metavar="FILE", help="help_calendar")] = None,
    only: Annotated[str | None, typer.Option("--instead-of", metavar="KEY", help="help_instead_of")] = None,
    form: Annotated[Literal["table", "json"], typer.Option("--format", help="help_format_two")] = "table",
    chart: Annotated[Path | None, typer.Option("--chart", metavar="FILE.svg", help="help_chart")] = None,
) -> None:
    if policy is None and calendar is None:
        raise Unable("nothing_tried")
    told = asyncio.run(_compared(Place.find(), (first, last), (policy, calendar), only))
    if chart is not None:
        _write(chart, contrasts.as_svg(told))
    if form == "json":
        print(to_json(contrasts.as_data(told), indent=1).decode())
    elif not told.comparison.tickets:
        _say(tell("nothing_opened", first=told.period.first, last=told.period.last))
    else:
        for table in contrasts.as_tables(told):
            console().print(table)
        retold, changed = tables.count(told.comparison.retold), tables.count(told.comparison.moved)
        _say(tell("what_if_done", tickets=retold, changed=changed, seconds=told.seconds))
        if only is not None:
            kept = tables.count(told.comparison.tickets - told.comparison.retold)
            _say(tell("what_if_kept", tickets=kept, policy=only))


async def _compared(
    place: Place, dates: tuple[str, str], tried_in: tuple[Path | None, Path | None], only: str | None
) -> contrasts.Told:
    period, known = await reading.period_of(place, *dates), await reading.records(place)
    policy, calendar = tried_in
    must_be_a_policy(only, reading.called(known, "sla_policy"))
    calendars = None if calendar else reading.called(known, "calendar")
    tried = read_policy(policy, calendars) if policy else None
    terms = instead(known, tried, read_calendar(calendar, period) if calendar else None)
    upto = await reading.known_up_to(place)
    began = time.perf_counter()
    comparison = await compare(Question(place, period, terms, upto, only)) if upto else Comparison()
    seconds = time.perf_counter() - began
    names = {dimension: reading.called(known, dimension) for dimension in DIMENSIONS}
    return contrasts.Told(comparison, period, names, seconds)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unable("chart_unwritten", file=file, reason=error.strerror or error) from error


def _say(text: str) -> None:
    console().print(text, markup=False, soft_wrap=True)
