"""Mails shown as they came: to whom, with which pictures, and who wrote what is passed on."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from contracts import intake
from contracts import lifecycle as l
from contracts.envelope import Attachment
from deploy.nats import EmbeddedNats
from journal.bus import Bus
from services.gateway.portal import Portal
from services.gateway.timeline import moments
from tests.gateway.books import BIA, Books
from tests.gateway.rooms import Browser, admit_everybody, blobs_in, fill, portal_over, views_of
from tests.servers.backing import Database

MakeDatabase = Callable[[str], Awaitable[Database]]
ONE = "2026-000001"
STRANGER_RAW, GONE_RAW, GONE = "e" * 64, "f" * 64, "9" * 64
HTML = (
    '<p>Veja <b>isto</b>:<img src="cid:tela%40x" alt="Tela"><img src="cid:macro@x" alt="Macro">'
    '<img src="https://track.example/p.gif" alt="Logo"></p><script>alert(1)</script>'
)


@dataclass
class House:
    portal: Portal
    one: UUID
    parked: UUID
    picture: str
    ids: dict[str, str]

    async def enter(self, who: str) -> Browser:
        browser = Browser(self.portal)
        assert (await browser.enter(who)).status_code == 303
        return browser


def _reply(books: Books, one: UUID, raw: str, html: str, *, verified: bool) -> None:
    delivered = books.delivered(raw=raw, html=html)
    books.say(
        intake.ReplyReceived(
            ticket_id=one, submission_id=one, delivered=delivered, verified=verified, by=BIA
        ),
        one,
    )  # fmt: skip
    facts = {"channel": "email", "sender": "Bia Lima", "text": "só o texto", "raw": raw, "by": BIA}
    books.on(l.ReplyAdded, one, verified=verified, **facts)


@pytest.fixture
async def house(
    database: MakeDatabase, nats_server_module: EmbeddedNats, state: Path
) -> AsyncIterator[House]:
    blobs, books = blobs_in(state / "blobs"), Books()
    html, picture = await blobs.put(HTML.encode()), await blobs.put(b"\x89PNG")
    images = (
        Attachment(name="tela.png", content_type="image/png", size=4, sha256=picture, content_id="tela@x"),
        Attachment(name="m.svg", content_type="image/svg+xml", size=4, sha256="d" * 64, content_id="macro@x"),
    )
    mail = {
        "html": html, "attachments": images, "original_sender": "eva@x.example", "original_sender_name": "Eva Luz",
        "notes": ("more_files",),
    }  # fmt: skip
    books.define_desk()
    one = books.open(ONE, mail=mail, attachments=images)
    _reply(books, one, STRANGER_RAW, html, verified=False)
    _reply(books, one, GONE_RAW, GONE, verified=True)
    parked = books.park("p1", **mail)
    async with views_of(await database("gateway")) as pool:
        await fill(pool, books)
        bus = await Bus.connect(nats_server_module.url("gateway"), "gateway")
        portal = await portal_over(pool, bus, blobs)
        await admit_everybody(portal, pool)
        told = moments(await portal.views.history(one), internal=True)
        ids = {moment.name: moment.id for moment in told}
        yield House(portal, one, parked, picture, ids)
        await bus.close()


async def test_a_mail_is_shown_as_it_came_with_its_own_pictures_alone(house: House) -> None:
    for who in ("bia", "ana", "rui"):
        browser = await house.enter(who)
        path = f"/tickets/{ONE}/letters/{house.ids['TicketQueued']}"
        assert f'href="{path}"' in (await browser.get(f"/tickets/{ONE}")).text
        answer = await browser.get(path)
        page = answer.text
        assert answer.status_code == 200
        assert "Veja <b>isto</b>" in page
        image = f"/tickets/{ONE}/files/{house.picture}"
        assert page.count("<img src=") == 1 + page.split("<main")[0].count("<img src=")
        assert f'<img src="{image}" alt="Tela">' in page
        assert (await browser.get(image)).content == b"\x89PNG"
        assert ">[Logo]</a>" in page
        assert "alert(1)" not in page
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert ("/raw/" in page) == (who != "bia")


async def test_a_mail_is_seen_by_whoever_sees_the_occurrence(house: House) -> None:
    bia, caio, ana = [await house.enter(who) for who in ("bia", "caio", "ana")]
    queued, stranger = house.ids["TicketQueued"], house.ids["ReplyUnverified"]
    assert (await caio.get(f"/tickets/{ONE}/letters/{queued}")).status_code == 404
    assert (await bia.get(f"/tickets/{ONE}/letters/{stranger}")).status_code == 404
    assert (await ana.get(f"/tickets/{ONE}/letters/{stranger}")).status_code == 200
    assert (await ana.get(f"/tickets/{ONE}/letters/lifecycle-0-999")).status_code == 404
    assert (await bia.get(f"/parked/{house.parked}/letter")).status_code == 403
    assert (await ana.get(f"/parked/{UUID(int=1)}/letter")).status_code == 404
    views = (await bia.get(f"/api/v1/tickets/{ONE}")).json()["moments"]
    assert [view["html"] for view in views] == [True, True]


async def test_where_the_bytes_are_gone_the_text_is_shown(house: House) -> None:
    bia = await house.enter("bia")
    page = await bia.get(f"/tickets/{ONE}/letters/{house.ids['ReplyAdded']}")
    assert page.status_code == 200
    assert "só o texto" in page.text
    assert "O original não está disponível" in page.text


async def test_a_parked_mail_is_shown_as_it_came(house: House) -> None:
    rui = await house.enter("rui")
    path = f"/parked/{house.parked}"
    assert f'href="{path}/letter"' in (await rui.get(path)).text
    page = (await rui.get(f"{path}/letter")).text
    assert f'<img src="{path}/files/{house.picture}" alt="Tela">' in page
    assert "Veja <b>isto</b>" in page


async def test_staff_see_who_wrote_what_another_passes_on(house: House) -> None:
    ana, bia = await house.enter("ana"), await house.enter("bia")
    said = "escrito por Eva Luz &lt;eva@x.example&gt;"
    assert said in (await ana.get(f"/tickets/{ONE}")).text
    for path in (f"/tickets/{ONE}", f"/tickets/{ONE}/live", f"/api/v1/tickets/{ONE}"):
        assert "eva@x.example" not in (await bia.get(path)).text
    parked = (await ana.get(f"/parked/{house.parked}")).text
    assert "Eva Luz &lt;eva@x.example&gt;" in parked
    assert 'value="eva@x.example"' in parked


async def test_staff_are_told_what_was_cut_or_damaged(house: House) -> None:
    ana, bia = await house.enter("ana"), await house.enter("bia")
    told = "os primeiros 99 estão anexados"
    assert told in (await ana.get(f"/tickets/{ONE}")).text
    assert told in (await ana.get(f"/parked/{house.parked}")).text
    assert told not in (await bia.get(f"/tickets/{ONE}")).text


async def test_a_mail_from_before_its_html_was_kept_has_no_link(house: House) -> None:
    books = Books()
    one = books.open("2026-000009")
    from tests.gateway.test_timeline import history

    (queued,) = moments(history(books, one), internal=True)
    assert (queued.html, queued.images, queued.passed_on) == (None, {}, None)
