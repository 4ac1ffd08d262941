"""Content-Transfer-Encoding: from what travelled to what was meant."""

import binascii
import re

from services.intake.mail.headers import lenient_base64

_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


def decode_transfer(data: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The octets that `data` stands for, and a note when they had to be guessed. Never raises.

    Args:
        data: The body of a part as it travelled.
        encoding: The header's value in any spelling; what is unknown is taken as it is.
    """
    match encoding.partition(";")[0].strip().strip("\"'").lower():
        case "base64":
            return _base64(data)
        case "quoted-printable":
            return binascii.a2b_qp(data), None
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            return _uuencoded(data)
        case "" | "7bit" | "8bit" | "binary":
            return data, None
        case _:
            return data, "unknown_transfer_encoding"


def _base64(data: bytes) -> tuple[bytes, str | None]:
    try:
        return binascii.a2b_base64(bytes(data).translate(None, b"\r\n \t"), strict_mode=True), None
    except binascii.Error:
        return lenient_base64(data), "broken_base64"


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
