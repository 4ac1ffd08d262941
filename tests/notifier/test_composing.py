"""The MIME message: what its headers promise to servers, mail programs and other desks."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from contracts.directory import Desk
from contracts.notifier import NotificationRequested
from journal.tokens import (
    make_message_id,
    read_answer_address,
    verify_rating_token,
    verify_reply_address,
    verify_return_path,
)
from services.notifier.compose import Composer
from services.notifier.mail import Mail
from services.notifier.wording import Words
from tests.notifier.room import DOMAIN, KEYS, NOON, read

COMPOSER = Composer(Words(), KEYS, "http://portal.example.com/")
DESK = Desk(name="Suporte Ação, Ltda.", address=f"suporte@{DOMAIN}", phone="+55 31 5555-0100")
TICKET = uuid4()


def asked(template: str = "opened", **changed: Any) -> NotificationRequested:
    notification_id = uuid4()
    facts: dict[str, Any] = {
        "notification_id": notification_id,
        "ticket_id": TICKET,
        "template": template,
        "recipient": "ana@serra.example.com",
        "recipient_name": "Ana Sá",
        "language": "pt-BR",
        "message_id": make_message_id(TICKET, notification_id.hex, KEYS, DOMAIN),
        "in_reply_to": "<original@serra.example.com>",
        "references": ("<original@serra.example.com>", f"<root@{DOMAIN}>"),
        "facts": {
            "number": "2026-000123",
            "subject": "Emissão de nota: não sai",
            "due_at": NOON.isoformat(),
            "place": 1,
            "text": "Feito.",
            "analyst": "Bruno",
            "resolution": 2,
        },
        "at": NOON,
    }
    return NotificationRequested.model_validate(facts | changed)


def composed(notification: NotificationRequested, desk: Desk = DESK) -> Mail:
    return COMPOSER.compose(notification, desk, NOON)


def test_the_headers_of_an_automatic_mail() -> None:
    notification = asked()
    mail = composed(notification)
    message = read(mail.content)
    assert str(message["From"]) == '"Suporte Ação, Ltda." <suporte@desk.example.com>'
    assert str(message["To"]) == "Ana Sá <ana@serra.example.com>"
    assert message["Subject"] == "[2026-000123] Emissão de nota: não sai"
    assert message["Message-ID"] == notification.message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Date"].datetime == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message.defects == []


def test_an_answer_of_a_person_is_no_automatic_mail() -> None:
    message = read(composed(asked("resolved", automatic=False)).content)
    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message


def test_answers_come_back_to_the_ticket_and_reports_to_the_notification() -> None:
    notification = asked()
    mail = composed(notification)
    reply_to = read(mail.content)["Reply-To"].addresses[0].addr_spec
    assert verify_reply_address(reply_to, KEYS, DOMAIN) == TICKET
    assert verify_return_path(mail.return_path, KEYS, DOMAIN) == notification.notification_id


def test_an_analysts_answer_comes_back_to_the_notification() -> None:
    notification = asked(answerable_by="bruno")
    reply_to = read(composed(notification).content)["Reply-To"].addresses[0].addr_spec
    assert read_answer_address(reply_to, KEYS, DOMAIN) == notification.notification_id
    assert verify_reply_address(reply_to, KEYS, DOMAIN) is None


def test_mails_of_one_ticket_hang_together() -> None:
    message = read(composed(asked()).content)
    assert message["In-Reply-To"] == "<original@serra.example.com>"
    assert message["References"] == f"<original@serra.example.com> <root@{DOMAIN}>"
    subjects = {
        read(composed(asked(template)).content)["Subject"] for template in ("opened", "resolved", "resumed")
    }
    assert len(subjects) == 1, "Gmail splits a conversation where the subject changes"


def test_the_rating_link_is_signed_for_that_resolution_and_in_no_event() -> None:
    notification = asked("resolved")
    text = read(composed(notification).content).get_body(("plain",))
    assert text is not None
    (link,) = [line for line in text.get_content().splitlines() if "/rate/" in line]
    assert link.startswith("http://portal.example.com/rate/")
    token = link.rpartition("/")[2]
    assert verify_rating_token(token, KEYS) == (TICKET, 2)
    assert verify_rating_token(token.replace("-2-", "-3-"), KEYS) is None
    assert token.encode() not in notification.encoded()


def test_nothing_that_others_write_becomes_a_header() -> None:
    evil = "x\r\nBcc: everyone@example.com\r\n\r\nbody"
    notification = asked(
        recipient_name=evil,
        in_reply_to="<a@b>\r\nBcc: everyone@example.com",
        references=("<ok@x>", "<a b>", "<c>\r\nBcc: d@e"),
        facts={**asked().facts, "subject": evil},
    )
    message = read(composed(notification, DESK.model_copy(update={"name": evil})).content)
    assert "Bcc" not in message
    assert "In-Reply-To" not in message
    assert message["References"] == "<ok@x>"
    assert message["Subject"] == "[2026-000123] x Bcc: everyone@example.com body"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "a b@c.example",
        "ana@x.example\r\nRCPT TO:<all@x>",
        "<ana@x>",
        "ana@",
        "ação@x.example",
        "a@b@",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"address|label|codec"):
        composed(asked(recipient=address))


def test_a_domain_beyond_ascii_is_written_in_ascii() -> None:
    assert composed(asked(recipient="ana@padaria-são.example")).recipient == "ana@xn--padaria-so-n5a.example"


def test_the_mail_is_seven_bits_in_short_lines() -> None:
    long = asked(
        "answered", facts={**asked().facts, "text": "ação " * 2000, "attachments": [], "subject": "é" * 400}
    )
    content = composed(long).content
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 260
    assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?[^ \r]+\?=", content))
    assert b"Message-ID: <t." in content
    assert b"\n" not in content.replace(b"\r\n", b"")
    subject = read(content)["Subject"]
    assert subject == f"[2026-000123] {'é' * 400}"[:200]
    body = read(content).get_body(("plain",))
    assert body is not None
    assert ("ação " * 2000).strip() in body.get_content()


def test_a_mailbox_too_long_for_a_token_still_gets_its_answers() -> None:
    desk = DESK.model_copy(update={"address": f"atendimento-ao-cliente@{DOMAIN}"})
    assert read(composed(asked(), desk).content)["Reply-To"].addresses[0].addr_spec == desk.address


def test_a_courtesy_reply_belongs_to_no_ticket() -> None:
    facts = {"subject": "Socorro", "reason": "no_contract", "message_id": "<a@b>"}
    message = read(
        composed(asked("parked", ticket_id=None, message_id="<n.1@desk.example.com>", facts=facts)).content
    )
    assert message["Subject"] == "Re: Socorro"
    assert "Reply-To" not in message
