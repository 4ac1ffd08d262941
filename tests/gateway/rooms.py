"""The gateway's views on a real database, filled from books; its pages over them, without a browser."""

import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from journal.blobs import Blobs
from journal.bus import Bus
from journal.clock import DeskClock
from journal.directory import Directory
from journal.directory_table import DIRECTORY_SQL, refresh
from journal.entry import Entry
from journal.store import Pool, applied
from journal.tokens import KeyRing
from journal.work import Work
from services.gateway.app import application
from services.gateway.asking import Asker
from services.gateway.layout import make_views
from services.gateway.logins import Logins
from services.gateway.portal import Portal
from services.gateway.reading import Views
from services.gateway.settings import GatewaySettings
from services.gateway.views import REACTIONS, TABLES, on_directory, views_journal
from tests.gateway.books import PARTITIONS, Books
from tests.servers.backing import Database

REACT: dict[str, Callable[[Work[Any], Sequence[Entry]], Awaitable[None]]] = {
    "directory": on_directory,
    **REACTIONS,
}
DIRECTORY_TABLE = DIRECTORY_SQL.read_text(encoding="utf-8")
PASSWORD = "uma senha de teste"
CLOCK = DeskClock()


@contextlib.asynccontextmanager
async def views_of(database: Database) -> AsyncIterator[Pool]:
    """A pool on the gateway's own role, with its tables made."""
    async with asyncpg.create_pool(database.url, min_size=1, max_size=6) as pool:
        await pool.execute(DIRECTORY_TABLE)
        await make_views(pool)
        yield pool


async def apply(pool: Pool, source: str, partition: int, entries: Sequence[Entry]) -> None:
    """What a follower does with a segment."""
    journal = views_journal(pool, CLOCK, PARTITIONS)
    async with journal.work() as work:
        await REACT[source](work, entries)
        before = await applied(pool, (source, partition))
        await work.commit((source, partition), (before, entries[-1].position))


async def fill(pool: Pool, books: Books, chance: random.Random | None = None) -> None:
    """Apply all books, in segments and an order between journals that chance decides."""
    chance = chance or random.Random(1)
    waiting = {key: books.as_published(*key) for key in books.kept}
    while waiting:
        key = chance.choice(list(waiting))
        count = chance.randrange(1, 30)
        await apply(pool, *key, waiting[key][:count])
        if not waiting.setdefault(key, [])[count:]:
            del waiting[key]
        else:
            waiting[key] = waiting[key][count:]


async def dump(pool: Pool) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the views hold, in a fixed order."""
    found = {table: await pool.fetch(f"select * from views.{table}") for table in TABLES}
    return {table: sorted((tuple(row) for row in rows), key=repr) for table, rows in found.items()}


def blobs_in(folder: Path) -> Blobs:
    return Blobs.at(folder.as_uri())


async def portal_over(pool: Pool, bus: Bus, blobs: Blobs, **settings: Any) -> Portal:
    """The pages' parts over filled views."""
    directory = Directory()
    await refresh(directory, pool)
    views = Views(pool)
    return Portal(
        views=views,
        logins=Logins(pool, CLOCK),
        asker=Asker(bus, views),
        directory=directory,
        blobs=blobs,
        clock=CLOCK,
        settings=GatewaySettings(**settings),
        keys=KeyRing.of("a secret of the tests and long enough"),
    )


PEOPLE = {
    "bia": ("bia@aurora.example", "requester", "bia"),
    "caio": ("caio@serra.example", "requester", "caio"),
    "ana": ("ana@desk.example", "analyst", "ana"),
    "mara": ("mara@desk.example", "manager", "mara"),
    "rui": ("rui@desk.example", "auditor", "rui"),
}


async def admit_everybody(portal: Portal, pool: Pool) -> None:
    """With one password for all of them, hashed once: hashing takes its time on purpose."""
    await portal.logins.set_password("bia@aurora.example", "requester", "bia", PASSWORD)
    await pool.executemany(
        "insert into access.logins select $1, $2, $3, password, changed_at from access.logins "
        "where login = 'bia@aurora.example' on conflict do nothing",
        list(PEOPLE.values()),
    )


class Browser:
    """Somebody at the pages, without a window: keeps cookies, finds the forms' tokens."""

    def __init__(self, portal: Portal) -> None:
        transport = httpx.ASGITransport(application(portal), raise_app_exceptions=True)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://desk.test")

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def token(self) -> str:
        """The CSRF token of the session, as any page carries it."""
        text = (await self.http.get("/login", follow_redirects=True)).text
        return text.split('name="csrf" value="', 1)[1].split('"', 1)[0]

    async def post(self, path: str, data: dict[str, str], **more: Any) -> httpx.Response:
        return await self.http.post(path, data={"csrf": await self.token(), **data}, **more)

    async def enter(self, who: str, password: str = PASSWORD) -> httpx.Response:
        return await self.post("/login", {"login": PEOPLE[who][0], "password": password})


def every_text(*folders: Path) -> Iterator[str]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".html"):
                yield path.read_text(encoding="utf-8")
