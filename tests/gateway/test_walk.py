"""A new analyst's walk through a ticket's whole life, in a real browser; each page accessible, none scrolls sideways."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, ViewportSize, expect

from tests.gateway.people import PATIENCE_S, RECORDS, Caller, admit
from tests.gateway.windows import NEEDS_CHROMIUM, Person, browser, opened, person, playwright, say
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

__all__ = ["browser", "playwright"]
pytestmark = [NEEDS_CHROMIUM, pytest.mark.timeout(300)]
SERVICES = ("intake", "lifecycle", "sla", "gateway")
PHONE, DESK = ViewportSize(width=360, height=740), ViewportSize(width=1280, height=800)


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(SERVICES, records=RECORDS) as desk:
        await admit(desk)
        yield desk


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where the pages' pictures go, for whoever wants to look at them."""
    return tmp_path


async def act(who: Person, action: str, **typed: str) -> None:
    """Unfold an action, fill its form in, send it."""
    await who.offered(who.page.locator(f"button[value={action}]"))
    form = who.page.locator(f"form:has(button[value={action}])").last
    fold = who.page.locator(f"details:has(button[value={action}])")
    if await fold.count() and not await fold.evaluate("fold => fold.open"):
        await fold.locator("summary").click()
    for name, value in typed.items():
        field = form.locator(f"[name={name}]")
        if await field.evaluate("field => field.tagName") == "SELECT":
            await field.select_option(value)
        else:
            await field.fill(value)
    async with who.page.expect_navigation():
        await form.locator(f"button[value={action}]").first.click()


async def done(who: Person, action: str) -> None:
    assert f"done={action}" in who.page.url, await who.page.inner_text("main")


async def sound(who: Person, shots: Path, name: str) -> None:
    """No violation, no sideways scrolling, at a desk and at a phone, with every fold open and shut."""
    await who.page.screenshot(path=shots / f"{name}-desk.png", full_page=True)
    assert await who.violations() == []
    await who.page.set_viewport_size(PHONE)
    await who.page.screenshot(path=shots / f"{name}-phone.png", full_page=True)
    assert await who.violations() == []
    wide = await who.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], f"{who.page.url} scrolls sideways"
    await who.page.set_viewport_size(DESK)
    assert who.elsewhere == []


def errors(who: Person) -> list[str]:
    """What the browser complained of, but for the answers that refuse something."""
    return [text for text in who.complaints if "status of 422" not in text]


def facts(who: Person) -> Locator:
    return who.page.locator("[data-part=facts]")


async def test_an_analyst_works_a_ticket(desk: RunningDesk, browser: Browser, shots: Path) -> None:
    number = await opened(desk, "Impressora fiscal")
    bruno = await person(browser, desk)
    await bruno.enter("bruno")
    await bruno.open(f"/tickets/{number}")
    await act(bruno, "take")
    await act(
        bruno, "reclassify", classification="incident", criticality="high", severity="major", level="N2"
    )
    await done(bruno, "reclassify")
    await expect(facts(bruno)).to_contain_text("Urgente")
    await act(bruno, "reclassify", priority="low")
    await expect(bruno.page.get_by_role("alert")).to_contain_text("escreva o motivo")
    await expect(bruno.page.locator("#reclassify-priority")).to_have_value("low")
    await sound(bruno, shots, "refused")

    await bruno.open(f"/tickets/{number}")
    await act(bruno, "hold", third_party="Fabricante", expected_on="2099-03-02", text="Peça encomendada.")
    await done(bruno, "hold")
    await expect(facts(bruno)).to_contain_text("Fabricante")
    await act(bruno, "resume")
    await act(bruno, "contact", channel="phone", outcome="no_answer", person="Ana Prado")
    await done(bruno, "contact")
    await act(bruno, "contact", channel="phone", outcome="no_answer", person="Ana de novo")
    await expect(bruno.page.get_by_role("alert")).to_contain_text("30 minutos de expediente")
    await expect(bruno.page.locator("#contact-person")).to_have_value("Ana de novo")

    await bruno.open(f"/tickets/{number}")
    await bruno.page.select_option("#canned", "saudacao")
    await bruno.page.click("button[name=insert]")
    await expect(bruno.page.locator("#text")).to_have_value(f"Olá, Ana Prado! O {number} está conosco.")
    async with bruno.page.expect_navigation():
        await bruno.page.click(".composer button.primary")
    await say(bruno, "note", "@nina conhece **esta** impressora?")
    note = bruno.page.locator(".timeline li").filter(has_text="esta impressora")
    await bruno.offered(note)
    async with bruno.page.expect_navigation():
        await note.get_by_role("link", name="Editar").click()
    await bruno.page.fill("#text", "@nina conhece *aquela* impressora?")
    await sound(bruno, shots, "occurrence")
    await act(bruno, "edit")
    await done(bruno, "edit")
    # An item that is there already is not drawn again by itself.
    edited = bruno.page.locator(".timeline").get_by_text("aquela impressora")
    await bruno.offered(edited)
    await expect(edited).to_be_visible()
    await act(bruno, "assign", analyst="leo")
    await expect(bruno.page.get_by_role("alert")).to_contain_text("Léo Dias está ausente até 31/12/2099")
    await sound(bruno, shots, "ticket")

    assert errors(bruno) == []
    await bruno.context.close()


async def test_tickets_are_split_joined_contested_and_followed_up(
    desk: RunningDesk, browser: Browser, shots: Path
) -> None:
    number, second = await opened(desk, "Balança"), await opened(desk, "A mesma balança")
    bruno, ana = await person(browser, desk), await person(browser, desk)
    await bruno.enter("bruno")
    await bruno.open(f"/tickets/{number}")
    await act(bruno, "split", subject="Treinar o caixa", text="Pediu um treino.")
    await done(bruno, "split")
    await bruno.open(f"/tickets/{second}")
    await act(bruno, "merge", other="2026-999999")
    await expect(bruno.page.get_by_role("alert")).to_contain_text("Não há atendimento com esse número")
    await act(bruno, "link", other=number, link="caused_by")
    await done(bruno, "link")
    await act(bruno, "unlink")
    await done(bruno, "unlink")
    await act(bruno, "merge", other=number, reason="é a mesma")
    await done(bruno, "merge")
    await expect(facts(bruno)).to_contain_text("unido a outro")
    await sound(bruno, shots, "merged")

    await bruno.open(f"/tickets/{number}")
    await say(bruno, "resolve", "Peça trocada.")
    await ana.enter("ana")
    await ana.open(f"/tickets/{number}")
    await say(ana, "reopen", "Muito obrigada!")
    await bruno.open(f"/tickets/{number}")
    await act(bruno, "dismiss", reason="só agradeceu")
    await done(bruno, "dismiss")
    await expect(facts(bruno)).to_contain_text("Resolvido")
    await ana.open(f"/tickets/{number}")
    await act(ana, "close")
    await done(ana, "close")
    await ana.offered(ana.page.get_by_text("Continuar este atendimento"))
    await sound(ana, shots, "closed")
    await ana.press("text=Continuar este atendimento")
    await expect(ana.page.get_by_text(f"Continua o atendimento {number}")).to_be_visible()
    await ana.page.fill("#text", "Voltou a falhar.")
    await sound(ana, shots, "follow")
    await heard_of_closing(desk, number)
    await ana.press("main button.primary")
    await expect(facts(ana)).to_contain_text(number)
    for who in (bruno, ana):
        assert errors(who) == []
        await who.context.close()


async def heard_of_closing(desk: RunningDesk, number: str) -> None:
    """Return when intake knows that a ticket is closed: it hears of that on a way of its own, as the pages do."""
    closed = "select closed from views.tickets where number = $1"
    async with connected(desk.admin_url("intake")) as intake, asyncio.timeout(PATIENCE_S):
        while not await intake.fetchval(closed, number):
            await asyncio.sleep(0.05)


async def write_plan(bruno: Person) -> None:
    """Two activities and a milestone without its date, rows added in place."""
    await bruno.page.fill("#objective", "A loja abre em março.")
    for row, title in enumerate(("Instalar o caixa", "Treinar a equipe")):
        await bruno.page.fill(f"#activities-{row}-title", title)
        await bruno.page.select_option(f"select[name=activities-{row}-owner]", "bruno")
        await bruno.page.fill(f"#activities-{row}-starts_on", "2026-12-01")
        await bruno.page.fill(f"#activities-{row}-ends_on", "2026-12-0" + str(row + 3))
    await bruno.page.click("button[value=milestones]")
    await bruno.page.fill("#milestones-2-title", "Inauguração")
    await bruno.page.click("button[value=activities]")
    assert await bruno.page.get_attribute("#activities-2-title", "aria-label") == "Título, linha 3"
    assert await bruno.page.locator("input[name$='-id']").count() == 0


async def test_a_project_from_its_plan_to_its_end(desk: RunningDesk, browser: Browser, shots: Path) -> None:
    number = await opened(desk, "Abrir a loja nova")
    bruno, davi, omar = [await person(browser, desk) for _ in range(3)]
    for who, key in ((bruno, "bruno"), (davi, "davi"), (omar, "omar")):
        await who.enter(key)
    await bruno.open(f"/tickets/{number}")
    await act(bruno, "reclassify", classification="project")
    edit = bruno.page.get_by_role("link", name="Editar o plano")
    await bruno.find(f"/tickets/{number}/project", edit)
    await sound(bruno, shots, "no-plan")
    await bruno.press("a:has-text('Editar o plano')")
    await write_plan(bruno)
    await bruno.press("button:has-text('Salvar o plano')")
    await expect(bruno.page.get_by_role("alert")).to_contain_text("Marcos 1")
    await bruno.page.fill("#milestones-0-on", "2027-03-01")
    await sound(bruno, shots, "plan")
    await bruno.press("button:has-text('Salvar o plano')")
    await done(bruno, "plan")
    await act(bruno, "request_approval", text="Por favor.")
    await done(bruno, "request_approval")

    await davi.find(f"/tickets/{number}", davi.page.get_by_text("Ver o plano e decidir"))
    await davi.press("text=Ver o plano e decidir")
    await sound(davi, shots, "decide")
    await act(davi, "send_back", reason="Falta o letreiro.")
    await bruno.find(f"/tickets/{number}/project", bruno.page.get_by_text("Falta o letreiro."))
    await bruno.press("a:has-text('Editar o plano')")
    await bruno.page.fill("#activities-2-title", "Pôr o letreiro")
    await bruno.page.select_option("select[name=activities-2-owner]", "nina")
    await bruno.page.fill("#activities-2-starts_on", "2026-12-01")
    await bruno.page.fill("#activities-2-ends_on", "2026-12-09")
    await bruno.press("button:has-text('Salvar o plano')")
    await act(bruno, "request_approval")
    await omar.open(f"/tickets/{number}/project")
    await act(omar, "approve")
    await done(omar, "approve")

    await bruno.open(f"/tickets/{number}")
    await say_refused(bruno, "resolve", "Pronto.", "tem 3 atividades a fazer")
    for made in range(3):
        so_far = bruno.page.get_by_text(f"{made} de 3 atividades feitas")
        await bruno.find(f"/tickets/{number}/project", so_far)
        await bruno.offered(bruno.page.locator("button[value=mark]"))
        await bruno.press("button[value=mark]:has-text('Marcar como feita')")
    whole = bruno.page.get_by_text("3 de 3 atividades feitas (100 %)")
    await bruno.offered(whole)
    await expect(whole).to_be_visible()
    await sound(bruno, shots, "project")
    await bruno.open(f"/tickets/{number}")
    await say(bruno, "resolve", "A loja abriu.")
    for who in (bruno, davi, omar):
        await who.context.close()


async def test_a_plan_is_written_without_scripts(desk: RunningDesk) -> None:
    number = await opened(desk, "Sem scripts")
    bruno = await Caller.enter(desk, "bruno")
    await bruno.post(f"/tickets/{number}", {"action": "reclassify", "classification": "project"})
    await bruno.ticket(number, holds=lambda ticket: ticket["classification"] == "project")
    path = f"/tickets/{number}/project/plan"
    row = {"title": "Medir", "owner": "bruno", "starts_on": "2026-12-01", "ends_on": "2026-12-02"}
    typed = {"objective": "Reformar", **{f"activities-0-{name}": value for name, value in row.items()}}
    more = (await bruno.post(path, {**typed, "add": "milestones"})).text
    assert 'value="Medir"' in more
    assert "milestones-3-title" in more
    assert "milestones-4-title" not in more
    saved = await bruno.post(path, {**typed, "milestones-3-title": "Fim", "milestones-3-on": "2026-12-03"})
    assert saved.headers["location"] == f"/tickets/{number}/project?done=plan"
    again = await bruno.until(path, lambda page: 'name="activities-0-id" value="1"' in page)
    assert 'value="Fim"' in again
    clash = {f"activities-{place}-{name}": value for place in (0, 1) for name, value in row.items()}
    ids = {"activities-0-id": "1", "activities-1-id": "1"}
    refused = await bruno.post(path, {"objective": "x", **clash, **ids})
    assert refused.status_code == 422
    await bruno.http.aclose()


async def say_refused(who: Person, action: str, text: str, why: str) -> None:
    await who.offered(who.page.locator(f"input[type=radio][name=action][value={action}]"))
    await who.page.check(f"input[type=radio][name=action][value={action}]")
    await who.page.fill("#text", text)
    await who.press(".composer button.primary")
    await expect(who.page.get_by_role("alert")).to_contain_text(why)
    await expect(who.page.locator("#text")).to_have_value(text)


@pytest.mark.parametrize(("language", "scheme"), [("pt-BR", "light"), ("en", "dark")])
async def test_the_directorys_pages_are_accessible(
    desk: RunningDesk, browser: Browser, shots: Path, language: str, scheme: str
) -> None:
    omar = await person(browser, desk, language, color_scheme=scheme)
    await omar.enter("omar")
    for path in (
        "", "/contact", "/contact/ana", "/contact/new", "/contract/serra-2026", "/analyst/leo",
        "/canned_answer/saudacao", "/mail_template/new", "/priority_matrix/priority", "/desk/desk",
        "/sla_policy/padrao", "/calendar/padrao",
    ):  # fmt: skip
        await omar.open(f"/directory{path}")
        await sound(omar, shots, f"directory{path.replace('/', '-')}")
    assert omar.complaints == []
    await omar.context.close()
