"""`python -m services.gateway.set_password LOGIN ROLE KEY`: sets a login's password, read from stdin."""

import asyncio
import sys
from typing import cast, get_args

import asyncpg

from contracts.envelope import Role
from journal.clock import DeskClock
from journal.service import Settings
from services.gateway.logins import Logins

_ARGUMENTS = 3


async def _set(login: str, role: Role, key: str, password: str) -> None:
    settings = Settings()
    pool = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=1)
    try:
        await Logins(pool, DeskClock.parse(settings.desk_clock)).set_password(login, role, key, password)
    finally:
        await pool.close()


def main(arguments: list[str]) -> int:
    """0 when the password is set, 2 when asked in a way that is not understood."""
    if len(arguments) != _ARGUMENTS or arguments[1] not in get_args(Role) or arguments[1] == "system":
        sys.stderr.write("LOGIN requester|analyst|manager|auditor KEY < password\n")
        return 2
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        sys.stderr.write("the password is read from standard input, and was empty\n")
        return 2
    login, role, key = arguments
    asyncio.run(_set(login, cast("Role", role), key, password))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
