"""Databases and roles: made once, and each role may do the least that it needs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from hashlib import sha256
from uuid import uuid4

import asyncpg
import pytest

from deploy.provision import Names, filled, provision, quoted
from tests.servers.backing import Database, Servers, connected

MakeDatabase = Callable[[str], Awaitable[Database]]
APPEND = "select journal.append(0::smallint, $1, $2, $3, $4, $5, $6, $7)"


async def append(connection: "asyncpg.Connection[asyncpg.Record]", version: int = 1) -> int:
    data = b"{}"
    row = ([uuid4()], [version], ["t"], datetime.now(UTC), [""], [data], sha256(data).digest())
    return int(await connection.fetchval(APPEND, *row))


async def test_provisioning_again_changes_nothing_and_loses_nothing(servers: Servers) -> None:
    prefix = servers.prefix + "again_"
    await provision(servers.admin_url, servers.passwords, prefix, ["sla"])
    url = servers._role_url(f"{prefix}sla", f"{prefix}sla")
    async with connected(url) as service:
        assert await append(service) == 1
    shape = await _shape(servers, prefix)
    await provision(servers.admin_url, servers.passwords, prefix, ["sla"])
    assert await _shape(servers, prefix) == shape
    async with connected(url) as service:
        assert await append(service) == 2
    await servers.drop(f"{prefix}sla")


async def _shape(servers: Servers, prefix: str) -> list[asyncpg.Record]:
    async with connected(servers.admin_url.rpartition("/")[0] + f"/{prefix}sla") as admin:
        return await admin.fetch(
            "select relname, relowner, relacl::text from pg_class c join pg_namespace n on n.oid = relnamespace"
            " where nspname in ('journal', 'views') order by relname"
        )


async def test_two_desks_may_provision_at_once(servers: Servers) -> None:
    prefix = servers.prefix + "race_"
    await asyncio.gather(
        *(provision(servers.admin_url, servers.passwords, prefix, ["sla", "intake"]) for _ in range(2))
    )
    for service in ("sla", "intake"):
        await servers.drop(prefix + service)


@pytest.mark.parametrize(
    "forbidden",
    [
        "update journal.entries set topic = 'x'",
        "delete from journal.entries",
        "truncate journal.entries",
        "insert into journal.entries select * from journal.entries",
        "update journal.heads set position = 0",
        "update journal.applied set position = 0",
        "alter table journal.entries disable trigger all",
        "drop table journal.entries",
        "create table journal.other ()",
        "create schema other",
        "create table public.other ()",
        "create role other",
    ],
)
async def test_a_service_appends_and_reads_and_that_is_all(database: MakeDatabase, forbidden: str) -> None:
    db = await database("lifecycle")
    async with connected(db.url) as service:
        assert await append(service) == 1
        assert await service.fetchval("select count(*) from journal.entries") == 1
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(forbidden)
        assert await service.fetchval("select count(*) from journal.entries where topic = 't'") == 1


async def test_a_service_makes_and_drops_its_own_views(database: MakeDatabase) -> None:
    db = await database("gateway")
    async with connected(db.url) as service, connected(db.auditor_url) as auditor:
        await service.execute("create table views.queue (number text); insert into views.queue values ('1')")
        assert await auditor.fetchval("select number from views.queue") == "1"
        await service.execute("drop table views.queue")


async def test_the_auditor_reads_everything_and_changes_nothing(database: MakeDatabase) -> None:
    db = await database("lifecycle")
    async with connected(db.url) as service:
        await append(service)
    async with connected(db.auditor_url) as auditor:
        assert await auditor.fetchval("select count(*) from journal.entries") == 1
        for forbidden in ("delete from journal.entries", "create table views.x ()", "create temp table x ()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await auditor.execute(forbidden)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await append(auditor)


async def test_nobody_but_the_gateway_reads_a_passwords_hash(database: MakeDatabase) -> None:
    """Whoever guesses a manager's password from it would change what an auditor may not."""
    made = await database("gateway")
    async with connected(made.auditor_url) as auditor:
        assert await auditor.fetchval("select count(*) from journal.entries") == 0
        for table in ("logins", "failures", "uploads"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await auditor.fetch(f"select * from access.{table}")
    async with connected(made.url) as gateway:
        assert await gateway.fetch("select * from access.logins") == []


async def test_a_service_cannot_enter_the_database_of_another(database: MakeDatabase) -> None:
    lifecycle, sla = await database("lifecycle"), await database("sla")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with connected(lifecycle.url.rpartition("/")[0] + "/" + sla.name):
            pass


async def test_the_tests_databases_are_apart(database: MakeDatabase) -> None:
    one, other = await database("lifecycle"), await database("lifecycle")
    async with connected(one.url) as first, connected(other.url) as second:
        await append(first)
        assert await second.fetchval("select count(*) from journal.entries") == 0


def test_sql_files_take_the_roles_as_quoted_names_and_keep_their_braces() -> None:
    name = Names('a"b_', "sla")
    assert filled("grant x to {service_role}; select '{}'", name) == 'grant x to "a""b_sla"; select \'{}\''
    assert quoted("plain") == '"plain"'
