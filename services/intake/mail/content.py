"""What a message carries: the body that its sender wrote, and the files that came with it."""

import hashlib
import mimetypes
import re
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from markup.html import escape, to_text
from services.intake.mail.flowed import unflowed
from services.intake.mail.headers import decode_words
from services.intake.mail.mime import Leaf, Walk, leaves
from services.intake.mail.text import decode, one_line
from services.intake.mail.transfer import decode_transfer

_FOLDERS = re.compile(r".*[/\\]", re.DOTALL)
_TYPES = mimetypes.MimeTypes(filenames=())  # the machine's own lists would name files differently on each
_CID = re.compile(r"cid:([^\"'\s>)]{1,500})", re.IGNORECASE)

NAME_BYTES_MAX = 200
"""Source: most file systems allow 255 bytes; the rest is room for a counter or a folder's prefix."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message. `inline`: the text shows it by `content_id` (without brackets, may be empty).

    `form`: it stands among the alternatives of the body and says the same as that, quote and all (RFC 2046 section
    5.1.4). It is kept, since people also send something else there: invitations, for one.
    """

    name: str
    content_type: str
    content: bytes = field(repr=False)
    sha256: str
    content_id: str
    inline: bool
    form: bool = False


@dataclass(slots=True)
class _Chunk:
    """A stretch of the body: what it says as plain text, as HTML, or as both."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Content:
    """Sorts the leaves of one message into its body and its files."""

    walk: Walk
    chunks: dict[int, _Chunk] = field(default_factory=dict)
    files: list[Attachment] = field(default_factory=list)
    decoded: int = 0

    def read(self, leaf: Leaf) -> None:
        """Put one leaf where it belongs."""
        content = self._content(leaf)
        disposition = leaf.disposition.value
        named = leaf.disposition.parameters.get("filename") or leaf.type_parameters.parameters.get("name")
        is_body = leaf.content_type in {"text/plain", "text/html"} and leaf.expanded
        if not is_body or named or disposition == "attachment":
            if content or named:
                self._attach(leaf, named or "", content)
            return
        text, honest = decode(content, leaf.type_parameters.parameters.get("charset", ""))
        if not honest:
            self.walk.note("charset_guessed")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        parameters = leaf.type_parameters.parameters
        if leaf.content_type == "text/plain" and parameters.get("format", "").lower() == "flowed":
            text = unflowed(text, delete_space=parameters.get("delsp", "").lower() == "yes")
        chunk = self.chunks.setdefault(leaf.start if leaf.alternative is None else leaf.alternative, _Chunk())
        (chunk.html if leaf.content_type == "text/html" else chunk.plain).append(text)

    def _content(self, leaf: Leaf) -> bytes:
        if not leaf.expanded:
            return self.walk.raw[leaf.start : leaf.end]
        if self.decoded + leaf.end - leaf.start > self.walk.limits.decoded_bytes_max:
            self.walk.note("limit_decoded_bytes")
            return self.walk.raw[leaf.start : leaf.end]
        data = memoryview(self.walk.raw)[leaf.start : leaf.end]
        content, note = decode_transfer(data, leaf.headers.first("content-transfer-encoding"))
        self.decoded += len(content)
        if note:
            self.walk.note(note)
        return content

    def _attach(self, leaf: Leaf, named: str, content: bytes) -> None:
        name = _file_name(named) or self._default_name(leaf, content)
        content_id = one_line(leaf.headers.first("content-id")).strip("<> ")
        inline = leaf.disposition.value == "inline" and leaf.content_type.startswith("image/")
        digest = hashlib.sha256(content).hexdigest()
        # What programs put beside the HTML of an alternative are files: pictures, what Apple Mail attaches.
        beside = not leaf.content_type.startswith("text/") or leaf.disposition.value == "attachment"
        form = leaf.form or (leaf.alternative is not None and not beside)
        self.files.append(Attachment(name, leaf.content_type, content, digest, content_id, inline, form))

    def _default_name(self, leaf: Leaf, content: bytes) -> str:
        number = len(self.files) + 1
        if not leaf.expanded:
            return f"unexpanded-{number}.eml"
        match leaf.content_type:
            case "message/rfc822" | "message/global":
                nested = self.walk.limits.header_bytes_max
                subject = leaves(Walk(content[:nested], self.walk.limits))[0].first("subject")
                stem = decode_words(subject).replace("/", "-").strip(" .") or f"message-{number}"
                return _file_name(stem + ".eml")
            case (
                "message/delivery-status"
                | "message/global-delivery-status"
                | "message/disposition-notification"
                | "text/rfc822-headers"
                | "message/global-headers"
            ):
                return leaf.content_type.partition("/")[2] + ".txt"
            case "text/calendar":
                return "calendar.ics"
            case "application/ms-tnef":
                return "winmail.dat"
        return f"attachment-{number}{_TYPES.guess_extension(leaf.content_type) or '.bin'}"

    def body(self) -> tuple[str, str | None]:
        """The text and the HTML of all chunks, each cut at its limit; what was cut is attached whole."""
        chunks = list(self.chunks.values())
        htmls = [("\n".join(chunk.html), "\n\n".join(chunk.plain)) for chunk in chunks]
        html: str | None = None
        if any(marked.strip() for marked, _ in htmls):
            html = "\n".join(
                marked or f"<pre>{escape(plain)}</pre>" for marked, plain in htmls if marked or plain
            )
            html = self._cut(html, self.walk.limits.html_chars_max, "html")
        plains = (_plain_of(chunk, self.walk.limits.html_chars_max) for chunk in chunks)
        text = "\n\n".join(plain for plain in plains if plain.strip())
        return self._cut(text, self.walk.limits.text_chars_max, "txt"), html

    def _cut(self, text: str, chars_max: int, extension: str) -> str:
        if len(text) <= chars_max:
            return text
        self.walk.note(f"limit_{extension}_chars")
        content = text.encode()
        kind = "text/html" if extension == "html" else "text/plain"
        digest = hashlib.sha256(content).hexdigest()
        self.files.append(Attachment(f"message.{extension}", kind, content, digest, "", inline=False))
        return text[:chars_max]

    def attachments(self, html: str | None) -> tuple[Attachment, ...]:
        """The files, those that the HTML shows by `cid:` marked as inline."""
        named = _CID.findall(html or "")
        shown = {*named, *map(unquote, named)}
        return tuple(_mark(file, shown) for file in self.files)


def _plain_of(chunk: _Chunk, html_chars_max: int) -> str:
    plain = "\n\n".join(chunk.plain)
    return plain if plain.strip() or not chunk.html else to_text("\n".join(chunk.html)[:html_chars_max])


def _mark(file: Attachment, shown: set[str]) -> Attachment:
    return replace(file, inline=True) if file.content_id in shown else file


def _file_name(name: str) -> str:
    """`name` as a file can safely be called: no folders, one line, bounded, its extension kept; may be empty."""
    name = one_line(_FOLDERS.sub("", one_line(name))).strip(" .\"'")
    if len(name.encode()) <= NAME_BYTES_MAX:
        return name
    stem, dot, extension = name.rpartition(".")
    extension = (dot + extension)[:20] if stem else ""
    room = NAME_BYTES_MAX - len(extension.encode())
    return (stem or name).encode()[:room].decode("utf-8", "ignore") + extension
