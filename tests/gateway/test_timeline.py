"""What each side of a ticket shows."""

from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts import intake, notifier, sla
from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Actor
from journal.directory import Directory
from services.gateway.api.shapes import MomentView
from services.gateway.names import Names
from services.gateway.pages.history import instant, standing
from services.gateway.timeline import files_named, moments, raw_mails
from services.gateway.told import Told
from services.gateway.words import Words
from tests.gateway.books import BIA, PICTURE, RAW, SECRET, Books

MARA = Actor(role="analyst", key="mara", name="Mara")


def history(books: Books, ticket: UUID) -> list[Told]:
    entries = [(key, e) for key, kept in books.kept.items() for e in kept]
    told = [
        Told(ticket, source, e.partition, e.position, e.topic, e.recorded_at, e.recorded_at, e.data.decode(), e.digest)
        for (source, _), e in entries
        if str(ticket) in e.data.decode()
    ]  # fmt: skip
    return sorted(told, key=lambda row: row.order)


def busy_ticket() -> tuple[Books, UUID]:
    books = Books()
    ticket = books.open("2026-000001")
    books.on(l.TicketAssigned, ticket, analyst="mara", reason="sabe mais", status="in_progress")
    books.on(l.NoteAdded, ticket, text="cliente difícil", attachments=(SECRET,))
    reply = {"channel": "email", "sender": "Bia Lima", "at": books.now, "raw": RAW, "by": BIA}
    books.on(l.ReplyAdded, ticket, text="e agora?", verified=True, **reply)
    books.on(l.ReplyAdded, ticket, text="sou eu mesma", verified=False, **reply)
    books.on(l.AutomaticReplyAdded, ticket, text="férias", sender="Bia", reason="auto", by=SYSTEM)
    books.on(l.BounceAdded, ticket, recipient="bia@x.example", status="5.1.1", diagnostic="no such user")
    books.clock(sla.ClockBreached, ticket, detected_at=books.now)
    books.on(l.AnswerPublished, ticket, text="<script>alert(1)</script>", first=True)
    books.give_up(ticket)
    books.on(l.TicketResolved, ticket, text="pronto", resolution=1, first=False)
    books.on(l.TicketClosed, ticket, reason="resolved", previous="resolved", by=SYSTEM)
    return books, ticket


def test_requesters_see_the_public_side_and_no_more() -> None:
    books, ticket = busy_ticket()
    outside = moments(history(books, ticket), internal=False)
    assert [moment.name for moment in outside] == [
        "TicketQueued", "TicketHanded", "ReplyAdded", "AnswerPublished", "TicketResolved", "TicketClosed",
    ]  # fmt: skip
    assert {moment.side for moment in outside} == {"public"}
    assert [moment.raw for moment in outside] == [None] * 6
    shown = " ".join(chain.from_iterable((m.text, m.quoted) for m in outside))
    assert "sabe mais" not in shown
    assert "difícil" not in shown
    assert "mesma" not in shown


def test_an_answer_by_mail_shows_requesters_what_was_answered_and_nothing_that_it_quotes() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    mail = {"channel": "email", "raw": RAW, "quoted": "> motivo: cliente difícil", "at": books.now}
    delivered = books.delivered(raw=RAW, html="e" * 64)
    books.say(
        intake.AnalystReplyReceived(ticket_id=ticket, submission_id=ticket, delivered=delivered, by=MARA),
        ticket,
    )
    books.on(l.AnswerPublished, ticket, text="*Pronto*", first=True, attachments=(PICTURE,), by=MARA, **mail)
    told = history(books, ticket)
    (inside,) = [each for each in moments(told, internal=True) if each.name == "AnswerPublished.email"]
    (outside,) = [each for each in moments(told, internal=False) if each.name == "AnswerPublished.email"]
    assert (inside.quoted, inside.raw, inside.html) == ("> motivo: cliente difícil", RAW, "e" * 64)
    assert (outside.quoted, outside.raw, outside.html, outside.images) == ("", None, None, {})
    for shown in (inside, outside):
        assert (shown.text, shown.plain, shown.attachments) == ("*Pronto*", True, (PICTURE,))
        for language, words in (("pt-BR", "Mara respondeu · E-mail"), ("en", "Mara answered · E-mail")):
            said = Words(language, ZoneInfo("America/Sao_Paulo"))  # type: ignore[arg-type]
            assert Names(Directory(), said).headline(shown) == words


def test_an_answer_by_mail_that_was_edited_is_markdown_from_then_on() -> None:
    """As typed in the portal; what had come by e-mail stays as it was written there."""
    books = Books()
    ticket = books.open("2026-000001")
    mail = {"channel": "email", "raw": RAW, "by": MARA}
    books.on(l.AnswerPublished, ticket, text="2 * 3 * 4", first=True, occurrence=1, **mail)
    edit = {"occurrence": 1, "public": True, "by": MARA}
    books.on(l.OccurrenceEdited, ticket, text="**Pronto**", **edit)
    for internal in (True, False):
        shown = moments(history(books, ticket), internal=internal)[-1]
        assert (shown.text, shown.plain) == ("**Pronto**", False)
        assert [(each.text, each.plain) for each in shown.earlier] == [("2 * 3 * 4", True)]
        seen = MomentView.of_moment(shown)
        assert (seen.plain, seen.earlier[0].plain) == (False, True)


def test_an_answer_that_was_refused_is_for_the_desk_and_says_why() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    mail = {"channel": "email", "sender": "Mara", "raw": RAW, "verified": False, "by": MARA}
    books.on(l.ReplyAdded, ticket, text="Feito.", refused="ticket_closed", late=True, **mail)
    told = history(books, ticket)
    assert [each.name for each in moments(told, internal=False)] == ["TicketQueued"]
    refused = moments(told, internal=True)[-1]
    assert (refused.name, refused.side, refused.alarming) == ("AnswerRefused", "internal", True)
    said = Names(Directory(), Words("pt-BR", ZoneInfo("America/Sao_Paulo"))).headline(refused)
    assert said == "Mara respondeu por e-mail, mas a resposta não foi publicada: o atendimento estava fechado"


def test_why_tickets_were_merged_stays_inside() -> None:
    books = Books()
    one, other = books.open("2026-000001"), books.open("2026-000002")
    why = "o mesmo cliente difícil"
    books.on(l.TicketMerged, one, into=other, into_number="2026-000002", reason=why)
    # As desks of an earlier release have recorded it.
    books.on(l.TicketClosed, one, reason="merged", previous="open", text=why)
    told = history(books, one)
    assert [m.text for m in moments(told, internal=False)][1:] == ["", ""]
    assert why in [m.text for m in moments(told, internal=True)]


def test_staff_see_both_sides_and_what_went_wrong() -> None:
    books, ticket = busy_ticket()
    inside = moments(history(books, ticket), internal=True)
    assert {m.name for m in inside if m.alarming} == {
        "ReplyUnverified", "BounceAdded", "ClockBreached", "NotificationAbandoned",
    }  # fmt: skip
    assert [m.collapsed for m in inside if m.name == "AutomaticReplyAdded"] == [True]
    (given_up,) = [m for m in inside if m.name == "NotificationAbandoned"]
    assert given_up.facts["recipient"] == "bia@aurora.example"


def test_what_a_suspended_address_was_not_sent_is_told_in_words() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    books.give_up(ticket, notifier.ADDRESS_SUSPENDED)
    (given_up,) = [m for m in moments(history(books, ticket), internal=True) if m.alarming]
    assert (given_up.name, given_up.text) == ("NotificationAbandoned.suspended", "")
    assert moments(history(books, ticket), internal=False)[1:] == []


def test_files_belong_to_the_side_that_names_them() -> None:
    books, ticket = busy_ticket()
    told = history(books, ticket)
    assert files_named(told, internal=False) == {PICTURE.sha256: PICTURE}
    assert files_named(told, internal=True).keys() == {PICTURE.sha256, SECRET.sha256}
    assert raw_mails(told) == {RAW}


def test_an_event_of_a_newer_release_is_passed_over() -> None:
    books, ticket = busy_ticket()
    told = history(books, ticket)
    newer = Told(ticket, "lifecycle", 0, 999, "lifecycle.TicketSung.v9", books.now, books.now, "{}", b"")
    assert moments([*told, newer], internal=True) == moments(told, internal=True)
    assert standing([*told, newer], ticket).ticket == standing(told, ticket).ticket


def test_a_ticket_stands_as_it_stood() -> None:
    books, ticket = busy_ticket()
    told = history(books, ticket)
    assigned = next(row for row in told if row.name == "TicketAssigned")
    then = standing(told, ticket, assigned.recorded_at)
    assert then.ticket is not None
    assert (then.ticket.status, then.ticket.analyst) == ("in_progress", "mara")
    assert then.lines[-1].changes == (("status", "open", "in_progress"), ("analyst", None, "mara"))
    now = standing(told, ticket).ticket
    assert now is not None
    assert now.status == "closed"
    assert standing(told, ticket, told[0].recorded_at).ticket is None


def test_instants_are_read_in_the_desks_zone() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    assert instant("2026-03-02T08:00", zone) == instant("2026-03-02T11:00:00Z", zone)
    assert instant("ontem", zone) is None
    assert instant("", zone) is None
