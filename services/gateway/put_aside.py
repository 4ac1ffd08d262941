"""Messages on no ticket, as `views.parked` keeps them: those that wait, those that a rule put aside. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts import intake
from journal.entry import Entry

_PUTTING = {
    intake.SubmissionParked.topic,
    intake.AutomaticReplyReceived.topic,
    intake.BounceReceived.topic,
}
_SETTLING = {
    intake.SubmissionRejected.topic: "rejected",
    intake.TicketRegistered.topic: "accepted",
    intake.ReplyReceived.topic: "accepted",
    intake.AnalystReplyReceived.topic: "accepted",
}
"""By topic, what becomes of a message that was in already, and is decided on: by a person, or since a copy of it came."""


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A row of `views.parked`; without `delivered` it says only what was decided."""

    submission_id: UUID
    state: str
    version: int
    reason: str | None = None
    detail: str | None = None
    application: str | None = None
    match: UUID | None = None
    received_at: Any = None
    delivered: str | None = None


def parked_rows(entries: Iterable[Entry]) -> list[tuple[Any, ...]]:
    """What these entries of intake say of messages on no ticket: one row each, as the table has it."""
    rows: dict[UUID, ParkedRow] = {}
    for entry in entries:
        if (row := _row_of(entry)) is not None:
            before = rows.get(entry.stream_id)
            rows[entry.stream_id] = row if before is None or row.delivered else _settled(before, row)
    return [tuple(getattr(row, name) for name in ParkedRow.__slots__) for row in rows.values()]


def _settled(before: ParkedRow, after: ParkedRow) -> ParkedRow:
    told = (before.reason, before.detail, before.application, before.match, before.received_at)
    return ParkedRow(before.submission_id, after.state, after.version, *told, before.delivered)


def _row_of(entry: Entry) -> ParkedRow | None:
    if entry.version > 1 and entry.topic in _SETTLING:
        return ParkedRow(entry.stream_id, _SETTLING[entry.topic], entry.version)
    if entry.topic not in _PUTTING and entry.topic != intake.SubmissionRejected.topic:
        return None
    match event := entry.event():
        case intake.SubmissionParked():
            told = (event.reason, event.detail, event.application, event.match)
            return _kept(entry, "waiting", told, event.delivered)
        case intake.SubmissionRejected():
            return _kept(entry, "aside", (event.reason, event.detail, None, None), event.delivered)
        case intake.AutomaticReplyReceived(ticket_id=None):
            return _kept(entry, "aside", ("auto_reply", event.reason, None, None), event.delivered)
        case intake.BounceReceived(ticket_id=None):
            return _kept(entry, "aside", ("bounce", event.diagnostic, None, None), event.delivered)
    return None


def _kept(
    entry: Entry,
    state: str,
    told: tuple[str, str, str | None, UUID | None],
    delivered: intake.Delivered,
) -> ParkedRow:
    at, body = delivered.received_at, delivered.model_dump_json()
    return ParkedRow(entry.stream_id, state, entry.version, *told, at, body)
