"""Whether the mail server in front of the desk found a sender to be who he says: its DMARC verdict.

Source: RFC 8601 (Authentication-Results), RFC 7489 (DMARC).
"""

import re

from services.intake.mail.headers import Headers

_RESULT = re.compile(r"\s*dmarc(?:\s*/\s*[0-9]+)?\s*=\s*([a-z]+)(.*)", re.IGNORECASE | re.DOTALL)
_FROM = re.compile(r"header\.from\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)
_HEADERS_MAX = 50
_CHARS_MAX = 10_000


def dmarc_failure(headers: Headers, trusted: frozenset[str], sender: str) -> str:
    """Why `sender` is not believed, for the analyst; empty where he is, or nobody we trust has looked.

    Args:
        headers: Of the message.
        trusted: Names (authserv-id) of the desk's own mail servers, lower case.
        sender: The address that the message says it is from.
    """
    result, looked_at = _verdict(headers, trusted)
    if result == "fail":
        return f"dmarc={result}"
    # Of a message with two From fields, the server may have looked at the other.
    if result == "pass" and looked_at and _domain(looked_at) != _domain(sender):
        return f"dmarc=pass, for {looked_at[:253]}"
    return ""


def dmarc_passed(headers: Headers, trusted: frozenset[str], sender: str) -> bool:
    """Whether a server that we trust has looked and says that `sender`'s own domain sent it. Arguments as above.

    What it does not say proves nothing: no verdict, one for a domain that it does not name, a domain without DMARC.
    """
    result, looked_at = _verdict(headers, trusted)
    return result == "pass" and bool(looked_at) and _domain(looked_at) == _domain(sender)


def _verdict(headers: Headers, trusted: frozenset[str]) -> tuple[str, str]:
    """The result and what it is for, lower case; empty where it is not said.

    Only fields that bear a trusted server's name count, the topmost first: anybody can write one below.
    """
    for field in headers.all("authentication-results")[:_HEADERS_MAX] if trusted else ():
        name, *results = _without_comments(field[:_CHARS_MAX]).split(";")
        if not name.split() or name.split()[0].strip('"').lower() not in trusted:
            continue
        for found in filter(None, map(_RESULT.match, results)):
            looked_at = _FROM.search(found[2])
            return found[1].lower(), looked_at[1].lower() if looked_at else ""
    return "", ""


def _domain(address: str) -> str:
    """That of an address, or itself, lower case."""
    return address.rpartition("@")[2].lower()


def _without_comments(field: str) -> str:
    """The field without what stands in parentheses, however deep, and whether or not they are closed."""
    kept, depth = [], 0
    for piece in re.split(r"([()])", field):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(0, depth - 1)
        elif not depth:
            kept.append(piece)
    return "".join(kept)
