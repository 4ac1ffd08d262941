"""What the desk reads in a message."""

import base64
from datetime import UTC, datetime

import pytest

from services.intake.mail.parse import Limits, parse
from tests.intake.mail.corpus import mail, multipart

PDF = "Content-Type: application/pdf"


def names_of(disposition: str, content_type: str = "application/pdf") -> list[str]:
    part = f"Content-Type: {content_type}\r\nContent-Disposition: {disposition}\r\n\r\nx".encode()
    return [file.name for file in parse(multipart("multipart/mixed", part)).attachments]


def test_the_headers_that_the_desk_needs() -> None:
    message = parse(
        mail(
            "Message-ID: <a@x>",
            "In-Reply-To: <b@x>",
            "References: <root@x>",
            " <b@x>",
            "From: =?utf-8?q?Jo=C3=A3o_da_Silva?= <Joao@Cliente.Example>",
            "To: Suporte <suporte@desk.example>, outro@desk.example",
            "Cc: =?iso-8859-1?q?Depto._T=E9cnico?= <ti@cliente.example>",
            "Delivered-To: suporte@desk.example",
            "X-Original-To: Ajuda@desk.example",
            "Subject: =?utf-8?b?SW1wcmVzc29yYSBu?= =?utf-8?b?w6NvIGltcHJpbWU=?=",
            "Date: Mon, 2 Mar 2026 08:00:00 -0300",
        )
    )
    assert message.message_id == "<a@x>"
    assert message.in_reply_to == ("<b@x>",)
    assert message.references == ("<root@x>", "<b@x>")
    assert (message.from_address, message.from_name) == ("joao@cliente.example", "João da Silva")
    assert message.to == ("suporte@desk.example", "outro@desk.example")
    assert message.cc == ("ti@cliente.example",)
    assert message.delivered == ("suporte@desk.example", "ajuda@desk.example")
    assert message.subject == "Impressora não imprime"
    assert message.sent_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert message.text == "Oi\n"
    assert message.notes == ()


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("a@x.example", "a@x.example"),
        ("<A@X.example>", "a@x.example"),
        ('"b@evil.example" <a@x.example>', "a@x.example"),
        ('"Silva, Ana" <a@x.example>', "a@x.example"),
        ("a@x.example (Ana (do TI))", "a@x.example"),
        ("Equipe: a@x.example, b@x.example;", "a@x.example"),
        ('"Ana <a@x.example>', "a@x.example"),
        ("Ana mailto:a@x.example", "a@x.example"),
        ("Ana", ""),
        ("", ""),
        ("a@@x.example", ""),
        ("<a@x.example\r\n\tb>", ""),
        ("(" * 5_000, ""),
    ],
)
def test_who_it_is_from(header: str, address: str) -> None:
    assert parse(mail(f"From: {header}")).from_address == address


@pytest.mark.parametrize(
    "date",
    [
        "",
        "yesterday",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 1 Jan 1800 00:00:00 +2359",
        "Thu, 1 Jan 1970 00:00 +0000",
        "1 " * 5_000,
        "Mon, 2 Mar 2026 08:00:00 +999999999999999999999",
    ],
)
def test_an_absurd_date_is_none(date: str) -> None:
    assert parse(mail(f"Date: {date}")).sent_at is None


@pytest.mark.parametrize(
    ("content_type", "encoded", "text"),
    [
        ("text/plain; charset=utf-8", "ação".encode(), "ação"),
        ("text/plain; charset=iso-8859-1", "ação".encode("latin-1"), "ação"),
        ("text/plain; charset=us-ascii", "ação".encode(), "ação"),
        ("text/plain; charset=utf-8", "ação".encode("cp1252"), "ação"),
        ("text/plain; charset=nonsense", "ação".encode("cp1252"), "ação"),
        ("text/plain; charset=punycode", b"a" * 9, "a" * 9),
        ("text/plain; charset=zlib", b"abc", "abc"),
        ("text/plain; charset=utf-7", b"+2AA-x", "\ufffdx"),
        ("text/plain; charset=utf-16", b"\x00\xd8x\x00", "\ufffdx"),
        ("text/plain", b"a\x00b", "ab"),
        ("text", b"abc", "abc"),
    ],
)
def test_charsets_of_every_honesty(content_type: str, encoded: bytes, text: str) -> None:
    assert (
        parse(mail(f"Content-Type: {content_type}", body=encoded)).text.replace("\ufffd\ufffd", "\ufffd")
        == text
    )


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.pdf"', "a b.pdf"),
        ("attachment; filename=a b.pdf", "a b.pdf"),
        ("attachment; filename=nota (1).pdf", "nota (1).pdf"),
        ('attachment (nota); filename="a.pdf"', "a.pdf"),
        ('attachment; (a nota) (e mais) filename="a.pdf"', "a.pdf"),
        ("attachment; x=y;(a nota)filename=a.pdf", "a.pdf"),
        ("attachment; filename*=utf-8''relat%C3%B3rio.pdf", "relatório.pdf"),
        ("attachment; filename*=iso-8859-1'pt'relat%F3rio.pdf", "relatório.pdf"),
        ("attachment; filename*0=rela; filename*1=torio.pdf", "relatorio.pdf"),
        ("attachment; filename*1*=%B3rio.pdf; filename*0*=utf-8''relat%C3", "relatório.pdf"),
        ("attachment; filename=a.pdf; filename*=utf-8''%C3%A1.pdf", "á.pdf"),
        ('attachment; filename="=?utf-8?b?cmVsYXTDs3Jpby5wZGY=?="', "relatório.pdf"),
        ('attachment; filename="relatório.pdf"', "relatório.pdf"),
        (r'attachment; filename="C:\temp\a.pdf"', "a.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        ("attachment; filename*=utf-8''a%0D%0ASet-Cookie%3A%20x.pdf", "a Set-Cookie: x.pdf"),
        ("attachment; filename*=utf-8''a%00%E2%80%AEfdp.exe", "afdp.exe"),
        ('attachment; filename=".."', "attachment-1.pdf"),
        ("attachment", "attachment-1.pdf"),
        ("attachment; filename*=x'%ZZ", "x'%ZZ"),
    ],
)
def test_file_names_in_every_form(disposition: str, name: str) -> None:
    assert names_of(disposition) == [name]


def test_a_long_file_name_keeps_its_extension() -> None:
    [name] = names_of(f'attachment; filename="{"é" * 500}.pdf"')
    assert name.endswith("é.pdf")
    assert len(name.encode()) <= 200


def test_text_from_html_when_there_is_only_html() -> None:
    message = parse(mail("Content-Type: text/html", body="<style>p{}</style><p>Oi,<br>tudo <b>bem</b>?</p>"))
    assert message.text == "Oi,\ntudo bem?"
    assert message.html is not None


def test_alternatives_are_one_body_and_its_image_is_inline() -> None:
    inner = multipart(
        "multipart/alternative",
        b"Content-Type: text/plain\r\n\r\nVeja [imagem]",
        b'Content-Type: text/html\r\n\r\n<p>Veja <img src="cid:i1@x"></p>',
        boundary="dentro",
    )
    image = b"Content-Type: image/png; name=a.png\r\nContent-ID: <i1@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw=="
    message = parse(multipart("multipart/related", inner, image))
    assert message.text == "Veja [imagem]"
    assert message.html == '<p>Veja <img src="cid:i1@x"></p>'
    [file] = message.attachments
    assert (file.name, file.content_id, file.inline, file.content) == ("a.png", "i1@x", True, b"\x89PNG")


def test_other_forms_of_the_body_are_told_from_files() -> None:
    """As Apple Mail attaches: beside the HTML, within one of the alternatives."""
    beside = multipart(
        "multipart/mixed",
        b"Content-Type: text/html\r\n\r\n<p>Veja</p>",
        b"Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: inline\r\n\r\n%PDF",
        b"Content-Type: text/plain; name=a.log\r\nContent-Disposition: attachment\r\n\r\nlog",
        b"Content-Type: text/html; name=b.html\r\n\r\n<p>Veja</p>",
        boundary="dentro",
    )
    message = parse(
        multipart(
            "multipart/alternative",
            b"Content-Type: text/plain\r\n\r\nVeja",
            b"Content-Type: text/enriched\r\n\r\nVeja",
            b"Content-Type: application/rtf; name=c.rtf\r\nContent-Disposition: attachment\r\n\r\nVeja",
            b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR",
            beside,
        )
    )
    assert (message.text, message.html) == ("Veja", "<p>Veja</p>")
    files = {file.name: file.form for file in message.attachments}
    assert files.pop(message.attachments[0].name), "text/enriched"
    assert files == {
        "c.rtf": True,
        "calendar.ics": True,
        "a.pdf": False,
        "a.log": False,
        "b.html": True,
    }


def test_what_is_kept_as_a_file() -> None:
    message = parse(
        multipart(
            "multipart/mixed",
            b"Content-Type: text/plain\r\n\r\nAnexos.",
            b"Content-Type: message/rfc822\r\n\r\nSubject: Erro 12/3\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n\r\na\r\n--z--",
            b"Content-Type: application/ms-tnef\r\n\r\ntnef",
            b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR",
            b"Content-Type: text/plain; name=log.txt\r\n\r\nlog",
        )
    )
    assert message.text == "Anexos."
    assert [file.name for file in message.attachments] == [
        "Erro 12-3.eml",
        "winmail.dat",
        "calendar.ics",
        "log.txt",
    ]
    assert message.attachments[0].content.startswith(b"Subject: Erro 12/3")


@pytest.mark.parametrize("declared", ["multipart/mixed", "multipart/mixed; boundary=other"])
def test_a_boundary_that_is_missing_or_wrong_is_found(declared: str) -> None:
    body = (
        b"--b1\r\nContent-Type: text/plain\r\n\r\nOi\r\n--b1\r\n" + PDF.encode() + b"\r\n\r\nx\r\n--b1--\r\n"
    )
    message = parse(mail(f"Content-Type: {declared}", body=body))
    assert (message.text, len(message.attachments), message.notes) == ("Oi", 1, ("boundary_guessed",))


def test_a_multipart_without_parts_is_text() -> None:
    assert parse(mail("Content-Type: multipart/mixed; boundary=b", body="Oi")).text == "Oi"


def test_a_part_cut_off_on_the_way_is_kept() -> None:
    body = (
        b"--b\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n"
        + base64.b64encode(b"x" * 90)[:101]
    )
    [file] = parse(mail("Content-Type: multipart/mixed; boundary=b", body=body)).attachments
    assert file.content == b"x" * 75


def test_a_body_without_the_empty_line_before_it() -> None:
    message = parse(b"Subject: a\nOi, pessoal\nX: y\n")
    assert (message.subject, message.text) == ("a", "Oi, pessoal\nX: y\n")


def test_a_header_cannot_be_smuggled_through_an_encoded_word() -> None:
    message = parse(
        mail("Subject: =?utf-8?q?a=0D=0ABcc=3A_b=40x?=", "From: =?utf-8?q?a=0A=00b?= <a@x.example>")
    )
    assert (message.subject, message.from_name) == ("a Bcc: b@x", "a b")


def test_text_over_the_limit_is_cut_and_attached_whole() -> None:
    message = parse(mail(body="é" * 50), Limits(text_chars_max=20))
    assert (len(message.text), message.notes) == (20, ("limit_txt_chars",))
    assert message.attachments[0].content.decode() == "é" * 50
