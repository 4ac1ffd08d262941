"""`atendimento mail`: its verbs. Each says with `--help` what it does."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer
from pydantic_core import to_json
from rich.table import Table

from contracts.intake import DISPOSITIONS
from deploy.auditor.history import desk_zone
from deploy.auditor.place import Place
from deploy.cli_words import Unable, tell
from deploy.console import console
from deploy.mail_tools.ledger import Line, ledger

verbs = typer.Typer(no_args_is_help=True, help="help_mail")
DAYS = 7
"""Shown where none are asked for."""


@verbs.callback()
def _mail() -> None:
    """Nothing: it makes `mail` a group even while it has one verb."""


@verbs.command("ledger", help="help_mail_ledger")
def _ledger(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="help_mail_from")] = "",
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="help_mail_to")] = "",
    json: Annotated[bool, typer.Option("--json", help="help_json")] = False,
) -> None:
    lines = asyncio.run(_read(Place.find(), first, last))
    if json:
        print(to_json(lines, indent=1).decode())
    else:
        _show(lines)
    raise typer.Exit(1 if any(line.difference for line in lines) else 0)


async def _read(place: Place, first: str, last: str) -> Sequence[Line]:
    now, zone = datetime.now(UTC), await desk_zone(place)
    until = _day(last) if last else now.astimezone(zone).date()
    since = _day(first) if first else until - timedelta(days=DAYS - 1)
    return await ledger(place, since, until, str(zone), now)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unable("mail_no_day", text=text) from error


def _show(lines: Sequence[Line]) -> None:
    out = console()
    if not lines:
        out.print(tell("mail_nothing"))
        return
    heads = ("mail_day", "mail_mailbox", "mail_came", "mail_put_off", "mail_again", "mail_on_the_way")
    rows = Table(*map(tell, heads), *(tell(f"mail_{kind}") for kind in DISPOSITIONS), tell("mail_difference"))
    for line in lines:
        before = (line.came, line.put_off, line.came_again, line.on_the_way)
        counts = (*before, *(line.dispositions[kind] for kind in DISPOSITIONS), line.difference)
        style = "bold red" if line.difference else None
        rows.add_row(line.day.isoformat(), line.mailbox, *(f"{count:,}" for count in counts), style=style)
    out.print(rows)
    came, lost = sum(line.came for line in lines), sum(line.difference for line in lines)
    code = "mail_differs" if lost else "mail_agrees"
    out.print(tell(code, came=came, lost=lost), style="bold red" if lost else "bold green")
