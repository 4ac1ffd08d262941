"""Commands: answered once for each idempotency key, those that arrive together appended together."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import asyncpg
from pydantic import ValidationError

from contracts.envelope import COMMANDS as KNOWN
from contracts.envelope import Command, Reply, Request, UnknownTopicError
from contracts.policy import permits
from journal.errors import Conflict, Refused
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from journal.metrics import COMMAND_SECONDS, COMMANDS
from journal.store import Connection
from journal.work import Journal, Work

TOGETHER_MAX = 100
"""Commands in one transaction."""
_ATTEMPTS = 8
_REMEMBER = "insert into journal.answers (key, answer, answered_at) values ($1, $2, $3)"

Handle: TypeAlias = Callable[[Work[Any], Command, Request], Awaitable[dict[str, Any]]]
"""Decides on one command inside a work; what it returns is `Reply.result`. Raises Refused."""

Asked: TypeAlias = tuple[Request, "asyncio.Future[Reply]"]


class Commands:
    """The commands of one service, whoever brings them: the bus, or a channel in this process."""

    def __init__(self, service: str, journal: Journal[Any], handle: Handle) -> None:
        self.service = service
        self._journal = journal
        self._handle = handle
        self._queue: asyncio.Queue[Asked] = asyncio.Queue()

    async def run(self) -> None:
        """Answer until cancelled."""
        while True:
            asked = [await self._queue.get()]
            while len(asked) < TOGETHER_MAX and not self._queue.empty():
                asked.append(self._queue.get_nowait())
            await self._answer(asked)

    async def ask(self, request: Request) -> Reply:
        """The answer to one request; the same id again gets the same answer."""
        started = time.perf_counter()
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        await self._queue.put((request, future))
        reply = await future
        COMMANDS.labels(request.type if request.type in KNOWN else "unknown", reply.outcome).inc()
        COMMAND_SECONDS.observe(time.perf_counter() - started)
        return reply

    async def ask_raw(self, body: object) -> Reply:
        """The answer to whatever arrived as a request."""
        try:
            request = (
                Request.model_validate_json(body) if isinstance(body, bytes) else Request.model_validate(body)
            )
        except ValidationError as error:
            return self._malformed(error)
        return await self.ask(request)

    async def _answer(self, asked: Sequence[Asked]) -> None:
        """Answer all of them in one transaction; one by one when that fails for any reason of theirs."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                replies = await self._decide(asked)
            except Conflict:
                await asyncio.sleep(0.002 * attempt)
            except INFRASTRUCTURE as error:
                log.warning("command waits", error=repr(error))
                await asyncio.sleep(0.1 * attempt)
            except Exception as error:  # noqa: BLE001 - a fault of one command must not be that of others
                if len(asked) > 1:
                    for one in asked:
                        await self._answer([one])
                    return
                log.exception("command failed", type=asked[0][0].type, error=repr(error))
                break
            else:
                for (_, future), reply in zip(asked, replies, strict=True):
                    if not future.done():
                        future.set_result(reply)
                return
        for _, future in asked:
            if not future.done():
                future.set_result(Reply(outcome="fault", code="unavailable", service=self.service))

    async def _decide(self, asked: Sequence[Asked]) -> list[Reply]:
        async with self._journal.work() as work:
            answers = await self._known(await work.connection(), [request.id for request, _ in asked])
            fresh: dict[str, tuple[Reply, int]] = {}
            for request, _ in asked:
                if request.id not in answers and request.id not in fresh:
                    before = work.counts()
                    reply = await self._decide_one(work, request)
                    after = work.counts()
                    partition = next((p for p in after if after[p] != before.get(p, 0)), -1)
                    fresh[request.id] = (reply, partition)

            async def remember(connection: Connection, positions: dict[int, int]) -> None:
                for key, (reply, partition) in fresh.items():
                    where = {"partition": max(partition, 0), "position": positions.get(partition, 0)}
                    answers[key] = reply.model_copy(update=where)
                rows = [(key, answers[key].model_dump_json().encode(), work.now) for key in sorted(fresh)]
                try:
                    await connection.executemany(_REMEMBER, rows)
                except asyncpg.UniqueViolationError as error:
                    raise Conflict("another replica answered the same key first") from error

            await work.commit(then=remember)
        return [answers[request.id] for request, _ in asked]

    async def _decide_one(self, work: Work[Any], request: Request) -> Reply:
        """The answer to one command; a refused one leaves nothing in the work that others go on with."""
        try:
            command = request.command()
        except UnknownTopicError:
            return Reply(outcome="refused", code="unknown_command", service=self.service)
        except ValidationError as error:
            return self._malformed(error)
        if not permits(request.by, command):
            facts = {"role": request.by.role}
            return Reply(outcome="refused", code="not_allowed", facts=facts, service=self.service)
        try:
            async with work.part():
                result = await self._handle(work, command, request)
        except Refused as refusal:
            return Reply(outcome="refused", code=refusal.code, facts=refusal.facts, service=self.service)
        except ValidationError as error:
            return self._malformed(error)
        return Reply(outcome="done", service=self.service, result=result)

    def _malformed(self, error: ValidationError) -> Reply:
        facts = {"errors": _short(error)}
        return Reply(outcome="refused", code="malformed", facts=facts, service=self.service)

    async def _known(self, connection: Connection, keys: list[str]) -> dict[str, Reply]:
        rows = await connection.fetch("select key, answer from journal.answers where key = any($1)", keys)
        return {row["key"]: Reply.parse(row["answer"]) for row in rows}


def _short(error: ValidationError) -> list[dict[str, Any]]:
    """What was wrong, without repeating what was sent."""
    return [
        {"at": ".".join(str(part) for part in problem["loc"]), "why": problem["msg"]}
        for problem in error.errors(include_url=False, include_input=False, include_context=False)[:20]
    ]
