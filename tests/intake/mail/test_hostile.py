"""Mail made to hurt: it costs little, it is noted, and nothing raises."""

import base64
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journal.tokens import Key, KeyRing
from markup.html import sanitise
from services.intake.mail.automatic import classify, delivery_report
from services.intake.mail.below import written_below
from services.intake.mail.identity import fingerprint
from services.intake.mail.matching import candidates, remembered_ids
from services.intake.mail.parse import Message, parse
from services.intake.mail.reply import split_reply
from tests.intake.mail.corpus import mail, multipart, raw_mails

KEYS = KeyRing((Key("a", b"0123456789abcdef"),))
MAILS = raw_mails()
SEEDS = [raw for _, raw in MAILS] or [
    multipart("multipart/mixed", b"Content-Type: text/html\r\n\r\n<p>a", b"\r\nb")
]


def read_whole(raw: bytes) -> Message:
    """Everything that the desk does with a message before it asks its database."""
    message = parse(raw)
    told = [message.message_id or "", *message.in_reply_to, *message.references, message.from_address]
    told += [message.from_name, *message.to, *message.cc, *message.delivered, message.subject, message.text]
    told += [
        message.html or "",
        *message.notes,
        *(value for field in message.headers.fields for value in field),
    ]
    told += [part for file in message.attachments for part in (file.name, file.content_type, file.content_id)]
    reply = split_reply(message.text)
    assert (
        len(written_below(reply.own_below, message.from_name, message.from_address)) <= len(message.text) * 2
    )
    reports = delivery_report(message)
    told += [reply.own, reply.quoted, sanitise(message.html or "", "/a/{}".format), fingerprint(raw)]
    told += [part for report in reports for part in (report.recipient, report.action, report.diagnostic)]
    assert all("\x00" not in text and text.encode() is not None for text in told)
    for line in (message.subject, message.from_name, *(file.name for file in message.attachments)):
        assert not any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in line)
    assert all(file.name and not {"/", "\\"} & set(file.name) for file in message.attachments)
    assert classify(message).kind in {"human", "auto_reply", "bounce"}
    assert all(candidate.ticket_id is None for candidate in candidates(message, KEYS, ("desk.example",)))
    assert remembered_ids(message) is not None
    return message


@pytest.mark.skipif(not MAILS, reason="../shared/cases is not there")
def test_every_raw_mail_of_the_corpus_is_read() -> None:
    assert len(MAILS) > 200
    started = time.perf_counter()
    for _, raw in MAILS:
        read_whole(raw)
    print(
        f"\n{len(MAILS)} mails, {len(MAILS) / (time.perf_counter() - started):,.0f}/s read, sanitised, split, matched"
    )


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_mutated_mail_is_read(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, max(0, len(raw) - 1)))
        match data.draw(st.integers(0, 4)):
            case 0:
                raw[at : at + 1] = data.draw(st.binary(min_size=1, max_size=3))
            case 1:
                del raw[at : at + data.draw(st.integers(1, 40))]
            case 2:
                raw[at:at] = data.draw(
                    st.sampled_from(
                        [b"\r\n", b"\n\n", b"\x00", b"\xed\xa0\x80", b"--", b"=?", b'"', b"<", b";", b"\r"]
                    )
                )
            case 3:
                other = data.draw(st.sampled_from(SEEDS))
                start = data.draw(st.integers(0, len(other)))
                raw[at:at] = other[start : start + 200]
            case _:
                raw[at:at] = raw[at : at + 300]
    read_whole(bytes(raw))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read(raw: bytes) -> None:
    read_whole(raw)


def nested(depth: int) -> bytes:
    levels = (f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(depth))
    return "".join(levels).encode() + b"\r\nOi"


HOSTILE: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "10,000 levels": (lambda: nested(10_000), "limit_depth"),
    "100,000 parts": (lambda: multipart("multipart/mixed", *[b"\r\nx"] * 100_000), "limit_parts"),
    "the same boundary at each level": (
        lambda: b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 10_000,
        "limit_parts",
    ),
    "a million header lines": (lambda: b"X: y\r\n" * 1_000_000, "limit_header_bytes"),
    "one header of 10 MB": (lambda: b"Subject: " + b"=?utf-8?q?a" * 1_000_000, "limit_header_bytes"),
    "encoded words": (lambda: b"Subject: " + b"=?utf-8?q?a?= " * 18_000, None),
    "70,000 brackets": (lambda: b"From: " + b"<" * 70_000 + b"(" * 70_000, None),
    "quotes that never close": (lambda: b"From: " + b'"a\\' * 60_000, None),
    "a To of 250 kB": (lambda: b"To: " + b"a@b.c, " * 35_000, None),
    "references": (lambda: b"References: " + b"<a@b> <c" * 30_000, None),
    "parameters": (lambda: b"Content-Type: text/plain" + b"; a*0*=x''%41" * 18_000, None),
    "boundaries that are none": (
        lambda: mail("Content-Type: multipart/mixed; boundary=-", body=b"-" * 5_000_000),
        None,
    ),
    "html without end": (
        lambda: mail("Content-Type: text/html", body=b"<div>" * 200_000),
        "limit_html_chars",
    ),
    "html tables": (lambda: mail("Content-Type: text/html", body=b"<table><tr><td></div>" * 20_000), None),
    "html attributes": (lambda: mail("Content-Type: text/html", body=b"<p " + b"a=1 " * 100_000), None),
    "html quotes": (
        lambda: mail("Content-Type: text/html", body=b"<blockquote>a</blockquote>" * 15_000),
        None,
    ),
    "html links": (lambda: mail("Content-Type: text/html", body=b"<a href=http://x>y" * 20_000), None),
    "html entities": (lambda: mail("Content-Type: text/html", body=b"&amp;&#60;&" * 40_000), None),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_costs_little(name: str) -> None:
    compose, note = HOSTILE[name]
    raw = compose()
    started = time.process_time()
    message = read_whole(raw)
    assert (
        time.process_time() - started < 6
    )  # each takes below 1.5 s on an idle core; a quadratic one takes minutes
    assert note is None or note in message.notes


def test_a_mail_of_30_mb_is_read_whole() -> None:
    content = bytes(range(256)) * 86_000
    part = b"Content-Transfer-Encoding: base64\r\nContent-Type: application/pdf\r\n\r\n" + base64.encodebytes(
        content
    )
    raw = multipart("multipart/mixed", b"\r\nSegue.", part)
    started = time.process_time()
    message = parse(raw)
    print(f"\n{len(raw) / 1e6:.1f} MB parsed in {time.process_time() - started:.2f} s")
    assert (message.text, message.attachments[0].content == content, message.notes) == ("Segue.", True, ())
    assert time.process_time() - started < 6


REPLIES = {
    "one line": "a" * 1_000_000,
    "attribution, one line": "Em 2 " * 200_000,
    "attribution, lines": ("Em 2 " * 79 + "\n") * 2_500,
    "attribution, short lines": "Em 2 de mar\n" * 83_000,
    "written, lines": ("em 1 " + "wrote " * 60 + "\n") * 2_700,
    "marks": ">\n" * 500_000,
    "line ends": "\n" * 1_000_000,
    "signatures": "-- \n" * 250_000,
    "labels": "De: x\n" * 166_000,
    "hyphens": ("-- em 1" * 55 + "\n") * 2_500,
    "rules": "____\n" * 200_000,
    "devices": "Enviado do meu iPhone\n" * 45_000,
    "broken quotes": f"> {'a ' * 40}\n{'b ' * 40}\n" * 6_000,
    "broken quotes, one": f"> {'a ' * 40}\n" + f"{'b ' * 40}\n" * 12_000,
    "threads": "De: x\nData: y\n\n> a\n" * 45_000,
    "below, links": "> a\n> b\n\nLivre de vírus " + "www.a" * 9_000,
    "below, paragraphs": "> a\n> b\n\n" + "Esta mensagem\n\n" * 3_200,
    "below, signatures": "> a\n> b\n\n" + "Bruno Teles\n" * 4_000,
    "below, pictures": "> a\n> b\n\n" + f"[{'.png' * 90}\n" * 130,
    "library, lines": ("On " * 130 + "\n") * 50,
    "library, line ends": "\n" * 19_999,
    "library, labels": "From: a\n" * 2_400,
}


@pytest.mark.parametrize("name", REPLIES)
def test_a_hostile_reply_of_1_mb_costs_little(name: str) -> None:
    started = time.process_time()
    reply = split_reply(REPLIES[name])
    written_below(reply.own_below, "Bruno Teles", "bruno@desk.example")
    assert time.process_time() - started < 3  # measured below 0.9 s each
