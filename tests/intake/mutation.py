"""Raw mails, damaged at random: bytes changed, cut out, doubled, and put in from other mails."""

import os
from collections.abc import Iterator
from random import Random

from tests.intake.door import ANA, letter
from tests.intake.mail.corpus import mail, multipart, raw_mails

SPLINTERS = (
    *(
        b"\r\n",
        b"\n\n",
        b"\r",
        b"\x00",
        b"\xed\xa0\x80",
        b"\xff",
        b"--",
        b"=?",
        b"?=",
        b'"',
        b"<",
        b">",
        b";",
        b"(",
    ),
    *(
        b"\r\nFrom: ",
        b"\r\nContent-Type: multipart/mixed; boundary=",
        b"\r\nContent-Transfer-Encoding: base64",
    ),
    *(b"\r\nIn-Reply-To: <", b"\r\nAuto-Submitted: auto-replied", b"\r\nSubject: =?utf-8?b?", b"\r\n-- \r\n"),
    *(b"\r\nEm 02/03/2026 10:15, Suporte escreveu:\r\n> ", b"filename*0*=utf-8''%", b"<div>" * 50, b"cid:"),
)
_PIECE_MAX = 300


def seed() -> int:
    """`FUZZ_SEED`, else a new one; whoever uses it prints it."""
    return int(os.environ.get("FUZZ_SEED") or Random().randrange(2**32))


def sources() -> list[bytes]:
    """The raw mails of others, and ours: a plain one, a reply, one with files, an automatic one, a delivery report."""
    files = multipart(
        "multipart/mixed",
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nOi\r\n--b\r\n"
        b"Content-Type: text/html\r\n\r\n<p>Oi <img src='cid:i@x'></p>\r\n--b--",
        b"Content-Type: image/png\r\nContent-ID: <i@x>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=",
        b"Content-Type: message/rfc822\r\n\r\nFrom: eva@x.example\r\nSubject: x\r\n\r\ny",
        b"Content-Type: application/ms-tnef; name*=utf-8''winmail.dat\r\n\r\ntnef",
        headers=(
            f"From: {ANA}",
            "Subject: =?utf-8?q?Ol=C3=A1?=",
            "Message-ID: <a@x>",
            "References: <b@x> <c@x>",
        ),
    )
    report = multipart(
        "multipart/report; report-type=delivery-status",
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; ana@x.example\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        headers=("From: mailer-daemon@x.example",),
    )
    flowed = mail(
        f"From: Ana Prado <{ANA}>",
        "Content-Type: text/plain; format=flowed; delsp=yes",
        "Authentication-Results: mx.desk.example; dmarc=fail (x) header.from=serra.example",
        body="Voltou \r\no erro.\r\n\r\n> Em 02/03/2026 10:15, Suporte escreveu:\r\n>> Qual? \r\n>> Nota?\r\n",
    )
    reply = letter(text="Ok\n\nEm 02/03/2026 10:15, Suporte escreveu:\n> Qual?", In_Reply_To="<a@x>")
    automatic = letter(Auto_Submitted="auto-replied")
    return [letter(), reply, files, report, flowed, automatic, *(raw for _, raw in raw_mails())]


def mutated(count: int, random: Random) -> Iterator[bytes]:
    """So many mails, each damaged in one to twelve places; one in twenty is whole."""
    seeds = sources()
    for _ in range(count):
        raw = bytearray(random.choice(seeds))
        for _ in range(random.randint(1, 12) if random.random() < 0.95 else 0):
            _damage(raw, random, seeds)
        yield bytes(raw)


def _damage(raw: bytearray, random: Random, seeds: list[bytes]) -> None:
    # Half of the damage goes to the header, which is a small part of most mails.
    at = random.randint(0, len(raw) if random.random() < 0.5 else min(len(raw), 1_000))
    match random.randrange(6):
        case 0:
            raw[at : at + 1] = random.randbytes(random.randint(1, 3))
        case 1:
            del raw[at : at + random.randint(1, 40)]
        case 2:
            raw[at:at] = random.choice(SPLINTERS)
        case 3:
            other = random.choice(seeds)
            start = random.randint(0, len(other))
            raw[at:at] = other[start : start + _PIECE_MAX]
        case 4:
            raw[at:at] = raw[at : at + _PIECE_MAX]
        case _:
            raw[at : at + 8] = bytes(byte ^ (1 << random.randrange(8)) for byte in raw[at : at + 8])
