"""A desk that runs, read over HTTP: clocks explained by sla, merged tickets, and views that an older release left."""

import asyncio
import html
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts import commands as c
from contracts.envelope import Actor, Command
from tests.gateway.people import PASSWORD, PEOPLE, RECORDS, admit
from tests.resting import at_rest
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

pytestmark = pytest.mark.timeout(300)
SERVICES = ("intake", "lifecycle", "sla", "gateway")
ANA = Actor(role="requester", key="ana", name="Ana Prado")
BRUNO = Actor(role="analyst", key="bruno", name="Bruno Teles")
PATIENCE_S = 60.0
ANSWERED_AGAIN = [
    (kind, key, {**record, "next_response_min": 60} if kind == "sla_policy" else record)
    for kind, key, record in RECORDS
]
"""The desk of the tests, whose policy has a clock that starts again at each question of the customer."""


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(SERVICES, records=ANSWERED_AGAIN) as desk:
        await admit(desk)
        yield desk


async def done(desk: RunningDesk, command: Command, by: Actor = BRUNO) -> dict[str, Any]:
    reply = await desk.ask(command, by)
    assert reply.outcome == "done", reply
    return reply.result


async def opened(desk: RunningDesk, subject: str) -> tuple[UUID, str]:
    command = c.SubmitTicket(
        channel="web", requester="ana", application="notas", subject=subject, text="Não emite."
    )
    found = await done(desk, command, ANA)
    return UUID(found["ticket_id"]), found["number"]


async def enter(desk: RunningDesk, who: str) -> httpx.AsyncClient:
    http = httpx.AsyncClient(base_url=desk.web_url, timeout=60)
    answer = await http.post("/api/v1/session", json={"login": PEOPLE[who][0], "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return http


async def until_page(http: httpx.AsyncClient, path: str, text: str) -> str:
    """The answer, once it holds that text."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await http.get(path)
            if answer.status_code == 200 and text in answer.text:
                return answer.text
            await asyncio.sleep(0.1)


async def until(http: httpx.AsyncClient, path: str, text: str) -> Any:
    """What the answer says as data, once it holds that text."""
    return json.loads(await until_page(http, path, text))


async def test_sla_explains_a_clock_to_whoever_reads_all(desk: RunningDesk) -> None:
    _, number = await opened(desk, "Prazo")
    bruno = await enter(desk, "bruno")
    await until(bruno, f"/api/v1/tickets/{number}", '"first_response"')
    found = await until(bruno, f"/api/v1/tickets/{number}/clocks/first_response", '"words"')
    assert (found["number"], found["clock"], found["state"]) == (number, "first_response", "running")
    assert found["elapsed_s"] + found["remaining_s"] == found["target_s"]
    assert set(found["words"]) == {"pt-BR", "en"}
    page = await bruno.get(f"/tickets/{number}/clocks/first_response")
    assert page.status_code == 200
    assert html.escape(found["words"]["pt-BR"][0]) in page.text
    assert "0 h 00 min" in page.text
    assert "24 h 00 min" in page.text
    assert f"/tickets/{number}/clocks/first_response" in (await bruno.get(f"/tickets/{number}")).text
    unknown = await bruno.get(f"/tickets/{number}/clocks/auto_close")
    assert unknown.status_code == 422
    assert 'role="alert"' in unknown.text


async def test_each_cycle_of_a_clock_has_an_explanation(desk: RunningDesk) -> None:
    ticket, number = await opened(desk, "Duas vezes")
    bruno = await enter(desk, "bruno")
    await until(bruno, f"/api/v1/tickets/{number}", number)
    path = f"/tickets/{number}/clocks/next_response"
    await done(desk, c.PublishAnswer(ticket_id=ticket, text="Vejo."))
    for cycle in (1, 2):
        await done(desk, c.SubmitReply(ticket_id=ticket, text="E agora?"), ANA)
        await until(bruno, f"/api/v1{path}?cycle={cycle}", f'"cycle":{cycle}')
        if cycle == 1:
            await done(desk, c.PublishAnswer(ticket_id=ticket, text="Ainda vejo."))
            await until(bruno, f"/api/v1{path}", '"state":"met"')
    earlier = (await bruno.get(f"/api/v1{path}?cycle=1")).json()
    latest = (await bruno.get(f"/api/v1{path}")).json()
    assert [(each["cycle"], each["state"]) for each in (earlier, latest)] == [(1, "met"), (2, "running")]
    page = await until_page(bruno, f"{path}?cycle=1", "?cycle=2")  # which cycles there are, sla's events tell
    assert html.escape(earlier["words"]["pt-BR"][0]) in page
    assert re.findall(r'href="[^"]*cycle=(\d)"( aria-current="page")?', page) == [
        ("1", ' aria-current="page"'),
        ("2", ""),
    ]
    assert (await bruno.get(f"{path}?cycle=9")).status_code == 422


async def test_the_living_ticket_tells_what_the_merged_one_was_told(desk: RunningDesk) -> None:
    (living, number), (merged, other) = await opened(desk, "Uma"), await opened(desk, "A mesma")
    bruno, ana = await enter(desk, "bruno"), await enter(desk, "ana")
    for each in (number, other):
        await until(bruno, f"/api/v1/tickets/{each}", each)
    await done(desk, c.PublishAnswer(ticket_id=merged, text="Olhamos **já**."))
    await done(desk, c.AddNote(ticket_id=merged, text="é a mesma"))
    await done(desk, c.EditOccurrence(ticket_id=merged, occurrence=1, text="Olhamos *amanhã*."))
    await done(desk, c.MergeTicket(ticket_id=merged, into=living))
    # The two tickets' partitions reach the views one after the other.
    seen = await until(ana, f"/api/v1/tickets/{number}", f'"of":"{other}"')
    assert [(each["text"], each["of"]) for each in seen["moments"] if each["name"] == "AnswerPublished"] == [
        ("Olhamos *amanhã*.", other)
    ]
    assert [each["number"] for each in seen["absorbed"]] == [other]
    page = (await ana.get(f"/tickets/{number}")).text
    assert "<em>amanhã</em>" in page
    assert "<strong>já</strong>" in page, "the earlier text is one click away"
    assert "é a mesma" not in page
    assert "é a mesma" in (await bruno.get(f"/tickets/{number}")).text


async def test_views_of_an_older_layout_are_replayed_at_the_next_start(desk: RunningDesk) -> None:
    _, number = await opened(desk, "De antes")
    bruno = await enter(desk, "bruno")
    # Its place in the queue depends on the deadlines of others, of which the views hear on ways of their own.
    await at_rest(desk)
    lived = await until(bruno, f"/api/v1/tickets/{number}", '"first_response"')
    desk.kill("gateway")
    async with connected(desk.admin_url("gateway")) as database:
        before = await database.fetchval("select count(*) from views.history")
        await database.execute("update views.layout set version = 1")
        await database.execute("alter table views.tickets drop column severity")
    await desk.restart("gateway")
    again = await enter(desk, "bruno")
    async with asyncio.timeout(PATIENCE_S):
        # Other tickets of the area come back after this one, and its place with them.
        while await until(again, f"/api/v1/tickets/{number}", '"first_response"') != lived:
            await asyncio.sleep(0.1)
    async with connected(desk.admin_url("gateway")) as database, asyncio.timeout(PATIENCE_S):
        while await database.fetchval("select count(*) from views.history") < before:
            await asyncio.sleep(0.1)
        assert await database.fetchval("select count(*) from journal.dead_letters") == 0
