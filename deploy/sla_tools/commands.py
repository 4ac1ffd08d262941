"""`atendimento sla`: its verbs. Each says with `--help` what it does."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli_words import tell
from deploy.sla_tools.cases import differences, read_rows
from deploy.words import in_english

verbs = typer.Typer(no_args_is_help=True, help="help_sla")
PIPED_WIDTH = 200
"""Columns where nobody looks at a terminal."""


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


def _say(text: str) -> None:
    _console().print(text, markup=False, soft_wrap=True)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else PIPED_WIDTH, highlight=False)
