"""The ways from a message to its ticket, the strongest first."""

from uuid import UUID

import pytest

from journal.tokens import Key, KeyRing, make_answer_address, make_message_id, make_reply_address
from services.intake.mail.matching import (
    Candidate,
    candidates,
    notifications_answered,
    remembered_ids,
    speaks_to_the_desk,
)
from services.intake.mail.parse import parse
from tests.intake.mail.corpus import mail

KEYS = KeyRing((Key("a", b"0123456789abcdef"),))
OTHERS = KeyRing((Key("a", b"fedcba9876543210"),))
ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)
DOMAIN = "desk.example"


def ways(*headers: str, envelope_to: tuple[str, ...] = ()) -> list[tuple[str, object]]:
    found = candidates(parse(mail(*headers)), KEYS, (DOMAIN,), envelope_to)
    return [(candidate.step, candidate.ticket_id or candidate.lookup) for candidate in found]


def our_id(ticket: UUID, keys: KeyRing = KEYS) -> str:
    return make_message_id(ticket, "n", keys, DOMAIN)


def test_every_trace_in_order() -> None:
    one, two = our_id(ONE), our_id(TWO)
    address = make_reply_address("suporte", THREE, KEYS, DOMAIN)
    assert ways(
        f"To: {address.upper()}",
        f"In-Reply-To: {two}",
        f"References: <root@x> {one} <c@x>",
        "Subject: RE: Erro",
    ) == [
        ("signed_message_id", TWO),
        ("signed_message_id", ONE),
        ("signed_address", THREE),
        ("seen_message_id", two),
        ("seen_message_id", "<c@x>"),
        ("seen_message_id", one),
        ("seen_message_id", "<root@x>"),
        ("thread_root", "<root@x>"),
    ]


TWOS = make_message_id(ONE, TWO.hex, KEYS, DOMAIN)
"""The Message-ID of notification TWO about ticket ONE."""
THREES = make_answer_address("suporte", THREE, KEYS, DOMAIN)
"""The answer address of notification THREE."""


@pytest.mark.parametrize(
    ("case", "headers", "answered"),
    [
        ("an answer", (f"To: {THREES}", f"In-Reply-To: {TWOS}"), (TWO,)),
        ("with a copy", (f"To: {THREES}", "Cc: carla@x", f"In-Reply-To: {TWOS}", f"References: {TWOS}"), (TWO,)),
        ("to the desk's own address", ("To: suporte@desk.example", f"In-Reply-To: {TWOS}"), (TWO,)),
        ("to a rewritten id", (f"To: {THREES.upper()}", "In-Reply-To: <1@amazonses.com>"), (THREE,)),
        ("to a rewritten id, twice", (f"To: {THREES}", f"Cc: {THREES}", "In-Reply-To: <1@x>"), (THREE,)),
        ("further up", (f"To: carla@x, {THREES}", "In-Reply-To: <carla@x>", f"References: {TWOS} <carla@x>"), ()),
        ("with a copy to it", ("To: carla@x", f"Cc: {THREES}", "In-Reply-To: <carla@x>"), ()),
        ("with a copy to others", (f"To: {THREES}", "Cc: carla@x", "In-Reply-To: <carla@x>"), ()),
        ("a new mail", (f"To: {THREES}",), ()),
        ("a new mail in a thread", (f"To: {THREES}", f"References: {TWOS}"), ()),
        ("what the desk wrote to others", (f"To: {THREES}", f"In-Reply-To: {our_id(ONE)}"), ()),
        ("a forgery", ("To: carla@x", f"In-Reply-To: {make_message_id(ONE, TWO.hex, OTHERS, DOMAIN)}"), ()),
        ("with the ticket's address",
         (f"To: {make_reply_address('suporte', ONE, KEYS, DOMAIN)}", "In-Reply-To: <1@x>"), ()),
        ("nothing", (), ()),
    ],
)  # fmt: skip
def test_the_notifications_that_a_mail_answers(
    case: str, headers: tuple[str, ...], answered: tuple[UUID, ...]
) -> None:
    message = parse(mail(*headers))
    assert notifications_answered(message, KEYS, (DOMAIN,)) == answered, case
    assert notifications_answered(message, KEYS, ("another.example",)) == ()


@pytest.mark.parametrize(
    ("headers", "speaks"),
    [
        (("To: d1@x", "Cc: d2@x, ana@x"), True),
        (("To: D1@x, Suporte <d2@x>",), True),
        (("To: d1@x", "To: lia@x"), False),
        (("To: Lia <lia@x>, d1@x",), False),
        (("To: ana@x, d1@x",), False),
        (("To: d1@x", "Cc: ana@x, lia@x"), False),
        (("To: Time: lia@x, d1@x;",), False),
        (("Cc: d1@x",), False),
        (("Delivered-To: d1@x",), False),
    ],
)
def test_whom_a_mail_speaks_to(headers: tuple[str, ...], speaks: bool) -> None:
    desk, looking_on = {"d1@x", "d2@x"}, {"ana@x"}
    message = parse(mail(*headers))
    assert speaks_to_the_desk(message, desk.__contains__, looking_on.__contains__) == speaks


def test_an_answer_address_leads_to_the_ticket_of_its_notification() -> None:
    (found,) = candidates(parse(mail(f"To: {THREES}")), KEYS, (DOMAIN,))
    assert found == Candidate("signed_address", notification_id=THREE)


def test_numbers_come_last() -> None:
    address = make_reply_address("suporte", THREE, KEYS, DOMAIN)
    assert ways(f"To: {address}", "Message-ID: <a@x>", "Subject: RE: [2026-000123] e 2025-000001") == [
        ("signed_address", THREE),
        ("thread_root", "<a@x>"),
        ("subject_number", "2026-000123"),
        ("subject_number", "2025-000001"),
    ]


def test_no_number_of_what_answers_a_mail_that_is_not_ours() -> None:
    """Another desk at a customer's counts its tickets just as we do."""
    for header in ("In-Reply-To", "References"):
        found = ways(f"{header}: <theirs@x>", "Subject: [2026-000123] Erro")
        assert found == [("seen_message_id", "<theirs@x>"), ("thread_root", "<theirs@x>")]


def test_references_from_right_to_left() -> None:
    found = ways(f"References: {our_id(ONE)} {our_id(TWO)}")
    assert found[:2] == [("signed_message_id", TWO), ("signed_message_id", ONE)]


def test_a_forged_token_proves_nothing() -> None:
    address = make_reply_address("suporte", ONE, OTHERS, DOMAIN)
    found = ways(f"To: {address}", f"In-Reply-To: {our_id(ONE, OTHERS)}")
    assert {step for step, _ in found} == {"seen_message_id", "thread_root"}


def test_the_address_counts_wherever_the_mail_was_sent() -> None:
    address = make_reply_address("suporte", ONE, KEYS, DOMAIN)
    for header in ("To", "Cc", "Delivered-To", "X-Original-To"):
        assert ways(f"{header}: Suporte <{address}>") == [("signed_address", ONE)]
    assert ways(envelope_to=(address,)) == [("signed_address", ONE)]


def test_never_by_text_thread_index_or_a_similar_subject() -> None:
    raw = mail("Subject: RE: Erro", "Thread-Index: AdJ2026-000123", body=f"2026-000123 {our_id(ONE)}")
    assert candidates(parse(raw), KEYS, (DOMAIN,)) == ()


def test_only_a_whole_number_in_the_subject() -> None:
    for subject in ("12026-000123", "2026-00012", "2026-000123-4", "x2026-000123", "26-000123"):
        assert ways(f"Subject: {subject}") == []
    assert ways("Subject: (2026-000123): erro") == [("subject_number", "2026-000123")]


def test_two_answers_to_a_mail_that_the_desk_never_saw_share_its_root() -> None:
    first = parse(mail("Message-ID: <b@x>", "In-Reply-To: <a@x>", "References: <a@x>"))
    second = parse(mail("Message-ID: <c@x>", "References: <a@x> <z@x>"))
    assert remembered_ids(first) == ("<b@x>", "<a@x>")
    assert Candidate("thread_root", lookup="<a@x>") in candidates(second, KEYS, (DOMAIN,))


def test_the_first_mail_of_a_thread_finds_the_answers_that_came_before_it() -> None:
    assert ways("Message-ID: <a@x>") == [("thread_root", "<a@x>")]
    assert remembered_ids(parse(mail("Message-ID: <a@x>"))) == ("<a@x>",)
    assert remembered_ids(parse(b"")) == ()
