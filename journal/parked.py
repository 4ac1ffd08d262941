"""What a person does about parked entries: every service that follows others answers these two commands."""

from collections.abc import Mapping
from typing import Any

from contracts.commands import RetryDeadLetter, SettleDeadLetter
from contracts.envelope import Command, Request
from journal import dead_letters
from journal.commands import Handle
from journal.entry import Entry
from journal.errors import Conflict, NotYet, Refused
from journal.follower import Follower
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from journal.work import Work


def with_parked(handle: Handle, followers: Mapping[str, Follower]) -> Handle:
    """The service's own handling of commands, and before it that of the parked entries of its followers."""

    async def answer(work: Work[Any], command: Command, request: Request) -> dict[str, Any]:
        if isinstance(command, SettleDeadLetter):
            return await _settle(work, command, request)
        if isinstance(command, RetryDeadLetter):
            return await _retry(work, command, request, followers)
        return await handle(work, command, request)

    return answer


async def _retry(
    work: Work[Any], command: RetryDeadLetter, request: Request, followers: Mapping[str, Follower]
) -> dict[str, Any]:
    entry = await _taken(work, command)
    follower = followers.get(command.source)
    if follower is None:
        raise Refused("not_followed", source=command.source)
    try:
        await follower.react(work, [entry])
    except (Conflict, *INFRASTRUCTURE):
        raise
    except Exception as error:
        log.warning("parked entry fails again", source=command.source, error=repr(error))
        code = "not_yet" if isinstance(error, NotYet) else "still_fails"
        raise Refused(code, error=type(error).__name__) from error
    connection = await work.connection()
    await dead_letters.settle(connection, command.source, entry, work.now, request.by.key, "retried")
    return {"topic": entry.topic}


async def _settle(work: Work[Any], command: SettleDeadLetter, request: Request) -> dict[str, Any]:
    entry = await _taken(work, command)
    connection = await work.connection()
    await dead_letters.settle(connection, command.source, entry, work.now, request.by.key, command.reason)
    return {"topic": entry.topic}


async def _taken(work: Work[Any], command: RetryDeadLetter) -> Entry:
    where = (command.source, command.partition, command.position)
    entry = await dead_letters.take(await work.connection(), *where)
    if entry is None:
        raise Refused("no_such_dead_letter")
    return entry
