"""What an analyst answers by e-mail: the same rule as of every answer, and never lost where that says no."""

from typing import Any

import pytest

from contracts import intake
from contracts import lifecycle as l
from contracts.commands import PublishAnswer
from contracts.envelope import TEXT_MAX, Actor
from journal.answering import ANSWER_LINE
from journal.errors import Refused
from journal.testing import Spec
from services.lifecycle.ticket import Ticket
from tests.lifecycle.stories import (
    AUDITOR,
    BRUNO,
    CLOSED,
    FACTS,
    FILE,
    LIA,
    OPEN,
    RECEIVED,
    STATES,
    SUBMISSION,
    TICKET,
    answered,
    assigned,
    come_of,
    delivered,
    do,
    ticket,
)

MAIL = {"channel": "email", "quoted": "> antes", "raw": "b" * 64}
ASKED = PublishAnswer(ticket_id=TICKET, text="Corrigido.", attachments=(FILE,))


def mailed(by: Actor = BRUNO, *, written_below: str = "", **changes: Any) -> intake.AnalystReplyReceived:
    return intake.AnalystReplyReceived(
        ticket_id=TICKET,
        submission_id=SUBMISSION,
        written_below=written_below,
        delivered=delivered(**{"text": "Corrigido.", "sender": "bruno@desk.example", **changes}),
        by=by,
    )


def answer(state: Spec[Ticket], mail: intake.AnalystReplyReceived) -> list[Any]:
    events = state.when(mail, facts=FACTS)
    assert isinstance(events, list), "what has come is never refused"
    return events


def kept(refused: str, *, by: Actor = BRUNO, late: bool = False, text: str = "Corrigido.") -> l.ReplyAdded:
    return l.ReplyAdded(
        ticket_id=TICKET,
        at=RECEIVED,
        by=by,
        channel="email",
        verified=False,
        late=late,
        sender=by.name or by.key,
        text=text,
        quoted="> antes",
        attachments=(FILE,),
        raw="b" * 64,
        message_id="<1@serra.example>",
        refused=refused,
        sender_address="bruno@desk.example",
    )


def test_it_is_the_first_answer_at_its_receipt_and_begins_the_work() -> None:
    published = answered().model_copy(
        update={"at": RECEIVED, "text": "Corrigido.", "attachments": (FILE,), **MAIL}
    )
    assert answer(OPEN, mailed()) == [assigned(at=RECEIVED), published]


@pytest.mark.parametrize("status", STATES)
def test_it_is_published_where_the_portal_would_publish_it_and_nowhere_else(status: str) -> None:
    state = STATES[status]
    in_the_portal = do(state, ASKED, BRUNO, now=RECEIVED)
    by_mail = answer(state, mailed())
    if isinstance(in_the_portal, Refused):
        assert by_mail == [kept(in_the_portal.code, late=status == "closed")]
    else:
        as_typed = {"channel": "web", "quoted": "", "raw": None}
        assert [
            event.model_copy(update=as_typed) if isinstance(event, l.AnswerPublished) else event
            for event in by_mail
        ] == in_the_portal


def test_the_first_one_only_is_the_first_answer() -> None:
    (second,) = answer(OPEN.given(assigned(), answered()), mailed())
    assert (second.first, second.occurrence) == (False, 2)


def test_a_colleague_answers_too_and_the_ticket_stays_whose_it_is() -> None:
    (published,) = answer(OPEN.given(assigned()), mailed(LIA))
    assert (type(published), published.by) == (l.AnswerPublished, LIA)


def test_who_may_not_answer_is_kept_for_the_desk_alone() -> None:
    assert answer(OPEN, mailed(AUDITOR)) == [kept("not_allowed", by=AUDITOR)]


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_mail_that_says_nothing_of_its_own_answers_nothing(text: str) -> None:
    assert answer(OPEN, mailed(text=text)) == [kept("nothing_said", text=text)]


def test_what_was_written_below_the_quote_too_is_kept_whole_and_not_published_by_half() -> None:
    mail = mailed(written_below="Pela 2.\n\nO 6.102.")
    assert answer(OPEN, mail) == [kept("written_below", text="Corrigido.\n\nPela 2.\n\nO 6.102.")]
    below_alone = mailed(text="", written_below="Pela 2.")
    assert answer(OPEN, below_alone) == [kept("nothing_said", text="Pela 2.")]
    assert answer(CLOSED, mailed(written_below=" \n")) == [kept("ticket_closed", late=True)]


def test_a_very_long_one_is_kept_as_far_as_an_event_holds() -> None:
    (refused,) = answer(OPEN, mailed(text="a" * TEXT_MAX, written_below="b" * TEXT_MAX))
    assert refused.text == "a" * TEXT_MAX


@pytest.mark.parametrize("line", ANSWER_LINE.values())
def test_what_repeats_an_e_mail_to_the_desk_is_not_published(line: str) -> None:
    """Whoever sends nothing of their own, or with a program whose quotes nobody knows, publishes no inner reason."""
    wrapped = "\n> ".join(line.split(" "))
    for text in (f"Feito.\n{line}\nMotivo", f"Feito.\n\n> Olá\n> {wrapped}", line.replace(" ", "\u00a0")):
        assert answer(OPEN, mailed(text=text)) == [kept("repeats_notification", text=text)]


@pytest.mark.parametrize("line", ANSWER_LINE.values())
def test_nor_is_what_repeats_enough_of_it_to_know_it(line: str) -> None:
    """A program that cuts or marks the line its own way leaves most of it in a piece."""
    bare = line.replace(" ", "")
    for text in (bare[:40], bare[-40:], f"Feito. {line[20:70]} …"):
        assert answer(OPEN, mailed(text=text)) == [kept("repeats_notification", text=text)]
    for little in (bare[:39], bare[1:40] + "x", bare[30:69]):
        (*_, published) = answer(OPEN, mailed(text=little))
        assert isinstance(published, l.AnswerPublished)


@pytest.mark.parametrize("note", ["text_cut", "limit_txt_chars", "limit_html_chars"])
def test_what_is_attached_whole_for_its_length_is_not_published(note: str) -> None:
    mail = mailed(notes=("charset_guessed", note))
    assert answer(OPEN, mail) == [kept("mail_too_long")]
    (*_, published) = answer(OPEN, mailed(notes=("charset_guessed",)))
    assert isinstance(published, l.AnswerPublished)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("para você.eml", "message/rfc822"),
        ("x", "Message/Global"),
        ("x", "message/rfc822; name=x"),
        ("rfc822-headers.txt", "text/rfc822-headers"),
        ("winmail.dat", "application/ms-tnef"),
        ("x", "application/vnd.ms-tnef"),
        ("WINMAIL.DAT", "application/octet-stream"),
        ("Aviso.EML", "application/octet-stream"),
        ("Aviso.msg", "application/octet-stream"),
        ("x", "application/vnd.ms-outlook"),
        ("ATT00001.htm", "text/html"),
    ],
)
def test_what_carries_a_mail_is_not_published(name: str, content_type: str) -> None:
    """It may be the notification itself, with the reasons and the reply address that are the desk's."""
    mail = FILE.model_copy(update={"name": name, "content_type": content_type})
    files = (FILE, mail)
    (refused,) = answer(OPEN, mailed(attachments=files))
    assert refused == kept("mail_attached").model_copy(update={"attachments": files})


@pytest.mark.parametrize("name", ["nota.html", "att.txt", "mensagem.pdf", "email.txt"])
def test_other_files_are_published(name: str) -> None:
    file = FILE.model_copy(update={"name": name, "content_type": "text/html"})
    (*_, published) = answer(OPEN, mailed(attachments=(file,)))
    assert published.attachments == (file,)


def test_what_was_kept_changes_nothing() -> None:
    assert come_of(CLOSED.given(kept("ticket_closed", late=True))) == come_of(CLOSED)
    assert come_of(OPEN.given(kept("not_allowed"))) == come_of(OPEN)


def test_of_a_ticket_that_was_never_registered_is_a_fault() -> None:
    with pytest.raises(LookupError):
        ticket.when(mailed(), facts=FACTS)
