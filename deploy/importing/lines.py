"""The lines of an import file: each is one ticket of the earlier system, in the form of `contracts/imported.py`."""

import json
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contracts.imported import ImportedTicket
from deploy.cli_words import tell

LINE_BYTES_MAX = 1_000_000
"""Bytes of one line. Source: journal/entry.py, `ENTRY_BYTES_MAX`: the ticket becomes one entry."""
FILE_BYTES_MAX = 25_000_000
"""Bytes of one attached file. Source: services/gateway/settings.py, as what people hand in."""
_BOM = b"\xef\xbb\xbf"
_SHOWN_MAX = 5
"""Problems of one line that are told. Source: judgement; the rest follows from them, mostly."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is of the right form: what is sent of it, and the files that it names by path."""

    number: int
    reference: str
    data: bytes
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that cannot be brought, and why, in words."""

    number: int
    because: str


def read(file: Path, first: int = 1, files: Path | None = None) -> Iterator[Line | Wrong]:
    """The lines of a file from the `first`, empty ones left out; attachments' paths lead from the folder `files`.

    Raises:
        OSError: the file cannot be read.
    """
    with file.open("rb") as lines:
        number = 0
        while raw := lines.readline(LINE_BYTES_MAX + 1):
            number += 1
            whole = raw
            while len(raw) > LINE_BYTES_MAX and not raw.endswith(b"\n"):
                raw = lines.readline(LINE_BYTES_MAX + 1) or b"\n"
            text = whole.removeprefix(_BOM).strip()
            if number < first or not text:
                continue
            if len(text) > LINE_BYTES_MAX:
                yield Wrong(number, tell("import_line_too_long", size=LINE_BYTES_MAX))
            else:
                yield _line(number, text, files)


def _line(number: int, text: bytes, files: Path | None) -> Line | Wrong:
    paths: tuple[Path, ...] = ()
    try:
        if files is not None and b'"path"' in text:
            told = json.loads(text)
            paths = tuple(_by_path(told, files))
            ticket = ImportedTicket.model_validate_json(json.dumps(told), extra="forbid")
        else:
            ticket = ImportedTicket.model_validate_json(text, extra="forbid")
    except ValidationError as error:
        return Wrong(number, _problems(error))
    except (ValueError, RecursionError) as error:
        return Wrong(number, tell("import_no_json", reason=error))
    except _NoFileError as error:
        return Wrong(number, str(error))
    return Line(number, ticket.reference, ticket.model_dump_json(exclude_defaults=True).encode(), paths)


def _problems(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    told = [f"{'.'.join(map(str, p['loc'])) or '-'}: {p['msg']}" for p in problems[:_SHOWN_MAX]]
    return "; ".join(told) + ("; …" if len(problems) > _SHOWN_MAX else "")


class _NoFileError(Exception):
    """A file that a line names cannot be taken."""


def _by_path(told: Any, folder: Path) -> Iterator[Path]:
    """Each file that an attachment names by `path`, once the attachment says what it is instead."""
    steps = told.get("steps", ()) if isinstance(told, dict) else ()
    for step in steps if isinstance(steps, list) else ():
        attachments = step.get("attachments", ()) if isinstance(step, dict) else ()
        for attachment in attachments if isinstance(attachments, list) else ():
            if isinstance(attachment, dict) and isinstance(attachment.get("path"), str):
                path = _within(folder, attachment.pop("path"))
                _describe(attachment, path)
                yield path


def _within(folder: Path, name: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise _NoFileError(tell("import_no_file", path=name))
    if path.stat().st_size > FILE_BYTES_MAX:
        raise _NoFileError(tell("import_large_file", path=name, size=FILE_BYTES_MAX))
    return path


def _describe(attachment: dict[str, Any], path: Path) -> None:
    content = path.read_bytes()
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    attachment.setdefault("name", path.name)
    attachment.setdefault("content_type", guessed)
    attachment.update(size=len(content), sha256=sha256(content).hexdigest())
