"""What the person at the terminal is told of an import: what changes, or what is wrong in which line."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic_core import to_json
from rich.table import Table
from rich.text import Text

from contracts.envelope import Reply
from deploy.cli_words import SENTENCES, tell
from deploy.directory_files.found import Found, Wrong

ROWS_MAX = 500
"""Rows of a diff that are shown; the sentence under it counts all."""
_VALUE_MAX = 200
_IN_REQUEST = re.compile(r"records\.(\d+)\.?(.*)")


def wrongs(reply: Reply, found: Sequence[Found]) -> list[Wrong]:
    """Everything that the directory refused, by the lines of the file."""
    told = list(_told(reply, found)) or [
        Wrong(0, tell("records_refused", code=reply.code, facts=reply.facts))
    ]
    return sorted(told, key=lambda wrong: wrong.line)


def _told(reply: Reply, found: Sequence[Found]) -> Iterator[Wrong]:
    for fault in reply.facts.get("faults", ()):
        each = found[fault["index"]]
        yield Wrong(each.line_of(fault["field"]), _sentence(each, fault["field"], _why(fault)))
    if (untold := reply.facts.get("count", 0) - len(reply.facts.get("faults", ()))) > 0:
        yield Wrong(found[-1].line, tell("records_more", count=untold))
    for error in reply.facts.get("errors", ()):
        if at := _IN_REQUEST.fullmatch(error["at"]):
            each = found[int(at[1])]
            why = tell("why_key") if at[2] == "key" else error["why"]
            yield Wrong(each.line_of(at[2]), _sentence(each, at[2], why))
        else:
            yield Wrong(0, f"{error['at']}: {error['why']}")


def _sentence(each: Found, field: str, why: str) -> str:
    return f"{each.kind} {each.key}{', ' + field if field else ''}: {why}"


def _why(fault: dict[str, Any]) -> str:
    facts = dict(fault["facts"])
    if fault["code"] != "malformed":
        users = ", ".join(f"{user['kind']} {user['key']}" for user in facts.get("used_by", ()))
        facts["used_by"] = users or "-"
        return tell(f"fault_{fault['code']}", **facts)
    code, _, name = facts["why"].partition(":")
    if f"why_{code}" in SENTENCES:
        return tell(f"why_{code}", name=name, said=facts.get("said", ""))
    return tell("why_form", said=facts.get("said", code))


def diff(changes: Sequence[dict[str, Any]]) -> Table:
    """What becomes of each record that does not stay the same: field by field, old and new."""
    table = Table(tell("record"), tell("field"), tell("before"), tell("after"), expand=True)
    for change in changes:
        if table.row_count >= ROWS_MAX:
            break
        name = f"{change['kind']} {change['key']}"
        if change["outcome"] == "new":
            table.add_row(Text(f"+ {name}"), "", "", Text(tell("new")), style="green")
        for place, (field, values) in enumerate(change.get("changed", {}).items()):
            old, new = values or (..., ...)
            table.add_row(
                Text("" if place else f"~ {name}"),
                Text(field),
                Text(_value(old), style="red"),
                Text(_value(new), style="green"),
            )
    return table


def _value(value: Any) -> str:
    if value is ...:
        return tell("too_long_to_show")
    if isinstance(value, bool):
        return tell("yes" if value else "no")
    text = value if isinstance(value, str) else "" if value is None else to_json(value).decode()
    return text if len(text) <= _VALUE_MAX else f"{text[:_VALUE_MAX]}…"
