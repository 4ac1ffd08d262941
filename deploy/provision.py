"""Databases, roles and tables of the desk, made where they are missing; safe at every start."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from deploy.nats_rules import SERVICES
from deploy.passwords import password

ROOT = Path(__file__).parents[1]
PREFIX = "atendimento_"
_LOCK = 7_310_579_115
"""Advisory lock of the provisioning: two desks starting at once on one server take turns."""
_CLOSED = "access"
"""The gateway's schema of logins: from a password's hash an auditor could come to change things."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Names:
    """The names that belong to one service in PostgreSQL: its database, and the roles on it."""

    prefix: str
    service: str

    @property
    def database(self) -> str:
        """Its database."""
        return f"{self.prefix}{self.service}"

    @property
    def owner(self) -> str:
        """Owner of the journal's tables and functions; nobody logs in with it."""
        return f"{self.prefix}{self.service}_owner"

    @property
    def role(self) -> str:
        """The role of the running service: reads, appends by function, owns its views."""
        return f"{self.prefix}{self.service}"

    @property
    def auditor(self) -> str:
        """The role that reads every table of every service, and changes nothing."""
        return f"{self.prefix}auditor"


def role_url(admin_url: str, role: str, secret: str, database: str) -> str:
    """The DSN of a role, on the server of the admin's DSN."""
    parts = urlsplit(admin_url)
    _, _, server = parts.netloc.rpartition("@")
    return urlunsplit(
        parts._replace(
            netloc=f"{quote(role, safe='')}:{quote(secret, safe='')}@{server}", path=f"/{database}"
        )
    )


def database_url(admin_url: str, database: str) -> str:
    """The admin's DSN on another database."""
    return urlunsplit(urlsplit(admin_url)._replace(path=f"/{database}"))


async def provision(
    admin_url: str, passwords: Path, prefix: str = PREFIX, services: Iterable[str] = SERVICES
) -> None:
    """Make databases, roles, grants and tables of these services where they are missing.

    Args:
        admin_url: DSN of a role that may create databases and roles.
        passwords: folder where the roles' random passwords are kept, as `<role>`.
        prefix: of every name made.
        services: which.
    """
    names = [Names(prefix, service) for service in services]
    async with _connected(admin_url) as admin:
        await admin.execute(f"select pg_advisory_lock({_LOCK})")
        await make_roles(admin, passwords, names)
        for name in names:
            await make_database(admin, name)
        # Each in a database of its own, so they do not wait for each other's disk.
        await asyncio.gather(*(make_schemas(admin_url, name) for name in names))


async def make_roles(admin: Connection, passwords: Path, names: Iterable[Names]) -> None:
    """Roles with their passwords, as they stand in `passwords`."""
    logins = {login for name in names for login in (name.role, name.auditor)}
    known = {row["rolname"] for row in await admin.fetch("select rolname from pg_roles")}
    for owner in sorted({name.owner for name in names} - known):
        await admin.execute(f"create role {quoted(owner)} nologin")
    for login in sorted(logins):
        verb = "alter" if login in known else "create"
        secret = password(passwords, login).replace("'", "''")
        await admin.execute(f"{verb} role {quoted(login)} login password '{secret}'")
    # Only a superuser may act as any role; an admin of a managed server must be a member first.
    if not await admin.fetchval("select rolsuper from pg_roles where rolname = current_user"):
        for member in sorted({role for name in names for role in (name.owner, name.role)}):
            await admin.execute(f"grant {quoted(member)} to current_user")


async def make_database(admin: Connection, name: Names, template: str = "template1") -> None:
    """The database of one service, closed to everyone but its own roles and the auditor."""
    if not await admin.fetchval("select true from pg_database where datname = $1", name.database):
        await admin.execute(f"create database {quoted(name.database)} template {quoted(template)}")
    await admin.execute(
        f"revoke all on database {quoted(name.database)} from public;"
        f"grant connect on database {quoted(name.database)} to {quoted(name.role)}, {quoted(name.auditor)};"
        f"grant create on database {quoted(name.database)} to {quoted(name.owner)};"
    )


async def make_schemas(admin_url: str, name: Names) -> None:
    """Schemas `journal` (the owner's) and `views` (the service's), the tables in them, and who may read which."""
    owner, role, auditor = quoted(name.owner), quoted(name.role), quoted(name.auditor)
    async with _connected(database_url(admin_url, name.database)) as admin, admin.transaction():
        await admin.execute(
            f"""
            set local client_min_messages = warning;
            revoke all on schema public from public;
            create schema if not exists journal authorization {owner};
            create schema if not exists views authorization {role};
            alter default privileges for role {owner} grant select on tables to {auditor};
            alter default privileges for role {role} grant select on tables to {auditor};
            """
        )
        await admin.execute(f"set local role {owner}")
        for path in (ROOT / "journal" / "schema.sql", ROOT / "services" / name.service / "schema.sql"):
            if path.exists():
                await admin.execute(filled(path.read_text(), name))
        await admin.execute("reset role")
        own = await admin.fetch(
            "select nspname from pg_namespace where pg_get_userbyid(nspowner) = any($1)",
            [name.owner, name.role],
        )
        for schema in (quoted(row["nspname"]) for row in own):
            if schema == quoted(_CLOSED):  # an earlier release had opened it
                await admin.execute(f"revoke all on schema {schema} from {auditor}")
                continue
            await admin.execute(
                f"grant usage on schema {schema} to {auditor};"
                f"grant select on all tables in schema {schema} to {auditor};"
            )


def filled(sql: str, name: Names) -> str:
    """The SQL of a file with `{service_role}` and `{owner_role}` replaced by the quoted roles."""
    return sql.replace("{service_role}", quoted(name.role)).replace("{owner_role}", quoted(name.owner))


def quoted(identifier: str) -> str:
    """The identifier as SQL takes it, whatever is in it."""
    return '"' + identifier.replace('"', '""') + '"'


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        yield connection
    finally:
        await connection.close()
