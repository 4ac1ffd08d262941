"""Domain page, Notifications: each item of its two lists, from the event to the e-mail in the recipient's hands."""

from collections.abc import AsyncIterator, Awaitable, Callable
from email.message import EmailMessage
from typing import Any

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.commands import PreviewTemplate, RetryNotification
from contracts.directory import MailTemplate
from contracts.envelope import Actor, Event, Request
from contracts.policy import permits
from journal.errors import Refused
from services.notifier.smtp import MailServer, SmtpTransport
from tests.notifier import room
from tests.notifier.room import ANA, BRUNO, MARTA, NOON, Notifier, answered, assigned, queued, started, ticket
from tests.notifier.sink import sink
from tests.notifier.test_requesting import of
from tests.servers.backing import Database

CLOCK: dict[str, Any] = {"ticket_id": ticket("t"), "at": NOON, "clock": "resolution", "cycle": 1}
TO_ANA, TO_BRUNO = "ana.prado@serra.example.com", "bruno.teles@desk.example.com"
CHANGE = {"field": "priority", "old": "normal", "new": "high"}
PAGE: list[tuple[str, Event, str, tuple[str, ...]]] = [
    ("opened", started(), TO_ANA, ("2026-000123", "quinta-feira, 5 de março de 2026, às 12:00", "Lugar na fila: 1")),
    ("public occurrence", answered(), TO_ANA, ("Bruno Teles respondeu", "Tente de novo.")),
    ("waiting for you", of("t", l.CustomerAwaited, text="Qual?", waiting=1, first=False), TO_ANA, ("Qual?",)),
    (
        "reminders",
        sla.ReminderDue(**{**CLOCK, "clock": "customer_silence"}, stage=2, detected_at=NOON, due_at=NOON),
        TO_ANA,
        ("Último lembrete", "Será fechado em: segunda-feira, 2 de março"),
    ),
    (
        "on hold",
        of("t", l.TicketHeld, third_party="Sefaz", expected_on="2026-03-09", previous="open"),
        TO_ANA,
        ("Sefaz", "segunda-feira, 9 de março de 2026"),
    ),
    ("resumed", of("t", l.TicketResumed, previous="on_hold", because="analyst"), TO_ANA, ("voltou a trabalhar",)),
    (
        "reclassified",
        of("t", l.TicketReclassified, changes=[CHANGE], reason="interno"),
        TO_ANA,
        ("Prioridade: Normal → Alta",),
    ),
    ("awaiting approval", of("t", l.ApprovalRequested, revision=1, previous="open"), TO_ANA, ("aguarda aprovação",)),
    ("approved", of("t", l.ProjectApproved, by=MARTA, revision=1), TO_ANA, ("Marta Lins aprovou",)),
    (
        "rejected",
        of("t", l.TicketClosed, reason="rejected", previous="awaiting_approval", text="Sem verba."),
        TO_ANA,
        ("não foi aprovado", "Sem verba."),
    ),
    (
        "resolved (with rating link)",
        of("t", l.TicketResolved, text="Feito.", resolution=1, first=False),
        TO_ANA,
        ("Feito.", "http://portal.example.com/rate/"),
    ),
    ("reopened", of("t", l.TicketReopened, by=ANA, resolution=1, via="email"), TO_ANA, ("foi reaberto",)),
    (
        "closed (with reason)",
        of("t", l.TicketClosed, reason="customer_silent", previous="waiting_customer"),
        TO_ANA,
        ("Ficamos sem resposta", "abrimos um novo atendimento"),
    ),
    ("assigned", of("t", l.TicketAssigned, by=MARTA, analyst="bruno", status="open"), TO_BRUNO, ("Marta Lins passou",)),
    (
        "requester replied",
        of("t", l.ReplyAdded, by=ANA, channel="email", verified=True, sender="Ana", text="E então?"),
        TO_BRUNO,
        ("Ana escreveu", "E então?"),
    ),
    ("reopened", of("t", l.TicketReopened, by=ANA, resolution=1, via="email"), TO_BRUNO, ("contestada",)),
    ("warning", sla.ClockWarned(**CLOCK, stage=75, detected_at=NOON, due_at=NOON), TO_BRUNO, ("75% do prazo",)),
    ("breach", sla.ClockBreached(**CLOCK, detected_at=NOON), TO_BRUNO, ("O prazo venceu",)),
    (
        "bounce",
        of("t", l.BounceAdded, recipient="ana@x", status="5.1.1", diagnostic="no such user"),
        TO_BRUNO,
        ("no such user", "5.1.1"),
    ),
]  # fmt: skip


@pytest.fixture
async def desk(database: Callable[[str], Awaitable[Database]]) -> AsyncIterator[Notifier]:
    async with room.notifier(await database("notifier")) as made:
        yield made


@pytest.mark.parametrize(("item", "event", "to", "words"), PAGE, ids=[f"{row[0]} {row[2]}" for row in PAGE])
async def test_each_item_of_the_page_reaches_its_reader_in_words(
    desk: Notifier, item: str, event: Event, to: str, words: tuple[str, ...]
) -> None:
    before = [] if item == "opened" else [assigned()]
    await desk.hear(queued(), *before, event)
    entries = desk.entries(event)
    for _ in range(3):
        await desk.apply(entries)
    async with sink() as server:
        transport = SmtpTransport(MailServer.parse(server.url))
        await desk.outbox(transport).send_due()
        await transport.close()
        mails = [m for e, m in zip(server.taken, server.mails(), strict=True) if e.rcpt_tos == [to]]
    assert len(mails) == 2, "of two events, each once"
    assert all(word in _text(mails[0]) for word in words), _text(mails[0])


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _asked(command: PreviewTemplate, by: Actor = MARTA) -> Request:
    return Request(id="1", type=command.topic, by=by, data=command.model_dump(mode="json"))


async def test_a_manager_sees_an_e_mail_before_it_is_sent(desk: Notifier) -> None:
    own = MailTemplate(template="resolved", language="pt-BR", title="Pronto, {name}", body="{text}")
    command = PreviewTemplate(template="resolved", language="pt-BR", record=own)
    async with desk.journal.work() as work:
        shown = await desk.answers().handle(work, command, _asked(command))
        assert "Pronto, Ana Prado" in shown["text"]
        assert shown["html"].startswith("<!doctype html>")
        unfit = command.model_copy(update={"record": own.model_copy(update={"body": "{due}"})})
        with pytest.raises(Refused, match="unfit_words") as refused:
            await desk.answers().handle(work, unfit, _asked(unfit))
        assert "due" in refused.value.facts["why"]
        assert work.counts() == {}, "it reads only"
    assert permits(MARTA, command)
    assert not permits(BRUNO, command)
    assert not permits(ANA, command)
    assert permits(BRUNO, RetryNotification(notification_id=ticket("n")))
