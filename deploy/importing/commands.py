"""`atendimento import`: its verbs. Each says with `--help` what it does."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.auditor.place import Place
from deploy.cli_words import Unable, tell
from deploy.importing.lines import Wrong, read
from deploy.importing.sending import Progress, Sender, Sum
from journal.blobs import Blobs
from journal.bus import Bus

verbs = typer.Typer(no_args_is_help=True, help="help_bring")
CONNECT_S = 10.0
TELL_EVERY_S = 2.0
"""Between two words on how far it is."""


@verbs.callback()
def _import() -> None:
    """Nothing: it makes `import` a group even while it has one verb."""


@verbs.command("tickets", help="help_bring_tickets")
def _tickets(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="help_bring_file")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help_bring_dry_run")] = False,
    from_line: Annotated[int, typer.Option("--from-line", min=1, help="help_bring_from_line")] = 1,
    files: Annotated[
        Path | None, typer.Option("--files", metavar="DIR", file_okay=False, help="help_bring_files")
    ] = None,
) -> None:
    try:
        faulty = asyncio.run(_brought(file, from_line, files, dry_run=dry_run))
    except OSError as error:
        raise Unable("import_unread", file=file, reason=error.strerror or error) from error
    raise typer.Exit(1 if faulty else 0)


async def _brought(file: Path, first: int, files: Path | None, *, dry_run: bool) -> int:
    """Check every line with the desk, then bring them, unless one is faulty; how many are."""
    environment = _environment()
    bus = await _connected(environment["NATS_URL"])
    try:
        with _progress("import_checking") as progress:
            checked = await Sender(bus, None, dry=True, told=_tell_wrong, progress=progress).send(
                read(file, first, files)
            )
        if dry_run or checked.faulty:
            _say("import_would" if dry_run else "import_not_begun", checked)
            return checked.faulty
        blobs = _store(environment) if files else None
        began = time.monotonic()
        with _progress("import_bringing") as progress:
            brought = await Sender(bus, blobs, dry=False, told=_tell_wrong, progress=progress).send(
                read(file, first, files)
            )
        _say("import_done", brought, rate=f"{brought.opened / (time.monotonic() - began):,.0f}")
        return brought.faulty
    finally:
        await bus.close()


def _environment() -> Mapping[str, str]:
    """The gateway's, whose user of the bus alone may send commands: ours, else that of the desk that runs here."""
    if "NATS_URL" in os.environ:
        return os.environ
    described = Place.find({k: v for k, v in os.environ.items() if k == "ATENDIMENTO_STATE"}).described
    environment: Mapping[str, str] = described["services"]["gateway"]
    return environment


async def _connected(url: str) -> Bus:
    try:
        async with asyncio.timeout(CONNECT_S):
            return await Bus.connect(url, "gateway")
    except TimeoutError as error:
        raise Unable("import_no_desk", address=url.rpartition("@")[2]) from error


def _store(environment: Mapping[str, str]) -> Blobs:
    if not environment.get("BLOBS_URL"):
        raise Unable("import_no_store")
    return Blobs.at(environment["BLOBS_URL"])


@contextmanager
def _progress(doing: str) -> Iterator[Progress]:
    """How far it is, on the error output: a line that changes on a terminal, one line from time to time else."""
    console = Console(stderr=True, highlight=False)
    last = time.monotonic()
    with console.status(tell(doing)) as status:

        def progress(line: int) -> None:
            nonlocal last
            said = tell("import_at_line", doing=tell(doing), line=f"{line:,}")
            if console.is_terminal:
                status.update(said)
            elif time.monotonic() - last > TELL_EVERY_S:
                last = time.monotonic()
                console.print(said)

        yield progress


def _tell_wrong(wrong: Wrong) -> None:
    print(tell("import_line", line=wrong.number, because=wrong.because), flush=True)


def _say(code: str, told: Sum, **facts: object) -> None:
    counts = {"opened": told.opened, "skipped": told.skipped, "faulty": told.faulty}
    print(tell(code, **counts, **facts), file=sys.stdout, flush=True)
