"""A form of the ticket's page as the command that it asks for.

Fields of a form bear the names of the command's own, so that what was left empty is left out; the few that
people write otherwise than services read them are translated here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.envelope import Attachment, Command
from services.gateway.forms import Form
from services.gateway.offers import OFFERS, Action
from services.gateway.portal import NotHere, Visit
from services.gateway.rows import TicketRow

WITH_FILES: frozenset[Action] = frozenset({"answer", "note", "await", "resolve", "reply", "reopen"})
"""Actions whose event can carry attachments."""
ABOUT_ANOTHER: Mapping[Action, str] = {"merge": "into", "link": "other", "unlink": "other"}
"""Actions about a second ticket, and what the command calls it; people name it by its number."""

_TYPED: Mapping[Action, tuple[str, ...]] = {
    "take": (),
    "answer": ("text",),
    "note": ("text",),
    "await": ("text",),
    "resolve": ("text",),
    "reply": ("text",),
    "reopen": ("text",),
    "acknowledge": ("clock",),
    "resume": (),
    "hold": ("third_party", "expected_on", "text"),
    "contact": ("channel", "outcome", "at", "person", "text"),
    "assign": ("analyst", "reason"),
    "return": ("reason",),
    "reclassify": (
        "area", "kind", "classification", "level", "criticality", "severity", "priority", "analyst", "reason",
    ),
    "split": ("subject", "text", "application", "classification"),
    "merge": ("reason",),
    "link": ("link",),
    "unlink": (),
    "edit": ("occurrence", "text"),
    "request_approval": ("text",),
    "approve": ("revision", "text"),
    "send_back": ("revision", "reason"),
    "reject": ("revision", "reason"),
    "mark": ("activity", "done"),
    "dismiss": ("reason",),
    "withdraw": ("text",),
    "close": ("reason", "text"),
}  # fmt: skip
"""The fields of each action's form. A plan has an editor of its own; following up opens a ticket."""
BY_MATRIX = "matrix"
"""Chosen for a priority: let it follow from criticality and severity again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for on a ticket's page; `other` is the second ticket that it is about."""

    visit: Visit
    form: Form
    ticket: TicketRow
    attachments: tuple[Attachment, ...] = ()
    other: TicketRow | None = None


async def other_of(action: Action, visit: Visit, form: Form) -> TicketRow | None:
    """The second ticket that an action names by number. Raises NotHere for one that this person may not see."""
    if action not in ABOUT_ANOTHER:
        return None
    number = form.text("other")
    if not number:
        raise NotHere
    return await visit.ticket(number)


def command_of(action: Action, asked: Asked) -> Command:
    """The command behind a form. Raises pydantic.ValidationError for one that says too little."""
    command = OFFERS[action][0]
    typed = {name: value for name in _TYPED[action] if (value := asked.form.text(name))}
    named: dict[str, Any] = {
        "ticket_id": asked.ticket.ticket_id,
        **typed,
        **_translated(action, typed, asked),
    }
    return command.model_validate(named)


def _translated(action: Action, typed: Mapping[str, str], asked: Asked) -> dict[str, Any]:
    match action:
        case "merge" | "link" | "unlink" if asked.other is not None:
            return {ABOUT_ANOTHER[action]: asked.other.ticket_id}
        case "reclassify" if typed.get("priority") == BY_MATRIX:
            return {"priority": None, "by_matrix": True}
        case "contact" if "at" in typed:
            return {"at": _local(typed["at"], asked.visit)}
        case "withdraw":
            return {"reason": "withdrawn"}
        case "close" if not asked.visit.somebody.is_staff:
            return {"reason": "resolved"}
        case "answer" | "note" | "await" | "resolve" | "reply" | "reopen":
            return {"attachments": asked.attachments}
    return {}


def _local(text: str, visit: Visit) -> datetime | str:
    """An instant typed in the desk's own time; the text itself, which the command refuses, if it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return at if at.tzinfo else at.replace(tzinfo=visit.portal.zone)
