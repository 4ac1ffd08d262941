"""`atendimento directory`: its verbs. Each says with `--help` what it does."""

import asyncio
import sys
from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from rich.console import Console

from contracts.directory import KINDS, Kind
from deploy.auditor.place import Place
from deploy.cli_words import Unable, tell
from deploy.console import console
from deploy.directory_files import told
from deploy.directory_files.csv_file import read_csv, write_csv
from deploy.directory_files.desk import Way, define, standing
from deploy.directory_files.found import Found, Unreadable, Wrong
from deploy.directory_files.yaml_file import read_yaml, write_yaml

Form = Literal["yaml", "csv"]
verbs = typer.Typer(no_args_is_help=True, help="help_directory")
_OfKind = Annotated[str, typer.Option("--kind", metavar="KIND", help="help_kind")]


@verbs.command("import", help="help_import")
def _import(
    file: Annotated[Path, typer.Argument(metavar="FILE.yaml|FILE.csv", help="help_import_file")],
    kind: _OfKind = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help_dry_run")] = False,
) -> None:
    way = Way.find()
    try:
        found = _read(file, _known(kind), way.year)
    except Unreadable as unreadable:
        _refuse(file, unreadable.wrongs)
    if not found:
        raise Unable("file_empty", file=file)
    reply = asyncio.run(define(way, found, dry_run=dry_run))
    if reply.outcome == "refused":
        _refuse(file, told.wrongs(reply, found))
    changes = reply.result["records"]
    counts = {
        outcome: sum(each["outcome"] == outcome for each in changes) for outcome in ("new", "changed", "same")
    }
    out = console()
    if counts["same"] < len(changes):
        out.print(told.diff(changes))
    out.print(tell("records_dry" if dry_run else "records_done", **counts), soft_wrap=True)


@verbs.command("export", help="help_export")
def _export(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="help_export_file")] = None,
    kind: _OfKind = "",
    form: Annotated[Form | None, typer.Option("--format", help="help_export_format")] = None,
) -> None:
    only = _known(kind)
    records = asyncio.run(standing(Place.find()))
    if (form or _form_of(file)) == "csv":
        if only is None:
            raise Unable("csv_needs_kind", known=", ".join(KINDS))
        text = write_csv(only, records.get(only, {}))
    else:
        text = write_yaml({each: keyed for each, keyed in records.items() if only in {None, each}})
    if file is None:
        sys.stdout.write(text)
        return
    try:
        # A CSV begins with the mark by which spreadsheets know UTF-8.
        file.write_bytes(text.encode("utf-8-sig" if file.suffix.lower() == ".csv" else "utf-8"))
    except OSError as error:
        raise Unable("file_unwritten", file=file, reason=error.strerror) from error


def _read(file: Path, kind: Kind | None, year: int) -> list[Found]:
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Unable("file_unread", file=file, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise Unable("file_no_utf8", file=file, line=error.object.count(b"\n", 0, error.start) + 1) from error
    if _form_of(file) == "csv":
        if kind is None:
            raise Unable("csv_needs_kind", known=", ".join(KINDS))
        return read_csv(text, kind, year)
    return [found for found in read_yaml(text, year) if kind in {None, found.kind}]


def _form_of(file: Path | None) -> Form:
    return "csv" if file is not None and file.suffix.lower() == ".csv" else "yaml"


def _known(kind: str) -> Kind | None:
    if kind and kind not in KINDS:
        raise Unable("no_kind", kind=kind, known=", ".join(KINDS))
    return cast("Kind", kind) if kind else None


def _refuse(file: Path, wrongs: list[Wrong]) -> None:
    errors = Console(stderr=True, soft_wrap=True, highlight=False)
    for wrong in wrongs:
        errors.print(f"{file}:{wrong.line}: {wrong.text}" if wrong.line else wrong.text, markup=False)
    raise Unable("records_none", file=file, count=len(wrongs))
