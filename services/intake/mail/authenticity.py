"""Whether the mail server in front of the desk found a sender to be who he says: its DMARC verdict.

Source: RFC 8601 (Authentication-Results), RFC 7489 (DMARC).
"""

import re

from services.intake.mail.addresses import mailboxes
from services.intake.mail.headers import Headers

_RESULT = re.compile(r"\s*dmarc(?:\s*/\s*[0-9]+)?\s*=\s*([a-z]+)(.*)", re.IGNORECASE | re.DOTALL)
_FROM = re.compile(r"(?<!\S)header\.from\s*=\s*(\S+)", re.IGNORECASE)
_SPECIAL = re.compile(r'(["();\\])')
_NO_ADDRESS = re.compile(r"[^\w.@+-]")
_HEADERS_MAX = 50
_CHARS_MAX = 10_000


def dmarc_failure(headers: Headers, trusted: frozenset[str], sender: str) -> str:
    """Why `sender` is not believed, for the analyst; empty where he is, or nobody we trust has looked.

    Args:
        headers: Of the message.
        trusted: Names (authserv-id) of the desk's own mail servers, lower case.
        sender: The address that the message says it is from.
    """
    if trusted and sender and not _is_from(headers, sender):
        return "no address in From"
    for result, looked_at in _verdicts(headers, trusted):
        if result in {"fail", "unreadable"}:
            return f"dmarc={result}"
        # Of a message with two From fields, the server may have looked at the other.
        if result == "pass" and looked_at and _domain(looked_at) != _domain(sender):
            return f"dmarc=pass, for {looked_at[:253]}"
    return ""


def dmarc_passed(headers: Headers, trusted: frozenset[str], sender: str) -> bool:
    """Whether a server that we trust has looked and says that `sender`'s own domain sent it. Arguments as above.

    What it does not say proves nothing: no verdict, one for a domain that it does not name, a domain without DMARC.
    """
    verdicts = _verdicts(headers, trusted)
    return bool(verdicts) and all(
        result == "pass" and looked_at and _domain(looked_at) == _domain(sender)
        for result, looked_at in verdicts
    )


def _is_from(headers: Headers, sender: str) -> bool:
    """Whether From itself names `sender`: DMARC looks at no other field, nor at MAIL FROM."""
    named = (box.address for value in headers.all("from") for box in mailboxes(value, 1))
    return sender.lower() in named


def _verdicts(headers: Headers, trusted: frozenset[str]) -> list[tuple[str, str]]:
    """Each result and what it is for, lower case (that may be empty); none where nothing is said.

    Only a field that bears a trusted server's name counts, the topmost that tells of DMARC: anybody can write one below.
    Two results in it are taken both: the sender may have written one, where the server did not quote what he said.
    For the same reason one that cannot be told apart is a result, too.
    """
    for field in headers.all("authentication-results")[:_HEADERS_MAX] if trusted else ():
        (name, *results), whole = _split(field[:_CHARS_MAX])
        if not name.split() or name.split()[0].lower() not in trusted:
            continue
        if not whole:
            return [("unreadable", "")]
        if found := [told for told in map(_RESULT.match, results) if told]:
            return [(told[1].lower(), _looked_at(told[2])) for told in found]
    return []


def _looked_at(properties: str) -> str:
    found = _FROM.search(properties)
    return found[1].lower() if found else ""


def _domain(address: str) -> str:
    """That of an address, or itself, lower case."""
    return address.rpartition("@")[2].lower()


def _split(field: str) -> tuple[list[str], bool]:
    """What stands between its semicolons, without comments; False where a quote or a comment is not closed.

    What was quoted keeps only what addresses are made of: nothing in it looks like a result. Source: RFC 5322 section 3.2.
    """
    parts: list[list[str]] = [[]]
    depth, quoted, escaped = 0, False, False
    for piece in filter(None, _SPECIAL.split(field)):
        literal, escaped = escaped, piece == "\\" and not escaped and (quoted or depth > 0)
        if depth:
            depth += 0 if literal else (piece == "(") - (piece == ")")
        elif piece == '"' and not literal:
            quoted = not quoted
        elif quoted:
            parts[-1].append(_NO_ADDRESS.sub("?", piece))
        elif piece == "(":
            depth = 1
            parts[-1].append(" ")
        elif piece == ";":
            parts.append([])
        else:
            parts[-1].append(piece)
    return ["".join(part) for part in parts], not (depth or quoted)
