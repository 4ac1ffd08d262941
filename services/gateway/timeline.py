"""A ticket's history as people read it: who said or did what, when, on the public or the internal side. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from contracts import lifecycle as l
from contracts.envelope import SYSTEM, Actor, Attachment, Event, Sha256
from contracts.notifier import NotificationRequested
from services.gateway.letters import Letter, letters_of
from services.gateway.plans import PlanChanges, plan_changes
from services.gateway.telling import (
    ALARMING,
    INNER_TEXT,
    PUBLIC_FIELDS,
    SHOWN,
    Side,
    facts_of,
    is_plain,
    name_of,
    other_of,
    side_of,
    text_of,
)
from services.gateway.told import RANK, Told

__all__ = ["RANK", "Moment", "Other", "Told", "Version", "files_named", "moments", "raw_mails"]

Row = tuple[Told, Event]
_WRITTEN = l.AnswerPublished | l.NoteAdded | l.CustomerAwaited | l.TicketResolved
"""Occurrences of the desk, which can be edited; counted as they come."""


class Version(NamedTuple):
    """A text as it read from `at` on, by whom; `plain` as of a moment."""

    text: str
    at: datetime
    by: Actor
    plain: bool = False


class Other(NamedTuple):
    """Another ticket that a moment is about; the number "" where only its own page knows it."""

    ticket_id: UUID
    number: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One item of the timeline. `facts` fill the sentence of its `name` in the locale.

    `plain`: its text is shown as typed, without Markdown. `of` is the number of the merged ticket that it
    happened on, "" on this one. `edited` is when its text was changed last, `earlier` are the texts before,
    the oldest first. `html`, `images`, `passed_on` and `notes` are those of the mail behind it (`Letter`).
    """

    id: str
    name: str
    at: datetime
    side: Side
    by: Actor
    text: str = ""
    quoted: str = ""
    plain: bool = False
    collapsed: bool = False
    alarming: bool = False
    imported: bool = False
    of: str = ""
    other: Other | None = None
    edited: Version | None = None
    earlier: tuple[Version, ...] = ()
    changes: tuple[l.Change, ...] = ()
    plan: PlanChanges | None = None
    attachments: tuple[Attachment, ...] = ()
    raw: Sha256 | None = None
    html: Sha256 | None = None
    images: Mapping[str, Attachment] = field(default_factory=dict)
    passed_on: tuple[str, str] | None = None
    notes: tuple[str, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)


def moments(history: Iterable[Told], *, internal: bool) -> list[Moment]:
    """The timeline, in the order of recording; without `internal`, what requesters may see.

    The history may hold those of tickets that were merged into this one: their moments stand among its own.
    What was imported stands where it happened.
    """
    rows: list[Row] = [(told, event) for told in history if (event := told.event()) is not None]
    rows.sort(key=_when)
    found = _Telling(rows).moments()
    return list(found) if internal else [seen for moment in found if (seen := _outside(moment)) is not None]


def _when(row: Row) -> tuple[datetime, int, int]:
    told, event = row
    recorded_at, rank, position = told.order
    return told.at if getattr(event, "imported", False) else recorded_at, rank, position


class _Telling:
    """One pass over the rows, with what of the others each needs."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._owed = {
            event.notification_id: event for _, event in rows if isinstance(event, NotificationRequested)
        }
        self._merged = {
            event.merged: event.merged_number for _, event in rows if isinstance(event, l.TicketAbsorbed)
        }
        self._letters = letters_of(event for _, event in rows)
        self._edits: dict[tuple[UUID, int], list[l.OccurrenceEdited]] = {}
        for _, event in rows:
            if isinstance(event, l.OccurrenceEdited):
                self._edits.setdefault((event.ticket_id, event.occurrence), []).append(event)

    def moments(self) -> Iterator[Moment]:
        written: dict[UUID, int] = {}
        plans: dict[UUID, l.Plan] = {}
        for told, event in self._rows:
            if type(event) not in SHOWN:
                continue
            moment = self._moment(told, event)
            if isinstance(event, _WRITTEN):
                # Events from before occurrences were counted bear 0; they count as they come.
                count = written[told.ticket_id] = written.get(told.ticket_id, 0) + 1
                moment = _edited(moment, self._edits.get((told.ticket_id, count), ()))
            elif isinstance(event, l.ProjectPlanned):
                changes = plan_changes(plans.get(told.ticket_id), event.plan)
                moment = replace(moment, plan=changes)
                plans[told.ticket_id] = event.plan
            if not (moment.of and _says_only_that_it_merged(event)):
                yield moment

    def _moment(self, told: Told, event: Event) -> Moment:
        other, raw = other_of(event), getattr(event, "raw", None)
        letter = self._letters.get(raw, Letter()) if raw else Letter()
        return Moment(
            id=f"{told.service}-{told.partition}-{told.position}",
            name=name_of(event),
            at=told.at,
            side=side_of(event),
            by=getattr(event, "by", SYSTEM),
            text=text_of(event),
            quoted=getattr(event, "quoted", ""),
            plain=is_plain(event),
            collapsed=isinstance(event, l.AutomaticReplyAdded),
            alarming=type(event) in ALARMING or (isinstance(event, l.ReplyAdded) and not event.verified),
            imported=getattr(event, "imported", False),
            of=self._merged.get(told.ticket_id, ""),
            other=Other(*other) if other else None,
            changes=getattr(event, "changes", ()),
            attachments=getattr(event, "attachments", ()),
            raw=raw,
            html=letter.html,
            images=letter.images,
            passed_on=letter.passed_on,
            notes=letter.notes,
            facts=facts_of(event, self._owed),
        )


def _says_only_that_it_merged(event: Event) -> bool:
    """The living ticket says so at the same place, by `TicketAbsorbed`."""
    return isinstance(event, l.TicketMerged) or (
        isinstance(event, l.TicketClosed) and event.reason == "merged"
    )


def _edited(moment: Moment, edits: Sequence[l.OccurrenceEdited]) -> Moment:
    """As it reads now; the texts before stay at hand. What was edited is Markdown, also what had come by e-mail."""
    if not edits:
        return moment
    versions = (
        Version(moment.text, moment.at, moment.by, moment.plain),
        *(Version(edit.text, edit.at, edit.by) for edit in edits),
    )
    now = versions[-1]
    return replace(moment, text=now.text, plain=now.plain, edited=now, earlier=versions[:-1])


def _outside(moment: Moment) -> Moment | None:
    """As the requester sees it: no internal side, no raw mail, no first author, no reason of the desk's own.

    Of a mail of the desk's people, what it quotes is theirs: it repeats a notification to them.
    """
    if moment.side == "internal":
        return None
    changes = tuple(change for change in moment.changes if change.field in PUBLIC_FIELDS)
    if moment.changes and not changes:
        return None
    inner = moment.name in INNER_TEXT and moment.by.role != "requester"
    if moment.name == "AnswerPublished.email":
        moment = replace(moment, quoted="", html=None, images={})
    return replace(
        moment, text="" if inner else moment.text, raw=None, passed_on=None, notes=(), changes=changes
    )


def files_named(history: Sequence[Told], *, internal: bool) -> dict[str, Attachment]:
    """Attachments that whoever sees this side of the ticket may download, by address."""
    shown = moments(history, internal=internal)
    return {attachment.sha256: attachment for moment in shown for attachment in moment.attachments}


def raw_mails(history: Sequence[Told]) -> set[Sha256]:
    """Addresses of the mails as they arrived, for staff."""
    return {moment.raw for moment in moments(history, internal=True) if moment.raw}
