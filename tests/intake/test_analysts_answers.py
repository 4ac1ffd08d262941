"""Who answers for the desk by e-mail: only who holds what went to them alone, and writes from their own address."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts import intake as i
from contracts.directory import Analyst
from contracts.envelope import Actor
from contracts.notifier import NotificationRequested
from journal.directory import Directory
from journal.entry import Entry
from journal.tokens import KeyRing, make_answer_address, make_message_id, make_reply_address
from services.intake import lookups, views
from tests.intake.arrivals import directory
from tests.intake.door import letter
from tests.intake.test_email_meaning import DOMAIN, FAILS, last, opened
from tests.intake.test_email_room import ANA, DESK, SECRET, Mailbox, mailbox
from tests.notifier.room import NOON
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
KEYS = KeyRing.of(SECRET)
BRUNO, LIA, EX = "bruno@desk.example", "lia@desk.example", "ex@desk.example"
BY_BRUNO = Actor(role="analyst", key="bruno", name="Bruno")
QUOTING = "Já corrigimos.\n\nEm seg., 2 de mar. de 2026 às 10:15, Suporte <suporte@desk.example> escreveu:\n> O solicitante escreveu"


def people() -> Directory:
    """Bruno, Lia, and one who has left."""
    made = directory(("analyst", "lia", Analyst(name="Lia", email=LIA)))
    made.put("analyst", "ex", 1, False, Analyst(name="Ex", email=EX))
    return made


async def told(box: Mailbox, ticket_id: UUID, recipient: str, analyst: str | None, **named: UUID) -> UUID:
    """A notification of the desk as intake hears of it from the notifier."""
    asked = NotificationRequested(
        notification_id=named.get("notification_id") or uuid4(),
        ticket_id=ticket_id,
        template="requester_replied" if analyst else "answered",
        recipient=recipient,
        language="pt-BR",
        message_id="<unread@desk.example>",
        answerable_by=analyst,
        at=NOON,
    )
    entry = Entry(0, 1, asked.notification_id, 1, asked.topic, NOON, "", asked.encoded())
    async with box.room.pool.acquire() as connection:
        await views.write_notifications(connection, [entry])
    return asked.notification_id


def mine(ticket_id: UUID, notification_id: UUID) -> str:
    return make_message_id(ticket_id, notification_id.hex, KEYS, DOMAIN)


async def test_an_analyst_answers_by_the_message_id_or_the_address_of_what_went_to_them(
    database: Make, tmp_path: Path
) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        to_bruno = await told(box, ticket.ticket_id, BRUNO, "bruno")
        address = make_answer_address("suporte", to_bruno, KEYS, DOMAIN)
        assert box.channel.own.takes(address)
        referred = f"<staff@desk.example> {mine(ticket.ticket_id, to_bruno)}"
        for raw, to in (
            (letter(BRUNO, text=QUOTING, In_Reply_To=mine(ticket.ticket_id, to_bruno)), DESK),
            (letter("Bruno Teles <BRUNO@desk.example>", text=QUOTING, References=referred), DESK),
            (letter(BRUNO, text=QUOTING), (address,)),
        ):
            answer = await last(box, raw, BRUNO, to)
            assert isinstance(answer, i.AnalystReplyReceived)
            assert (answer.ticket_id, answer.by) == (ticket.ticket_id, BY_BRUNO)
            assert answer.delivered.text == "Já corrigimos."
            assert "O solicitante escreveu" in answer.delivered.quoted
            assert answer.delivered.channel == "email"
            known = await lookups.ticket_with(box.room.pool, answer.delivered.message_id)
            assert known is not None
            assert known.ticket_id == ticket.ticket_id
        again = await last(box, raw, BRUNO, to)
        assert isinstance(again, i.DuplicateReceived)
        others = await last(box, letter(ANA), ANA, (address,))
        assert isinstance(others, i.ReplyReceived), "whoever it was passed on to reaches the ticket"
        assert (others.ticket_id, others.verified) == (ticket.ticket_id, True)


async def test_whoever_only_says_that_they_are_an_analyst_is_unverified(
    database: Make, tmp_path: Path
) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket, other = await opened(box), await opened(box)
        at = ticket.ticket_id
        to_ana = await told(box, at, ANA, None)
        to_bruno, to_ex = await told(box, at, BRUNO, "bruno"), await told(box, at, EX, "ex")
        unsaid = await told(box, at, BRUNO, None)
        elsewhere = await told(box, other.ticket_id, BRUNO, "bruno")
        forgery = make_message_id(at, to_bruno.hex, KeyRing.of("k1:another-desk-s-secret"), DOMAIN)
        held_by_customers = make_reply_address("suporte", at, KEYS, DOMAIN)
        for case, sender, headers in (
            ("the requester, with what went to her", BRUNO, {"In_Reply_To": mine(at, to_ana)}),
            ("the requester, with the ticket's address", BRUNO, {}),
            ("an analyst, with what went to another", LIA, {"In_Reply_To": mine(at, to_bruno)}),
            ("one who has left", EX, {"In_Reply_To": mine(at, to_ex)}),
            ("in answer to what does not say that it is published", BRUNO, {"In_Reply_To": mine(at, unsaid)}),
            (
                "with what went to them about another ticket",
                BRUNO,
                {"In_Reply_To": mine(at, to_ana), "References": mine(other.ticket_id, elsewhere)},
            ),
            ("with a forged token", BRUNO, {"In_Reply_To": forgery}),
            (
                "not who they are, by DMARC",
                BRUNO,
                {"In_Reply_To": mine(at, to_bruno), "Authentication_Results": FAILS.replace("serra", "desk")},
            ),
            ("passing something on", BRUNO, {"In_Reply_To": mine(at, to_bruno), "subject": "Enc: Nota"}),
        ):
            event = await last(box, letter(sender, **headers), sender, (held_by_customers,))
            assert isinstance(event, i.ReplyReceived), case
            assert (event.verified, event.requester, event.by.role) == (False, None, "requester"), case
            assert event.by.key == sender, case


async def test_a_forged_analyst_without_a_token_is_parked(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        headers = {"subject": f"Re: [{ticket.number}] Nota", "Authentication_Results": FAILS}
        event = await last(box, letter(BRUNO, **headers), BRUNO)
        assert isinstance(event, i.SubmissionParked)
        assert event.reason == "unauthenticated"


async def test_machines_of_analysts_answer_for_nobody(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        ours = mine(ticket.ticket_id, await told(box, ticket.ticket_id, BRUNO, "bruno"))
        away = await last(box, letter(BRUNO, In_Reply_To=ours, Auto_Submitted="auto-replied"), BRUNO)
        assert isinstance(away, i.AutomaticReplyReceived)
        assert away.ticket_id == ticket.ticket_id
        bounced = await last(box, letter("mailer-daemon@desk.example", In_Reply_To=ours), "")
        assert isinstance(bounced, i.BounceReceived)


async def test_an_answer_to_a_merged_ticket_is_of_the_one_that_lives(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        gone, heir = await opened(box), await opened(box)
        ours = mine(gone.ticket_id, await told(box, gone.ticket_id, BRUNO, "bruno"))
        await box.room.pool.execute(
            "update views.tickets set heir = $2 where ticket_id = $1", gone.ticket_id, heir.ticket_id
        )
        answer = await last(box, letter(BRUNO, In_Reply_To=ours), BRUNO)
        assert isinstance(answer, i.AnalystReplyReceived)
        assert answer.ticket_id == heir.ticket_id


@pytest.mark.parametrize("by_address", [True, False])
async def test_who_answers_sooner_than_intake_knows_of_the_notification_is_an_analyst_all_the_same(
    database: Make, tmp_path: Path, by_address: bool
) -> None:
    notification_id, room, heard = uuid4(), list[Mailbox](), asyncio.Event()

    async def hear() -> None:
        heard.set()
        await told(room[0], ticket.ticket_id, BRUNO, "bruno", notification_id=notification_id)

    async with mailbox(await database("intake"), tmp_path, people(), hear=hear) as box:
        room.append(box)
        ticket = await opened(box)
        ours = mine(ticket.ticket_id, notification_id)
        customers = await last(box, letter(ANA, In_Reply_To=ours))
        assert isinstance(customers, i.ReplyReceived)
        assert not heard.is_set(), "of customers nobody waits for the notifier"
        to = (make_answer_address("suporte", notification_id, KEYS, DOMAIN),) if by_address else DESK
        answer = await last(box, letter(BRUNO, **({} if by_address else {"In_Reply_To": ours})), BRUNO, to)
        assert isinstance(answer, i.AnalystReplyReceived)
        assert heard.is_set()
