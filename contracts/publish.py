"""`python -m contracts.publish` writes `contracts/schemas/`; it refuses to break what was published.

The folder is what others rely on: a schema there is replaced only by one that is compatible with it.
"""

import json
import sys
from pathlib import Path

from contracts.asyncapi import document
from contracts.compatibility import Schema, incompatibilities
from contracts.json_schema import is_emitted, schemas

FOLDER = Path(__file__).with_name("schemas")
ASYNCAPI = "asyncapi.json"


class Incompatible(Exception):  # noqa: N818 - what the person reads, as `Refused` is in the deciders
    """A contract has changed in a way that its readers or its history could not bear; one line a change."""


def documents() -> dict[str, str]:
    """The text of every file, by name: a function of the contracts alone."""
    files = {f"{name}.json": schema for name, schema in schemas().items()}
    return {name: _text(content) for name, content in {**files, ASYNCAPI: document()}.items()}


def breaks(published: dict[str, Schema], now: dict[str, Schema]) -> list[str]:
    """What in the schemas of now breaks the published ones; nothing when they may be published."""
    found = [f"{name}: is gone, and history may hold it" for name in sorted(published.keys() - now.keys())]
    for name in sorted(published.keys() & now.keys()):
        changes = incompatibilities(published[name], now[name], emitted=is_emitted(name))
        found += [f"{name}: {change}" for change in changes]
    return found


def published(folder: Path = FOLDER) -> dict[str, Schema]:
    """The schemas as they stand in the folder, by name."""
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
        if path.name != ASYNCAPI
    }


def publish(folder: Path = FOLDER) -> list[str]:
    """Bring the folder up to the contracts; the names of the files that were written.

    Raises:
        Incompatible: a published schema would be broken; nothing was written.
    """
    if found := breaks(published(folder), schemas()):
        raise Incompatible("\n".join(found))
    folder.mkdir(exist_ok=True)
    written = []
    for name, text in documents().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            written.append(name)
    return written


def _text(content: Schema) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Publish, and say what changed; 1 where a contract broke a promise."""
    try:
        written = publish()
    except Incompatible as broken:
        sys.stderr.write(f"{broken}\nA new meaning is a new version: contracts/README.md, Versions.\n")
        return 1
    sys.stdout.write("".join(f"{name}\n" for name in written) or "Nothing has changed.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
