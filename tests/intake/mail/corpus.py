"""Raw mails of others to test against, and mails composed to hurt."""

import json
from collections.abc import Iterator
from pathlib import Path

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases"


def raw_mails() -> list[tuple[str, bytes]]:
    """(name, bytes) of every raw mail and plain body in `../shared/cases/mail`; empty where that is absent."""
    return list(_raw_mails())


def _raw_mails() -> Iterator[tuple[str, bytes]]:
    for path in sorted((CASES / "mail").rglob("*")):
        if not path.is_file():
            continue
        if path.parent.name == "cpython":
            wanted = path.name.startswith("msg_")
        elif path.parent.name == "crisp":
            wanted = path.suffix == ".txt"
        else:
            wanted = path.suffix == ".eml" or path.name == "sample_output_multipart"
        if wanted:
            yield f"{path.parent.name}/{path.name}", path.read_bytes()


def reply_texts() -> list[dict[str, str]]:
    """The rows of `../shared/cases/reply_text.json`; empty where that is absent."""
    path = CASES / "reply_text.json"
    return json.loads(path.read_text()) if path.exists() else []


def mail(*headers: str, body: str | bytes = "Oi\r\n") -> bytes:
    """A raw mail with these header lines."""
    data = body if isinstance(body, bytes) else body.encode()
    return "\r\n".join(headers).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + data


def multipart(kind: str, *parts: bytes, boundary: str = "limite", headers: tuple[str, ...] = ()) -> bytes:
    """A raw multipart mail of these parts, each with its own headers."""
    line = b"\r\n--" + boundary.encode()
    body = b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"
    return mail(*headers, f'Content-Type: {kind}; boundary="{boundary}"', body=body)
