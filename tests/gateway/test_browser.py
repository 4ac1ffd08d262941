"""The whole desk in a real browser: every page accessible in both languages, the keyboard alone, nothing from outside."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from playwright.async_api import Browser, expect

from contracts.commands import ResolveTicket
from contracts.envelope import Actor
from journal.tokens import KeyRing, make_rating_token
from tests.gateway.people import PASSWORD, PEOPLE, RECORDS, admit
from tests.gateway.windows import (
    NEEDS_CHROMIUM,
    browser,
    focused,
    opened,
    parked,
    person,
    playwright,
    say,
    status,
    tab_to,
    until_status,
)
from tests.running import RunningDesk, running_desk

__all__ = ["browser", "playwright"]
pytestmark = [NEEDS_CHROMIUM, pytest.mark.timeout(300)]
SERVICES = ("intake", "lifecycle", "sla", "gateway")


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(SERVICES, records=RECORDS) as desk:
        await admit(desk)
        yield desk


async def rating_path(desk: RunningDesk, number: str) -> str:
    """Resolve a ticket; the path of its rating link."""
    connection = await asyncpg.connect(desk.database_url("gateway"))
    try:
        ticket = await connection.fetchval("select ticket_id from views.tickets where number = $1", number)
    finally:
        await connection.close()
    bruno = Actor(role="analyst", key="bruno", name="Bruno Teles")
    reply = await desk.ask(ResolveTicket(ticket_id=ticket, text="Feito."), bruno)
    assert reply.outcome == "done", reply
    await until_status(desk, number, "resolved")
    keys = KeyRing.of(desk.desk.environment("gateway")["DESK_SECRET"])
    return f"/rate/{make_rating_token(ticket, 1, keys)}"


@pytest.mark.parametrize(("language", "scheme"), [("pt-BR", "light"), ("en", "dark")])
async def test_no_page_has_an_accessibility_violation(
    desk: RunningDesk, browser: Browser, language: str, scheme: str
) -> None:
    busy, done = await opened(desk, "Nota não sai"), await opened(desk, "Já resolvido")
    rating = await rating_path(desk, done)
    message = await parked(desk, browser, f"Dúvida {language} {scheme}")
    pages = {
        "": ["/login", "/nowhere", rating],
        "ana": ["/my", "/tickets/new", f"/tickets/{busy}", f"/tickets/{done}"],
        "bruno": [
            "/", "/?status=all", f"/tickets/{busy}", f"/tickets/{done}", f"/tickets/{busy}/history",
            "/phone", "/phone?words=ana", "/phone?contact=ana", "/parked", "/parked/unplaced", message, "/alerts",
            "/?alert=warned", f"/tickets/{busy}/clocks/first_response",
        ],
        "marta": ["/alerts?area=", "/levels?by=area", "/levels?by=analyst", "/ratings", "/directory/calendar/padrao", "/rebase/sla_policy/padrao", "/suspended"],
        "rita": [f"/tickets/{busy}", f"/tickets/{busy}/history?at=ontem", message, "/phone"],
    }  # fmt: skip
    found = []
    for who, paths in pages.items():
        somebody = await person(browser, desk, language, color_scheme=scheme)
        if who:
            await somebody.enter(who)
        for path in paths:
            await somebody.open(path)
            assert await somebody.page.get_attribute("html", "lang") == language
            found += await somebody.violations()
            # Every fold opened, and on the screen of a telephone.
            await somebody.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            await somebody.page.set_viewport_size({"width": 360, "height": 740})
            found += await somebody.violations()
            wide = await somebody.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, f"{path} scrolls sideways"
            await somebody.page.set_viewport_size({"width": 1280, "height": 800})
        assert somebody.elsewhere == []
        assert [
            text for text in somebody.complaints if "status of 404" not in text and "403" not in text
        ] == []
        await somebody.context.close()
    assert found == []


async def test_the_keyboard_alone_leads_from_login_to_an_answer(desk: RunningDesk, browser: Browser) -> None:
    number = await opened(desk, "Só teclado")
    bruno = await person(browser, desk)
    page = bruno.page
    await bruno.open("/login")
    await page.keyboard.type(PEOPLE["bruno"][0])  # the first field has the focus
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.locator("#login")).to_have_count(0)
    await page.keyboard.press("Tab")
    assert await focused(page) == "Ir para o conteúdo"
    await page.keyboard.press("Enter")
    await tab_to(page, number)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await tab_to(page, "answer")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await tab_to(page, "text")
    await page.keyboard.type("Respondido sem tocar no mouse.")
    await tab_to(page, "Enviar")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.get_by_text("Resposta publicada")).to_be_visible()
    await expect(page.locator(".timeline")).to_contain_text("Respondido sem tocar no mouse.")
    assert await status(desk, number) == "in_progress"
    await bruno.context.close()


async def test_a_ticket_lives_through_the_pages(desk: RunningDesk, browser: Browser, tmp_path: Path) -> None:
    ana, bruno = await person(browser, desk), await person(browser, desk)
    await ana.enter("ana")
    await bruno.enter("bruno")
    picture = tmp_path / "tela.png"
    picture.write_bytes(await ana.page.screenshot())
    await ana.open("/tickets/new")
    await ana.page.fill("#subject", "Nota rejeitada")
    await ana.page.fill("#text", "A nota 12 volta.\n<script>alert(1)</script>")
    await ana.page.set_input_files("#files", [picture])
    await ana.press("main button.primary")
    (number,) = re.findall(r"/tickets/(\d{4}-\d{6})\?done=opened", ana.page.url)
    shown = ana.page.locator(".timeline img")
    await expect(shown).to_have_count(1)
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    await expect(ana.page.locator(".side")).to_contain_text("Primeira resposta")

    await bruno.open(f"/tickets/{number}")
    await bruno.press("button[value=take]")
    await say(bruno, "note", "isto fica entre nós")
    await say(bruno, "await", "Qual a mensagem?")
    # Ana's page has learned it by itself, and nothing of the note.
    await expect(ana.page.locator(".timeline")).to_contain_text("Qual a mensagem?")
    await expect(ana.page.locator("[data-part=facts]")).to_contain_text("Pendente do cliente")
    assert "entre nós" not in await ana.page.content()

    await say(ana, "reply", "Rejeição 539.")
    await expect(ana.page.locator(".timeline")).to_contain_text("Rejeição 539.")
    await bruno.open(f"/tickets/{number}")
    await expect(bruno.page.locator("[data-part=facts]")).to_contain_text("Em atendimento")
    await say(bruno, "resolve", "Duplicidade: use outro número.")
    await ana.open(f"/tickets/{number}")
    await say(ana, "reopen", "Ainda não.")
    await expect(ana.page.locator("[data-part=facts]")).to_contain_text("Em atendimento")
    await bruno.open(f"/tickets/{number}")
    await say(bruno, "resolve", "Agora sim.")
    await until_status(desk, number, "resolved")
    await ana.open(f"/tickets/{number}")
    await ana.press("text=Avaliar a solução")
    await ana.page.check("input[name=score][value='5']")
    await ana.press("main button.primary")
    await expect(ana.page.get_by_role("status")).to_contain_text("Obrigado")
    await ana.open(f"/tickets/{number}")
    await ana.page.click("summary:has-text('Aceitar a solução')")
    await ana.press("button[value=close]")
    await expect(ana.page.locator("[data-part=facts]")).to_contain_text("Fechado")
    assert (ana.complaints, ana.elsewhere, bruno.complaints, bruno.elsewhere) == ([], [], [], [])
    await ana.context.close()
    await bruno.context.close()


async def test_a_parked_message_becomes_a_ticket_of_a_new_contact(
    desk: RunningDesk, browser: Browser
) -> None:
    path = await parked(desk, browser, "Sou novo aqui", "novo@fora.example.com")
    bruno = await person(browser, desk)
    await bruno.enter("bruno")
    await bruno.open(path)
    await bruno.page.check("input[value=new]")
    assert await bruno.page.input_value("#address") == "novo@fora.example.com"
    await bruno.page.fill("#name", "Zeca Melo")
    await bruno.press("main button.primary")
    await expect(bruno.page.locator("h1")).to_contain_text("Sou novo aqui")
    await expect(bruno.page.locator("[data-part=facts]")).to_contain_text("Zeca Melo")
    # Intake's word on the message comes on its own way, and its page does not look again by itself.
    settled = bruno.page.get_by_text("já virou atendimento")
    await bruno.find(path, settled)
    await expect(settled).to_be_visible()
    await bruno.context.close()


async def test_a_parked_message_is_turned_down_for_a_reason(desk: RunningDesk, browser: Browser) -> None:
    path = await parked(desk, browser, "Compre agora")
    bruno = await person(browser, desk)
    await bruno.enter("bruno")
    await bruno.open(path)
    await bruno.page.fill("#detail", "Propaganda.")
    await bruno.press("button.danger")
    assert "done=rejected" in bruno.page.url, await bruno.page.inner_text("main")
    await bruno.find("/parked", bruno.page.get_by_role("link", name="Compre agora"), gone=True)
    await bruno.context.close()


async def test_whoever_answers_the_phone_opens_the_ticket_and_has_it(
    desk: RunningDesk, browser: Browser
) -> None:
    bruno = await person(browser, desk)
    await bruno.enter("bruno")
    await bruno.open("/phone")
    await bruno.page.fill("#words", "prado serra")
    await bruno.press("main button.primary")
    await bruno.press(".matches a")
    await bruno.page.fill("#subject", "Ligou da loja")
    await bruno.page.fill("#text", "O caixa não abre.")
    await bruno.press("main button.primary")
    await expect(bruno.page.locator("[data-part=facts]")).to_contain_text("Bruno Teles")
    await expect(bruno.page.locator("[data-part=facts]")).to_contain_text("Telefone")
    await bruno.context.close()


async def test_sent_twice_is_done_once(desk: RunningDesk, browser: Browser) -> None:
    number = await opened(desk, "Clique duplo")
    bruno = await person(browser, desk)
    await bruno.enter("bruno")
    await bruno.open(f"/tickets/{number}")
    form = {
        name: await bruno.page.locator(f".composer input[name={name}]").input_value()
        for name in ("csrf", "key")
    }
    for _ in range(2):
        answer = await bruno.context.request.post(
            f"{desk.web_url}/tickets/{number}", form={**form, "action": "note", "text": "uma vez só"}
        )
        assert answer.ok
    await bruno.open(f"/tickets/{number}")
    await expect(bruno.page.get_by_text("uma vez só")).to_have_count(1)
    await bruno.context.close()


async def test_every_page_works_without_scripts(desk: RunningDesk, browser: Browser) -> None:
    number = await opened(desk, "Sem scripts")
    bruno = await person(browser, desk, java_script_enabled=False)
    await bruno.enter("bruno")
    await bruno.open(f"/tickets/{number}")
    await say(bruno, "answer", "Resposta sem scripts.")
    said = bruno.page.locator(".timeline").get_by_text("Resposta sem scripts.")
    await bruno.offered(said)
    await expect(said).to_be_visible()
    await bruno.context.close()
