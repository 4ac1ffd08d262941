"""Copies of one message have one fingerprint; different messages have two."""

from services.intake.mail.identity import fingerprint
from tests.intake.mail.corpus import mail

HEADERS = (
    "Message-ID: <a@x>",
    "From: a@x.example",
    "Date: Mon, 2 Mar 2026 08:00:00 -0300",
    "Subject: Erro\r\n no caixa",
)
ORIGINAL = fingerprint(mail(*HEADERS))


def test_traces_of_the_way_do_not_count() -> None:
    traces = (
        "Return-Path: <a@x.example>",
        "Received: by y",
        "Delivered-To: suporte@desk.example",
        "X-Spam: no",
    )
    assert fingerprint(mail(*traces, *HEADERS)) == ORIGINAL
    assert fingerprint(mail("Delivered-To: ajuda@desk.example", *HEADERS)) == ORIGINAL


def test_line_ends_and_folding_do_not_count() -> None:
    assert fingerprint(mail(*HEADERS).replace(b"\r\n", b"\n")) == ORIGINAL
    assert fingerprint(mail(*HEADERS[:3], "Subject: Erro no caixa", body="Oi\r\n\r\n")) == ORIGINAL


def test_anything_that_was_written_counts() -> None:
    others = [
        mail(*HEADERS, body="Olá\r\n"),
        mail(*HEADERS[1:]),
        mail(*HEADERS[:3], "Subject: Erro"),
        b"",
        b"\r\n",
    ]
    others += [mail("Message-ID: <b@x>", *HEADERS[1:]), mail(HEADERS[0], "From: b@x.example", *HEADERS[2:])]
    prints = [fingerprint(raw) for raw in others]
    assert ORIGINAL not in prints
    assert len({ORIGINAL, *prints}) == len(prints)  # of all, only the two empty ones are alike


def test_a_value_cannot_pass_for_two() -> None:
    assert fingerprint(mail("Subject: a,4:from:b")) != fingerprint(mail("Subject: a", "From: b"))
