"""People, machines, and mail that came back."""

import pytest

from services.intake.mail.automatic import DeliveryReport, classify, delivery_report
from services.intake.mail.parse import parse
from tests.intake.mail.corpus import CASES, mail, multipart

REPORT = 'multipart/report; report-type="delivery-status"'
STATUS = (
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
    b"Original-Recipient: rfc822;Ana@cliente.example\r\nFinal-Recipient: rfc822; caixa@outra.example\r\n"
    b"Action: failed (bad)\r\nStatus: 5.1.1 (unknown)\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n no such user\r\n\r\n"
    b"Final-Recipient: rfc822; b@cliente.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n"
)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ([], "human"),
        (["Auto-Submitted: no"], "human"),
        (["Auto-Submitted: auto-replied (vacation)"], "auto_reply"),
        (["Auto-Submitted: auto-generated; owner=x"], "auto_reply"),
        (["Auto-Submitted: Auto-Notified"], "auto_reply"),
        (["X-Auto-Response-Suppress: All"], "auto_reply"),
        (["X-Auto-Response-Suppress: DR, OOF, AutoReply"], "auto_reply"),
        (["X-Auto-Response-Suppress: DR, RN, NRN"], "human"),
        (["X-Auto-Response-Suppress: None"], "human"),
        (["Auto-Submitted: no", "Auto-Submitted: auto-replied"], "auto_reply"),
        (["List-Subscribe: <mailto:l@x>"], "auto_reply"),
        (["List-Owner: <mailto:o@x>"], "auto_reply"),
        (["List-Archive: <https://x>"], "auto_reply"),
        (["X-Autoresponse: 1"], "auto_reply"),
        (["X-Auto-Reply-From: a@x.example"], "auto_reply"),
        (["X-FC-MachineGenerated: true"], "auto_reply"),
        (["X-POST-MessageClass: 9; Autoresponder"], "auto_reply"),
        (["X-POST-MessageClass: 1"], "human"),
        (["X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent"], "auto_reply"),
        (["X-MS-Exchange-Generated-Message-Source: x"], "human"),
        (["X-Autoreply: yes"], "auto_reply"),
        (["X-Autoreply: no"], "human"),
        (["X-Autorespond: Ausente"], "auto_reply"),
        (["Precedence: bulk"], "auto_reply"),
        (["Precedence: JUNK"], "auto_reply"),
        (["Precedence: list"], "auto_reply"),
        (["Precedence: auto_reply"], "auto_reply"),
        (["Precedence: first-class"], "human"),
        (["List-Id: <l.example>"], "auto_reply"),
        (["List-Unsubscribe: <https://l.example>"], "auto_reply"),
        (["Return-Path: <>"], "bounce"),
        (["Return-Path: < >", "Auto-Submitted: auto-replied"], "auto_reply"),
        (["Return-Path: <a@x.example>", "Return-Path: <>"], "human"),
        (["X-Failed-Recipients: a@x.example"], "bounce"),
        ([f"Content-Type: {REPORT}; boundary=b", "Auto-Submitted: auto-replied"], "bounce"),
        (["Content-Type: multipart/report; report-type=disposition-notification; boundary=b"], "auto_reply"),
    ],
)
def test_headers_say_who_wrote(headers: list[str], kind: str) -> None:
    verdict = classify(parse(mail("From: a@x.example", *headers)))
    assert (verdict.kind, bool(verdict.reason)) == (kind, kind != "human")


def test_the_post_itself_bounces() -> None:
    assert classify(parse(mail("From: MAILER-DAEMON@mx.example (Mail Delivery)"))).kind == "bounce"


def test_the_envelope_outweighs_the_header() -> None:
    message = parse(mail("From: a@x.example", "Return-Path: <>"))
    assert classify(message, "a@x.example").kind == "human"
    assert classify(parse(mail("From: a@x.example")), "").kind == "bounce"


REACTION = (
    b'Content-Type: text/vnd.google.email-reaction+json; charset=UTF-8\r\n\r\n{"emoji":"+1","version":1}'
)
ANSWERS = ("From: a@x.example", "In-Reply-To: <o@desk>")


def test_an_emoji_is_no_answer() -> None:
    """As Gmail sends them: between the forms of the text, within multipart/related, or alone."""
    text, html = (
        b"Content-Type: text/plain\r\n\r\nBruno reagiu via Gmail",
        b"Content-Type: text/html\r\n\r\n<p>",
    )
    inner = multipart("multipart/alternative", text, REACTION, html, boundary="dentro")
    head, body = REACTION.split(b"\r\n\r\n")
    for raw in (
        multipart("multipart/alternative", text, REACTION, html, headers=ANSWERS),
        multipart("multipart/related", inner, headers=ANSWERS),
        mail(*ANSWERS, head.decode(), body=body),
    ):
        verdict = classify(parse(raw))
        assert (verdict.kind, verdict.reason) == (
            "auto_reply",
            "Content-Type: text/vnd.google.email-reaction+json",
        )


def test_a_reaction_to_nothing_or_passed_on_is_a_persons_mail() -> None:
    passed_on = b"Content-Type: message/rfc822\r\n\r\n" + mail(*ANSWERS) + REACTION
    for raw in (
        multipart("multipart/alternative", b"\r\nOi", REACTION),
        multipart("multipart/mixed", b"\r\nVeja", passed_on, headers=ANSWERS),
        mail(*ANSWERS, "Subject: text/vnd.google.email-reaction+json", body="Bruno reagiu via Gmail"),
    ):
        assert classify(parse(raw)).kind == "human"


def test_words_in_subject_and_text_say_nothing() -> None:
    assert (
        classify(
            parse(mail("From: a@x.example", "Subject: Resposta automática", body="Auto-Submitted: x"))
        ).kind
        == "human"
    )


@pytest.mark.parametrize(
    "copy",
    [
        b"Content-Type: message/rfc822\r\n\r\nMessage-ID: <o@desk>\r\n\r\nOi",
        b"Content-Type: text/rfc822-headers\r\n\r\nTo: x\r\nMessage-Id:\r\n <o@desk>\r\n",
    ],
)
def test_a_delivery_report_names_mail_recipient_and_cause(copy: bytes) -> None:
    message = parse(multipart(REPORT, b"\r\nFalhou.", STATUS, copy))
    assert delivery_report(message) == (
        DeliveryReport("<o@desk>", "ana@cliente.example", "failed", "5.1.1", "550 5.1.1 no such user"),
        DeliveryReport("<o@desk>", "b@cliente.example", "delayed", "4.4.1", ""),
    )


def test_an_internationalised_report_is_read() -> None:
    """RFC 6533: the same fields in types of their own."""
    status = STATUS.replace(b"message/delivery-status", b"message/global-delivery-status").replace(
        b"rfc822;Ana@cliente.example", "utf-8; anã@cliente.example".encode()
    )
    copy = b"Content-Type: message/global-headers\r\n\r\nMessage-ID: <o@desk>\r\n"
    message = parse(multipart(REPORT, b"\r\nFalhou.", status, copy))
    assert classify(message).kind == "bounce"
    first, _ = delivery_report(message)
    assert (first.original_message_id, first.recipient) == ("<o@desk>", "anã@cliente.example")
    assert [file.name for file in message.attachments] == ["global-delivery-status.txt", "global-headers.txt"]


@pytest.mark.parametrize(
    ("field", "address"),
    [
        (r"utf-8; jos\x{E9}@cliente.example", "josé@cliente.example"),
        (r"UTF-8;Jos\x{e9}\x{2B}nf@caf\x{E9}.example", "josé+nf@café.example"),
        (r"utf-8; \x{1F980}\x{7F8A}@cliente.example", "🦀羊@cliente.example"),
        (r"utf-8; joão\x{3D}\x{E9}@cliente.example", "joão=é@cliente.example"),
        ("utf-8; joão@cliente.example", "joão@cliente.example"),
        (r"utf-8; a\x{5C}x{E9}@cliente.example", r"a\x{e9}@cliente.example"),
        (r"rfc822; jos\x{E9}@cliente.example", r"jos\x{e9}@cliente.example"),
        (r"utf-8; a\x{D800}\x{110000}\x{202E}\x{0A}b@cliente.example", r"a\x{d800}\x{110000}\x{202e}\x{0a}b@cliente.example"),
        (r"utf-8; a\x{20}b@cliente.example", "a b@cliente.example"),
        (r"utf-8; a\x{E9@cliente.example", r"a\x{e9@cliente.example"),
        ("ana@cliente.example", "ana@cliente.example"),
        ("x400; /S=ana/O=cliente/", "/S=ana/O=cliente/"),
    ],
    ids=[
        "xtext", "in the domain, a plus sign", "beyond the first plane", "unitext", "as it is", "once only",
        "no such type", "no characters", "a space, which no address has", "unclosed", "no type", "no mailbox",
    ],
)  # fmt: skip
def test_an_address_that_spells_its_characters_is_read(field: str, address: str) -> None:
    """RFC 6533 section 3, utf-8-addr-xtext and utf-8-addr-unitext."""
    for name in ("Original-Recipient", "Final-Recipient"):
        status = f"{name}: {field}\r\nAction: failed\r\nStatus: 5.1.1\r\n".encode()
        part = b"Content-Type: message/global-delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n" + status
        (report,) = delivery_report(parse(multipart(REPORT, b"\r\nFalhou.", part)))
        assert report.recipient == address


def test_a_bounce_without_a_report() -> None:
    raw = mail("X-Failed-Recipients: A@x.example, b@x.example", body="oops\n\nMessage-ID: <o@desk>\n")
    assert [(report.original_message_id, report.recipient) for report in delivery_report(parse(raw))] == [
        ("<o@desk>", "a@x.example"),
        ("<o@desk>", "b@x.example"),
    ]


def test_a_message_that_is_no_bounce_reports_nothing() -> None:
    assert delivery_report(parse(mail("From: a@x.example"))) == ()


@pytest.mark.skipif(not CASES.exists(), reason="../shared/cases is not there")
def test_real_delivery_reports_are_read() -> None:
    folder = CASES / "mail" / "mikel_mail" / "multipart_report_emails"
    for path in folder.glob("*.eml"):
        message = parse(path.read_bytes())
        reports = delivery_report(message)
        assert classify(message).kind == "bounce", path.name
        assert reports, path.name
        assert all(
            report.original_message_id and "@" in report.recipient and report.status for report in reports
        ), path.name
