"""What the gateway shows of a ticket that a manager had counted by other versions."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from contracts import sla
from services.gateway.pages.history import standing
from services.gateway.reading import Views
from tests.gateway.books import ANA, Books
from tests.gateway.rooms import fill, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
NUMBER = "2026-000001"
BEFORE = ("sp", 1, "std", 1)
AFTER = ("bh", 4, "ouro", 2)


def note(books: Books, ticket: UUID, because: str = "rebased") -> None:
    calendar, calendar_version, sla_policy, sla_policy_version = AFTER
    facts = {
        "ticket_id": ticket, "at": books.now, "because": because, "by": ANA, "number": NUMBER, "opened_at": books.now,
        "answered": False, "classification": "question", "priority": "normal", "calendar": calendar,
        "calendar_version": calendar_version, "sla_policy": sla_policy, "sla_policy_version": sla_policy_version,
    }  # fmt: skip
    books.say(sla.CircumstancesNoted.model_validate(facts), ticket)


async def test_the_versions_of_a_rebase_are_those_in_force(database: MakeDatabase) -> None:
    books = Books()
    ticket = books.open(NUMBER)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        views = Views(pool)
        row = await views.ticket(NUMBER)
        assert row is not None
        before = standing(await views.history(ticket), ticket)
        assert before.terms is not None
        assert await views.calendar(row) == BEFORE[:2]
        note(books, ticket)
        async with pool.acquire() as connection:
            for table in ("tickets", "queue", "clocks", "history"):
                await connection.execute(f"delete from views.{table}")
            await connection.execute("select journal.forget_applied()")
        await fill(pool, books)
        row = await views.ticket(NUMBER)
        assert row is not None
        assert await views.calendar(row) == AFTER[:2]
        after = standing(await views.history(ticket), ticket)
        assert after.terms is not None
        assert (after.terms.calendar, after.terms.calendar_version) == AFTER[:2]
        assert (after.terms.sla_policy, after.terms.sla_policy_version) == AFTER[2:]
        assert after.terms.contract == before.terms.contract
        assert after.lines[-1].changes == (
            ("sla_policy", "std", "ouro"),
            ("sla_policy_version", 1, 2),
            ("calendar", "sp", "bh"),
            ("calendar_version", 1, 4),
        )
        # Before the rebase it stood as it stood.
        then = standing(await views.history(ticket), ticket, after.lines[-2].told.recorded_at)
        assert then.terms == before.terms


async def test_a_cycle_that_starts_later_names_the_versions_that_it_goes_by(database: MakeDatabase) -> None:
    books = Books()
    ticket = books.open(NUMBER)
    note(books, ticket)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        found = await pool.fetchrow(
            "select calendar, calendar_version, sla_policy, sla_policy_version, due_at from views.queue"
        )
        assert found is not None
        assert tuple(found)[:4] == AFTER
        assert found["due_at"] is not None
