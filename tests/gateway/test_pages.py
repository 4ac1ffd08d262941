"""The pages over real views: who gets in, who sees what, and what stands around every answer."""

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from contracts import lifecycle as l
from contracts import sla
from deploy.nats import EmbeddedNats
from journal.bus import Bus
from journal.store import Pool
from journal.tokens import make_rating_token
from services.gateway.filters import OWN_AREAS
from services.gateway.guards import HEADERS
from services.gateway.portal import Portal
from tests.gateway.books import PICTURE, RAW, SECRET, Books
from tests.gateway.rooms import PASSWORD, Browser, admit_everybody, blobs_in, fill, portal_over, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
ONE, OTHER, PARKED = "2026-000001", "2026-000002", "p1"


@dataclass
class House:
    """The pages, with one ticket of each company and a parked message behind them."""

    portal: Portal
    pool: Pool
    parked: str
    rating: str

    def visitor(self) -> Browser:
        return Browser(self.portal)

    async def enter(self, who: str) -> Browser:
        browser = self.visitor()
        if who != "nobody":
            assert (await browser.enter(who)).status_code == 303
        return browser

    def path(self, name: str) -> str:
        return name.format(one=ONE, other=OTHER, parked=self.parked, rating=self.rating)


def _books() -> tuple[Books, str, str]:
    books = Books()
    books.define_desk()
    one = books.open(ONE)
    books.on(l.TicketAssigned, one, analyst="ana", status="in_progress")
    books.on(l.NoteAdded, one, text="só entre nós", attachments=(SECRET,))
    books.on(l.AnswerPublished, one, text="para todos", first=True)
    failed = books.give_up(one)
    bounced = {"recipient": "bia@aurora.example", "status": "5", "diagnostic": "x"}
    books.on(l.BounceAdded, one, notification_id=failed, **bounced)
    books.suspend(one, "bia@aurora.example")
    other = books.open(OTHER, customer="serra", requester="caio")
    books.clock(sla.ClockBreached, other, detected_at=books.now)
    books.clock(sla.ClockMet, other, elapsed_s=86_399, late=False)
    parked = books.park(PARKED)
    return books, str(parked), str(one)


@pytest.fixture
async def house(
    database: MakeDatabase, nats_server_module: EmbeddedNats, state: Path
) -> AsyncIterator[House]:
    books, parked, _ = _books()
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        bus = await Bus.connect(nats_server_module.url("gateway"), "gateway")
        blobs = blobs_in(state / "blobs")
        portal = await portal_over(
            pool, bus, blobs, file_bytes_max=2_000, upload_bytes_max=3_000, file_types_refused=".exe"
        )
        await admit_everybody(portal, pool)
        ticket = await portal.views.ticket(ONE)
        assert ticket is not None
        yield House(portal, pool, parked, make_rating_token(ticket.ticket_id, 0 + 1, portal.keys))
        await bus.close()


ACCESS = [
    # path, and what nobody, bia (aurora), caio (serra), ana, rui (auditor) are answered
    ("/", 303, 303, 303, 200, 200),
    ("/my", 303, 200, 200, 303, 303),
    ("/tickets/{one}", 303, 200, 404, 200, 200),
    ("/tickets/{other}", 303, 404, 200, 200, 200),
    ("/tickets/{one}/live", 303, 200, 404, 200, 200),
    ("/tickets/{one}/history", 303, 403, 403, 200, 200),
    ("/tickets/{one}/history.json", 303, 403, 403, 200, 200),
    (f"/tickets/{{one}}/raw/{RAW}", 303, 403, 403, 404, 404),  # 404: named, but its bytes are not here
    (f"/tickets/{{one}}/files/{SECRET.sha256}", 303, 404, 404, 404, 404),
    ("/tickets/new", 303, 200, 200, 303, 403),
    ("/phone", 303, 403, 403, 200, 403),
    ("/phone?contact=bia", 303, 403, 403, 200, 403),
    ("/parked", 303, 403, 403, 200, 200),
    ("/suspended", 303, 403, 403, 200, 200),
    ("/parked/{parked}", 303, 403, 403, 200, 200),
    ("/alerts", 303, 403, 403, 200, 403),
    ("/levels", 303, 403, 403, 403, 200),
    ("/ratings", 303, 403, 403, 403, 200),
    ("/rate/{rating}", 200, 200, 200, 200, 200),
    ("/rate/forged-1-aaaaaaaaaaaaaaaak1", 404, 404, 404, 404, 404),
    ("/tickets/2026-999999", 303, 404, 404, 404, 404),
    ("/nowhere", 404, 404, 404, 404, 404),
    ("/parked/not-an-id", 422, 422, 422, 422, 422),
    ("/api/v1/tickets/{one}", 401, 200, 404, 200, 200),
    ("/api/v1/tickets/{one}/history", 401, 403, 403, 200, 200),
    ("/api/v1/tickets?status=all", 401, 200, 200, 200, 200),
    ("/api/v1/levels", 401, 403, 403, 403, 200),
    ("/api/v1/session", 401, 200, 200, 200, 200),
    ("/api/v1/openapi.json", 200, 200, 200, 200, 200),
    ("/docs", 404, 404, 404, 404, 404),
]


async def test_who_may_read_what(house: House) -> None:
    found = []
    people = [await house.enter(who) for who in ("nobody", "bia", "caio", "ana", "rui")]
    for path, *_ in ACCESS:
        answers = [await person.get(house.path(path)) for person in people]
        for answer in answers:
            assert answer.headers.items() >= {k.lower(): answer.headers[k] for k in HEADERS}.items(), path
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert answer.headers["cache-control"] == "no-store"
        found.append((path, *(answer.status_code for answer in answers)))
    assert found == ACCESS


async def test_a_verdict_stands_where_the_answer_had_come_in_time_and_was_read_late(house: House) -> None:
    page = (await (await house.enter("ana")).get(house.path("/tickets/{other}"))).text
    assert "Vencido; o que o cumpriu chegou no prazo" in page
    assert "Cumprido no prazo" not in page


async def test_the_internal_side_stays_inside(house: House) -> None:
    bia, ana = await house.enter("bia"), await house.enter("ana")
    for path in (f"/tickets/{ONE}", f"/tickets/{ONE}/live", f"/api/v1/tickets/{ONE}"):
        outside, inside = (await bia.get(path)).text, (await ana.get(path)).text
        assert "para todos" in outside
        for hidden in ("só entre nós", SECRET.sha256, "550 no such user"):
            assert hidden not in outside
            assert hidden in inside
        assert RAW not in outside
    came_back = "O que voltou: resposta · "
    assert came_back in (await ana.get(f"/tickets/{ONE}")).text
    assert came_back not in (await bia.get(f"/tickets/{ONE}")).text
    assert "&lt;b&gt;nota&lt;/b&gt;" in (await bia.get(f"/tickets/{ONE}")).text
    assert OTHER not in (await bia.get("/my?status=all")).text
    assert OTHER not in (await bia.get("/api/v1/tickets?status=all&customer=serra")).text


MUTATIONS = [
    (f"/tickets/{ONE}", {"action": "answer", "text": "x"}),
    (f"/tickets/{ONE}", {"action": "reply", "text": "x"}),
    (f"/tickets/{ONE}/retry", {"notification": "x"}),
    ("/tickets/new", {"application": "nota", "subject": "x", "text": "y"}),
    ("/phone", {"contact": "bia", "application": "nota", "subject": "x", "text": "y"}),
    ("/parked/{parked}/accept", {"contact": "bia", "application": "nota"}),
    ("/parked/{parked}/reject", {"detail": "x"}),
    ("/suspended", {"address": "bia@aurora.example", "reason": "x"}),
]


async def test_an_auditor_changes_nothing(house: House) -> None:
    rui = await house.enter("rui")
    token = (await rui.get("/api/v1/session")).json()["csrf"]
    for path, data in MUTATIONS:
        answer = await rui.http.post(house.path(path), data={"csrf": token, **data})
        assert answer.status_code == 403, path


async def test_a_suspended_address_is_listed_with_a_way_back_for_who_works(house: House) -> None:
    ana, rui = await house.enter("ana"), await house.enter("rui")
    page, read = (await ana.get("/suspended")).text, (await rui.get("/suspended")).text
    assert "bia@aurora.example" in page
    assert "bia@aurora.example" in read
    assert f'href="/tickets/{ONE}"' in page
    for somebody in (ana, rui):
        assert 'href="/suspended">Endereços suspensos: 1</a>' in (await somebody.get("/")).text
    assert 'action="/suspended"' in page
    assert 'action="/suspended"' not in read


async def test_a_form_from_elsewhere_does_nothing(house: House) -> None:
    for who in ("bia", "ana"):
        person = await house.enter(who)
        for path, data in [*MUTATIONS, ("/logout", {}), ("/language", {"language": "en"})]:
            for token in ({}, {"csrf": "guessed"}, {"csrf": "é"}):
                answer = await person.http.post(house.path(path), data={**data, **token})
                assert answer.status_code == 403, (who, path, token)
        assert (await person.get("/api/v1/session")).status_code == 200


async def test_nobody_posts_without_a_session(house: House) -> None:
    visitor = house.visitor()
    for path, data in MUTATIONS:
        answer = await visitor.post(house.path(path), data)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=/")


async def test_a_wrong_password_is_told_in_words_and_opens_nothing(house: House) -> None:
    visitor = house.visitor()
    answer = await visitor.enter("bia", "errada")
    assert answer.status_code == 401
    assert "não conferem" in answer.text
    assert (await visitor.get("/my")).status_code == 303
    for _ in range(5):
        answer = await visitor.enter("bia", "errada")
    assert answer.status_code == 429
    assert "15 minutos" in answer.text


async def test_a_session_ends_with_logging_out_and_with_a_new_password(house: House) -> None:
    first, second = await house.enter("bia"), await house.enter("bia")
    token = (await first.get("/api/v1/session")).json()["csrf"]
    copied = first.http.cookies["atendimento"]
    assert (await first.http.post("/logout", data={"csrf": token})).headers["location"] == "/login"
    assert (await first.get("/my")).status_code == 303
    kept = house.visitor()
    kept.http.cookies.set("atendimento", copied, domain="desk.test")
    assert (await kept.get("/my")).status_code == 303, "a copy of the cookie opens nothing any more"
    assert (await second.get("/my")).status_code == 200
    await house.portal.logins.set_password("bia@aurora.example", "requester", "bia", "outra")
    assert (await second.get("/my")).status_code == 303


async def test_a_changed_cookie_is_no_session(house: House) -> None:
    bia = await house.enter("bia")
    cookie = bia.http.cookies["atendimento"]
    bia.http.cookies.set("atendimento", "x" + cookie[1:], domain="desk.test")
    assert (await bia.get("/my")).status_code == 303


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    answer = await house.visitor().get("/login")
    assert "httponly; samesite=lax" in answer.headers["set-cookie"]


async def test_logging_in_leads_to_no_other_site(house: House) -> None:
    data = {"login": "bia@aurora.example", "password": PASSWORD}
    for wanted in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:x",
        "/a\nb",
        "/login",
    ):
        answer = await house.visitor().post("/login", {**data, "next": wanted})
        assert answer.headers["location"] == "/", wanted
    data["next"] = f"/tickets/{ONE}?done=x"
    assert (await house.visitor().post("/login", data)).headers["location"] == data["next"]


async def test_the_language_is_the_browsers_until_one_is_chosen(house: House) -> None:
    visitor = house.visitor()
    english = await visitor.get("/login", headers={"Accept-Language": "en-GB,en;q=0.8"})
    assert '<html lang="en">' in english.text
    assert english.headers["content-language"] == "en"
    assert '<html lang="pt-BR">' in (await visitor.get("/login")).text
    answer = await visitor.post("/language", {"language": "en", "back": "/login?next=/my"})
    assert answer.headers["location"] == "/"
    assert "Log in" in (await visitor.get("/login")).text
    await visitor.enter("bia")
    assert "New ticket" in (await visitor.get("/my")).text


async def test_a_service_that_is_away_is_told_in_words_and_the_text_is_kept(house: House) -> None:
    ana = await house.enter("ana")
    token = (await ana.get("/api/v1/session")).json()["csrf"]
    data = {"csrf": token, "action": "answer", "text": "texto longo que não se perde", "key": "0" * 32}
    answer = await ana.http.post(f"/tickets/{ONE}", data=data)
    assert answer.status_code == 503
    assert "nada será feito em dobro" in answer.text
    assert "texto longo que não se perde" in answer.text
    assert 'name="key" value="' + "0" * 32 in answer.text


async def test_an_action_that_the_status_does_not_offer_is_told_and_the_text_is_kept(house: House) -> None:
    ana = await house.enter("ana")
    token = (await ana.get("/api/v1/session")).json()["csrf"]
    answer = await ana.http.post(
        f"/tickets/{ONE}", data={"csrf": token, "action": "resume", "text": "quase perdido"}
    )
    assert answer.status_code == 422
    assert "quase perdido" in answer.text


async def test_files_over_the_limits_are_refused_in_words(house: House) -> None:
    ana = await house.enter("ana")
    token = (await ana.get("/api/v1/session")).json()["csrf"]
    data = {"csrf": token, "action": "note", "text": "com anexo"}

    async def send(*sizes: int, action: str = "note") -> httpx.Response:
        files = [("files", (f"f{n}.txt", b"x" * size)) for n, size in enumerate(sizes)]
        return await ana.http.post(f"/tickets/{ONE}", data={**data, "action": action}, files=files)

    assert "passa do limite por arquivo" in (await send(2_001)).text
    assert "juntos passam do limite" in (await send(1_900, 1_900)).text
    assert "não seguem com esta ação" in (await send(10, action="contact")).text
    program = [("files", ("Nota.EXE", b"MZ"))]
    refused = await ana.http.post(f"/tickets/{ONE}", data={**data, "action": "note"}, files=program)
    assert "Arquivos do tipo de Nota.EXE não são aceitos" in refused.text
    assert (await send(10)).status_code == 503  # stored; the service is away
    assert (await send(5_000_000)).status_code == 413


async def test_a_download_can_run_nothing(house: House) -> None:
    ana, bia = await house.enter("ana"), await house.enter("bia")
    blobs = house.portal.blobs
    books, _, one = _books()
    page = b"<script>alert(1)</script>"
    hostile = SECRET.model_copy(
        update={"sha256": await blobs.put(page), "name": 'a";\r\nx: "ção.html', "content_type": "text/html"}
    )
    picture = PICTURE.model_copy(update={"sha256": await blobs.put(b"\x89PNG")})
    ticket = await house.portal.views.ticket(ONE)
    assert ticket is not None
    assert str(ticket.ticket_id) == one
    books.kept.clear()
    books.on(l.AnswerPublished, ticket.ticket_id, text="x", attachments=(hostile, picture), first=False)
    # Behind what is there already, as a later segment.
    ((key, entries),) = books.kept.items()
    from tests.gateway.rooms import apply

    before = await house.portal.views.applied(*key)
    moved = [type(e)(*(e.partition, before + 1, *[getattr(e, n) for n in e.__slots__[2:]])) for e in entries]
    await apply(house.pool, *key, moved)

    answer = await bia.get(f"/tickets/{ONE}/files/{hostile.sha256}")
    assert answer.content == page
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''a%22%3B%0D%0Ax")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    shown = await ana.get(f"/tickets/{ONE}/files/{picture.sha256}")
    assert shown.headers["content-disposition"].startswith("inline")
    assert (
        await (await house.enter("caio")).get(f"/tickets/{ONE}/files/{picture.sha256}")
    ).status_code == 404
    assert (await ana.get(f"/tickets/{OTHER}/files/{picture.sha256}")).status_code == 404


async def test_without_a_contract_in_force_the_form_says_so_before(house: House) -> None:
    caio, bia = await house.enter("caio"), await house.enter("bia")
    page = (await caio.get("/tickets/new")).text
    assert "não tem contrato de suporte em vigor" in page
    assert 'name="subject"' not in page
    assert 'value="nota"' in (await bia.get("/tickets/new")).text
    ana = await house.enter("ana")
    assert "não tem contrato" in (await ana.get("/phone?contact=caio")).text
    assert "Caio Melo" in (await ana.get("/phone?words=serra+caio")).text
    assert "Ninguém com esses termos" in (await ana.get("/phone?words=zzz")).text


async def test_following_a_rating_link_rates_nothing(house: House) -> None:
    visitor = house.visitor()
    before = await house.pool.fetchval("select count(*) from views.history")
    page = await visitor.get(f"/rate/{house.rating}")
    assert "não recebe mais avaliação" in page.text  # not resolved yet
    assert await house.pool.fetchval("select count(*) from views.history") == before
    assert (await visitor.post(f"/rate/{house.rating}", {})).status_code == 422


async def test_the_history_is_shown_as_it_stood_and_exported(house: House) -> None:
    rui = await house.enter("rui")
    whole = (await rui.get(f"/tickets/{ONE}/history.json")).json()
    assert [event["topic"].split(".")[1] for event in whole["events"]][:3] == [
        "TicketRegistered", "TicketQueued", "ClockStarted",
    ]  # fmt: skip
    assert whole["ticket"]["status"] == "in_progress"
    at = whole["events"][1]["recorded_at"]
    then = (await rui.get(f"/tickets/{ONE}/history.json", params={"at": at})).json()
    assert (len(then["events"]), then["ticket"]["status"]) == (2, "open")
    page = await rui.get(f"/tickets/{ONE}/history", params={"at": at})
    assert "Eventos registrados: 2." in page.text
    assert "versão 1" in page.text
    assert then["terms"]["sla_policy_version"] == 1
    assert "Não entendi essa data" in (await rui.get(f"/tickets/{ONE}/history?at=ontem")).text
    assert (await rui.get(f"/api/v1/tickets/{ONE}/history", params={"at": at})).json() == then


def _key(*values: object) -> str:
    """A page's key that no page of ours has written."""
    return base64.urlsafe_b64encode(json.dumps([*values, str(UUID(int=0))]).encode()).decode().rstrip("=")


async def test_an_analyst_sees_the_queue_of_their_own_areas(house: House) -> None:
    own = f'<option value="{OWN_AREAS}"'
    ana = await house.enter("ana")
    chosen = (await ana.get("/", params={"area": OWN_AREAS})).text
    assert f"{own} selected>" in chosen
    assert ONE in chosen
    for who in ("mara", "rui"):
        browser = await house.enter(who)
        page = (await browser.get("/", params={"area": OWN_AREAS})).text
        assert own not in page, "who has no areas is not offered them"
        assert ONE not in page


async def test_a_list_may_be_asked_for_anything(house: House) -> None:
    ana = await house.enter("ana")
    for query in (
        "status=%00",
        "page=-1",
        "page=99999999999999",
        "page=%C2%B2",
        "words=%25%00",
        "area=x&analyst=y",
        f"after={_key(0, '9999-12-31T23:59:59-14:00', '2026-01-01T00:00:00Z')}",
        f"after={_key(0, '2026-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00')}",
    ):
        assert (await ana.get(f"/?{query}")).status_code == 200, query


async def test_no_address_is_a_fault(house: House) -> None:
    rui = await house.enter("rui")
    asked = {
        "/tickets/2026%00": 404,
        "/api/v1/tickets/2026%00": 404,
        "/api/v1/tickets?area=%00&analyst=%00&customer=%00&kind=%00&priority=%00&words=%00": 200,
        f"/tickets/{ONE}/history?at=0001-01-01T00:00:00%2B14:00": 200,
        f"/tickets/{ONE}/history?at=0001-01-01T00:00:00Z": 200,
        f"/tickets/{ONE}/history?at=9999-12-31T23:59:59-14:00": 200,
        f"/api/v1/tickets/{ONE}/history?at=9999-12-31T23:59:59-14:00": 200,
    }
    assert {path: (await rui.get(path)).status_code for path in asked} == asked


async def test_a_database_that_is_away_is_an_answer_too(house: House) -> None:
    ana = await house.enter("ana")
    await house.pool.close()
    answer = await ana.get("/")
    assert answer.status_code == 503
    assert "Volte em instantes" in answer.text
    assert answer.headers["retry-after"] == "5"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await ana.get("/api/v1/tickets")).json() == {"code": "fault"}
