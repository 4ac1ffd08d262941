"""Nobody but the desk can make a token, and every way that mail bends one is borne."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.tokens import (
    Key,
    KeyRing,
    make_answer_address,
    make_message_id,
    make_reply_address,
    make_return_path,
    read_answer_address,
    read_notification,
    read_unsigned_return_path,
    verify_message_id,
    verify_reply_address,
    verify_return_path,
)

OLD, NEW, FOREIGN = (Key("k1", b"o" * 32), Key("k2", b"n" * 32), Key("k1", b"f" * 32))
TICKET = UUID("0195a4c2-7f3e-7a11-8b5d-2f6e9c0d1e2f")
DOMAIN = "desk.example"


@given(st.uuids(), st.from_regex(r"[a-z0-9]{1,64}", fullmatch=True))
def test_what_the_desk_made_it_knows_again(ticket: UUID, nonce: str) -> None:
    keys = KeyRing((NEW,))
    message_id = make_message_id(ticket, nonce, keys, DOMAIN)
    address = make_reply_address("suporte", ticket, keys, DOMAIN)
    assert verify_message_id(message_id, keys, DOMAIN) == ticket
    assert verify_reply_address(address, keys, DOMAIN) == ticket
    assert verify_message_id(message_id.upper(), keys, DOMAIN.title()) == ticket
    assert verify_reply_address(address.upper(), keys, DOMAIN) == ticket
    assert len(address.partition("@")[0]) <= 64


@given(st.uuids(), st.uuids())
def test_a_message_id_names_its_notification(ticket: UUID, notification: UUID) -> None:
    keys = KeyRing((NEW,))
    ours = make_message_id(ticket, notification.hex, keys, DOMAIN)
    assert read_notification(ours, keys, DOMAIN) == notification
    assert read_notification(ours, KeyRing((FOREIGN,)), DOMAIN) is None
    assert read_notification(make_message_id(ticket, "root", keys, DOMAIN), keys, DOMAIN) is None


@given(st.uuids())
def test_an_answer_address_names_its_notification_and_is_no_reply_address(notification: UUID) -> None:
    keys = KeyRing((NEW,))
    answer = make_answer_address("suporte", notification, keys, DOMAIN)
    reply = make_reply_address("suporte", notification, keys, DOMAIN)
    assert read_answer_address(answer.upper(), keys, DOMAIN) == notification
    assert read_answer_address(answer, KeyRing((FOREIGN,)), DOMAIN) is None
    assert verify_reply_address(answer, keys, DOMAIN) is None
    assert read_answer_address(reply, keys, DOMAIN) is None, "customers hold it too"


@given(st.uuids())
def test_a_return_path_names_its_notification_and_is_nothing_else(notification: UUID) -> None:
    longest = KeyRing((Key("long", b"l" * 32), OLD))
    back = make_return_path(notification, longest, DOMAIN)
    assert len(back.partition("@")[0]) <= 64
    assert verify_return_path(back.upper(), longest, DOMAIN) == notification
    before = make_return_path(notification, KeyRing((OLD,)), DOMAIN)
    assert verify_return_path(before, longest, DOMAIN) == notification, "keys change under way"
    assert verify_return_path(back, KeyRing((FOREIGN,)), DOMAIN) is None
    assert verify_reply_address(back, longest, DOMAIN) is None
    assert (
        verify_return_path(make_reply_address("bounces", notification, longest, DOMAIN), longest, DOMAIN)
        is None
    )
    unsigned = f"bounces+{notification.hex}@{DOMAIN}"
    assert verify_return_path(unsigned, longest, DOMAIN) is None
    assert read_unsigned_return_path(back, DOMAIN) is None
    assert read_unsigned_return_path(unsigned.upper(), DOMAIN) == notification


def test_what_was_signed_at_another_domain_of_the_desk_counts_still() -> None:
    keys = KeyRing((NEW,))
    address = make_reply_address("suporte", TICKET, keys, "old.example")
    message_id = make_message_id(TICKET, "n", keys, "old.example")
    back = make_return_path(TICKET, keys, "old.example")
    unsigned = f"bounces+{TICKET.hex}@old.example"
    for domains, found in ((("new.example", "OLD.example"), TICKET), (("new.example",), None)):
        assert verify_reply_address(address, keys, *domains) == found
        assert verify_message_id(message_id, keys, *domains) == found
        assert verify_return_path(back, keys, *domains) == found
        assert read_unsigned_return_path(unsigned, *domains) == found
    moved = address.replace("@old.example", "@new.example")
    assert verify_reply_address(moved, keys, "new.example", "old.example") is None


def test_a_message_id_is_the_same_each_time() -> None:
    keys = KeyRing((NEW, OLD))
    assert make_message_id(TICKET, "n1", keys, DOMAIN) == make_message_id(TICKET, "n1", keys, DOMAIN)
    assert make_message_id(TICKET, "n1", keys, DOMAIN) != make_message_id(TICKET, "n2", keys, DOMAIN)


def test_keys_can_be_changed_under_way() -> None:
    made = make_message_id(TICKET, "n", KeyRing((OLD,)), DOMAIN)
    assert verify_message_id(made, KeyRing((NEW, OLD)), DOMAIN) == TICKET
    assert verify_message_id(made, KeyRing((NEW,)), DOMAIN) is None
    assert "k2@" in make_message_id(TICKET, "n", KeyRing((NEW, OLD)), DOMAIN)


def test_no_changed_character_goes_unseen() -> None:
    keys = KeyRing((NEW,))
    message_id, address = (
        make_message_id(TICKET, "n0", keys, DOMAIN),
        make_reply_address("s", TICKET, keys, DOMAIN),
    )
    for at in range(3, len(message_id)):
        forged = message_id[:at] + ("b" if message_id[at] != "b" else "c") + message_id[at + 1 :]
        assert verify_message_id(forged, keys, DOMAIN) is None, forged
    for at in range(2, len(address)):
        forged = address[:at] + ("b" if address[at] != "b" else "c") + address[at + 1 :]
        assert verify_reply_address(forged, keys, DOMAIN) is None, forged


def test_a_key_of_another_desk_with_the_same_id_opens_nothing() -> None:
    assert (
        verify_message_id(make_message_id(TICKET, "n", KeyRing((FOREIGN,)), DOMAIN), KeyRing((OLD,)), DOMAIN)
        is None
    )
    assert (
        verify_reply_address(
            make_reply_address("s", TICKET, KeyRing((FOREIGN,)), DOMAIN), KeyRing((OLD,)), DOMAIN
        )
        is None
    )


def test_an_address_does_not_pass_for_a_message_id() -> None:
    keys = KeyRing((NEW,))
    token = make_reply_address("s", TICKET, keys, DOMAIN).partition("+")[2].partition("@")[0]
    assert verify_message_id(f"<t.{token[:26]}.n.{token[26:]}@{DOMAIN}>", keys, DOMAIN) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<t.@x>",
        "a@b",
        "<t." + "7" * 26 + ".n." + "a" * 16 + "k2@desk.example>",
        "é+ü@desk.example",
        "\x00",
    ],
)
def test_nonsense_is_no_token(text: str) -> None:
    keys = KeyRing((NEW,))
    assert (verify_message_id(text, keys, DOMAIN), verify_reply_address(text, keys, DOMAIN)) == (None, None)


def test_what_cannot_be_a_key_or_an_address_is_refused() -> None:
    for key_id, secret in (
        ("", b"x" * 16),
        ("K", b"x" * 16),
        ("a-b", b"x" * 16),
        ("abcde", b"x" * 16),
        ("a", b"short"),
    ):
        with pytest.raises(ValueError, match="key"):
            Key(key_id, secret)
    for keys in ((), (OLD, FOREIGN)):
        with pytest.raises(ValueError, match="key ring"):
            KeyRing(keys)
    with pytest.raises(ValueError, match="64"):
        make_reply_address("atendimento-ao-cliente", TICKET, KeyRing((NEW,)), DOMAIN)
    with pytest.raises(ValueError, match="nonce"):
        make_message_id(TICKET, "a.b", KeyRing((NEW,)), DOMAIN)


def test_a_secret_is_not_printed() -> None:
    assert "nnn" not in repr(KeyRing((NEW,)))
