"""What the e-mail channel makes of forwarded, unauthenticated and reported mail, on a real database."""

from pathlib import Path
from uuid import uuid4

import pytest

from contracts import intake as i
from contracts.directory import Contact, Desk
from contracts.envelope import Event
from journal.tokens import KeyRing, make_message_id, make_reply_address, make_return_path
from services.intake.mail import settings
from tests.intake.arrivals import directory
from tests.intake.door import letter
from tests.intake.mail.corpus import mail, multipart
from tests.intake.test_email_room import ANA, DESK, SECRET, Mailbox, Make, mailbox

FAILS = "mx.desk.example; dmarc=fail (p=reject) header.from=serra.example"
DOMAIN = "desk.example"
LIA = "lia@serra.example"


async def last(box: Mailbox, raw: bytes, sender: str = ANA, to: tuple[str, ...] = DESK) -> Event:
    """The disposition of one mail."""
    assert await box.channel.receive(raw, sender, to)
    return (await box.events())[-1]


async def opened(box: Mailbox) -> i.TicketRegistered:
    event = await last(box, letter(ANA))
    assert isinstance(event, i.TicketRegistered)
    return event


async def test_an_address_that_failed_dmarc_opens_nothing_and_replies_unverified(
    database: Make, tmp_path: Path
) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        forged = letter(ANA, Authentication_Results=FAILS)
        parked = await last(box, forged)
        assert isinstance(parked, i.SubmissionParked)
        assert (parked.reason, parked.detail, parked.delivered.sender) == (
            "unauthenticated",
            "dmarc=fail",
            ANA,
        )
        ticket = await opened(box)
        address = make_reply_address("suporte", ticket.ticket_id, KeyRing.of(SECRET), DOMAIN)
        reply = await last(box, letter(ANA, Authentication_Results=FAILS), to=(address,))
        assert isinstance(reply, i.ReplyReceived)
        assert (reply.ticket_id, reply.verified, reply.requester) == (ticket.ticket_id, False, None)
        by_number = await last(
            box, letter(ANA, subject=f"Re: [{ticket.number}]", Authentication_Results=FAILS)
        )
        assert isinstance(by_number, i.SubmissionParked)
        other = FAILS.replace("mx.desk", "mx.outro")
        assert isinstance(await last(box, letter(ANA, Authentication_Results=other)), i.TicketRegistered)


async def test_whom_from_does_not_name_is_not_believed(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        for headers in ((f"Sender: {ANA}",), ()):
            raw = mail("From: Ana", *headers, f"Message-ID: <{uuid4()}@x>", "Subject: Oi")
            parked = await last(box, raw, ANA)
            assert isinstance(parked, i.SubmissionParked)
            assert (parked.reason, parked.detail, parked.delivered.sender) == (
                "unauthenticated",
                "no address in From",
                ANA,
            )
    async with mailbox(await database("intake_2"), tmp_path, trusted=frozenset()) as box:
        assert isinstance(await last(box, raw, ANA), i.TicketRegistered)


async def test_customers_who_share_a_thread_each_go_on_on_their_own_ticket(
    database: Make, tmp_path: Path
) -> None:
    """A supplier wrote to both, and each answers with a copy to the desk; then they answer each other."""
    root, rui = "<raiz@fornecedor.example>", "rui@vale.example"

    def answers(sender: str, one: str = root) -> bytes:
        return letter(sender, In_Reply_To=one, References=root if one == root else f"{root} {one}")

    async with mailbox(await database("intake"), tmp_path) as box:
        anas, ruis = await last(box, answers(ANA)), await last(box, answers(rui), rui)
        assert isinstance(anas, i.TicketRegistered)
        assert isinstance(ruis, i.TicketRegistered)
        assert (anas.customer, ruis.customer) == ("serra", "vale")
        for sender, one, ticket in (
            (ANA, root, anas),
            (rui, root, ruis),
            (ANA, ruis.delivered.message_id, anas),
            (rui, anas.delivered.message_id, ruis),
        ):
            reply = await last(box, answers(sender, one), sender)
            assert isinstance(reply, i.ReplyReceived)
            assert (reply.ticket_id, reply.verified) == (ticket.ticket_id, True)
        stranger = await last(box, answers("quem@x.example", anas.delivered.message_id), "quem@x.example")
        assert isinstance(stranger, i.SubmissionParked)
        assert stranger.match == anas.ticket_id


async def test_of_a_forwarded_mail_both_senders_are_told(database: Make, tmp_path: Path) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        text = "Vejam.\n\n---------- Mensagem encaminhada ---------\nDe: Eva Luz <eva@x.example>\nPara: Ana\n\nErro 539"
        by_text = await last(box, letter(ANA, subject="Enc: Erro", text=text))
        attached = multipart(
            "multipart/mixed",
            b"Content-Type: text/plain\r\n\r\nVejam " + uuid4().hex.encode(),
            b"Content-Type: message/rfc822\r\n\r\nFrom: Eva Luz <eva@x.example>\r\nSubject: Erro\r\n\r\n539",
            headers=(f"From: {ANA}", "Subject: Erro do cliente"),
        )
        for event in (by_text, await last(box, attached)):
            assert isinstance(event, i.TicketRegistered)
            assert (event.requester, event.delivered.sender) == ("ana", ANA)
            assert (event.delivered.original_sender, event.delivered.original_sender_name) == (
                "eva@x.example",
                "Eva Luz",
            )
        assert isinstance(by_text, i.TicketRegistered)
        assert "Erro 539" in by_text.delivered.text, "what is passed on is the matter itself"
        own = await last(
            box, letter(ANA, text="Em 02/03/2026 10:15, Suporte escreveu:\n> De: x <a@b.example>")
        )
        assert isinstance(own, i.TicketRegistered)
        assert own.delivered.original_sender == ""


async def test_keys_may_change_while_threads_are_under_way(database: Make, tmp_path: Path) -> None:
    """A mail signed with the old key finds its ticket; one signed with a key that was dropped does not."""
    async with mailbox(
        await database("intake"), tmp_path, secret=f"k2:another-secret-long-enough,k1:{SECRET}"
    ) as box:
        ticket = await opened(box)
        for secret, found in (
            (SECRET, True),
            ("k2:another-secret-long-enough", True),
            ("k0:dropped-secret-long-enough", False),
        ):
            mine = make_message_id(ticket.ticket_id, uuid4().hex, KeyRing.of(secret), DOMAIN)
            event = await last(box, letter(ANA, In_Reply_To=mine))
            assert isinstance(event, i.ReplyReceived) == found


async def test_a_desk_that_moved_knows_what_it_sent_before(database: Make, tmp_path: Path) -> None:
    """The old address stays in `accepts`: replies and reports to it, and signed Message-IDs, find their tickets."""
    moved = Desk(name="Suporte", address="suporte@novo.example", accepts=DESK, default_application="notas")
    async with mailbox(await database("intake"), tmp_path, directory(("desk", "desk", moved))) as box:
        ticket, keys = await opened(box), KeyRing.of(SECRET)
        address = make_reply_address("suporte", ticket.ticket_id, keys, DOMAIN)
        assert box.channel.own.includes(address)
        for back in (
            make_return_path(ticket.ticket_id, keys, DOMAIN),
            f"bounces+{ticket.ticket_id.hex}@{DOMAIN}",
        ):
            assert box.channel.own.includes(back)
        before = make_message_id(ticket.ticket_id, uuid4().hex, keys, DOMAIN)
        for reply in (
            await last(box, letter(ANA), to=(address,)),
            await last(box, letter(ANA, In_Reply_To=before)),
        ):
            assert isinstance(reply, i.ReplyReceived)
            assert reply.ticket_id == ticket.ticket_id
        bounced = await last(box, report(before, "failed", "5.1.1"), "")
        assert isinstance(bounced, i.BounceReceived)
        assert bounced.ticket_id == ticket.ticket_id


async def test_a_mailbox_says_what_its_mail_is_rather_about(database: Make, tmp_path: Path) -> None:
    folha = settings.Mailbox(address="folha@desk.example", area="pessoas")
    caixa = settings.Mailbox(address="caixa@desk.example", application="caixa")
    async with mailbox(await database("intake"), tmp_path, mailboxes=(folha, caixa)) as box:
        for to, application in (("FOLHA@desk.example", "folha"), ("caixa@desk.example", "notas")):
            event = await last(box, letter(ANA), to=(to,))
            assert isinstance(event, i.TicketRegistered)
            assert event.application == application


async def test_a_number_counts_only_from_those_who_take_part(database: Make, tmp_path: Path) -> None:
    """A colleague of the requester's is nobody of that ticket until he has written on it."""
    lia = Contact(name="Lia", customer="serra", addresses=("lia@serra.example",))
    async with mailbox(await database("intake"), tmp_path, directory(("contact", "lia", lia))) as box:
        ticket, theirs = await opened(box), await last(box, letter(LIA), LIA)
        by_number = {"subject": f"Re: [{ticket.number}] Nota"}
        for sender, found in ((ANA, i.ReplyReceived), (LIA, i.TicketRegistered)):
            assert isinstance(await last(box, letter(sender, **by_number), sender), found)
        address = make_reply_address("suporte", ticket.ticket_id, KeyRing.of(SECRET), DOMAIN)
        assert isinstance(await last(box, letter(LIA), LIA, (address,)), i.ReplyReceived)
        assert isinstance(await last(box, letter(LIA, **by_number), LIA), i.ReplyReceived)

        assert isinstance(theirs, i.TicketRegistered)
        other, again = await opened(box), await opened(box)
        assert isinstance(
            await last(box, letter(LIA, subject=f"Re: {other.number}"), LIA), i.TicketRegistered
        )
        # Merged by way of one in between.
        for gone, heir in ((theirs, again), (again, other)):
            await box.room.pool.execute(
                "update views.tickets set heir = $2 where ticket_id = $1", gone.ticket_id, heir.ticket_id
            )
        assert isinstance(await last(box, letter(LIA, subject=f"Re: {other.number}"), LIA), i.ReplyReceived)


def report(
    original: str, action: str, status: str, diagnostic: str = "smtp; 550 5.1.1 user unknown"
) -> bytes:
    fields = (
        f"Final-Recipient: rfc822; ana@serra.example\r\nAction: {action}\r\nDiagnostic-Code: {diagnostic}\r\n"
    )
    told = f"{fields}Status: {status}\r\n" if status else fields
    return multipart(
        "multipart/report; report-type=delivery-status",
        b"Content-Type: text/plain\r\n\r\n" + uuid4().hex.encode(),
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n" + told.encode(),
        b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + original.encode() + b"\r\n",
        headers=("From: mailer-daemon@mx.example",),
    )


@pytest.mark.parametrize(
    ("status", "diagnostic", "permanent"),
    [
        ("5.1.1", "smtp; 550 user unknown", True),
        ("5.1.10", "smtp; 556 null MX", True),
        ("5.2.1", "smtp; 550 disabled", True),
        ("5.0.0", "smtp; 550 No such user here", True),
        ("", "smtp; 550 5.1.1 <x>: Recipient address rejected: User unknown", True),
        ("5.2.2", "smtp; 552 mailbox full", False),
        ("5.7.1", "smtp; 550 user unknown, or spam", False),
        ("5.0.0", "smtp; 554 delivery error", False),
        ("4.2.2", "smtp; 452 mailbox full", False),
        ("", "", False),
    ],
)
async def test_a_bounce_tells_whether_the_address_is_gone(
    database: Make, tmp_path: Path, status: str, diagnostic: str, permanent: bool
) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        back = make_return_path(uuid4(), KeyRing.of(SECRET), DOMAIN)
        event = await last(box, report("<x@y>", "failed", status, diagnostic), "", (back,))
        assert isinstance(event, i.BounceReceived)
        assert (event.status, event.permanent) == (status, permanent)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded"])
async def test_a_report_of_no_failure_is_no_bounce(database: Make, tmp_path: Path, action: str) -> None:
    async with mailbox(await database("intake"), tmp_path) as box:
        ticket = await opened(box)
        ours = make_message_id(ticket.ticket_id, uuid4().hex, KeyRing.of(SECRET), DOMAIN)
        event = await last(box, report(ours, action, "4.4.7"), "")
        assert isinstance(event, i.AutomaticReplyReceived)
        assert (event.ticket_id, event.reason) == (ticket.ticket_id, f"delivery report: {action}")
