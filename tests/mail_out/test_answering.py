"""An analyst answers a notification with their own mail program: the requester has it, the clocks and history too."""

import asyncio
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import make_msgid
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts import commands as c
from contracts import intake as i
from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Actor
from journal.answering import ANSWER_LINE
from tests.cli.atendimento import atendimento, describe, python
from tests.gateway.people import admit
from tests.gateway.test_reading_live import ANSWERED_AGAIN, BRUNO, done, enter, until
from tests.intake.door import ANA, letter, of_mail, post, recorded
from tests.intake.test_living import of_ticket
from tests.intake.test_rebuild import settled
from tests.notifier.room import read
from tests.notifier.sink import Sink, sink
from tests.resting import at_rest
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

MARTA = Actor(role="manager", key="marta", name="Marta Lins")
BRUNOS = "bruno.teles@desk.example.com"
SERVICES = ("intake", "lifecycle", "sla", "notifier", "gateway")
WHY = "Cliente difícil, cuide com calma."
OWN = "Ana, o CFOP para fora do estado é o 6.102.\nPode emitir de novo."
PUBLISHED = ANSWER_LINE["pt-BR"]

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[tuple[RunningDesk, Sink]]:
    async with sink() as made:
        environment = {"MAIL_OUT": made.url, "BUNDLE_S": "0", "MAIL_AUTHSERV_ID": "mx.desk.example.com"}
        async with running_desk(SERVICES, environment, ANSWERED_AGAIN) as desk:
            await admit(desk)
            yield desk, made


async def caught(made: Sink, to: str, words: str) -> EmailMessage:
    """The last e-mail to that address with these words, once there is one."""
    async with asyncio.timeout(60):
        while True:
            mails = zip(made.taken, made.mails(), strict=True)
            found = [mail for envelope, mail in mails if envelope.rcpt_tos == [to] and words in said(mail)]
            if found:
                return found[-1]
            await asyncio.sleep(0.05)


def said(mail: EmailMessage, form: str = "plain") -> str:
    part = mail.get_body((form,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def answer(
    mail: EmailMessage,
    sender: str = f"Bruno Teles <{BRUNOS}>",
    text: str = OWN,
    *,
    between: str = "",
    below: str = "",
    **more: str,
) -> bytes:
    """An answer as Gmail makes it in Portuguese: the own words above, the whole mail quoted below, in HTML as well.

    `between` stands after the first line of the quote, `below` under it.
    """
    made = EmailMessage(SMTP_POLICY)
    made["From"], made["To"] = sender, str(mail["Reply-To"])
    made["Subject"] = f"Re: {mail['Subject']}"
    made["Message-ID"] = make_msgid(domain="mail.example.com")
    made["References"] = f"{mail['References']} {mail['Message-ID']}"
    verdict = f"mx.desk.example.com; dmarc=pass header.from={made['From'].addresses[0].domain}"
    for name, value in {
        "In_Reply_To": mail["Message-ID"],
        "Authentication_Results": verdict,
        **more,
    }.items():
        made[name.replace("_", "-")] = value
    intro = "Em seg., 2 de mar. de 2026 às 09:12, Suporte Exemplo <suporte@desk.example.com> escreveu:"
    first, *others = (f"> {line}" for line in said(mail).splitlines())
    quoted = "\n".join([first, *([f"\n{between}\n"] if between else []), *others])
    made.set_content(f"{text}\n\n{intro}\n\n{quoted}\n\n{below}\n")
    quote = f"<blockquote>{said(mail, 'html')}</blockquote>"
    made.add_alternative(
        f"<div>{text}</div><div class='gmail_quote'>{intro}{quote}</div><div>{between}</div><div>{below}</div>",
        subtype="html",
    )
    return made.as_bytes()


async def sent(desk: RunningDesk, raw: bytes, sender: str = BRUNOS) -> list[Any]:
    """What became of a mail, each time that it came."""
    assert await post(desk, raw, sender, read(raw)["To"].addresses[0].addr_spec) == 250
    return await of_mail(desk, raw)


async def begun(desk: RunningDesk, made: Sink, subject: str) -> tuple[UUID, str, EmailMessage]:
    """A ticket that Ana opened by mail, which Marta has given to Bruno, and the e-mail that told him."""
    raw = letter(ANA, subject, "A nota foi recusada.")
    assert await post(desk, raw, ANA) == 250
    (opened,) = await of_mail(desk, raw)
    assert isinstance(opened, i.TicketRegistered)
    await of_ticket(desk, opened.ticket_id, l.TicketQueued)
    await done(desk, c.AssignTicket(ticket_id=opened.ticket_id, analyst="bruno", reason=WHY), MARTA)
    return opened.ticket_id, opened.number, await caught(made, BRUNOS, f"{opened.number} para você")


async def met(desk: RunningDesk, ticket_id: UUID, clock: str) -> sla.ClockMet:
    async with asyncio.timeout(60):
        while True:
            events = await recorded(desk, "sla", sla.ClockMet)
            found = [
                e
                for e in events
                if isinstance(e, sla.ClockMet) and (e.ticket_id, e.clock) == (ticket_id, clock)
            ]
            if found:
                return found[-1]
            await asyncio.sleep(0.05)


async def shown(
    http: httpx.AsyncClient, number: str, text: str, *, as_it_came: bool = False
) -> dict[str, Any]:
    """The moment of a ticket's timeline that has that text, as that person sees it.

    `as_it_came`: once the mail behind it can be seen too, of which intake tells, and not lifecycle.
    """
    async with asyncio.timeout(60):
        while True:
            found = await until(http, f"/api/v1/tickets/{number}", text)
            moment = next((each for each in found["moments"] if text in each["text"]), None)
            if moment and (moment["html"] or not as_it_came):
                return dict(moment)
            await asyncio.sleep(0.05)


async def test_the_answer_reaches_the_requester_meets_the_clocks_and_is_in_history(
    house: tuple[RunningDesk, Sink],
) -> None:
    desk, made = house
    assert "rest on the token alone" not in desk.said("intake")
    ticket_id, number, told = await begun(desk, made, "CFOP inválido")
    assert PUBLISHED in said(told)
    assert WHY in said(told), "what only the desk may see is quoted in the answer"
    raw = answer(told)
    (came,) = await sent(desk, raw)
    assert isinstance(came, i.AnalystReplyReceived)
    assert (came.ticket_id, came.by) == (ticket_id, BRUNO)

    (published,) = await of_ticket(desk, ticket_id, l.AnswerPublished)
    assert (published.text, published.by, published.first) == (OWN, BRUNO, True)
    assert (published.at, published.channel) == (came.delivered.received_at, "email")
    assert (await met(desk, ticket_id, "first_response")).at == came.delivered.received_at

    mail = await caught(made, ANA, f"respondeu ao atendimento {number}")
    assert OWN in said(mail)
    assert not {"Auto-Submitted", "X-Auto-Response-Suppress"} & set(mail.keys())
    for form in ("plain", "html"):
        assert not any(quoted in said(mail, form) for quoted in ("escreveu:", WHY, PUBLISHED))

    ana, bruno = await enter(desk, "ana"), await enter(desk, "bruno")
    his = await shown(bruno, number, "6.102", as_it_came=True)
    hers = await shown(ana, number, "6.102")
    assert {(each["name"], each["by"]["key"], each["side"]) for each in (hers, his)} == {
        ("AnswerPublished.email", "bruno", "public")
    }
    assert (hers["quoted"], hers["html"]) == ("", False)
    assert WHY in his["quoted"]
    assert his["html"]
    page = (await ana.get(f"/tickets/{number}")).text
    assert "Bruno Teles respondeu · E-mail" in page
    assert WHY not in page

    twice = await sent(desk, raw)
    assert sorted(type(each).__name__ for each in twice) == ["AnalystReplyReceived", "DuplicateReceived"]
    assert len(await of_ticket(desk, ticket_id, l.AnswerPublished)) == 1

    # Ana asks again, by answering the answer; he answers what that brings him.
    again = answer(mail, f"Ana Prado <{ANA}>", "E para Minas?", between="E qual é a alíquota?")
    (asked,) = await sent(desk, again, ANA)
    assert isinstance(asked, i.ReplyReceived)
    assert asked.verified
    asks = await shown(bruno, number, "E qual é a alíquota?")
    assert asks["text"] == "E para Minas?\n\nE qual é a alíquota?", "what she wrote between the lines is hers"
    assert "6.102" in asks["quoted"]
    brought = await caught(made, BRUNOS, "E para Minas?")
    (second,) = await sent(desk, answer(brought, text="Para Minas é o 5.102."))
    assert isinstance(second, i.AnalystReplyReceived)
    assert (await met(desk, ticket_id, "next_response")).at == second.delivered.received_at
    await caught(made, ANA, "Para Minas é o 5.102.")

    # What came by e-mail is shown as typed; what replaces it in the portal is Markdown, as all that is typed there.
    better = "Para fora do estado, **6.102**."
    edit = c.EditOccurrence(ticket_id=ticket_id, occurrence=published.occurrence, text=better)
    await done(desk, edit, BRUNO)
    await shown(ana, number, better)
    page = (await ana.get(f"/tickets/{number}")).text
    assert "<strong>6.102</strong>" in page
    assert "Ana, o CFOP para fora do estado é o 6.102." in page, "what it said before"


async def test_nobody_else_answers_for_the_desk(house: tuple[RunningDesk, Sink]) -> None:
    desk, made = house
    ticket_id, number, told = await begun(desk, made, "Boleto parado")
    await sent(desk, answer(told))
    hers = await caught(made, ANA, f"respondeu ao atendimento {number}")
    forgeries = {
        "with what went to the requester": answer(hers, text="Cancelem tudo."),
        "with what went to Bruno, by a colleague": answer(
            told, "marta.lins@desk.example.com", "Cancelem tudo."
        ),
        "by no server of his": answer(
            told, text="Cancelem tudo.", Authentication_Results="mx.desk.example.com; none"
        ),
        "further down the thread": answer(
            told, text="Cancelem tudo.", In_Reply_To="<carla@mail.example.com>", Cc="carla@desk.example.com"
        ),
        "not by his own server": answer(
            told, text="Cancelem tudo.", Authentication_Results="mx.desk.example.com; dmarc=fail"
        ),
    }
    for how, raw in forgeries.items():
        (came,) = await sent(desk, raw)
        assert isinstance(came, i.ReplyReceived), how
        assert (came.ticket_id, came.verified) == (ticket_id, False), how
    away = answer(told, text="Estou de férias.", Auto_Submitted="auto-replied")
    assert [type(each) for each in await sent(desk, away)] == [i.AutomaticReplyReceived]
    assert len(await of_ticket(desk, ticket_id, l.ReplyAdded, len(forgeries))) == len(forgeries)
    await of_ticket(desk, ticket_id, l.AutomaticReplyAdded)
    assert len(await of_ticket(desk, ticket_id, l.AnswerPublished)) == 1
    assert not [
        mail for mail in made.mails() if mail["To"].addresses[0].addr_spec == ANA and "Cancelem" in said(mail)
    ]


async def test_an_answer_that_comes_too_late_is_kept_and_its_author_told(
    house: tuple[RunningDesk, Sink],
) -> None:
    desk, made = house
    ticket_id, number, told = await begun(desk, made, "Tela preta")
    await done(desk, c.CloseTicket(ticket_id=ticket_id, reason="withdrawn"))
    (came,) = await sent(desk, answer(told))
    assert isinstance(came, i.AnalystReplyReceived)
    (kept,) = await of_ticket(desk, ticket_id, l.ReplyAdded)
    assert (kept.refused, kept.verified, kept.text, kept.by) == ("ticket_closed", False, OWN, BRUNO)
    mail = await caught(made, BRUNOS, f"O atendimento {number} já estava fechado")
    assert "quando a sua resposta por e-mail foi processada" in said(mail)
    assert "O solicitante não a recebeu" in said(mail)
    assert "6.102" in said(mail)
    assert PUBLISHED not in said(mail)
    moment = await shown(await enter(desk, "bruno"), number, "6.102")
    assert (moment["name"], moment["side"]) == ("AnswerRefused", "internal")


async def test_an_answer_without_a_word_of_its_own_publishes_nothing_of_what_it_quotes(
    house: tuple[RunningDesk, Sink],
) -> None:
    desk, made = house
    ticket_id, number, told = await begun(desk, made, "Certificado")
    await sent(desk, answer(told, text=""))
    (kept,) = await of_ticket(desk, ticket_id, l.ReplyAdded)
    assert (kept.refused, kept.verified, kept.text) == ("nothing_said", False, "")
    assert WHY in kept.quoted
    await caught(made, BRUNOS, f"A sua resposta por e-mail ao atendimento {number} não tinha texto seu")
    assert await of_ticket(desk, ticket_id, l.AnswerPublished, 0) == []


async def test_an_answer_between_the_lines_of_the_quote_is_not_published_by_half(
    house: tuple[RunningDesk, Sink],
) -> None:
    desk, made = house
    ticket_id, number, told = await begun(desk, made, "Série da nota")
    await sent(desk, answer(told, between="Emita pela série 2.", below="-- \nBruno Teles\n(31) 3333-0000"))
    (kept,) = await of_ticket(desk, ticket_id, l.ReplyAdded)
    assert (kept.refused, kept.text) == ("written_below", f"{OWN}\n\nEmita pela série 2.")
    mail = await caught(
        made, BRUNOS, f"A sua resposta por e-mail ao atendimento {number} tinha texto seu também"
    )
    assert "Emita pela série 2." in said(mail)
    his = await shown(await enter(desk, "bruno"), number, "série 2")
    assert (his["name"], his["side"], his["html"]) == ("AnswerRefused", "internal", True)
    assert await of_ticket(desk, ticket_id, l.AnswerPublished, 0) == []
    signed = answer(told, text="Emita pela série 2.", below="-- \nBruno Teles\n(31) 3333-0000")
    await sent(desk, signed)
    (published,) = await of_ticket(desk, ticket_id, l.AnswerPublished)
    assert published.text == "Emita pela série 2."


async def test_an_answer_with_the_notification_attached_publishes_neither(
    house: tuple[RunningDesk, Sink],
) -> None:
    desk, made = house
    ticket_id, number, told = await begun(desk, made, "Assinatura")
    attaching = read(answer(told))
    attaching.add_attachment(told)
    await sent(desk, attaching.as_bytes(policy=SMTP_POLICY))
    (kept,) = await of_ticket(desk, ticket_id, l.ReplyAdded)
    assert (kept.refused, kept.text, len(kept.attachments)) == ("mail_attached", OWN, 1)
    await caught(made, BRUNOS, f"A sua resposta por e-mail ao atendimento {number} trazia um e-mail anexado")
    assert await of_ticket(desk, ticket_id, l.AnswerPublished, 0) == []


async def test_the_auditor_reads_by_which_channel_it_was_answered(house: tuple[RunningDesk, Sink]) -> None:
    desk, made = house
    _, number, told = await begun(desk, made, "Balança fiscal")
    await sent(desk, answer(told))
    await shown(await enter(desk, "bruno"), number, "6.102")
    describe(desk)
    history = await atendimento(desk.state, "history", number)
    assert history.code == 0, history.complained
    assert "Resposta de analista recebida por e-mail" in history.said
    assert history.said.count("canal: e-mail") >= 3, "of the opening, of the mail, of the answer"
    exported = (await atendimento(desk.state, "history", number, "--json")).said
    assert '"channel":"email"' in exported.replace(" ", "")
    assert (await atendimento(desk.state, "verify")).code == 0
    ledger = await atendimento(desk.state, "mail", "ledger")
    assert ledger.code == 0, ledger.said


async def test_the_tables_made_anew_equal_those_that_grew(house: tuple[RunningDesk, Sink]) -> None:
    desk, made = house
    _, _, told = await begun(desk, made, "Cupom perdido")
    await sent(desk, answer(told))
    await at_rest(desk)
    looked_up, assignments = await settled(desk), await _assignments(desk)
    assert any("bruno" in row for row in looked_up["notifications"])
    async with connected(desk.admin_url("intake")) as admin:
        await admin.execute("update views.notifications set analyst = case when analyst is null then 'x' end")
        await admin.execute("delete from views.message_ids where message_id like '%@mail.example.com>'")
    async with connected(desk.admin_url("lifecycle")) as admin:
        await admin.execute("update views.assignments set analyst = 'x'")
    for service in ("intake", "lifecycle"):
        outcome = await python(f"services.{service}.rebuild", **desk.environment(service))
        assert outcome.code == 0, outcome.complained
    assert (await settled(desk), await _assignments(desk)) == (looked_up, assignments)


async def _assignments(desk: RunningDesk) -> list[str]:
    async with connected(desk.admin_url("lifecycle")) as admin:
        return [row[0] for row in await admin.fetch("select t::text from views.assignments t order by 1")]
