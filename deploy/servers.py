"""The two servers under a desk: its own, or those that the environment names."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from deploy.nats import LOCAL_CHANNELS, EmbeddedNats, greets
from deploy.nats_rules import SERVICES, channel_user
from deploy.ports import free_port
from deploy.postgres import EmbeddedPostgres
from deploy.provision import provision
from deploy.settings import NATS_PORT, Settings
from deploy.supervisor import Supervisor
from deploy.words import Problem, say

USERS = ("admin", *SERVICES, *map(channel_user, LOCAL_CHANNELS))


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are, for the admin and for each user."""

    state: Path
    database_url: str
    nats_urls: dict[str, str]
    elsewhere: str
    """A sentence about data that could not be kept in the state folder, or nothing."""

    def provision(self) -> None:
        """Databases, roles and tables, where they are missing.

        Raises:
            Problem: PostgreSQL cannot be reached (`no_reply`) or refuses (`refused_us`).
        """
        address = _address(self.database_url)
        try:
            asyncio.run(provision(self.database_url, self.state / "passwords"))
        except (OSError, TimeoutError, asyncpg.PostgresConnectionError) as error:
            reason = str(error) or type(error).__name__
            raise Problem("no_reply", name="PostgreSQL", address=address, reason=reason) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise Problem("refused_us", address=address, reason=error) from error


def start_servers(settings: Settings, supervisor: Supervisor, breathe: Callable[[], None]) -> Servers:
    """Start both at once, or find those given; the supervisor looks after what was started.

    `breathe` is called while waiting; what it raises ends the wait.

    Raises:
        Problem: one of them did not start, or does not answer.
    """
    started: list[EmbeddedPostgres | EmbeddedNats] = []
    postgres = nats = None
    if not settings.database_url:
        postgres = EmbeddedPostgres(settings.state)
        started.append(postgres)
    if not settings.nats_url:
        nats = EmbeddedNats(settings.state, free_port(NATS_PORT))
        started.append(nats)
    elif not greets(settings.nats_url):
        raise Problem("no_reply", name="NATS", address=_address(settings.nats_url), reason="-")
    _start_together(started, breathe)
    for server in started:
        supervisor.watch(server, is_server=True)
    return Servers(
        state=settings.state,
        database_url=postgres.url if postgres else settings.database_url,
        nats_urls={user: nats.url(user) if nats else settings.nats_url for user in USERS},
        elsewhere=_elsewhere(settings.state, postgres),
    )


def _start_together(started: list[EmbeddedPostgres | EmbeddedNats], breathe: Callable[[], None]) -> None:
    """Start them in threads of their own. If one fails, or the wait is ended, none stays behind."""
    with ThreadPoolExecutor() as pool:
        starting = [pool.submit(server.start) for server in started]
        try:
            while not all(each.done() for each in starting):
                breathe()
            for each in starting:
                each.result()
        except BaseException:
            # Twice: what runs now, and what a thread that was still making its data has started since.
            for _ in range(2):
                for server in started:
                    server.stop(1)
                wait(starting)
            raise


def _elsewhere(state: Path, postgres: EmbeddedPostgres | None) -> str:
    if postgres and not postgres.data.is_relative_to(state):
        return say("data_elsewhere", state=state, place=postgres.place.folder)
    return ""


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or '-'}"
