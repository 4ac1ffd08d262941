"""Content-Transfer-Encoding: from what travelled to what was meant."""

import binascii
import re
from io import BytesIO

from services.intake.mail.headers import lenient_base64

_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


_BETWEEN = b"\r\n \t"
_PIECE = 1024 * 1024


def decode_transfer(data: memoryview, encoding: str) -> tuple[bytes, str | None]:
    """The octets that `data` stands for, and a note when they had to be guessed. Never raises.

    Args:
        data: The body of a part as it travelled.
        encoding: The header's value in any spelling; what is unknown is taken as it is.
    """
    match encoding.partition(";")[0].strip().strip("\"'").lower():
        case "base64":
            return _base64(data)
        case "quoted-printable":
            return binascii.a2b_qp(bytes(data)), None
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return _uuencoded(bytes(data))
        case "" | "7bit" | "8bit" | "binary":
            return bytes(data), None
        case _:
            return bytes(data), "unknown_transfer_encoding"


def _base64(data: memoryview) -> tuple[bytes, str | None]:
    try:
        return _strict_base64(data), None
    except binascii.Error:
        return lenient_base64(bytes(data)), "broken_base64"


def _strict_base64(data: memoryview) -> bytes:
    """Decoded piece by piece, so that a large file is not in memory three times. Raises binascii.Error."""
    out, rest, padded = BytesIO(), b"", False
    for start in range(0, len(data), _PIECE):
        rest += bytes(data[start : start + _PIECE]).translate(None, _BETWEEN)
        if padded and rest:
            raise binascii.Error("data behind the padding")
        whole = len(rest) - len(rest) % 4
        out.write(binascii.a2b_base64(rest[:whole], strict_mode=True))
        padded, rest = rest[:whole].endswith(b"="), rest[whole:]
    out.write(binascii.a2b_base64(rest, strict_mode=True))
    return out.getvalue()


def _uuencoded(data: bytes) -> tuple[bytes, str | None]:
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data, "broken_uuencode"
    out: list[bytes] = []
    for line in data[begin.end() :].splitlines():
        if line.strip() in {b"end", b"`", b""}:
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders pad a line with more characters than its length octet counts; that octet decides.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return data, "broken_uuencode"
    return b"".join(out), None
