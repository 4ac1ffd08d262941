"""People at a real browser: what they press and type, and what their pages complain of.

Chromium is Debian's (`apt-get install chromium`), or the one that `CHROMIUM` names; tests are skipped where there is none.
"""

import asyncio
import os
import shutil
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, Playwright, async_playwright, expect

from contracts.commands import SubmitTicket
from contracts.envelope import Actor
from tests.gateway.people import PASSWORD, PATIENCE_S, PEOPLE
from tests.running import RunningDesk

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
PATIENCE_MS = PATIENCE_S * 1000
expect.set_options(timeout=PATIENCE_MS)
NEEDS_CHROMIUM = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium here")


@pytest.fixture(scope="module")
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
async def browser(playwright: Playwright) -> AsyncIterator[Browser]:
    browser = await playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE_MS
    )
    yield browser
    await browser.close()


class Person:
    """Somebody at a browser, who notes whatever it complains of and whichever hosts it turns to."""

    def __init__(self, context: BrowserContext, page: Page, desk: RunningDesk) -> None:
        self.context, self.page, self.desk = context, page, desk
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if not url.startswith((self.desk.web_url, "data:")):
            self.elsewhere.append(url)

    async def open(self, path: str) -> None:
        await self.page.goto(self.desk.web_url + path)

    async def find(self, path: str, what: Locator, *, gone: bool = False) -> None:
        """Open a page until it shows that, or shows it no more: it comes into the views after the answer to a command."""
        async with asyncio.timeout(PATIENCE_S):
            await self.open(path)
            while bool(await what.count()) == gone:
                await asyncio.sleep(0.1)
                await self.open(path)

    async def offered(self, what: Locator) -> None:
        """Look at the page again until it offers that. Only for pages that were opened or redirected to."""
        async with asyncio.timeout(PATIENCE_S):
            while not await what.count():
                await asyncio.sleep(0.1)
                await self.page.reload()

    async def enter(self, who: str) -> None:
        await self.open("/login")
        await self.page.fill("#login", PEOPLE[who][0])
        await self.page.fill("#password", PASSWORD)
        async with self.page.expect_navigation():
            await self.page.press("#password", "Enter")

    async def press(self, selector: str) -> None:
        async with self.page.expect_navigation():
            await self.page.locator(selector).first.click()

    async def violations(self) -> list[str]:
        found = await Axe().run(self.page)
        return [
            f"{self.page.url}: {each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes']]}"
            for each in found.response["violations"]
        ]


async def person(browser: Browser, desk: RunningDesk, language: str = "pt-BR", **more: Any) -> Person:
    context = await browser.new_context(locale=language, **more)
    context.set_default_timeout(PATIENCE_MS)
    return Person(context, await context.new_page(), desk)


async def opened(desk: RunningDesk, subject: str) -> str:
    """A ticket of Ana's, by the portal's command; its number, once the pages know it and that its clock runs."""
    command = SubmitTicket(
        channel="web", requester="ana", application="notas", subject=subject, text="Linha um.\n\nLinha três."
    )
    reply = await desk.ask(command, Actor(role="requester", key="ana", name="Ana Prado"))
    assert reply.outcome == "done", reply
    number = str(reply.result["number"])
    async with asyncio.timeout(PATIENCE_S):
        while not await _shown(desk, "count(*)", "views.tickets join views.clocks using (ticket_id)", number):
            await asyncio.sleep(0.05)
    return number


async def status(desk: RunningDesk, number: str) -> str | None:
    found = await _shown(desk, "status", "views.tickets", number)
    return str(found) if found else None


async def until_status(desk: RunningDesk, number: str, wanted: str) -> None:
    """Return when the pages show the ticket in that status."""
    async with asyncio.timeout(PATIENCE_S):
        while await status(desk, number) != wanted:
            await asyncio.sleep(0.05)


async def _shown(desk: RunningDesk, what: str, where: str, number: str) -> Any:
    connection = await asyncpg.connect(desk.database_url("gateway"))
    try:
        return await connection.fetchval(f"select {what} from {where} where number = $1", number)
    finally:
        await connection.close()


async def say(who: Person, action: str, text: str) -> None:
    await who.offered(who.page.locator(f".composer input[name=action][value={action}]"))
    radio = who.page.locator(f"input[type=radio][name=action][value={action}]")
    if await radio.count():
        await radio.check()
    await who.page.fill("#text", text)
    await who.press(".composer button.primary")
    assert f"done={action}" in who.page.url, await who.page.inner_text("main")


async def focused(page: Page) -> str:
    """The text, value or name of what has the focus."""
    return str(
        await page.evaluate(
            "(e => e.tagName === 'TEXTAREA' ? e.name : e.type === 'radio' ? e.value : e.innerText.trim())"
            "(document.activeElement)"
        )
    )


async def tab_to(page: Page, what: str, limit: int = 60) -> None:
    """Press Tab until that has the focus, and shows it."""
    for _ in range(limit):
        if await focused(page) == what:
            style = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert style != "none", f"{what} does not show that it has the focus"
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {what}")


async def post(desk: RunningDesk, message: EmailMessage) -> None:
    """Send a mail to the desk by SMTP."""

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", desk.smtp_port, timeout=60) as server:
            server.send_message(message)

    await asyncio.to_thread(send)


async def parked(
    desk: RunningDesk,
    browser: Browser,
    subject: str,
    sender: str = "zeca@fora.example.com",
    message: EmailMessage | None = None,
) -> str:
    """The path of a message that a stranger's mail left waiting."""
    if message is None:
        message = EmailMessage()
        message["From"], message["To"] = f"Zeca <{sender}>", "suporte@desk.example.com"
        message["Subject"] = subject
        message.set_content("Como emito um relatório?")
    await post(desk, message)
    bruno = await person(browser, desk)
    await bruno.enter("bruno")
    link = bruno.page.get_by_role("link", name=subject)
    await bruno.find("/parked", link)
    path = await link.get_attribute("href")
    await bruno.context.close()
    assert path
    return path
