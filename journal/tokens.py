"""What only the desk can have written: signed Message-IDs, reply addresses, return paths and rating links.

All are lower case, since mail systems change the case of addresses, and say which key signed them, so
that keys can be changed without breaking the threads that are under way. Intake, notifier and gateway
share them; what is signed names its purpose, so no token passes for one of another kind.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

_SIGNATURE_CHARS = 16
"""80 bits. Source: RFC 2104 section 5, at least half of the hash's output and 80 bits; an address has no
room for more, and nobody can try guesses faster than the desk reads mail."""
_KEY_ID = re.compile(r"[a-z0-9]{1,4}")
_SECRET_BYTES_MIN = 16
_LOCAL_PART_MAX = 64
"""Source: RFC 5321 section 4.5.3.1.1."""
_NONCE = re.compile(r"[a-z0-9]{1,64}")
_MESSAGE_ID = re.compile(
    r"<t\.([a-z2-7]{26})\.([a-z0-9]{1,64})\.([a-z2-7]{16})([a-z0-9]{1,4})@([^<>@\s]{1,255})>"
)
_REPLY_ADDRESS = re.compile(r"[^@\s]{1,64}\+([a-z2-7]{26})([a-z2-7]{16})([a-z0-9]{1,4})@([^@\s]{1,255})")
_UNSIGNED_RETURN_PATH = re.compile(r"bounces\+([0-9a-f]{32})@([^@\s]{1,255})")
_UUID_HEX = re.compile(r"[0-9a-f]{32}")
_RATING = re.compile(r"([a-z2-7]{26})-([1-9][0-9]{0,5})-([a-z2-7]{16})([a-z0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key: a public id of one to four letters and digits, and its secret of 16 bytes or more."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _KEY_ID.fullmatch(self.id):
            raise ValueError(f"a key's id is one to four of a-z and 0-9, not {self.id!r}")
        if len(self.secret) < _SECRET_BYTES_MIN:
            raise ValueError(f"the secret of key {self.id!r} is shorter than {_SECRET_BYTES_MIN} bytes")


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys in use: the first signs, every one verifies. To change keys, put a new one first; drop the old later.

    Raises:
        ValueError: it is empty, or two keys have one id.
    """

    keys: tuple[Key, ...]

    def __post_init__(self) -> None:
        if not self.keys or len({key.id for key in self.keys}) != len(self.keys):
            raise ValueError("a key ring needs at least one key, and no id twice")

    @classmethod
    def of(cls, desk_secret: str) -> Self:
        """The ring that `DESK_SECRET` describes: `<secret>`, or several as `<id>:<secret>,<id>:<secret>`.

        Raises:
            ValueError: a key is missing, too short, or named twice.
        """
        keys = []
        for text in filter(None, (part.strip() for part in desk_secret.split(","))):
            key_id, separator, secret = text.partition(":")
            keys.append(Key(key_id, secret.encode()) if separator else Key("k1", text.encode()))
        return cls(tuple(keys))

    def sign(self, *told: str) -> str:
        """The signature over `told`, with the id of its key behind it."""
        key = self.keys[0]
        return _signature(key, told) + key.id

    def verify(self, signature: str, key_id: str, *told: str) -> bool:
        """Whether the key of that id made `signature` over `told`."""
        key = next((key for key in self.keys if key.id == key_id), None)
        return key is not None and hmac.compare_digest(_signature(key, told), signature)


def make_message_id(ticket_id: UUID, nonce: str, keys: KeyRing, domain: str) -> str:
    """The Message-ID of a mail about a ticket, with its brackets; the same arguments give the same one.

    Args:
        ticket_id: the ticket it is about.
        nonce: what tells this mail from the ticket's others: 1 to 64 of a-z and 0-9, such as the
            notification's id.
        keys: the desk's keys.
        domain: the desk's mail domain.

    Raises:
        ValueError: the nonce has another form.
    """
    if not _NONCE.fullmatch(nonce):
        raise ValueError("a nonce is 1 to 64 of a-z and 0-9")
    ticket, domain = _compact(ticket_id), domain.lower()
    return f"<t.{ticket}.{nonce}.{keys.sign('message-id', domain, ticket, nonce)}@{domain}>"


def verify_message_id(message_id: str, keys: KeyRing, *domains: str) -> UUID | None:
    """The ticket that a Message-ID of ours, of one of these domains, belongs to; None when it is not ours, or forged."""
    parts = _verified_message_id(message_id, keys, domains)
    return _expanded(parts[1]) if parts else None


def read_notification(message_id: str, keys: KeyRing, *domains: str) -> UUID | None:
    """The notification whose id is the nonce of a Message-ID of ours; None when it is another's, or not ours."""
    parts = _verified_message_id(message_id, keys, domains)
    return UUID(hex=parts[2]) if parts and _UUID_HEX.fullmatch(parts[2]) else None


def _verified_message_id(message_id: str, keys: KeyRing, domains: tuple[str, ...]) -> re.Match[str] | None:
    parts = _MESSAGE_ID.fullmatch(message_id.strip().lower())
    if parts is None or not _is_of(parts[5], domains):
        return None
    signed = keys.verify(parts[3], parts[4], "message-id", parts[5], parts[1], parts[2])
    return parts if signed else None


def make_reply_address(local: str, ticket_id: UUID, keys: KeyRing, domain: str) -> str:
    """The address that a reply about a ticket comes to: `suporte+<token>@…`.

    Raises:
        ValueError: `local` is so long that the part before the at sign would pass 64 characters.
    """
    return _address(local, "address", ticket_id, keys, domain)


def verify_reply_address(address: str, keys: KeyRing, *domains: str) -> UUID | None:
    """The ticket that a reply address of one of these domains belongs to; None when it has no token of ours, or a forged one."""
    return _read_address(address, "address", keys, domains)


def make_answer_address(local: str, notification_id: UUID, keys: KeyRing, domain: str) -> str:
    """The address that an analyst's answer to one notification comes to, in the form of a reply address.

    It says more than the ticket: only who got that notification has it.

    Raises:
        ValueError: as for `make_reply_address`.
    """
    return _address(local, "answer", notification_id, keys, domain)


def read_answer_address(address: str, keys: KeyRing, *domains: str) -> UUID | None:
    """The notification that an answer address of one of these domains belongs to; None as for reply addresses."""
    return _read_address(address, "answer", keys, domains)


def make_return_path(notification_id: UUID, keys: KeyRing, domain: str) -> str:
    """The envelope sender of one notification: where its delivery reports come back to.

    Signed, since the id is no secret: it is the nonce of the Message-ID, which every reply names.
    """
    return _address("bounces", "return-path", notification_id, keys, domain)


def verify_return_path(address: str, keys: KeyRing, *domains: str) -> UUID | None:
    """The notification that a return path of one of these domains belongs to; None when it is not ours, or forged."""
    return _read_address(address, "return-path", keys, domains)


def read_unsigned_return_path(address: str, *domains: str) -> UUID | None:
    """The notification that a return path of an earlier release names, which did not sign them; it proves nothing."""
    parts = _UNSIGNED_RETURN_PATH.fullmatch(address.strip().lower())
    return UUID(hex=parts[1]) if parts and _is_of(parts[2], domains) else None


def make_rating_token(ticket_id: UUID, resolution: int, keys: KeyRing) -> str:
    """What a rating link carries: whoever has it may rate that resolution of that ticket."""
    ticket = _compact(ticket_id)
    return f"{ticket}-{resolution}-{keys.sign('rating', ticket, str(resolution))}"


def verify_rating_token(token: str, keys: KeyRing) -> tuple[UUID, int] | None:
    """The ticket and the resolution that a rating token is for; None when it is not ours, or forged."""
    parts = _RATING.fullmatch(token.strip().lower())
    if parts is None or not keys.verify(parts[3], parts[4], "rating", parts[1], parts[2]):
        return None
    ticket_id = _expanded(parts[1])
    return (ticket_id, int(parts[2])) if ticket_id else None


def _address(local: str, purpose: str, named: UUID, keys: KeyRing, domain: str) -> str:
    token, domain = _compact(named), domain.lower()
    name = f"{local.lower()}+{token}{keys.sign(purpose, domain, token)}"
    if len(name) > _LOCAL_PART_MAX:
        raise ValueError(
            f"the mailbox name {local!r} leaves no room for a token in {_LOCAL_PART_MAX} characters"
        )
    return f"{name}@{domain}"


def _read_address(address: str, purpose: str, keys: KeyRing, domains: tuple[str, ...]) -> UUID | None:
    parts = _REPLY_ADDRESS.fullmatch(address.strip().lower())
    if parts is None or not _is_of(parts[4], domains):
        return None
    signed = keys.verify(parts[2], parts[3], purpose, parts[4], parts[1])
    return _expanded(parts[1]) if signed else None


def _is_of(domain: str, domains: tuple[str, ...]) -> bool:
    return domain in map(str.lower, domains)


def _signature(key: Key, told: tuple[str, ...]) -> str:
    digest = hmac.digest(key.secret, "\x00".join(told).encode(), hashlib.sha256)
    return _base32(digest)[:_SIGNATURE_CHARS]


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def _compact(ticket_id: UUID) -> str:
    return _base32(ticket_id.bytes)


def _expanded(ticket: str) -> UUID | None:
    """None for the spellings of a number above 128 bits, or with stray bits: one ticket has one spelling."""
    ticket_id = UUID(bytes=base64.b32decode(ticket.upper() + "======"))
    return ticket_id if _compact(ticket_id) == ticket else None
