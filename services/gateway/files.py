"""Files that people hand in and fetch: kept by SHA-256 before any command names them."""

from collections.abc import Sequence
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.responses import Response

from contracts.envelope import Attachment
from journal.blobs import Blobs
from journal.file_types import FileTypes
from services.gateway.settings import GatewaySettings

SHOWN_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Types that a browser may show in place: none of them can carry a script."""
_SANDBOX = "default-src 'none'; sandbox"


class FileRefused(Exception):  # noqa: N818 - an outcome, shown to the person as `file.<code>`
    """A file that is over a limit; `facts` fill the sentence."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


async def kept(uploads: Sequence[UploadFile], blobs: Blobs, limits: GatewaySettings) -> list[Attachment]:
    """Store the files of a form; durable when this returns.

    Raises:
        FileRefused: `too_many`, `refused_type`, `too_large` or `too_large_together`; nothing was stored.
    """
    refused = FileTypes.of(limits.file_types_refused)
    if len(uploads) > limits.files_max:
        raise FileRefused("too_many", count=limits.files_max)
    for upload in uploads:
        if refused.include(upload.filename or "", upload.content_type or ""):
            raise FileRefused("refused_type", name=upload.filename)
        if (upload.size or 0) > limits.file_bytes_max:
            raise FileRefused("too_large", name=upload.filename, size=limits.file_bytes_max)
    if sum(upload.size or 0 for upload in uploads) > limits.upload_bytes_max:
        raise FileRefused("too_large_together", size=limits.upload_bytes_max)
    return [
        await keep(await upload.read(), upload.filename or "", upload.content_type or "", blobs)
        for upload in uploads
    ]


async def keep(data: bytes, name: str, content_type: str, blobs: Blobs) -> Attachment:
    """Store one file."""
    address = await blobs.put(data)
    return Attachment(
        name=_base_name(name),
        content_type=content_type[:200] or "application/octet-stream",
        size=len(data),
        sha256=address,
    )


def download(data: bytes, name: str, content_type: str) -> Response:
    """A file on its way to a person: shown in place only when it is a harmless image."""
    harmless = content_type.lower() in SHOWN_INLINE
    disposition = "inline" if harmless else "attachment"
    return Response(
        data,
        media_type=content_type.lower() if harmless else "application/octet-stream",
        headers={
            "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": _SANDBOX,
        },
    )


def _base_name(name: str) -> str:
    """The last part of whatever path a browser sends, never empty."""
    printable = "".join(c for c in name.replace("\\", "/").rpartition("/")[2] if c.isprintable())
    return printable[-255:] or "arquivo"
