"""The auditor's way into the journals: where they are, and connections that can only read."""

import contextlib
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from deploy.cli_words import Unable
from deploy.nats_rules import SERVICES
from deploy.provision import PREFIX, ROOT, Names

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
URL = "AUDITOR_DATABASE_URL"
"""DSN of any one of the databases; the others are on its server under their usual names."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the journals are; `described` is the running desk's own account of itself, `{}` without one."""

    dsns: Mapping[str, str]
    described: Mapping[str, Any]

    @classmethod
    def find(cls, environ: Mapping[str, str] = os.environ) -> "Place":
        """From `AUDITOR_DATABASE_URL`, `AUDITOR_DATABASE_URL_<SERVICE>`, else the desk that runs here.

        Raises:
            Unable: no desk runs here and the environment names none (`no_desk`).
        """
        dsns = {
            service: environ.get(f"{URL}_{service.upper()}") or _elsewhere(environ.get(URL, ""), service)
            for service in SERVICES
        }
        if any(dsns.values()):
            return cls({service: dsn for service, dsn in dsns.items() if dsn}, {})
        state = Path(environ.get("ATENDIMENTO_STATE") or ROOT / ".local").resolve()
        try:
            described = json.loads((state / "desk.json").read_text())
        except (OSError, ValueError) as error:
            raise Unable("no_desk", file=state / "desk.json", variable=URL) from error
        return cls(described["auditor"], described)

    @contextlib.asynccontextmanager
    async def open(self, service: str) -> AsyncIterator[Connection]:
        """One snapshot of a service's database, read-only: what others write meanwhile does not show.

        Raises:
            Unable: the database cannot be reached (`unreachable`).
        """
        if service not in self.dsns:
            raise Unable("unreachable", service=service, reason=f"{URL}_{service.upper()}")
        try:
            connection = await asyncpg.connect(self.dsns[service], timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise Unable("unreachable", service=service, reason=error or type(error).__name__) from error
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                # The snapshot is taken by the first statement.
                await connection.execute("select 1")
                yield connection
        finally:
            await connection.close()

    @contextlib.asynccontextmanager
    async def open_all(self, services: Sequence[str] = SERVICES) -> AsyncIterator[dict[str, Connection]]:
        """The same of several services, one after the other in that order. Raises Unable as `open`."""
        async with contextlib.AsyncExitStack() as stack:
            yield {service: await stack.enter_async_context(self.open(service)) for service in services}


def _elsewhere(url: str, service: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{Names(PREFIX, service).database}")) if url else ""
