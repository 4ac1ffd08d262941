"""Where somebody is reached: mailboxes, mail domains, the pages of the desk. Pure."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from services.directory.faults import Fault, malformed

_MAILBOX = re.compile(r"[^\s@\x00-\x1f]+@[^\s@\x00-\x1f]+")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def is_mailbox(text: str) -> bool:
    """Whether mail could go there: one @ with something on both sides, and no space."""
    return _MAILBOX.fullmatch(text) is not None


def is_domain(text: str) -> bool:
    """Whether that is a domain's name in lower case, internationalised ones as `xn--`.

    Source: RFC 1123 section 2.1 and RFC 1035 section 2.3.4: letters, digits and hyphens, 63 a label;
    two labels at least, and a last one that is no number, or it would be an address of a host.
    """
    labels = text.split(".")
    if len(labels) < 2 or labels[-1].isdigit():  # noqa: PLR2004 - a name and its top
        return False
    return all(_LABEL.fullmatch(label) for label in labels)


def is_page(text: str) -> bool:
    """Whether that is the address of a site, `https://suporte.example`."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and not re.search(r"\s", text)


def of_mailboxes(where: str, texts: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with a list of mailboxes: no address, or one that is there already."""
    for place, text in enumerate(texts):
        if not is_mailbox(text):
            yield malformed(f"{where}.{place}", "not_an_address")
        elif text.lower() in map(str.lower, texts[:place]):
            yield malformed(f"{where}.{place}", "named_twice")


def of_domains(where: str, texts: Sequence[str]) -> Iterator[Fault]:
    """What is wrong with a list of domains: no domain's name, or one that is there already."""
    for place, text in enumerate(texts):
        if not is_domain(text):
            yield malformed(f"{where}.{place}", "not_a_domain")
        elif text in texts[:place]:
            yield malformed(f"{where}.{place}", "named_twice")
