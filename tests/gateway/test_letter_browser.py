"""Mails of others in a real browser: shown as they came, their own pictures in them, and nothing else of them."""

import base64
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest
from playwright.async_api import Browser, expect

from tests.gateway.people import RECORDS, admit
from tests.gateway.windows import NEEDS_CHROMIUM, browser, opened, parked, person, playwright, post
from tests.running import RunningDesk, running_desk

__all__ = ["browser", "playwright"]
pytestmark = [NEEDS_CHROMIUM, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(("intake", "lifecycle", "sla", "gateway"), records=RECORDS) as desk:
        await admit(desk)
        yield desk


PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
HOSTILE = """<html><head><style>p { color: red }</style><script>window.hit = 1</script></head><body>
<h2>Erro ao emitir</h2><p onclick="window.hit = 1" style="background: url(https://evil.example/a.png)">
Veja a <b>tela</b>: <img src="cid:tela%40ge1" alt="Tela do erro" width="120" height="80" onerror="window.hit = 1"></p>
<p><img src="https://evil.example/track.gif?u=1" alt="Logotipo"><a href="https://x.example/nota">a nota</a></p>
<table><tr><td>Nota</td><td>539</td></tr></table><iframe src="https://evil.example/"></iframe>
<img src="x" onerror="window.hit = 1"></body></html>"""


def illustrated(subject: str, sender: str) -> EmailMessage:
    """An HTML mail with a picture of its own, named as some programs do, and whatever else a stranger may put in."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "suporte@desk.example.com", subject
    message.set_content("Veja a tela.")
    message.add_alternative(HOSTILE, subtype="html")
    (_, html) = message.iter_parts()
    assert isinstance(html, EmailMessage)
    html.add_related(PIXEL, "image", "png", cid="<tela@ge1>", filename="tela.png")
    return message


async def test_a_mail_is_shown_as_it_came_and_nothing_of_it_runs(desk: RunningDesk, browser: Browser) -> None:
    await post(desk, illustrated("Ilustrado", "Ana <ana.prado@serra.example.com>"))
    ana, bruno = await person(browser, desk, "en"), await person(browser, desk)
    await ana.enter("ana")
    await bruno.enter("bruno")
    waiting = await parked(desk, browser, "De fora", message=illustrated("De fora", "zeca@fora.example.com"))
    link = ana.page.get_by_role("row").filter(has_text="Ilustrado").get_by_role("link")
    await ana.find("/my", link)
    # That the mail has a form of its own, intake says; that there is a ticket, lifecycle does.
    shown = ana.page.get_by_role("link", name="See it as it came")
    await ana.find(await link.first.get_attribute("href") or "", shown)
    letter = await shown.get_attribute("href")
    assert letter
    for who, path in ((ana, letter), (bruno, letter), (bruno, f"{waiting}/letter")):
        await who.open(path)
        image = who.page.locator(".letter img")
        await expect(image).to_have_count(1)
        assert await image.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
        await expect(who.page.locator(".letter")).to_contain_text("Logotipo")
        assert await who.page.evaluate("window.hit") is None
        assert await who.violations() == []
        await who.page.set_viewport_size({"width": 360, "height": 740})
        assert await who.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert await who.violations() == []
        await who.page.set_viewport_size({"width": 1280, "height": 800})
    for who in (ana, bruno):
        assert (who.complaints, who.elsewhere) == ([], [])
        await who.context.close()


async def test_a_parked_mail_is_put_on_the_ticket_it_answers(desk: RunningDesk, browser: Browser) -> None:
    number = await opened(desk, "Já aberto")
    message = EmailMessage()
    message["From"], message["To"] = "Zeca <zeca.casa@fora.example.com>", "suporte@desk.example.com"
    message["Subject"] = "Enc: de casa"
    message.set_content(
        "Segue.\n\n---------- Mensagem encaminhada ---------\nDe: Eva Luz <eva@x.example>\n\nErro 539"
    )
    path = await parked(desk, browser, "Enc: de casa", message=message)
    bruno = await person(browser, desk)
    await bruno.enter("bruno")
    await bruno.open(f"{path}?words=ana+prado")
    await expect(bruno.page.locator("dl.facts")).to_contain_text("Eva Luz <eva@x.example>")
    assert await bruno.violations() == []
    await bruno.page.get_by_label("Resposta em um atendimento").check()
    await bruno.page.get_by_label("Número do atendimento da resposta").fill(number)
    await bruno.page.get_by_label("Ana Prado").check()
    await bruno.press("main button.primary")
    timeline, settled = bruno.page.locator(".timeline"), bruno.page.get_by_text("já virou atendimento")
    await bruno.find(f"/tickets/{number}", timeline.get_by_text("Erro 539"))
    # Who wrote it, intake says, and an item that is there already is not drawn again.
    await bruno.find(f"/tickets/{number}", timeline.get_by_text("escrito por Eva Luz <eva@x.example>"))
    await expect(timeline).to_contain_text("Erro 539")
    await bruno.find(path, settled)
    await expect(settled).to_be_visible()
    assert bruno.complaints == []
    await bruno.context.close()


async def test_what_a_rule_put_aside_is_found_and_opened(desk: RunningDesk, browser: Browser) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "Ana <ana.prado@serra.example.com>", "suporte@desk.example.com"
    message["Subject"], message["List-Id"] = "Pelo grupo", "<fiscal.serra.example.com>"
    message.set_content("A nota não sai.")
    await post(desk, message)
    bruno = await person(browser, desk)
    await bruno.enter("bruno")
    link = bruno.page.get_by_role("link", name="Pelo grupo")
    await bruno.find("/parked/unplaced", link)
    assert await bruno.violations() == []
    async with bruno.page.expect_navigation():
        await link.click()
    await expect(bruno.page.get_by_text("A nota não sai.")).to_be_visible()
    assert await bruno.violations() == []
    await bruno.press("main button.primary")
    await expect(bruno.page.locator("h1")).to_contain_text("Pelo grupo")
    await bruno.find("/parked/unplaced", link, gone=True)
    assert (bruno.complaints, bruno.elsewhere) == ([], [])
    await bruno.context.close()
