"""Who may log in: passwords as Argon2id hashes, and a pause for whoever keeps guessing."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contracts.envelope import Role
from journal.clock import Clock
from journal.store import Connection, Pool

FAILURES_MAX = 5
"""Wrong passwords for one login before it has to wait. Source: OWASP Authentication Cheat Sheet, account lockout."""
ADDRESS_FAILURES_MAX = 30
"""The same from one network address, behind which a whole office may sit."""
WINDOW = timedelta(minutes=15)
"""How long failures count."""
SESSION = timedelta(hours=12)
"""A session ends after a working day. Source: OWASP Session Management Cheat Sheet, absolute timeout."""
PASSWORD_MAX = 1_000
"""Characters that are looked at: hashing a book would keep the processor busy."""

_hasher = PasswordHasher()  # RFC 9106, section 4, second recommended option
_NOBODY = _hasher.hash("a login that does not exist costs as much as one that does")


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody who may log in; `key` names their contact or analyst record in the directory."""

    login: str
    role: Role
    key: str


class Throttled(Exception):  # noqa: N818 - an outcome
    """Too many failures; the person may try again later."""


class Logins:
    """The logins of the desk, in schema `access`."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def begin(self, login: Login) -> str:
        """A session of that login; the id that its cookie bears."""
        session = secrets.token_urlsafe(24)
        await self._pool.execute("delete from access.sessions where began_at < now() - $1::interval", SESSION)
        await self._pool.execute(
            "insert into access.sessions (id, login) values ($1, $2)", _digest(session), login.login
        )
        return session

    async def of(self, session: str) -> Login | None:
        """Whose session that is; None when it has ended."""
        row = await self._pool.fetchrow(
            "select login, role, key from access.sessions join access.logins using (login) "
            "where id = $1 and began_at >= now() - $2::interval",
            _digest(session), SESSION,
        )  # fmt: skip
        return Login(*row) if row else None

    async def end(self, session: str) -> None:
        """A session is over, whoever still has its cookie."""
        await self._pool.execute("delete from access.sessions where id = $1", _digest(session))

    async def check(self, login: str, password: str, address: str) -> Login | None:
        """The login with this password; None when there is none, in the same time.

        Raises:
            Throttled: too many failures of this login or from this address of late.
        """
        login = login.strip().lower().replace("\x00", "")[:320]
        keys = {f"login:{login}": FAILURES_MAX, f"address:{address}": ADDRESS_FAILURES_MAX}
        # One at a time: a hash takes 64 MiB while it is made. The lock holds replicas to it, for each login: no
        # guess is looked at before the one before it was counted.
        async with self._one_at_a_time, self._pool.acquire() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", login)
            await self._must_not_be_guessing(connection, keys)
            row = await connection.fetchrow(
                "select login, role, key, password from access.logins where login = $1", login
            )
            right = await asyncio.to_thread(_matches, row["password"] if row else _NOBODY, password)
            if row is None or not right:
                now = self._clock.now()
                await connection.executemany(
                    "insert into access.failures values ($1, $2)", [(key, now) for key in keys]
                )
                return None
            await connection.execute("delete from access.failures where what = $1", f"login:{login}")
            return Login(row["login"], row["role"], row["key"])

    async def set_password(self, login: str, role: Role, key: str, password: str) -> None:
        """Add a login or change it; sessions from before are over."""
        hashed = await asyncio.to_thread(_hasher.hash, password)
        login = login.strip().lower()
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "insert into access.logins values ($1, $2, $3, $4, $5) on conflict (login) do update set "
                "(role, key, password, changed_at) = "
                "(excluded.role, excluded.key, excluded.password, excluded.changed_at)",
                login, role, key, hashed, self._clock.now(),
            )  # fmt: skip
            await connection.execute("delete from access.sessions where login = $1", login)

    async def brought(self, login: str, sha256: str) -> None:
        """Remember who handed a file in through the API."""
        await self._pool.execute(
            "insert into access.uploads values ($1, $2) on conflict do nothing", login, sha256
        )

    async def has_brought(self, login: str, sha256: str) -> bool:
        """Whether they handed that file in."""
        return bool(
            await self._pool.fetchval(
                "select true from access.uploads where login = $1 and sha256 = $2", login, sha256
            )
        )

    async def _must_not_be_guessing(self, connection: Connection, keys: Mapping[str, int]) -> None:
        since = self._clock.now() - WINDOW
        await connection.execute("delete from access.failures where failed_at < $1", since)
        rows = await connection.fetch(
            "select what, count(*) as failures from access.failures where what = any($1) group by what",
            list(keys),
        )
        if any(row["failures"] >= keys[row["what"]] for row in rows):
            raise Throttled


def _digest(session: str) -> str:
    return sha256(session.encode()).hexdigest()


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, password[:PASSWORD_MAX])
    except (VerificationError, InvalidHashError):
        return False
