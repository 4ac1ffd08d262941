"""What the JSON API tells of tickets: everything of one, the pages of a list, history as of an instant."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import directory as d
from contracts import lifecycle as l
from contracts.envelope import SYSTEM
from deploy.nats import EmbeddedNats
from journal.bus import Bus
from services.gateway.portal import Portal
from services.gateway.reading import PAGE
from tests.gateway.books import Books, a_plan
from tests.gateway.rooms import Browser, admit_everybody, blobs_in, fill, portal_over, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
LIVING, MERGED, LINKED, OPEN, ELSEWHERE = (f"2026-00000{n}" for n in range(1, 6))
ALWAYS = d.Calendar(
    time_zone="America/Sao_Paulo",
    weekly=dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), (("00:00", "23:59"),)),
)
GREETING = {
    "pt-BR": "Olá {requester}, sobre {number} ({application}): … {analyst}",
    "en": "Hello {requester}",
}


def _define(books: Books, kind: str, key: str, record: d.Record) -> None:
    facts = {
        "kind": kind,
        "key": key,
        "version": 1,
        "record": record.model_dump(mode="json"),
        "at": books.now,
    }
    books.say(d.RecordDefined.model_validate({**facts, "by": SYSTEM}), d.record_stream(kind, key))


def _books() -> Books:
    books = Books()
    books.define_desk()
    _define(books, "calendar", "sp", ALWAYS)
    _define(books, "canned_answer", "ola", d.CannedAnswer(title="Saudação", texts=GREETING))
    _define(
        books,
        "canned_answer",
        "outra",
        d.CannedAnswer(title="De outra área", area="folha", texts={"en": "x"}),
    )
    living = books.open(LIVING, classification="project")
    merged, linked = books.open(MERGED), books.open(LINKED)
    books.on(l.ProjectPlanned, living, plan=a_plan("Comprar", "Instalar"), revision=1)
    books.on(l.ApprovalRequested, living, revision=1, previous="open")
    books.on(l.ProjectApproved, living, revision=1)
    books.on(l.ActivityMarked, living, activity=2, title="Instalar", done=True)
    changes = [
        {"field": "level", "old": "N1", "new": "N3"},
        {"field": "criticality", "old": None, "new": "high"},
    ]
    books.on(l.TicketReclassified, living, changes=changes, reason="só nosso")
    books.on(l.TicketLinked, living, other=linked, other_number=LINKED, link="blocks")
    books.on(l.AnswerPublished, merged, text="resposta lá", first=True)
    books.on(l.TicketMerged, merged, into=living, into_number=LIVING)
    books.on(l.TicketClosed, merged, reason="merged", previous="open")
    books.on(l.TicketAbsorbed, living, merged=merged, merged_number=MERGED, requester="bia")
    books.on(l.NoteAdded, living, text="anotado", occurrence=1)
    books.on(l.OccurrenceEdited, living, occurrence=1, text="corrigido", public=False)
    books.open(OPEN)
    books.open(ELSEWHERE, customer="serra", requester="caio", priority="urgent")
    for n in range(PAGE):
        answered = books.open(f"2026-1{n:05d}", priority="low")
        if n % 10 == 0:
            books.on(l.AnswerPublished, answered, text="x", first=True)
    return books


@pytest.fixture
async def portal(
    database: MakeDatabase, nats_server_module: EmbeddedNats, state: Path
) -> AsyncIterator[Portal]:
    async with views_of(await database("gateway")) as pool:
        await fill(pool, _books())
        bus = await Bus.connect(nats_server_module.url("gateway"), "gateway")
        made = await portal_over(pool, bus, blobs_in(state / "blobs"))
        await admit_everybody(made, pool)
        yield made
        await bus.close()


async def enter(portal: Portal, who: str) -> Browser:
    browser = Browser(portal)
    assert (await browser.enter(who)).status_code == 303
    return browser


async def read(person: Browser, path: str) -> Any:
    answer = await person.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_staff_read_everything_of_a_ticket(portal: Portal) -> None:
    found = await read(await enter(portal, "ana"), f"/tickets/{LIVING}")
    assert (found["level"], found["criticality"], found["status"]) == ("N3", "high", "in_progress")
    assert (found["project"]["revision"], found["project"]["approved"], found["project"]["done"]) == (
        1,
        1,
        [2],
    )
    assert [each["title"] for each in found["project"]["plan"]["activities"]] == ["Comprar", "Instalar"]
    assert [(each["number"], each["link"]) for each in found["links"]] == [(LINKED, "blocks")]
    assert [each["number"] for each in found["absorbed"]] == [MERGED]
    assert [(each["clock"], each["target_s"], each["calendar"]) for each in found["clocks"]] == [
        ("first_response", 86_400, "sp")
    ]
    assert found["due_at"] == found["clocks"][0]["due_at"]
    assert found["estimate"] is None
    moments = {each["name"]: each for each in found["moments"]}
    assert moments["AnswerPublished"]["of"] == MERGED
    assert (moments["NoteAdded"]["text"], moments["NoteAdded"]["earlier"][0]["text"]) == (
        "corrigido",
        "anotado",
    )
    gone = await read(await enter(portal, "ana"), f"/tickets/{MERGED}")
    assert (gone["merged_into"], gone["closed_because"]) == (found["ticket_id"], "merged")


async def test_a_requester_reads_the_public_side_alone(portal: Portal) -> None:
    answer = await (await enter(portal, "bia")).get(f"/api/v1/tickets/{LIVING}")
    found = answer.json()
    assert (found["level"], found["attempts"], found["kind"], found["by_hand"]) == (None, None, None, None)
    assert found["criticality"] == "high"
    for inner in ("só nosso", "anotado", "corrigido", "N3"):
        assert inner not in answer.text
    (reclassified,) = [each for each in found["moments"] if each["name"] == "TicketReclassified"]
    assert [each["field"] for each in reclassified["changes"]] == ["criticality"]
    assert "resposta lá" in answer.text


async def test_a_waiting_ticket_has_a_place_and_an_estimate(portal: Portal) -> None:
    bia = await enter(portal, "bia")
    found = await read(bia, f"/tickets/{OPEN}")
    assert found["estimate"]["place"] == 3
    assert found["estimate"]["answer_at"] > found["opened_at"]
    page = (await bia.get(f"/tickets/{OPEN}")).text
    assert "cerca de 3º" in page
    assert "resposta estimada para" in page


async def test_an_area_without_a_pace_estimates_no_instant(portal: Portal) -> None:
    # As if the area had answered nothing yet.
    await portal.views._pool.execute("update views.tickets set answered_at = null")
    bia = await enter(portal, "bia")
    found = await read(bia, f"/tickets/{OPEN}")
    assert found["estimate"] == {"place": 3, "answer_at": None}
    assert "resposta estimada" not in (await bia.get(f"/tickets/{OPEN}")).text


async def test_lists_are_paged_by_key_and_filtered(portal: Portal) -> None:
    ana, bia = await enter(portal, "ana"), await enter(portal, "bia")
    first = await read(ana, "/tickets?status=all")
    second = await read(ana, f"/tickets?status=all&after={first['next']}")
    numbers = [each["number"] for page in (first, second) for each in page["tickets"]]
    assert (len(numbers), len(set(numbers))) == (PAGE + 5, PAGE + 5)
    assert numbers[0] == ELSEWHERE
    assert (first["more"], second["more"], second["next"]) == (True, False, "")
    for query, expected in (
        ("status=all&customer=serra", {ELSEWHERE}),
        ("priority=urgent", {ELSEWHERE}),
        ("status=closed", {MERGED}),
        (f"words={OPEN}", {OPEN}),
        ("area=folha", set()),
    ):
        assert {each["number"] for each in (await read(ana, f"/tickets?{query}"))["tickets"]} == expected, (
            query
        )
    assert not (await read(bia, "/tickets?customer=serra&priority=urgent"))["tickets"]


async def test_canned_answers_come_filled_in(portal: Portal) -> None:
    ana = await enter(portal, "ana")
    assert await read(ana, f"/tickets/{OPEN}/canned") == [
        {"key": "ola", "title": "Saudação", "text": f"Olá Bia Lima, sobre {OPEN} (Nota Fiscal): … Ana Souza"}
    ]
    for who in ("bia", "rui"):
        assert (await (await enter(portal, who)).get(f"/api/v1/tickets/{OPEN}/canned")).status_code == 403


async def test_history_holds_what_had_been_merged_by_the_instant(portal: Portal) -> None:
    rui = await enter(portal, "rui")
    now = await read(rui, f"/tickets/{LIVING}/history")
    assert {each["merged"] for each in now["events"]} == {"", MERGED}
    merge = next(each for each in now["events"] if each["topic"] == l.TicketAbsorbed.topic)
    before = next(
        each["recorded_at"] for each in reversed(now["events"]) if each["recorded_at"] < merge["recorded_at"]
    )
    then = await read(rui, f"/tickets/{LIVING}/history?at={before.replace('+', '%2B')}")
    assert {each["merged"] for each in then["events"]} == {""}
    page = (await rui.get(f"/tickets/{LIVING}/history")).text
    assert f"de {MERGED}" in page


async def test_a_clock_is_explained_to_staff_by_sla_alone(portal: Portal) -> None:
    path = f"/api/v1/tickets/{OPEN}/clocks/first_response"
    assert (await (await enter(portal, "bia")).get(path)).status_code == 403
    rui = await enter(portal, "rui")
    assert (await rui.get(path)).status_code == 503  # allowed, but sla is away here
    assert (await rui.get(f"/api/v1/tickets/{OPEN}/clocks/kitchen")).status_code == 422


async def test_the_living_tickets_page_shows_both(portal: Portal) -> None:
    bia = await enter(portal, "bia")
    page = (await bia.get(f"/tickets/{LIVING}")).text
    assert f'<a class="tag" href="/tickets/{MERGED}">de {MERGED}</a>' in page
    assert f'<a href="/tickets/{LINKED}">{LINKED}</a>' in page
    for inner in ("anotado", "corrigido", "só nosso"):
        assert inner not in page
    ana = (await (await enter(portal, "ana")).get(f"/tickets/{LIVING}")).text
    for shown in ("corrigido", "anotado", "Editado por Ana Souza"):
        assert shown in ana
    queue = (await (await enter(portal, "ana")).get("/?status=all")).text
    assert "after=" in queue
