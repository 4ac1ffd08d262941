"""The real servers that the tests run against, and a database of its own for each test."""

import contextlib
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import psutil

from deploy.child import reclaim
from deploy.passwords import password
from deploy.postgres import EmbeddedPostgres
from deploy.provision import Names, database_url, make_database, provision, quoted, role_url

POSTGRES_IMAGE = "postgres:18"


@dataclass(frozen=True, slots=True)
class Database:
    """One service's database, provisioned as on a desk: its own for one test, gone after it."""

    names: Names
    name: str
    url: str
    """DSN of the running service's role."""
    admin_url: str
    """DSN of the superuser, who may also forge what no role of the desk may."""
    auditor_url: str


@dataclass(slots=True)
class Servers:
    """PostgreSQL for one run of the tests; every name in it begins with a prefix that no other run has."""

    folder: Path
    admin_url: str
    embedded: EmbeddedPostgres | None
    prefix: str = field(default_factory=lambda: f"t{secrets.token_hex(4)}_")
    _made: set[str] = field(default_factory=set)
    _count: int = 0

    @property
    def passwords(self) -> Path:
        """The folder of the roles' passwords."""
        return self.folder / "passwords"

    async def new_database(self, service: str) -> Database:
        """A copy of the service's provisioned database, which the first call makes."""
        names = Names(self.prefix, service)
        if service not in self._made:
            await provision(self.admin_url, self.passwords, self.prefix, [service])
            self._made.add(service)
        self._count += 1
        copy = _Copy(self.prefix, service, f"{names.database}_{self._count}")
        async with connected(self.admin_url) as admin:
            await make_database(admin, copy, template=names.database)
        return Database(
            names=names,
            name=copy.database,
            url=self._role_url(names.role, copy.database),
            admin_url=database_url(self.admin_url, copy.database),
            auditor_url=self._role_url(names.auditor, copy.database),
        )

    async def drop(self, database: str) -> None:
        """Drop a database, whoever is still connected."""
        async with connected(self.admin_url) as admin:
            await admin.execute(f"drop database if exists {quoted(database)} with (force)")

    async def drop_everything(self) -> None:
        """Leave a server that is not ours as it was found."""
        async with connected(self.admin_url) as admin:
            like = self.prefix.replace("_", r"\_") + "%"
            for row in await admin.fetch("select datname from pg_database where datname like $1", like):
                await self.drop(row["datname"])
            for row in await admin.fetch("select rolname from pg_roles where rolname like $1", like):
                await admin.execute(f"drop role {quoted(row['rolname'])}")

    def _role_url(self, role: str, database: str) -> str:
        return role_url(self.admin_url, role, password(self.passwords, role), database)


@dataclass(frozen=True, slots=True)
class _Copy(Names):
    """The roles of a service on a database of another name."""

    copy: str

    @property
    def database(self) -> str:
        return self.copy


@contextlib.asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection for the time of a block."""
    connection = await asyncpg.connect(url, timeout=60)
    try:
        yield connection
    finally:
        await connection.close()


IN_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder in it is made by mkdtemp
IN_MEMORY_MIN = 2_000_000_000


@contextlib.contextmanager
def scratch(*, in_memory: bool = False) -> Iterator[Path]:
    """A folder for servers, which the account that runs PostgreSQL under root can reach (`tmp_path` is closed).

    In memory where there is plenty of it: a database made and dropped for each test is all `fsync`.
    """
    roomy = in_memory and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > IN_MEMORY_MIN
    top = IN_MEMORY if roomy else Path(tempfile.gettempdir())
    ours = top / f"atendimento-tests-{os.geteuid()}"
    ours.mkdir(exist_ok=True)
    _sweep(ours)
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=ours))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        _remove(folder)


def _sweep(ours: Path) -> None:
    """Stop and remove what a killed run of the tests has left."""
    for folder in ours.glob("*-*"):
        with contextlib.suppress(ValueError, OSError):
            if not psutil.pid_exists(int(folder.name.partition("-")[0])):
                for pids in folder.rglob("pids"):
                    reclaim(pids)
                _remove(folder)


def _remove(folder: Path) -> None:
    for link in (path for path in folder.rglob("postgres") if path.is_symlink()):
        shutil.rmtree(link.resolve(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgres_server(folder: Path) -> Iterator[tuple[str, EmbeddedPostgres | None]]:
    """The admin DSN of a PostgreSQL: `DATABASE_URL`, else a container where Docker answers, else embedded."""
    if given := os.environ.get("DATABASE_URL"):
        yield given, None
        return
    with contextlib.ExitStack() as stack:
        if docker_answers() and (url := _contained(stack)):
            yield url, None
            return
        server = EmbeddedPostgres(folder)
        stack.callback(server.stop)
        server.start()
        yield server.url, server


def docker_answers() -> bool:
    """Whether a Docker daemon answers here."""
    if not (os.environ.get("DOCKER_HOST") or Path("/var/run/docker.sock").exists()):
        return False
    from testcontainers.core.docker_client import DockerClient

    try:
        return bool(DockerClient().client.ping())
    except Exception as error:  # noqa: BLE001 - whatever is wrong with Docker, it is not what is being tested
        warnings.warn(f"Docker does not answer: {error}", stacklevel=2)
        return False


def _contained(stack: contextlib.ExitStack) -> str | None:
    from testcontainers.postgres import PostgresContainer

    try:
        container = stack.enter_context(PostgresContainer(POSTGRES_IMAGE, driver=None))
    except Exception as error:  # noqa: BLE001 - no image to be had, for instance
        warnings.warn(f"no container of {POSTGRES_IMAGE}: {error}", stacklevel=2)
        return None
    return str(container.get_connection_url())
