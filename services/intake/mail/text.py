"""Bytes of unknown honesty to text that can be stored: charsets, NULs, lone surrogates, control characters."""

import re
from encodings.aliases import aliases

_EXTRA = {"utf_8_sig", "cp874", "cp720", "cp737", "cp856", "cp875", "cp1006", "koi8_t", "koi8_u"}
# Codecs that are no mail charsets: two of them take quadratic time, the others run escapes or always fail.
_REFUSED = {"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
_KNOWN = (set(aliases) | set(aliases.values()) | _EXTRA) - _REFUSED

_SUPERSET = {
    # Senders name the old standard and mean the larger set that replaced it.
    # Source: WHATWG Encoding Standard, section 4.2, names and labels.
    "ascii": "cp1252",
    "us_ascii": "cp1252",
    "iso_8859_1": "cp1252",
    "iso8859_1": "cp1252",
    "latin_1": "cp1252",
    "latin1": "cp1252",
    "iso_8859_9": "cp1254",
    "iso_8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "ks_c_5601_1987": "cp949",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "iso_8859_8_i": "iso8859_8",
    "utf8mb4": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
}

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\s]+")
# They make `exe.fdp` read as `fdp.exe`, and reorder what stands beside them on a page.
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def storable(text: str) -> str:
    """`text` as UTF-8 and PostgreSQL can hold it: NULs removed, lone surrogates replaced by U+FFFD."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def one_line(text: str) -> str:
    """`text` for a header or a list: a single line, no control or direction characters, trimmed."""
    return _CONTROLS.sub(" ", _BIDI.sub("", storable(text))).strip()


def known_charset(label: str) -> str | None:
    """The codec for a charset label as mail writes it, or None when there is no such charset."""
    name = re.sub(r"[^a-z0-9]+", "_", label[:80].lower()).strip("_")
    name = _SUPERSET.get(name, name)
    return name if name in _KNOWN else None


def decode(data: bytes, label: str = "") -> tuple[str, bool]:
    """The text in `data`, and whether it was what `label` said.

    Never raises. Tries the charset of the label, then UTF-8, then what Western senders use without saying so.

    Args:
        data: Bytes after transfer decoding.
        label: The charset parameter, in any spelling; empty when there was none.
    """
    charset = known_charset(label) if label else "ascii"
    # Bytes that are UTF-8 beyond ASCII are so by no accident, and cp1252 would take nearly anything.
    tries = ("utf_8", "cp1252") if charset in (None, "cp1252", "ascii") else (charset, "utf_8")
    for position, name in enumerate(tries):
        try:
            text = data.decode(name)
        except (UnicodeError, LookupError, ValueError):
            continue
        honest = charset is not None and (position == 0 or charset == "cp1252")
        return storable(text), honest
    return storable(_best_effort(data, charset)), False


def _best_effort(data: bytes, charset: str | None) -> str:
    if charset not in {None, "utf_8", "cp1252", "ascii"}:
        try:
            return data.decode(charset or "utf_8", "replace")
        except (UnicodeError, LookupError, ValueError):
            pass
    damaged = data.decode("utf_8", "replace")
    if any(character > "\x7f" and character != "\ufffd" for character in damaged):
        return damaged
    return data.decode("cp1252", "replace")
