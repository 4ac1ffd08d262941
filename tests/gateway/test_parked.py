"""Messages on no ticket: what the views keep of them, in whichever order, and what the pages show."""

import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest

from contracts import intake
from contracts.envelope import SYSTEM
from deploy.nats import EmbeddedNats
from journal.bus import Bus
from services.gateway.reading import PAGE, Views
from tests.gateway.books import ANA, NAMESPACE, Books
from tests.gateway.rooms import Browser, admit_everybody, blobs_in, fill, portal_over, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
ONE = "2026-000001"


def put_aside(books: Books, name: str, event: type[Any], **facts: Any) -> UUID:
    submission = uuid5(NAMESPACE, name)
    delivered = books.delivered(sender=f"{name}@fora.example", subject=f"De {name}")
    books.say(event.model_validate({"delivered": delivered, **facts}), submission)
    return submission


def automatic(books: Books, name: str, ticket: UUID | None = None) -> UUID:
    return put_aside(
        books, name, intake.AutomaticReplyReceived, ticket_id=ticket, reason="list header: List-Id"
    )


def rejected(books: Books, name: str) -> UUID:
    submission = uuid5(NAMESPACE, name)
    facts = {"submission_id": submission, "reason": "desk_own_mail", "by": SYSTEM}
    return put_aside(books, name, intake.SubmissionRejected, **facts)


def bounced(books: Books, name: str) -> UUID:
    facts = {"ticket_id": None, "notification_id": None, "diagnostic": "550 no such user"}
    return put_aside(books, name, intake.BounceReceived, **facts)


def replied(books: Books, submission: UUID, ticket: UUID) -> None:
    """Accepted by a person on a ticket, in whose partition it stands."""
    facts = {
        "ticket_id": ticket,
        "submission_id": submission,
        "verified": True,
        "requester": "bia",
        "by": ANA,
    }
    books.say(
        intake.ReplyReceived.model_validate({"delivered": books.delivered(), **facts}), submission, ticket
    )


@pytest.mark.parametrize("seed", range(6))
async def test_what_was_decided_holds_in_whichever_order_it_comes(database: MakeDatabase, seed: int) -> None:
    books = Books()
    one = books.open(ONE)
    for n in range(12):
        replied(books, books.park(f"p{n}"), one)
    again = books.park("again")
    replied(books, again, one)
    # The ticket had been closed meanwhile, and no contract covers a new one.
    facts = {"submission_id": again, "delivered": books.delivered(), "reason": "no_contract"}
    books.say(intake.SubmissionParked.model_validate(facts), again)
    waiting = books.park("waits")
    replied(books, automatic(books, "list"), one)
    # Its copy by a list came first, without what the ticket is known by.
    copied = automatic(books, "copied")
    told = {"ticket_id": one, "submission_id": copied, "delivered": books.delivered(), "by": ANA}
    books.say(intake.AnalystReplyReceived.model_validate(told), copied, one)
    aside = automatic(books, "other")
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books, random.Random(seed))
        views = Views(pool)
        assert {each.submission_id for each in (await views.parked()).parked} == {again, waiting}
        assert [each.submission_id for each in (await views.parked(aside=True)).parked] == [aside]
        assert await views.parked_count() == 2
        states = await pool.fetch("select distinct state from views.parked where delivered is null")
        assert states == []


async def test_lists_go_on_behind_their_last_message(database: MakeDatabase) -> None:
    books = Books()
    parked = [books.park(f"p{n}") for n in range(PAGE + 3)]
    aside = [automatic(books, f"a{n}") for n in range(PAGE + 3)]
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        views = Views(pool)
        for is_aside, expected in ((False, parked), (True, aside[::-1])):
            first = await views.parked(aside=is_aside)
            second = await views.parked(first.next, aside=is_aside)
            found = [each.submission_id for each in (*first.parked, *second.parked)]
            assert (found, len(first.parked), second.next) == (expected, PAGE, "")


async def test_pages_show_what_waits_and_what_was_put_aside_and_why(
    database: MakeDatabase, nats_server_module: EmbeddedNats, state: Path
) -> None:
    books = Books()
    books.define_desk()
    one = books.open(ONE)
    submission = uuid5(NAMESPACE, "p")
    facts = {
        "submission_id": submission, "delivered": books.delivered(), "reason": "unauthenticated",
        "detail": "dmarc=pass, for outra.example", "match": one,
    }  # fmt: skip
    books.say(intake.SubmissionParked.model_validate(facts), submission)
    aside = [automatic(books, "lista"), rejected(books, "proprio"), bounced(books, "volta")]
    automatic(books, "ferias", one)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        bus = await Bus.connect(nats_server_module.url("gateway"), "gateway")
        portal = await portal_over(pool, bus, blobs_in(state / "blobs"))
        await admit_everybody(portal, pool)
        ana, rui, bia = [Browser(portal) for _ in range(3)]
        for who, browser in {"ana": ana, "rui": rui, "bia": bia}.items():
            await browser.enter(who)
        listed, unplaced = (await ana.get("/parked")).text, (await rui.get("/parked/unplaced")).text
        assert "dmarc=pass, for outra.example" in listed
        assert "De lista" not in listed
        for subject, why in (
            ("De lista", "list header: List-Id"),
            ("De proprio", "E-mail do próprio suporte"),
            ("De volta", "550 no such user"),
        ):
            assert subject in unplaced
            assert why in unplaced
        assert "De ferias" not in unplaced
        assert (await bia.get("/parked/unplaced")).status_code == 403
        page = (await ana.get(f"/parked/{submission}")).text
        assert "dmarc=pass, for outra.example" in page
        assert f'name="number" maxlength="20" value="{ONE}"' in page
        assert 'name="place" value="reply" checked' in page
        assert f"/parked/{submission}/reject" in page
        for each in aside:
            page = (await ana.get(f"/parked/{each}")).text
            assert f"/parked/{each}/accept" in page
            assert f"/parked/{each}/reject" not in page
        answer = await ana.post(
            f"/parked/{submission}/accept",
            {"contact": "bia", "application": "nota", "place": "reply", "number": "2026-999999"},
        )
        assert answer.status_code == 422
        assert "Não há atendimento com esse número" in answer.text
        await bus.close()
