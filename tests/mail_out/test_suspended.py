"""An address whose mail keeps coming back, on a desk that runs: suspended, told of, restored at its page, written to again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from contracts import intake as i
from contracts import notifier as n
from tests.gateway.conftest import people
from tests.gateway.people import DONE, PEOPLE, RECORDS, Caller, admit
from tests.gateway.windows import NEEDS_CHROMIUM, browser, person, playwright, tab_to
from tests.intake.door import letter, post, recorded
from tests.mail_out.post_office import BOUNCES, PATIENCE_S, PostOffice
from tests.notifier.sink import sink
from tests.running import RunningDesk, running_desk

__all__ = ["browser", "people", "playwright"]
pytestmark = pytest.mark.timeout(600)
BRUNO, MARTA = PEOPLE["bruno"][0], PEOPLE["marta"][0]
SECOND = "Davi.Reis@loja.example.com"
MORE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("contact", "davi", {"name": "Davi Reis", "customer": "serra", "addresses": [PEOPLE["davi"][0], SECOND]}),
)


@pytest.fixture(scope="module")
async def office() -> AsyncIterator[PostOffice]:
    made = PostOffice()
    async with sink(made=made):
        yield made


@pytest.fixture(scope="module")
async def desk(office: PostOffice) -> AsyncIterator[RunningDesk]:
    environment = {"MAIL_OUT": office.url, "BUNDLE_S": "0"}
    async with running_desk(environment=environment, records=(*RECORDS, *MORE)) as desk:
        await admit(desk)
        yield desk


async def asked_by_mail(
    desk: RunningDesk, office: PostOffice, people: dict[str, Caller], sender: str, subject: str
) -> dict[str, Any]:
    """A ticket that somebody's mail opened, acknowledged by mail, and that Bruno has taken."""
    known = len(office.to(sender))
    assert await post(desk, letter(sender, subject), sender) == 250
    acknowledged = await office.next_to(sender, known, subject)
    number = str(acknowledged["Subject"]).partition("[")[2].partition("]")[0]
    ticket = await people["bruno"].ticket(number)
    assert (
        await people["bruno"].call("lifecycle.TakeTicket", {"ticket_id": ticket["ticket_id"]})
    ).code == DONE
    return ticket


async def answer(people: dict[str, Caller], ticket: dict[str, Any], text: str) -> None:
    """What Bruno says to who asked."""
    body = {"ticket_id": ticket["ticket_id"], "text": text}
    assert (await people["bruno"].call("lifecycle.PublishAnswer", body)).code == DONE


async def until_suspended(
    desk: RunningDesk, office: PostOffice, people: dict[str, Caller], address: str, ticket: dict[str, Any]
) -> None:
    """Answer, and have each e-mail to that address come back for good, until nothing more is sent to it."""
    for one in range(BOUNCES):
        assert address not in await suspended(people)
        if one:
            await answer(people, ticket, f"Resposta {one}")
            await office.next_to(address, 0, f"Resposta {one}")
        assert await office.give_back(desk, office.to(address)[-1]) == 250
    async with asyncio.timeout(PATIENCE_S):
        while address not in await suspended(people):
            await asyncio.sleep(0.05)


async def suspended(people: dict[str, Caller]) -> str:
    """The page of addresses that are written to no more."""
    return (await people["bruno"].http.get("/suspended")).text


async def on_page(people: dict[str, Caller], ticket: dict[str, Any], words: str) -> str:
    """The ticket's page as soon as it says that."""
    async with asyncio.timeout(PATIENCE_S):
        while words not in (page := (await people["bruno"].http.get(f"/tickets/{ticket['number']}")).text):
            await asyncio.sleep(0.05)
    return page


async def test_an_address_is_suspended_by_real_reports_and_restored_at_its_page(
    desk: RunningDesk, office: PostOffice, people: dict[str, Caller]
) -> None:
    ana = PEOPLE["ana"][0]
    ticket = await asked_by_mail(desk, office, people, ana, "Nota recusada")
    await until_suspended(desk, office, people, ana, ticket)

    banner = f"O endereço {ana} do solicitante está suspenso"
    assert banner in await on_page(people, ticket, banner)
    reports: list[Any] = await recorded(desk, "intake", i.BounceReceived)
    assert [
        (each.recipient, each.status, each.permanent)
        for each in reports
        if str(each.ticket_id) == ticket["ticket_id"]
    ] == [(ana, "5.1.1", True)] * BOUNCES
    for told in (BRUNO, MARTA):
        alert = f"[{ticket['number']}] Endereço suspenso: {ana}"
        await office.next_to(told, 0, alert)
        assert office.subjects_to(told).count(alert) == 1

    sent = len(office.to(ana))
    await answer(people, ticket, "Ainda está aí?")
    # That it was not sent, the notifier says; that it was said, lifecycle does.
    await on_page(people, ticket, "não foi enviado: o endereço está suspenso")
    page = await on_page(people, ticket, "Ainda está aí?")
    assert "não foi enviado: o endereço está suspenso" in page
    (given_up,) = [each for each in await abandoned(desk) if str(each.ticket_id) == ticket["ticket_id"]]
    assert (given_up.error, given_up.attempt) == ("address_suspended", 0)

    restored = await people["bruno"].post("/suspended", {"address": ana, "reason": ""})
    assert restored.status_code == 422
    restored = await people["bruno"].post("/suspended", {"address": ana, "reason": "O servidor dela voltou."})
    assert (restored.status_code, restored.headers["location"]) == (303, "/suspended?done=restored")
    await people["bruno"].until("/suspended", lambda page: ana not in page)
    assert banner not in (await people["bruno"].http.get(f"/tickets/{ticket['number']}")).text

    await answer(people, ticket, "Agora vai.")
    assert ticket["number"] in (await office.next_to(ana, sent, "Agora vai."))["Subject"]
    assert len(office.to(ana)) == sent + 1, "what was given up is sent when somebody says so, and only then"
    retry = {"notification_id": str(given_up.notification_id)}
    assert (await people["bruno"].call("notifier.RetryNotification", retry)).code == DONE
    await office.next_to(ana, sent, "Ainda está aí?")


@NEEDS_CHROMIUM
async def test_the_keyboard_alone_leads_from_the_queue_to_an_address_restored_and_each_page_is_accessible(
    desk: RunningDesk,
    office: PostOffice,
    people: dict[str, Caller],
    browser: Browser,
) -> None:
    caio = PEOPLE["caio"][0]
    ticket = await asked_by_mail(desk, office, people, caio, "Etiqueta torta")
    await until_suspended(desk, office, people, caio, ticket)
    await on_page(people, ticket, f"O endereço {caio} do solicitante está suspenso")
    for who, language, scheme in (("rita", "en", "dark"), ("bruno", "pt-BR", "light")):
        somebody = await person(browser, desk, language, color_scheme=scheme)
        await somebody.enter(who)
        for path in ("/", "/parked", "/parked/unplaced", f"/tickets/{ticket['number']}", "/suspended"):
            await somebody.open(path)
            assert await somebody.page.locator("main a[href='/suspended']").count() == (path != "/suspended")
            for width in (1280, 360):
                await somebody.page.set_viewport_size({"width": width, "height": 800})
                assert await somebody.violations() == []
                assert await somebody.page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert (somebody.complaints, somebody.elsewhere) == ([], [])
        assert await somebody.page.get_by_role("button", name=caio).count() == (who != "rita")
    page = somebody.page
    await somebody.open("/")
    await tab_to(page, "Endereços suspensos: 1")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await tab_to(page, "reason")
    await page.keyboard.type("A caixa voltou.")
    await page.keyboard.press("Tab")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("O endereço foi restaurado.")
    await people["bruno"].until("/suspended", lambda page: caio not in page)


async def test_somebody_with_several_addresses_is_written_to_where_they_wrote_from(
    desk: RunningDesk, office: PostOffice, people: dict[str, Caller]
) -> None:
    first, second = PEOPLE["davi"][0], SECOND
    ticket = await asked_by_mail(desk, office, people, second, "Caixa parado")
    await answer(people, ticket, "Qual caixa?")
    asked = await office.next_to(second, 1, "Qual caixa?")
    assert office.to(first) == []
    reply = letter(first, f"Re: {asked['Subject']}", "O caixa dois.", In_Reply_To=str(asked["Message-ID"]))
    assert await post(desk, reply, first) == 250
    await on_page(people, ticket, "O caixa dois.")
    await answer(people, ticket, "Reiniciado.")
    await office.next_to(first, 0, "Reiniciado.")
    # From an address that nobody registered: kept, and never written to.
    stranger = "davi@fora.example.com"
    forged = letter(stranger, f"Re: {asked['Subject']}", "E o três?", In_Reply_To=str(asked["Message-ID"]))
    assert await post(desk, forged, stranger) == 250
    await on_page(people, ticket, "E o três?")
    await answer(people, ticket, "O três também.")
    await office.next_to(first, 1, "O três também.")
    assert (len(office.to(second)), len(office.to(first)), office.to(stranger)) == (2, 2, [])


async def abandoned(desk: RunningDesk) -> list[n.NotificationAbandoned]:
    """The e-mails that were given up."""
    events = await recorded(desk, "notifier", n.NotificationAbandoned)
    return [each for each in events if isinstance(each, n.NotificationAbandoned)]
