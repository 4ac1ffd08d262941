"""`atendimento`: the one command-line program. Each verb says with `--help` what it does."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from pydantic_core import to_json
from rich.console import Console
from rich.table import Table

from deploy.auditor import shown
from deploy.auditor.chains import Checked, check
from deploy.auditor.history import as_json, desk_zone, history
from deploy.auditor.place import Place
from deploy.auditor.standing import standings
from deploy.cli_words import SENTENCES, Unable, tell
from deploy.console import console
from deploy.directory_files import commands as directory
from deploy.importing import commands as importing
from deploy.mail_tools import commands as mail
from deploy.nats_rules import SERVICES
from deploy.parked import commands as parked
from deploy.provision import ROOT
from deploy.sla_tools import commands as sla
from deploy.words import in_english

T = TypeVar("T")
LANGUAGES = {"pt": "pt_BR.UTF-8", "en": "en_US.UTF-8"}

verbs = typer.Typer(no_args_is_help=True, add_completion=False, help="help")
rebuilds = typer.Typer(no_args_is_help=True, help="help_rebuild")
verbs.add_typer(rebuilds, name="rebuild")
verbs.add_typer(sla.verbs, name="sla")
verbs.add_typer(directory.verbs, name="directory")
verbs.add_typer(importing.verbs, name="import")
verbs.add_typer(mail.verbs, name="mail")
verbs.add_typer(parked.verbs, name="dead-letters")

AsJson = Annotated[bool, typer.Option("--json", help="help_json")]


@verbs.callback()
def _language(
    lang: Annotated[str, typer.Option("--lang", metavar="pt|en", help="help_lang")] = "",
) -> None:
    """Nothing: the language is chosen before the program is built."""


@verbs.command("history", help="help_history")
def _history(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="help_number")],
    at: Annotated[str, typer.Option("--at", metavar="INSTANT", help="help_at")] = "",
    json: AsJson = False,
) -> None:
    place = Place.find()
    found = run(_history_of(place, number, at))
    if json:
        _print_json(as_json(found))
        return
    out = console()
    out.print(shown.table(found))
    upto = shown.instant(found.upto, found.zone) if found.upto else tell("now")
    out.print(f"\n[bold]{tell('as_it_stood', number=number, upto=upto)}[/]")
    out.print(shown.standing(found))


async def _history_of(place: Place, number: str, at: str) -> Any:
    upto = None
    if at:
        try:
            upto = datetime.fromisoformat(at)
        except ValueError as error:
            raise Unable("no_instant", text=at) from error
        if upto.tzinfo is None:
            upto = upto.replace(tzinfo=await desk_zone(place))
    return await history(place, number, upto)


@verbs.command("verify", help="help_verify")
def _verify(
    service: Annotated[list[str] | None, typer.Argument(metavar="[SERVICE]...", help="help_services")] = None,
    json: AsJson = False,
) -> None:
    place = Place.find()
    if strangers := sorted(set(service or ()) - set(SERVICES)):
        raise Unable("no_service", names=", ".join(strangers), known=", ".join(SERVICES))
    checked: list[Checked] = []
    for name in service or place.dsns:
        found = run(check(place, name))
        checked += found
        if not json:
            _tell_checked(name, found)
    if json:
        _print_json(checked)
    bad = sum(not each.verdict.sound for each in checked)
    if not json:
        total = sum(each.verdict.entries for each in checked)
        seconds = sum(each.seconds for each in checked)
        said = tell("verified_bad" if bad else "verified", entries=total, seconds=seconds, bad=bad)
        console().print(said, style="bold red" if bad else "bold green")
    raise typer.Exit(1 if bad else 0)


def _tell_checked(service: str, found: list[Checked]) -> None:
    out = console()
    entries = sum(each.verdict.entries for each in found)
    seconds = sum(each.seconds for each in found)
    bad = [each.verdict for each in found if not each.verdict.sound]
    mark = "[red]✗[/]" if bad else "[green]✓[/]"
    out.print(f"{mark} {tell('chains', service=service, entries=entries, seconds=seconds)}")
    for verdict in bad:
        facts = {"partition": verdict.partition, "position": verdict.bad_position, "because": verdict.because}
        out.print(f"    {tell('bad_entry', service=service, **facts)}", style="red")


def _rebuild(service: str) -> None:
    environment = dict(os.environ)
    if not {"DATABASE_URL", "NATS_URL"} <= environment.keys():
        described = Place.find({k: v for k, v in os.environ.items() if k == "ATENDIMENTO_STATE"}).described
        environment |= described["services"][service]
        environment["DESK_CLOCK"] = described["clock"]
    done = subprocess.run(
        [sys.executable, "-m", f"services.{service}.rebuild"], cwd=ROOT, env=environment, check=False
    )
    raise typer.Exit(done.returncode)


@rebuilds.command("gateway", help="help_rebuild_gateway")
def _rebuild_gateway() -> None:
    _rebuild("gateway")


@rebuilds.command("intake", help="help_rebuild_intake")
def _rebuild_intake() -> None:
    _rebuild("intake")


@rebuilds.command("lifecycle", help="help_rebuild_lifecycle")
def _rebuild_lifecycle() -> None:
    _rebuild("lifecycle")


@rebuilds.command("notifier", help="help_rebuild_notifier")
def _rebuild_notifier() -> None:
    _rebuild("notifier")


@rebuilds.command("sla", help="help_rebuild_sla")
def _rebuild_sla() -> None:
    _rebuild("sla")


@verbs.command("status", help="help_status")
def _status(json: AsJson = False) -> None:
    place = Place.find()
    found = run(standings(place))
    if json:
        _print_json(found)
        return
    rows = Table(tell("service"), tell("ready"), tell("entries"), tell("behind"), tell("parked"))
    for each in found:
        ready = "-" if each.ready is None else tell("yes" if each.ready else "no")
        behind = " · ".join(f"{source} {count}" for source, count in each.behind.items()) or "-"
        style = "red" if each.ready is False or each.parked else None
        rows.add_row(each.service, ready, f"{each.entries:,}", behind, str(each.parked), style=style)
    console().print(rows)


def run(doing: Coroutine[Any, Any, T]) -> T:
    """Do it, and wait for it."""
    return asyncio.run(doing)


def _print_json(found: Any) -> None:
    print(to_json(found, indent=1).decode())


def program() -> Callable[..., Any]:
    """The program with its help in the person's language: the codes in it become sentences."""
    command = typer.main.get_command(verbs)
    _translate(command)
    return command


def _translate(command: Any) -> None:
    command.help = _sentence(command.help)
    for parameter in command.params:
        parameter.help = _sentence(getattr(parameter, "help", None))
    for child in getattr(command, "commands", {}).values():
        _translate(child)


def _sentence(code: str | None) -> str | None:
    return SENTENCES[code][in_english()] if code in SENTENCES else code


def _choose_language(arguments: list[str]) -> None:
    """`--lang pt` or `--lang en`, before everything else is read; the locale's language otherwise."""
    for here, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, _, value = here.partition("=")
        if name == "--lang":
            os.environ["LC_ALL"] = LANGUAGES.get((value or following)[:2].lower(), LANGUAGES["pt"])
            return


def app() -> None:
    """The program as installed: 0, 1 when something is wrong, 2 when asked in a way it does not know."""
    _choose_language(sys.argv[1:])
    try:
        program()(prog_name="atendimento")
    except Unable as unable:
        Console(stderr=True, soft_wrap=True, highlight=False).print(str(unable), style="red", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    app()
