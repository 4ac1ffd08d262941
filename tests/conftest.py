"""Real servers for every test: nothing here is a stand-in.

    async def test_it(database, nats_server):
        db = await database("lifecycle")        # .url, .admin_url, .auditor_url
        nc = await nats.connect(nats_server.url("lifecycle"), inbox_prefix=b"_INBOX.service.lifecycle")

Ports are free ones, names are random, folders are the run's own: any order, any number of runs at once.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.nats import EmbeddedNats
from deploy.postgres import EmbeddedPostgres
from tests.servers.backing import Database, Servers, postgres_server, scratch

settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("desk")
"""How long an example takes says how busy the machine is, and nothing of the rule."""

LONGEST_FIRST = (
    "tests/faults",
    "tests/flow",
    "tests/sla_year",
    "tests/gateway/test_walk.py",
    "tests/gateway/test_browser.py",
    "tests/gateway/test_commands.py",
    "tests/sla",
    "tests/cli",
    "tests/house",
)
"""Files of minutes: begun last, one of them would keep one worker busy long after the others have gone."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, the rest in whatever order it is."""

    def place(item: pytest.Item) -> int:
        names = enumerate(LONGEST_FIRST)
        return next((n for n, name in names if item.nodeid.startswith(name)), len(LONGEST_FIRST))

    items.sort(key=place)


@contextmanager
def _nats() -> Iterator[EmbeddedNats]:
    with scratch() as folder:
        server = EmbeddedNats(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def scratch_session() -> Iterator[Path]:
    """The folder of this run's servers."""
    with scratch(in_memory=True) as folder:
        yield folder


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder of one test, as `.local/` is of a desk."""
    with scratch() as folder:
        yield folder


@pytest.fixture(scope="session")
async def servers(scratch_session: Path) -> AsyncIterator[Servers]:
    """PostgreSQL for the whole run: `DATABASE_URL`, else a container where Docker answers, else embedded."""
    with postgres_server(scratch_session) as (admin_url, embedded):
        servers = Servers(scratch_session, admin_url, embedded)
        yield servers
        if not embedded:
            await servers.drop_everything()


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[Callable[[str], Awaitable[Database]]]:
    """Makes a service's database, provisioned as on a desk, for this test alone."""
    made: list[Database] = []

    async def make(service: str) -> Database:
        made.append(await servers.new_database(service))
        return made[-1]

    yield make
    for each in made:
        await servers.drop(each.name)


@pytest.fixture
def nats_server() -> Iterator[EmbeddedNats]:
    """A NATS server of this test's own, with the desk's users and permissions; it can be killed and wiped."""
    with _nats() as server:
        yield server


@pytest.fixture(scope="module")
def nats_server_module() -> Iterator[EmbeddedNats]:
    """The same, shared by the tests of one module."""
    with _nats() as server:
        yield server


@pytest.fixture
def postgres_server_own() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server of this test's own, for tests that kill it."""
    with scratch() as folder:
        server = EmbeddedPostgres(folder)
        server.start()
        try:
            yield server
        finally:
            server.stop()
