"""Pages that a browser brought back with their old key: what is written on them then is done, and the same only once."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from journal.tokens import KeyRing, make_rating_token
from tests.gateway.people import RECORDS, Caller, admit
from tests.running import RunningDesk, running_desk


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(("intake", "lifecycle", "gateway"), records=RECORDS) as desk:
        await admit(desk)
        yield desk


async def opened(people: dict[str, Caller], key: str, text: str) -> str:
    """The number of a ticket that Ana opens on the page with that key."""
    data = {"key": key, "application": "notas", "subject": "Nota", "text": text}
    answer = await people["ana"].post("/tickets/new", data)
    assert answer.status_code == 303, answer.text
    number = answer.headers["location"].split("/")[2].partition("?")[0]
    await people["bruno"].ticket(number)
    return str(number)


async def act(people: dict[str, Caller], who: str, number: str, action: str, **more: Any) -> httpx.Response:
    return await people[who].post(f"/tickets/{number}", {"action": action, **more})


def _scored(score: int) -> Callable[[dict[str, Any]], bool]:
    return lambda ticket: ticket["score"] == score


def _planned(objective: str) -> Callable[[dict[str, Any]], bool]:
    return lambda ticket: ((ticket["project"] or {}).get("plan") or {}).get("objective") == objective


async def test_another_demand_is_another_ticket(people: dict[str, Caller]) -> None:
    key = str(uuid4())
    first, second = await opened(people, key, "Uma coisa."), await opened(people, key, "Outra coisa.")
    assert first != second
    assert await opened(people, key, "Uma coisa.") == first


async def test_a_rating_is_corrected(people: dict[str, Caller], desk: RunningDesk) -> None:
    number = await opened(people, str(uuid4()), "Avaliar.")
    assert (await act(people, "bruno", number, "resolve", text="Feito.")).status_code == 303
    ticket = await people["bruno"].ticket(number)
    keys = KeyRing.of(desk.desk.environment("gateway")["DESK_SECRET"])
    path = f"/rate/{make_rating_token(UUID(str(ticket['ticket_id'])), 1, keys)}"
    page = str(uuid4())
    for score in (2, 5):
        answer = await people["ana"].post(path, {"key": page, "score": str(score), "comment": ""})
        assert answer.status_code == 303, answer.text
        await people["bruno"].ticket(number, holds=_scored(score))


async def test_a_plan_is_written_anew(people: dict[str, Caller]) -> None:
    number = await opened(people, str(uuid4()), "Projeto.")
    made = await act(people, "bruno", number, "reclassify", classification="project", reason="é um projeto")
    assert made.status_code == 303, made.text
    await people["bruno"].ticket(number, holds=lambda ticket: ticket["classification"] == "project")
    page = str(uuid4())
    for objective in ("Migrar", "Migrar tudo"):
        row = {"title": "Copiar", "owner": "bruno", "starts_on": "2026-12-01", "ends_on": "2026-12-02"}
        plan = {"key": page, "objective": objective, **{f"activities-0-{each}": row[each] for each in row}}
        answer = await people["bruno"].post(f"/tickets/{number}/project/plan", plan)
        assert answer.status_code == 303, answer.text
        await people["bruno"].ticket(number, holds=_planned(objective))


async def test_a_record_that_moved_on_is_not_said_to_be_saved(people: dict[str, Caller]) -> None:
    page = str(uuid4())
    saved = await people["marta"].post(
        "/directory/area/dados", {"key": page, "version": "1", "r-name": "Dados!"}
    )
    assert saved.status_code == 303, saved.text
    again = await people["marta"].post(
        "/directory/area/dados", {"key": page, "version": "1", "r-name": "Dados?"}
    )
    assert again.status_code == 422
