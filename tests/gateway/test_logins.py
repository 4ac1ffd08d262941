"""Passwords, and a pause for whoever keeps guessing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from journal.clock import DeskClock
from services.gateway.logins import ADDRESS_FAILURES_MAX, FAILURES_MAX, WINDOW, Logins, Throttled
from tests.gateway.books import START
from tests.gateway.rooms import views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]


class Hand(DeskClock):
    """A clock moved by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START

    def now(self) -> datetime:
        return self.at


async def test_the_right_password_opens_and_no_other(database: MakeDatabase) -> None:
    async with views_of(await database("gateway")) as pool:
        logins = Logins(pool, Hand())
        await logins.set_password("Bia@Aurora.example", "requester", "bia", "certa senha")
        found = await logins.check(" bia@aurora.EXAMPLE ", "certa senha", "10.0.0.1")
        assert found is not None
        assert (found.login, found.role, found.key) == ("bia@aurora.example", "requester", "bia")
        assert await logins.check("bia@aurora.example", "errada", "10.0.0.1") is None
        assert await logins.check("bia@aurora.example", "", "10.0.0.1") is None
        assert await logins.check("nobody@aurora.example", "certa senha", "10.0.0.1") is None
        assert await logins.check("\x00", "x", "10.0.0.1") is None
        stored = await pool.fetchval("select password from access.logins")
        assert stored.startswith("$argon2id$")


async def test_guessing_one_login_has_to_wait(database: MakeDatabase) -> None:
    clock = Hand()
    async with views_of(await database("gateway")) as pool:
        logins = Logins(pool, clock)
        await logins.set_password("bia@aurora.example", "requester", "bia", "certa")
        for n in range(FAILURES_MAX):
            assert await logins.check("bia@aurora.example", "errada", f"10.0.0.{n}") is None
        with pytest.raises(Throttled):
            await logins.check("bia@aurora.example", "certa", "10.0.0.99")
        clock.at += WINDOW + timedelta(seconds=1)
        assert await logins.check("bia@aurora.example", "certa", "10.0.0.99") is not None
        assert await pool.fetchval("select count(*) from access.failures where what like 'login:%'") == 0


async def test_guesses_at_the_same_moment_are_counted_one_by_one(database: MakeDatabase) -> None:
    async with views_of(await database("gateway")) as pool:
        replicas = [Logins(pool, Hand()) for _ in range(2)]
        await replicas[0].set_password("bia@aurora.example", "requester", "bia", "certa")
        guesses = [
            each.check("bia@aurora.example", f"errada {n}", f"10.0.0.{n}")
            for n in range(FAILURES_MAX)
            for each in replicas
        ]
        outcomes = await asyncio.gather(*guesses, return_exceptions=True)
        assert (outcomes.count(None), sum(isinstance(each, Throttled) for each in outcomes)) == (
            FAILURES_MAX, FAILURES_MAX,
        )  # fmt: skip


async def test_guessing_many_logins_from_one_address_has_to_wait(database: MakeDatabase) -> None:
    async with views_of(await database("gateway")) as pool:
        logins = Logins(pool, Hand())
        await pool.executemany(
            "insert into access.failures values ('address:10.0.0.1', $1)", [(START,)] * ADDRESS_FAILURES_MAX
        )
        with pytest.raises(Throttled):
            await logins.check("new@aurora.example", "x", "10.0.0.1")
        assert await logins.check("new@aurora.example", "x", "10.0.0.2") is None
