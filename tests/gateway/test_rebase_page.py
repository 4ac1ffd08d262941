"""Counting open tickets anew, at the pages: seen first, confirmed with a reason, and only what was seen."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.gateway.people import RECORDS, Caller, admit, opened
from tests.running import RunningDesk, running_desk

PATIENCE_S = 60
PAGE = "/rebase/sla_policy/padrao"


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(("intake", "lifecycle", "sla", "gateway"), records=RECORDS) as desk:
        await admit(desk)
        yield desk


async def until(http: httpx.AsyncClient, path: str, text: str) -> str:
    """The page, once it says that."""
    async with asyncio.timeout(PATIENCE_S):
        while text not in (page := (await http.get(path)).text):
            await asyncio.sleep(0.1)
    return page


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


async def test_what_would_change_is_seen_then_done(desk: RunningDesk, people: dict[str, Caller]) -> None:
    first, second = await opened(people), await opened(people)
    marta = people["marta"]
    assert "Nenhum atendimento aberto segue uma versão anterior" in (await marta.http.get(PAGE)).text
    policy = {"name": "Padrão", "calendar": "padrao", "first_response_min": 600, "resolution_min": 1200}
    await desk.define("sla_policy", "padrao", policy)
    await desk.spread()
    record = await until(marta.http, "/directory/sla_policy/padrao", f'href="{PAGE}"')
    assert "seguem uma versão anterior: 2." in record
    page = await until(marta.http, PAGE, f'href="/tickets/{first["number"]}"')
    for ticket in (first, second):
        assert page.count(f'href="/tickets/{ticket["number"]}"') == 2, (
            "the first answer moves, a resolution starts"
        )
    assert (await people["bruno"].http.get(PAGE)).status_code == 403
    assert f'href="{PAGE}"' not in (await people["bruno"].http.get("/directory/sla_policy/padrao")).text

    shown = hidden(page, "versions")
    without = await marta.post(PAGE, {"versions": shown, "reason": ""})
    assert without.status_code == 422
    stale = await marta.post(PAGE, {"versions": "1-1", "reason": "novo acordo"})
    assert (stale.status_code, "Confira de novo" in stale.text) == (422, True)
    assert (await marta.http.get(PAGE)).text.count("<tr") == page.count("<tr"), "nothing was done"

    confirmed = await marta.post(PAGE, {"versions": shown, "reason": "novo acordo"})
    assert (confirmed.status_code, confirmed.headers["location"]) == (303, f"{PAGE}?done=2")
    await until(marta.http, f"{PAGE}?done=2", "Nenhum atendimento aberto segue uma versão anterior")
    for ticket in (first, second):
        after = await people["bruno"].ticket(ticket["number"], holds=_has_resolution)
        due = {clock["clock"]: clock["due_at"] for clock in after["clocks"]}
        assert due["first_response"] < next(
            c["due_at"] for c in ticket["clocks"] if c["clock"] == "first_response"
        )


def _has_resolution(ticket: dict[str, Any]) -> bool:
    return "resolution" in {clock["clock"] for clock in ticket["clocks"]}


@pytest.mark.parametrize("path", ["/rebase/area/fiscal", "/rebase/sla_policy/nenhuma"])
async def test_what_no_ticket_pins_is_not_here(people: dict[str, Caller], path: str) -> None:
    assert (await people["marta"].http.get(path)).status_code == 404
