"""Mail by real SMTP: what becomes of it, what is kept of it, and what the session answers."""

import asyncio
import base64
import re
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import aiosmtplib
import pytest

from contracts import commands as c
from contracts import intake as i
from contracts.envelope import Actor, Event
from contracts.notifier import NotificationRequested
from journal.tokens import Key, KeyRing, make_reply_address, make_return_path
from services.intake.channels.smtp import RECIPIENTS_MAX, SESSIONS_MAX
from services.intake.mail.settings import MAIL_BYTES_MAX
from tests.intake.door import (
    ANA,
    DESK,
    deliver,
    gapless,
    kept,
    letter,
    of_mail,
    of_mails,
    of_submission,
    on_the_wire,
    post,
    recorded,
    session,
)
from tests.intake.mail.corpus import mail, multipart
from tests.running import RunningDesk
from tests.servers.backing import connected

BRUNO = Actor(role="analyst", key="bruno")


async def disposed(desk: RunningDesk, raw: bytes, sender: str = ANA, to: str = DESK) -> Any:
    """The one disposition of a mail that was accepted."""
    assert await post(desk, raw, sender, to) == 250
    (event,) = await of_mail(desk, raw)
    return event


async def eventually(desk: RunningDesk, raw: bytes, kind: type[Event]) -> Any:
    async with asyncio.timeout(60):
        while True:
            for event in await of_mail(desk, raw):
                if isinstance(event, kind):
                    return event
            await asyncio.sleep(0.05)


async def owed(desk: RunningDesk, ticket_id: UUID) -> NotificationRequested:
    """The first e-mail that the desk owes about a ticket; what intake does not know of it yet, it asks for."""
    async with asyncio.timeout(60):
        while True:
            for event in await recorded(desk, "notifier", NotificationRequested):
                if isinstance(event, NotificationRequested) and event.ticket_id == ticket_id:
                    return event
            await asyncio.sleep(0.05)


async def test_a_contacts_mail_is_a_ticket(desk: RunningDesk) -> None:
    raw = letter(subject="Nota recusada ✓", text="Olá,\na nota foi recusada.")
    event = await disposed(desk, raw)
    assert isinstance(event, i.TicketRegistered)
    assert (event.requester, event.application, event.area) == ("ana", "notas", "fiscal")
    told = event.delivered
    assert (told.subject, told.text, told.sender, told.via) == (
        "Nota recusada ✓",
        "Olá,\na nota foi recusada.",
        ANA,
        DESK,
    )
    assert kept(desk, told.raw or "") == on_the_wire(raw)


async def test_250_means_that_it_is_recorded(desk: RunningDesk) -> None:
    async with session(desk.smtp_port) as client:
        for _ in range(5):
            raw = letter()
            assert await deliver(client, raw) == 250
            assert len(await of_mail(desk, raw)) == 1


async def test_the_same_mail_over_two_routes_is_one_message(desk: RunningDesk) -> None:
    raw = letter()
    opened = await disposed(desk, raw)
    rerouted = (
        b"Received: from x by y; Mon, 2 Mar 2026 08:00:00 -0300\r\nDelivered-To: ajuda@x\r\n" + raw + b"\r\n"
    )
    assert isinstance(opened, i.TicketRegistered)
    assert isinstance(await disposed(desk, rerouted), i.DuplicateReceived)
    assert await post(desk, raw) == 250
    first, again = await of_mail(desk, raw)
    assert isinstance(first, i.TicketRegistered)
    assert isinstance(again, i.DuplicateReceived)


async def test_one_mail_to_two_addresses_of_the_desk_is_one_message(desk: RunningDesk) -> None:
    raw = letter()
    first = await disposed(desk, letter())
    token = _address(first.ticket_id, _keys(desk))
    assert await post(desk, raw, to=[DESK, DESK.upper(), token]) == 250
    assert len(await of_mail(desk, raw)) == 1


async def test_the_same_mail_to_two_replicas_at_once_is_one(desk: RunningDesk) -> None:
    other = _second_port(desk)
    raws = [letter() for _ in range(10)]
    codes = await asyncio.gather(
        *(post(desk, raw, port=port) for raw in raws for port in (desk.smtp_port, other))
    )
    assert set(codes) == {250}
    found = await of_mails(desk, raws)
    kinds = [sorted(type(event).__name__ for event in events) for events in found.values()]
    assert kinds == [["DuplicateReceived", "TicketRegistered"]] * 10
    assert gapless(await recorded(desk))


def _second_port(desk: RunningDesk) -> int:
    """Where the second replica listens: it says so nowhere but to its own process."""
    environment = desk.children["intake-2"].env
    return int((environment or {})["SMTP_PORT"])


def _address(ticket_id: UUID, keys: KeyRing) -> str:
    return make_reply_address("suporte", ticket_id, keys, "desk.example.com")


def _keys(desk: RunningDesk) -> KeyRing:
    return KeyRing.of(str(desk.environment("intake")["DESK_SECRET"]))


async def test_a_reply_is_found_by_each_way_and_by_no_other(desk: RunningDesk) -> None:
    original = f"<{uuid4()}@serra.example.com>"
    ticket = await disposed(desk, letter(Message_ID=original))
    assert isinstance(ticket, i.TicketRegistered)
    notified = await owed(desk, ticket.ticket_id)
    address = _address(ticket.ticket_id, _keys(desk))
    ways = {
        "our Message-ID": (letter(In_Reply_To=notified.message_id), DESK),
        "our Message-ID in References": (letter(References=f"<x@y> {notified.message_id} <z@y>"), DESK),
        "the signed address": (letter(), address),
        "the signed address in To": (letter(To=address), DESK),
        "a Message-ID seen": (letter(In_Reply_To=original), DESK),
        "the number": (letter(subject=f"Re: [{ticket.number}] Nota"), DESK),
    }
    for way, (raw, to) in ways.items():
        reply = await disposed(desk, raw, to=to)
        assert isinstance(reply, i.ReplyReceived), way
        assert (reply.ticket_id, reply.verified) == (ticket.ticket_id, True), way

    forged_key = KeyRing((Key(_keys(desk).keys[0].id, b"not the desk's own secret!"),))
    forged = _address(ticket.ticket_id, forged_key)
    assert await post(desk, letter(), to=forged) == 550
    no_ways = {
        "a forged address in To": letter(To=forged),
        "the number in the text": letter(text=f"Sobre {ticket.number}"),
        "a similar subject": letter(subject="Re: Nota recusada"),
    }
    for way, raw in no_ways.items():
        event = await disposed(desk, raw)
        assert isinstance(event, i.TicketRegistered), way
        assert event.ticket_id != ticket.ticket_id, way


async def test_a_stranger_with_a_token_is_unverified_and_with_a_number_is_parked(desk: RunningDesk) -> None:
    ticket = await disposed(desk, letter())
    address = _address(ticket.ticket_id, _keys(desk))
    stranger = "quem@exemplo.example"
    reply = await disposed(desk, letter(stranger), stranger, address)
    assert isinstance(reply, i.ReplyReceived)
    assert not reply.verified
    guess = await disposed(desk, letter(stranger, subject=f"[{ticket.number}]"), stranger)
    assert isinstance(guess, i.SubmissionParked)
    rival = "rui@vale.example.com"
    theirs = await disposed(desk, letter(rival, subject=f"[{ticket.number}]"), rival)
    assert isinstance(theirs, i.SubmissionParked)
    assert theirs.reason == "no_contract"


async def test_a_late_reply_opens_a_linked_ticket_once(desk: RunningDesk) -> None:
    ticket = await disposed(desk, letter())
    notified = await owed(desk, ticket.ticket_id)
    assert (
        await desk.ask(c.CloseTicket(ticket_id=ticket.ticket_id, reason="withdrawn"), by=BRUNO)
    ).outcome == "done"
    raw = letter(In_Reply_To=notified.message_id)
    assert await post(desk, raw) == 250
    opened = await eventually(desk, raw, i.TicketRegistered)
    assert (opened.linked_to, opened.requester) == (ticket.ticket_id, "ana")
    assert await post(desk, raw) == 250
    tickets = [event for event in await of_mail(desk, raw) if isinstance(event, i.TicketRegistered)]
    assert len(tickets) == 1


async def test_machines_open_nothing(desk: RunningDesk) -> None:
    ticket = await disposed(desk, letter())
    notified = await owed(desk, ticket.ticket_id)
    away = await disposed(desk, letter(In_Reply_To=notified.message_id, Auto_Submitted="auto-replied"), "")
    assert (type(away), away.ticket_id) == (i.AutomaticReplyReceived, ticket.ticket_id)
    news = await disposed(desk, letter(List_Id="<news.example>"))
    assert (type(news), news.ticket_id) == (i.AutomaticReplyReceived, None)


def report(original: str) -> bytes:
    """A delivery report with a unique text."""
    return multipart(
        "multipart/report; report-type=delivery-status",
        b"Content-Type: text/plain\r\n\r\nNo such user " + uuid4().hex.encode(),
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        b"Final-Recipient: rfc822; ana.prado@serra.example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        b"Diagnostic-Code: smtp; 550 no such user\r\n",
        b"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + original.encode() + b"\r\n",
        headers=("From: mailer-daemon@mx.example", "Subject: failed"),
    )


async def test_a_bounce_finds_its_notification_by_its_return_path_else_its_ticket(desk: RunningDesk) -> None:
    ticket = await disposed(desk, letter())
    notified = await owed(desk, ticket.ticket_id)
    back = make_return_path(notified.notification_id, _keys(desk), "desk.example.com")
    by_path = await disposed(desk, report("<x@y>"), "", back)
    assert isinstance(by_path, i.BounceReceived)
    assert (by_path.ticket_id, by_path.notification_id) == (ticket.ticket_id, notified.notification_id)
    assert (by_path.recipient, by_path.status, by_path.permanent) == (ANA, "5.1.1", True)
    by_copy = await disposed(desk, report(notified.message_id), "")
    assert (by_copy.ticket_id, by_copy.notification_id) == (ticket.ticket_id, notified.notification_id)
    assert isinstance(by_copy, i.BounceReceived)
    assert not by_copy.permanent, "the Message-ID is in every reply"
    lost = await disposed(desk, report("<x@y>"), "")
    assert (type(lost), lost.ticket_id) == (i.BounceReceived, None)


async def test_a_bounce_that_overtakes_the_notifier_waits_for_it(desk: RunningDesk) -> None:
    async with connected(desk.admin_url("intake")) as admin:
        async with admin.transaction():
            # Intake cannot apply what the notifier tells.
            await admin.execute("lock table views.notifications in exclusive mode")
            ticket = await disposed(desk, letter())
            notified = await owed(desk, ticket.ticket_id)
            back = make_return_path(notified.notification_id, _keys(desk), "desk.example.com")
            bouncing = asyncio.create_task(disposed(desk, report("<x@y>"), "", back))
            await asyncio.wait([bouncing], timeout=1)
        bounced = await bouncing
    assert (bounced.ticket_id, bounced.notification_id) == (ticket.ticket_id, notified.notification_id)


async def test_the_desks_own_mail_never_comes_in_again(desk: RunningDesk) -> None:
    address = _address(uuid4(), _keys(desk))
    for sender in (DESK, DESK.upper(), address):
        event = await disposed(desk, letter(sender), sender)
        assert (type(event), event.reason) == (i.SubmissionRejected, "desk_own_mail")


ODD: dict[str, tuple[bytes, str]] = {
    "nothing at all": (b"", ANA),
    "no header": (b"\r\nonly a body\r\n", ANA),
    "no From": (mail("Subject: oi"), ANA),
    "no From and no sender": (mail("Subject: de quem?"), ""),
    "no From and a sender that is no UTF-8": (mail("Subject: de onde?"), "caf\udce9@serra.example.com"),
    "an empty From": (mail("From: ", "Subject: oi"), "quem@exemplo.example"),
    "an endless From": (mail("From: " + "a" * 5_000 + "@x.example", "Subject: oi"), ANA),
    "an endless name": (mail(f'From: "{"N" * 5_000}" <{ANA}>'), ANA),
    "no subject": (mail(f"From: {ANA}"), ANA),
    "an empty subject": (mail(f"From: {ANA}", "Subject:"), ANA),
    "an endless subject": (mail(f"From: {ANA}", "Subject: " + "s" * 20_000), ANA),
    "an endless Message-ID": (mail(f"From: {ANA}", f"Message-ID: <{'m' * 5_000}@x>"), ANA),
    "endless References": (mail(f"From: {ANA}", "References: " + " ".join(f"<{n}@x>" for n in range(5_000))), ANA),
    "long References": (mail(f"From: {ANA}", "References: " + " ".join(f"<{'r' * 990}{n}@x>" for n in range(50))), ANA),
    "NUL everywhere": (mail(f"From: {ANA}\x00", "Subject: a\x00b", "Message-ID: <a\x00b@x>", body="c\x00d"), ANA),
    "lone surrogates": (mail(f"From: {ANA}", "Subject: =?utf-8?b?7aCA?=", body=b"\xed\xa0\x80"), ANA),
    "a year 9999": (mail(f"From: {ANA}", "Date: Fri, 31 Dec 9999 23:59:59 -1200"), ANA),
    "a year 0": (mail(f"From: {ANA}", "Date: Mon, 1 Jan 0000 00:00:00 +0000"), ANA),
    "a text beyond an event": (mail(f"From: {ANA}", body="x\r\n" * 60_000), ANA),
    "a name with a path": (
        mail(f"From: {ANA}", "Content-Type: image/png", 'Content-Disposition: attachment; filename="../../etc/passwd"'),
        ANA,
    ),
    "parts without end": (
        multipart("multipart/mixed", *[b"Content-Type: image/png\r\n\r\nx"] * 2_000, headers=(f"From: {ANA}",)),
        ANA,
    ),
    "files without end": (
        multipart(
            "multipart/mixed",
            *[b"Content-Type: image/png\r\nContent-Disposition: attachment\r\n\r\nx"] * 300,
            headers=(f"From: {ANA}",),
        ),
        ANA,
    ),
    "parts in parts": (
        b"From: " + ANA.encode() + b"\r\n"
        + b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3_000)
        ),
        ANA,
    ),
    "dots": (mail(f"From: {ANA}", body=".\r\n..\r\n...\r\n.x\r\n\r\n."), ANA),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
async def test_odd_mail_ends_in_one_disposition_and_nothing_stops(desk: RunningDesk, name: str) -> None:
    raw, sender = ODD[name]
    unique = b"X-Test: " + uuid4().hex.encode() + b"\r\n" + raw
    assert await _raw_post(desk, unique, sender) == 250
    (event,) = await of_mail(desk, unique)
    address = sha256(on_the_wire(unique)).hexdigest()
    assert kept(desk, address) == on_the_wire(unique)
    if isinstance(event, i.TicketRegistered):
        async with asyncio.timeout(60):
            while not any(
                getattr(e, "ticket_id", None) == event.ticket_id for e in await recorded(desk, "lifecycle")
            ):
                await asyncio.sleep(0.05)
    assert isinstance(await disposed(desk, letter()), i.TicketRegistered)


async def _raw_post(desk: RunningDesk, raw: bytes, sender: str) -> int:
    """As `post`, with an envelope sender of any bytes: no client library would send these."""
    data = re.sub(rb"(?m)^\.", b"..", on_the_wire(raw)) + b".\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.smtp_port)
    code = 0
    lines = (
        b"EHLO teste",
        b"MAIL FROM:<" + sender.encode("utf-8", "surrogateescape") + b"> SMTPUTF8",
        b"RCPT TO:<" + DESK.encode() + b">",
        b"DATA",
        data.removesuffix(b"\r\n"),
    )
    await _code(reader)
    for line in lines:
        writer.write(line + b"\r\n")
        await writer.drain()
        code = await _code(reader)
        assert code in (250, 354), line[:100]
    writer.close()
    return code


async def _code(reader: asyncio.StreamReader) -> int:
    while (line := await reader.readline())[3:4] == b"-":
        pass
    return int(line[:3] or b"0")


async def test_bare_line_ends_are_kept_as_they_came(desk: RunningDesk) -> None:
    """A lone LF is no end of a line in SMTP (RFC 5321 section 2.3.8): dots behind it are no more than dots."""
    raw = b"From: " + ANA.encode() + b"\nSubject: " + uuid4().hex.encode() + b"\n\n.a\n.\n..b\rc\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.smtp_port)
    await _code(reader)
    for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">", b"DATA"):
        writer.write(line + b"\r\n")
        await _code(reader)
    writer.write(raw + b".\r\n")
    assert await _code(reader) == 250
    writer.close()
    assert kept(desk, sha256(raw).hexdigest()) == raw


async def test_a_postmaster_is_here(desk: RunningDesk) -> None:
    """RFC 5321 section 4.5.1, without a domain too; his mail goes the way of any to the desk."""
    for to in ("Postmaster@desk.example.com", "postmaster"):
        event = await disposed(desk, letter(), to=to)
        assert isinstance(event, i.TicketRegistered)
        assert event.delivered.via == DESK
    assert await post(desk, letter(), to="postmaster@exemplo.example") == 550
    theirs = await disposed(desk, letter("postmaster@desk.example.com"), "postmaster@desk.example.com")
    assert isinstance(theirs, i.SubmissionParked), "the desk's own mail server, and not the desk"


async def test_who_is_not_here_is_refused_in_the_session(desk: RunningDesk) -> None:
    for to in (
        "outro@desk.example.com",
        "suporte@exemplo.example",
        "suporte+" + "a" * 50 + "@desk.example.com",
    ):
        assert await post(desk, letter(), to=to) == 550


async def test_too_many_recipients_are_put_off_and_the_mail_comes(desk: RunningDesk) -> None:
    raw = letter()
    async with session(desk.smtp_port) as client:
        assert await deliver(client, raw) == 250
        await client.mail(ANA)
        for _ in range(RECIPIENTS_MAX):
            await client.rcpt(DESK)
        with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
            await client.rcpt(DESK)
        assert refused.value.code == 452
        assert (await client.data(letter())).code == 250


async def test_a_large_mail_is_kept_and_one_too_large_is_refused_in_the_session(desk: RunningDesk) -> None:
    """30 MB comes in; above 35 MB is refused by SIZE before it is sent, or at its end, with 552."""
    line = base64.encodebytes(b"\x89PNG" + bytes(52)).strip() + b"\r\n"
    large = multipart(
        "multipart/mixed",
        b"Content-Type: text/plain\r\n\r\n" + uuid4().hex.encode(),
        b"Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + line * (30_000_000 // len(line)),
        headers=(f"From: {ANA}",),
    )
    event = await disposed(desk, large)
    assert isinstance(event, i.TicketRegistered)
    (file,) = event.delivered.attachments
    assert file.size == len(kept(desk, file.sha256)) == 56 * (30_000_000 // len(line))

    async with session(desk.smtp_port) as client:
        await client.ehlo()
        assert int(client.esmtp_extensions["size"]) == MAIL_BYTES_MAX
        with pytest.raises(aiosmtplib.SMTPSenderRefused) as told_first:
            await client.mail(ANA, options=[f"SIZE={MAIL_BYTES_MAX + 1}"])
        assert told_first.value.code == 552
        await client.mail(ANA)
        await client.rcpt(DESK)
        with pytest.raises(aiosmtplib.SMTPDataError) as told_last:
            await client.data(large + line * (6_000_000 // len(line)))
        assert told_last.value.code == 552
        assert await deliver(client, letter()) == 250


async def test_lines_may_be_of_any_length(desk: RunningDesk) -> None:
    """RFC 5321 section 4.5.3.1.6 promises 1,000 bytes; programs that send HTML in one line exist."""
    for length in (998, 1_001, 65_536, 3_000_000):
        assert isinstance(await disposed(desk, letter() + b"x" * length), i.TicketRegistered)


@pytest.mark.parametrize(
    "pieces",
    [
        [b".\r\n"],
        [b".", b"\r", b"\n"],
        [b"\r\n.\r\n"],
        [b"\r\n", b".\r", b"\n"],
        [b"..\r\n", b"..x\r\n.", b"\r\n"],
        [b"a.\r\nb.\r\n", b".\r\n"],
        [b"a.\r\n.", b".\r\n.\r\n"],
        [b"a\n.\n.\r\n\r", b"\n.\r\n"],
        [b"x" * 65_535 + b"\r\n.", b"\r\n"],
        [b"x" * 65_533 + b"\r\n..\r\n.\r\n"],
    ],
)
async def test_the_end_is_found_wherever_the_network_cuts(desk: RunningDesk, pieces: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.smtp_port)
    await _code(reader)
    for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">", b"DATA"):
        writer.write(line + b"\r\n")
        await _code(reader)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.02)
    assert await _code(reader) == 250
    # What follows the end is the next command.
    writer.write(b"NOOP\r\n")
    assert await _code(reader) == 250
    writer.close()
    whole = b"".join(pieces).removesuffix(b".\r\n")
    expected = re.sub(rb"(^|\r\n)\.", rb"\1", whole)
    assert kept(desk, sha256(expected).hexdigest()) == expected


async def test_data_out_of_order_is_told(desk: RunningDesk) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.smtp_port)
    codes = [await _code(reader)]
    for line in (
        b"DATA",
        b"EHLO x",
        b"DATA",
        b"MAIL FROM:<a@b.example>",
        b"RCPT TO:<" + DESK.encode() + b">",
        b"DATA x",
        b"VRFY a",
        b"XYZ",
    ):
        writer.write(line + b"\r\n")
        codes.append(await _code(reader))
    writer.close()
    assert codes == [220, 503, 250, 503, 250, 250, 501, 252, 500]


async def test_a_client_that_goes_away_leaves_nothing_half_done(desk: RunningDesk) -> None:
    raw = letter()
    for cut in (20, len(raw) - 1):
        reader, writer = await asyncio.open_connection("127.0.0.1", desk.smtp_port)
        await _code(reader)
        for line in (b"EHLO x", b"MAIL FROM:<a@b.example>", b"RCPT TO:<" + DESK.encode() + b">", b"DATA"):
            writer.write(line + b"\r\n")
            await _code(reader)
        writer.write(raw[:cut])
        writer.close()
    assert await post(desk, raw) == 250
    assert len(await of_mail(desk, raw)) == 1


async def test_too_many_sessions_are_told_to_come_again(desk: RunningDesk) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", desk.smtp_port) for _ in range(SESSIONS_MAX + 3)]
    codes = [await _code(reader) for reader, _ in opened]
    for _, writer in opened:
        writer.close()
    assert codes.count(220) <= SESSIONS_MAX
    assert codes[-1] == 421
    assert await _post_at_last(desk, letter()) == 250


async def _post_at_last(desk: RunningDesk, raw: bytes) -> int:
    """As `post`, come again while there are too many sessions: those that have ended go one by one."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await post(desk, raw)
            except aiosmtplib.SMTPConnectResponseError as busy:
                if busy.code != 421:
                    raise
            await asyncio.sleep(0.05)


async def test_many_sessions_at_once_lose_nothing(desk: RunningDesk) -> None:
    raws = [letter(subject=f"n {n}") for n in range(200)]

    async def one(part: list[bytes]) -> list[int]:
        async with session(desk.smtp_port) as client:
            return [await deliver(client, raw) for raw in part]

    codes = await asyncio.gather(*(one(raws[n::50]) for n in range(50)))
    assert [code for part in codes for code in part] == [250] * 200
    found = await of_mails(desk, raws)
    assert [len(events) for events in found.values()] == [1] * 200
    assert gapless(await recorded(desk))


async def test_parked_mail_is_accepted_or_rejected_by_a_person_once(desk: RunningDesk) -> None:
    stranger = "quem@exemplo.example"
    for command in (
        lambda p: c.AcceptParked(submission_id=p.submission_id, requester="ana", application="notas"),
        lambda p: c.RejectParked(submission_id=p.submission_id, detail="Propaganda", spam=True),
    ):
        parked = await disposed(desk, letter(stranger), stranger)
        asked = command(parked)
        nobody = await desk.ask(asked, by=Actor(role="requester", key="ana"))
        assert (nobody.outcome, nobody.code) == ("refused", "not_allowed")
        key = str(uuid4())
        replies = await asyncio.gather(*(desk.ask(asked, by=BRUNO, key=key) for _ in range(3)))
        assert len({reply.model_dump_json() for reply in replies}) == 1
        assert replies[0].outcome == "done"
        assert (await desk.ask(asked, by=BRUNO)).code == "not_parked"
        parked_event, settled = await of_submission(desk, str(parked.submission_id))
        assert parked_event == parked
        assert settled.delivered == parked.delivered  # type: ignore[attr-defined]


async def test_parked_mail_accepted_on_a_ticket_keeps_its_thread_there(desk: RunningDesk) -> None:
    stranger = "outra@exemplo.example"
    first = await disposed(desk, letter(), ANA)
    assert isinstance(first, i.TicketRegistered)
    raw = letter(stranger, Message_ID=(own := f"<{uuid4()}@exemplo.example>"))
    parked = await disposed(desk, raw, stranger)
    accept = c.AcceptParked(
        submission_id=parked.submission_id, requester="ana", application="notas", ticket_id=first.ticket_id
    )
    lost = accept.model_copy(update={"ticket_id": uuid4()})
    assert (await desk.ask(lost, by=BRUNO)).code == "no_such_ticket"
    assert (await desk.ask(accept, by=BRUNO)).outcome == "done"
    _, reply = await of_submission(desk, str(parked.submission_id))
    assert isinstance(reply, i.ReplyReceived)
    assert (reply.ticket_id, reply.verified, reply.requester) == (first.ticket_id, True, "ana")
    later = await disposed(desk, letter(In_Reply_To=own), ANA)
    assert isinstance(later, i.ReplyReceived)
    assert later.ticket_id == first.ticket_id
