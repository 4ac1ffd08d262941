"""Whether two raw messages are one message that came twice."""

import hashlib

from services.intake.mail.headers import read_head

_IDENTIFYING = ("message-id", "from", "date", "subject")
_HEADER_BYTES_MAX = 256 * 1024
_PIECE = 1024 * 1024
"""Bytes looked at in one go: a copy of a whole message would be as large again."""


def fingerprint(raw: bytes) -> str:
    """64 hex digits that are equal for copies of one message and differ when the sender wrote anything else.

    What a transport adds (Received, Delivered-To, Return-Path, X-…) does not count, nor does the kind of line end or
    an empty line behind the last: a mail to two addresses of the desk, over two routes, is one message.
    """
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    head = read_head(raw, start, len(raw), _HEADER_BYTES_MAX)
    digest = hashlib.sha256()
    for name in _IDENTIFYING:
        for value in head.headers.all(name):
            told = f"{name}:{' '.join(value.split())}".encode()
            digest.update(b"%d:%b," % (len(told), told))
    position, end = head.body, _end(raw, head.body)
    while position < end:
        after = min(position + _PIECE, end)
        # Not between the two halves of a line's end.
        after += raw[after - 1 : after + 1] == b"\r\n"
        digest.update(raw[position:after].replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        position = after
    return digest.hexdigest()


def _end(raw: bytes, start: int) -> int:
    """Where the last line that says something ends."""
    end = len(raw)
    while end > start:
        piece = raw[max(start, end - _PIECE) : end]
        said = len(piece.rstrip(b"\r\n"))
        end -= len(piece) - said
        if said:
            break
    return end
