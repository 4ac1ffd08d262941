"""Who answers for the desk by e-mail: only who holds what went to them alone, and writes from their own address."""

import asyncio
from collections.abc import Awaitable, Callable
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts import intake as i
from contracts.directory import Analyst, Contact
from contracts.envelope import Actor
from contracts.notifier import NotificationRequested
from journal.directory import Directory
from journal.entry import Entry
from journal.tokens import KeyRing, make_answer_address, make_message_id, make_reply_address
from services.intake import lookups, views
from services.lifecycle.unpublishable import why_unpublishable
from tests.intake.arrivals import directory
from tests.intake.door import letter
from tests.intake.mail.corpus import multipart
from tests.intake.test_email_meaning import DOMAIN, FAILS, last, opened
from tests.intake.test_email_room import ANA, DESK, SECRET, Mailbox, mailbox
from tests.notifier.room import NOON
from tests.running import RunningDesk
from tests.servers.backing import Database

Make = Callable[[str], Awaitable[Database]]
KEYS = KeyRing.of(SECRET)
BRUNO, LIA, EX = "bruno@desk.example", "lia@desk.example", "ex@desk.example"
BY_BRUNO = Actor(role="analyst", key="bruno", name="Bruno")
QUOTING = "Já corrigimos.\n\nEm seg., 2 de mar. de 2026 às 10:15, Suporte <suporte@desk.example> escreveu:\n> O solicitante escreveu que a nota fiscal foi recusada outra vez, e\nmais do que isso.\n> Obrigado."


SILENT = "mx.desk.example; spf=pass smtp.mailfrom=desk.example"
PASSES = "mx.desk.example; dmarc=pass header.from=desk.example"


def signed(sender: str = BRUNO, **headers: str) -> bytes:
    """A mail that the desk's own server found to be from its sender's domain, unless the case says otherwise."""
    return letter(sender, **{"To": DESK[0], "Authentication_Results": PASSES, **headers})


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


def to_answer(notification_id: UUID) -> str:
    return make_answer_address("suporte", notification_id, KEYS, DOMAIN)


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
        ours = mine(ticket.ticket_id, to_bruno)
        for raw, to in (
            (signed(BRUNO, text=QUOTING, In_Reply_To=ours), DESK),
            (
                signed("Bruno Teles <BRUNO@desk.example>", text=QUOTING, In_Reply_To=ours, References=ours),
                DESK,
            ),
            (
                signed(
                    BRUNO,
                    text=QUOTING,
                    To=f"{address}, {DESK[0]}",
                    Cc=f"{ANA}, Bruno <BRUNO@desk.example>, {DESK[0]}",
                    In_Reply_To=ours,
                ),
                (address,),
            ),
            (signed(BRUNO, text=QUOTING, To=address, In_Reply_To="<01000@email.amazonses.com>"), (address,)),
        ):
            answer = await last(box, raw, BRUNO, to)
            assert isinstance(answer, i.AnalystReplyReceived)
            assert (answer.ticket_id, answer.by) == (ticket.ticket_id, BY_BRUNO)
            assert (answer.delivered.text, answer.written_below) == ("Já corrigimos.", "")
            assert answer.delivered.quoted.endswith("outra vez, e\nmais do que isso.\n> Obrigado."), (
                "a line wrapped"
            )
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
            (
                "of whom nobody says who they are",
                BRUNO,
                {"In_Reply_To": mine(at, to_bruno), "Authentication_Results": SILENT},
            ),
            (
                "of whom another server says it",
                BRUNO,
                {"In_Reply_To": mine(at, to_bruno), "Authentication_Results": PASSES.replace("mx.", "mx2.")},
            ),
            (
                "further down the thread",
                BRUNO,
                {"In_Reply_To": "<carla@serra.example>", "References": mine(at, to_bruno)},
            ),
            ("in a new mail in the thread", BRUNO, {"References": mine(at, to_bruno)}),
            ("in a new mail to an answer's address", BRUNO, {"To": to_answer(to_bruno)}),
            (
                "to a colleague, with a copy to that address",
                BRUNO,
                {"To": LIA, "Cc": to_answer(to_bruno), "In_Reply_To": "<lia@desk.example>"},
            ),
            (
                "to a colleague too",
                BRUNO,
                {"To": f"{LIA}, {to_answer(to_bruno)}", "In_Reply_To": "<lia@desk.example>"},
            ),
            (
                "to what the desk wrote to the requester",
                BRUNO,
                {"To": to_answer(to_bruno), "In_Reply_To": mine(at, to_ana)},
            ),
            ("passing something on", BRUNO, {"In_Reply_To": mine(at, to_bruno), "subject": "Enc: Nota"}),
        ):
            event = await last(box, signed(sender, **headers), sender, (held_by_customers,))
            assert isinstance(event, i.ReplyReceived), case
            assert (event.verified, event.requester, event.by.role) == (False, None, "requester"), case
            assert event.by.key == sender, case


async def test_who_writes_to_somebody_else_does_not_speak_to_the_requester(
    database: Make, tmp_path: Path
) -> None:
    """Even in answer to what the desk wrote, and wherever the post brings it: this may be about the requester."""
    lias = Contact(name="Lia", customer="serra", addresses=(LIA,))
    known = people()
    known.put("contact", "lia", 1, True, lias)
    async with mailbox(await database("intake"), tmp_path, known) as box:
        ticket = await opened(box)
        to_bruno = await told(box, ticket.ticket_id, BRUNO, "bruno")
        address = to_answer(to_bruno)
        for case, headers in (
            ("to a colleague", {"To": LIA}),
            ("to a colleague, with a copy to the desk", {"To": LIA, "Cc": address}),
            ("to a colleague too", {"To": f"{LIA}, {address}"}),
            ("with a copy to a colleague, who is the customer's as well", {"To": address, "Cc": LIA}),
            ("with a copy to people of whom nobody knows whose they are", {"To": address, "Cc": "time@desk.example"}),
            ("with a copy to another customer", {"To": address, "Cc": "rui@vale.example"}),
            ("to the requester, with a copy to the desk", {"To": ANA, "Cc": address}),
            ("to themselves", {"To": BRUNO, "Cc": address}),
            ("to nobody", {"To": "undisclosed-recipients:;"}),
        ):  # fmt: skip
            text = "Lia, esse cliente nunca paga."
            raw = signed(text=text, In_Reply_To=mine(ticket.ticket_id, to_bruno), **headers)
            event = await last(box, raw, BRUNO, (address,))
            assert isinstance(event, i.ReplyReceived), case
            assert (event.ticket_id, event.verified) == (ticket.ticket_id, False), case


async def test_a_forged_analyst_without_a_token_is_parked(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        headers = {"subject": f"Re: [{ticket.number}] Nota", "Authentication_Results": FAILS}
        event = await last(box, signed(BRUNO, **headers), BRUNO)
        assert isinstance(event, i.SubmissionParked)
        assert event.reason == "unauthenticated"


async def test_machines_of_analysts_answer_for_nobody(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        ours = mine(ticket.ticket_id, await told(box, ticket.ticket_id, BRUNO, "bruno"))
        away = await last(box, signed(BRUNO, In_Reply_To=ours, Auto_Submitted="auto-replied"), BRUNO)
        assert isinstance(away, i.AutomaticReplyReceived)
        assert away.ticket_id == ticket.ticket_id
        bounced = await last(box, letter("mailer-daemon@desk.example", In_Reply_To=ours), "")
        assert isinstance(bounced, i.BounceReceived)


async def test_an_emoji_answers_for_nobody(database: Make, tmp_path: Path) -> None:
    """Neither an analyst's, which would meet the first response, nor a customer's, which would reopen what is resolved."""
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        ours = mine(ticket.ticket_id, await told(box, ticket.ticket_id, BRUNO, "bruno"))
        for sender in (BRUNO, ANA):
            made = message_from_bytes(signed(sender, text="Reagiu via Gmail", In_Reply_To=ours), policy=SMTP)
            made.add_alternative(b"{}", "text", "vnd.google.email-reaction+json")
            event = await last(box, made.as_bytes(), sender)
            assert isinstance(event, i.AutomaticReplyReceived)
            assert event.ticket_id == ticket.ticket_id
            assert event.delivered.text == "Reagiu via Gmail"


async def test_an_answer_to_a_merged_ticket_is_of_the_one_that_lives(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        gone, heir = await opened(box), await opened(box)
        ours = mine(gone.ticket_id, await told(box, gone.ticket_id, BRUNO, "bruno"))
        await box.room.pool.execute(
            "update views.tickets set heir = $2 where ticket_id = $1", gone.ticket_id, heir.ticket_id
        )
        answer = await last(box, signed(BRUNO, In_Reply_To=ours), BRUNO)
        assert isinstance(answer, i.AnalystReplyReceived)
        assert answer.ticket_id == heir.ticket_id


async def test_where_no_server_of_the_desk_is_named_the_token_is_all_the_proof(
    database: Make, tmp_path: Path
) -> None:
    async with mailbox(await database("intake"), tmp_path, people(), trusted=frozenset()) as box:
        ticket = await opened(box)
        ours = mine(ticket.ticket_id, await told(box, ticket.ticket_id, BRUNO, "bruno"))
        for said in (SILENT, FAILS):
            answer = await last(box, signed(BRUNO, In_Reply_To=ours, Authentication_Results=said), BRUNO)
            assert isinstance(answer, i.AnalystReplyReceived)


def test_a_desk_that_names_none_is_warned_once_at_the_start(desk: RunningDesk) -> None:
    for replica in ("intake", "intake-2"):
        assert desk.said(replica).count("MAIL_AUTHSERV_ID is not set: analysts' answers by e-mail rest") == 1


async def test_of_anybody_else_what_is_written_below_the_quote_is_theirs(
    database: Make, tmp_path: Path
) -> None:
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        ours = mine(ticket.ticket_id, await told(box, ticket.ticket_id, BRUNO, "bruno"))
        text = f"{QUOTING}\n\nOutra coisa."
        of_ana = await last(box, letter(ANA, text=text, In_Reply_To=ours))
        assert isinstance(of_ana, i.ReplyReceived)
        assert of_ana.delivered.text == "Já corrigimos.\n\nOutra coisa."
        answer = await last(box, signed(text=text, In_Reply_To=ours), BRUNO)
        assert isinstance(answer, i.AnalystReplyReceived)
        assert (answer.delivered.text, answer.written_below) == ("Já corrigimos.", "Outra coisa.")
        assert why_unpublishable(answer) == "written_below"
        below = await last(box, signed(text=text.partition("\n\n")[2], In_Reply_To=ours), BRUNO)
        assert isinstance(below, i.AnalystReplyReceived)
        assert (below.delivered.text, below.written_below) == ("", "Outra coisa.")
        assert why_unpublishable(below) == "nothing_said"


async def test_what_may_carry_the_notification_is_told_to_lifecycle(database: Make, tmp_path: Path) -> None:
    """As its rule knows it (`services/lifecycle/unpublishable.py`): by a note, and by the kind of a file."""
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        ours = mine(ticket.ticket_id, await told(box, ticket.ticket_id, BRUNO, "bruno"))
        long = QUOTING + "\n> linha do log" * 5_000
        answer = await last(box, signed(text=long, In_Reply_To=ours), BRUNO)
        assert isinstance(answer, i.AnalystReplyReceived)
        assert (answer.delivered.text, why_unpublishable(answer)) == (
            "Já corrigimos.",
            "mail_too_long",
        )
        made = message_from_bytes(signed(text=QUOTING, In_Reply_To=ours), policy=SMTP)
        made.add_attachment(message_from_bytes(letter("suporte@desk.example"), policy=SMTP))
        answer = await last(box, made.as_bytes(), BRUNO)
        assert isinstance(answer, i.AnalystReplyReceived)
        assert why_unpublishable(answer) == "mail_attached"


async def test_other_forms_of_the_body_are_published_by_no_analyst_and_lost_of_no_customer(
    database: Make, tmp_path: Path
) -> None:
    """They quote the notification too. What was attached to the answer goes with it."""
    async with mailbox(await database("intake"), tmp_path, people()) as box:
        ticket = await opened(box)
        ours = mine(ticket.ticket_id, await told(box, ticket.ticket_id, BRUNO, "bruno"))
        forms = ("text/enriched", "text/rtf", 'text/html; name="a.html"', "text/calendar; method=REPLY")
        for form in forms:
            body = multipart(
                "multipart/alternative",
                f"Content-Type: text/plain; charset=utf-8\r\n\r\n{QUOTING}".encode(),
                f"Content-Type: {form}\r\n\r\n{QUOTING} MOTIVO INTERNO".encode(),
                b"Content-Type: text/html\r\n\r\n<p>Feito</p>",
                boundary="dentro",
            )
            for sender, kind, files, notes in (
                (BRUNO, i.AnalystReplyReceived, 1, ("other_form",)),
                (ANA, i.ReplyReceived, 2, ()),
            ):
                raw = multipart(
                    "multipart/mixed",
                    body,
                    b"Content-Type: text/plain; name=nota.txt\r\n\r\nnota",
                    headers=(
                        f"From: {sender}",
                        f"To: {DESK[0]}",
                        f"Message-ID: <{uuid4()}@x>",
                        f"In-Reply-To: {ours}",
                        f"Authentication-Results: {PASSES if sender == BRUNO else SILENT}",
                    ),
                )
                event = await last(box, raw, sender)
                assert isinstance(event, kind), form
                attached = event.delivered.attachments
                assert (len(attached), attached[-1].name, event.delivered.notes) == (files, "nota.txt", notes)


async def test_the_notifier_is_heard_if_any_of_what_is_answered_is_unknown(
    database: Make, tmp_path: Path
) -> None:
    notification_id, room = uuid4(), list[Mailbox]()

    async def hear() -> None:
        await told(room[0], ticket.ticket_id, BRUNO, "bruno", notification_id=notification_id)

    async with mailbox(await database("intake"), tmp_path, people(), hear=hear) as box:
        room.append(box)
        ticket = await opened(box)
        known = await told(box, ticket.ticket_id, BRUNO, None)
        both = f"{mine(ticket.ticket_id, known)} {mine(ticket.ticket_id, notification_id)}"
        answer = await last(box, signed(In_Reply_To=both), BRUNO)
        assert isinstance(answer, i.AnalystReplyReceived)


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
        address = to_answer(notification_id)
        rewritten = {"To": address, "In_Reply_To": "<01000@email.amazonses.com>"}
        to = (address,) if by_address else DESK
        answer = await last(
            box, signed(BRUNO, **(rewritten if by_address else {"In_Reply_To": ours})), BRUNO, to
        )
        assert isinstance(answer, i.AnalystReplyReceived)
        assert heard.is_set()
