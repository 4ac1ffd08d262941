"""The desk's signature on its e-mails, by which other servers know that nobody else has written them."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import dkim

SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"reply-to",
    b"mime-version", b"content-type", b"content-language", b"auto-submitted",
)  # fmt: skip
"""Those of them that a mail has. Source: RFC 6376 section 5.4.1, and what marks automatic mail (RFC 3834)."""
_SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Signature:
    """An RSA key in PEM, and the selector under which its public half is in the DNS.

    `<selector>._domainkey.<domain of the desk's address>`.
    """

    selector: str
    key: bytes = field(repr=False)

    @classmethod
    def read(cls, selector: str, key_file: Path) -> Self:
        """From the file.

        Raises:
            OSError: it cannot be read.
            ValueError: it holds no key, or the selector cannot be one. Found at the start, not at the first mail.
        """
        if not _SELECTOR.fullmatch(selector):
            raise ValueError(f"DKIM_SELECTOR cannot be {selector!r}")
        made = cls(selector, key_file.read_bytes())
        try:
            made.sign(b"From: desk@desk.example\r\n\r\nA test.\r\n", "desk.example")
        except (dkim.DKIMException, ValueError, IndexError) as error:
            raise ValueError(f"DKIM_KEY_FILE holds no RSA key in PEM: {type(error).__name__}") from None
        return made

    def sign(self, content: bytes, domain: str) -> bytes:
        """The mail with its signature in front. Header fields it does not have are signed as absent: `From` alone.

        Source: RFC 6376 section 5.4.2; a second From would be shown by some programs, and not be covered.
        """
        names = {line.partition(b":")[0].lower() for line in content.partition(b"\r\n\r\n")[0].split(b"\r\n")}
        header: bytes = dkim.sign(
            content,
            self.selector.encode(),
            domain.encode("idna"),
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[*(name for name in SIGNED if name in names), b"from"],
        )
        return header + content
