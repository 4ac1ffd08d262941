"""`atendimento dead-letters`: its verbs. Each says with `--help` what it does."""

import asyncio
from typing import Annotated
from uuid import uuid4

import typer
from pydantic import ValidationError
from pydantic_core import to_json
from rich.table import Table
from rich.text import Text

from contracts.commands import RetryDeadLetter, SettleDeadLetter
from contracts.envelope import COMMANDS, Reply, Request
from deploy.asking import answered, operator, whereabouts
from deploy.auditor import shown
from deploy.auditor.history import desk_zone
from deploy.auditor.place import Place
from deploy.auditor.standing import all_parked
from deploy.cli_words import Unable, tell
from deploy.console import console
from journal.bus import Bus

verbs = typer.Typer(invoke_without_command=True, help="help_dead_letters")
SHOWN_MAX = 1_000
"""Parked entries of each service that are listed."""
ANSWER_S, PATIENCE_S = 10.0, 30.0
"""How long one answer may take, and how long a service may take to begin to answer."""

Service = Annotated[str, typer.Argument(metavar="SERVICE", help="help_parked_service")]
Where = Annotated[str, typer.Argument(metavar="SOURCE:PARTITION-POSITION", help="help_parked_where")]


@verbs.callback()
def _list(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help="help_json")] = False
) -> None:
    if context.invoked_subcommand is not None:
        return
    place = Place.find()
    found = asyncio.run(all_parked(place, SHOWN_MAX))
    if json:
        print(to_json(found, indent=1).decode())
        return
    if not found:
        console().print(tell("nothing_parked"))
        return
    zone = asyncio.run(desk_zone(place))
    rows = Table(tell("when"), tell("service"), tell("entry"), tell("event"), tell("error"), expand=True)
    for each in found:
        where = f"{each.source}:{each.partition}-{each.position}"
        rows.add_row(shown.instant(each.parked_at, zone), each.service, where, each.topic, Text(each.error))
    console().print(rows)


@verbs.command("retry", help="help_parked_retry")
def _retry(service: Service, where: Where) -> None:
    _tell(asyncio.run(_asked(_command(service, RetryDeadLetter, where))), "parked_retried")


@verbs.command("settle", help="help_parked_settle")
def _settle(
    service: Service,
    where: Where,
    reason: Annotated[str, typer.Option("--reason", help="help_parked_reason")],
) -> None:
    _tell(asyncio.run(_asked(_command(service, SettleDeadLetter, where, reason=reason))), "parked_settled")


def _command(service: str, form: type[RetryDeadLetter], where: str, **more: str) -> RetryDeadLetter:
    """The command about that entry, as it is written in the list. Raises Unable for one that names none."""
    if f"{service}.{form.__name__}" not in COMMANDS:
        raise Unable("parked_no_service", service=service)
    source, _, place = where.partition(":")
    partition, _, position = place.partition("-")
    try:
        return form.to(service).model_validate(
            {"source": source, "partition": partition, "position": position, **more}
        )
    except ValidationError as error:
        raise Unable("parked_nowhere", where=where) from error


async def _asked(command: RetryDeadLetter) -> Reply:
    data = command.model_dump(mode="json")
    request = Request(id=f"operator:{uuid4()}", type=command.topic, by=operator(), data=data)
    url, _ = whereabouts()
    bus = await Bus.connect(url, "gateway")
    try:
        return await answered(bus, command.owner, to_json(request), answer_s=ANSWER_S, patience_s=PATIENCE_S)
    finally:
        await bus.close()


def _tell(reply: Reply, code: str) -> None:
    if reply.outcome != "done":
        raise Unable("parked_refused", code=reply.code, facts=reply.facts or "")
    console().print(tell(code, topic=reply.result["topic"]), style="green")
