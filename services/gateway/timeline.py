"""A ticket's history as people read it: who said or did what, when, on the public or the internal side."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json

from contracts import lifecycle as l
from contracts import notifier as n
from contracts import sla
from contracts.envelope import SYSTEM, Actor, Attachment, Event, Sha256, UnknownTopicError, decode

Side = Literal["public", "internal"]
RANK = {"directory": 0, "intake": 1, "lifecycle": 2, "sla": 3, "notifier": 4}
"""Order of entries recorded at the same instant: what follows stands after what it follows from."""


@dataclass(frozen=True, slots=True)
class Told:
    """One row of `views.history`."""

    ticket_id: UUID
    service: str
    partition: int
    position: int
    topic: str
    at: datetime
    recorded_at: datetime
    data: str
    digest: bytes

    @property
    def order(self) -> tuple[datetime, int, int]:
        """Sort key: as recorded, causes before what followed."""
        return self.recorded_at, RANK.get(self.service, 9), self.position

    @property
    def name(self) -> str:
        """What happened, as the contract calls it."""
        return self.topic.split(".")[1]

    @property
    def pretty(self) -> str:
        """Its data, laid out for reading."""
        return json.dumps(from_json(self.data), ensure_ascii=False, indent=2)

    def event(self) -> Event | None:
        """The event; None when it was written by a newer release than this."""
        try:
            return decode(self.topic, self.data.encode())
        except (UnknownTopicError, ValidationError):
            return None


@dataclass(frozen=True, slots=True)
class Moment:
    """One item of the timeline. `facts` fill the sentence of its `name` in the locale."""

    id: str
    name: str
    at: datetime
    side: Side
    by: Actor
    text: str = ""
    quoted: str = ""
    collapsed: bool = False
    alarming: bool = False
    attachments: tuple[Attachment, ...] = ()
    raw: Sha256 | None = None
    facts: dict[str, object] = field(default_factory=dict)


def moments(history: Iterable[Told], *, internal: bool) -> list[Moment]:
    """The timeline, in the order of recording; without `internal`, what requesters may see."""
    told = [(row, row.event()) for row in sorted(history, key=lambda row: row.order)]
    owed = {event.notification_id: event for _, event in told if isinstance(event, n.NotificationRequested)}
    found = [moment for row, event in told if event and (moment := _moment(row, event, owed)) is not None]
    return found if internal else [_outside(moment) for moment in found if moment.side == "public"]


def _outside(moment: Moment) -> Moment:
    """As the requester sees it: no raw mail, no reason of an assignment."""
    text = "" if moment.name in ("TicketAssigned", "TicketHanded") else moment.text
    return Moment(
        id=moment.id, name=moment.name, at=moment.at, side="public", by=moment.by, text=text,
        quoted=moment.quoted, attachments=moment.attachments, facts=moment.facts,
    )  # fmt: skip


def _moment(row: Told, event: Event, owed: Mapping[UUID, n.NotificationRequested]) -> Moment | None:
    shown = _SHOWN.get(type(event))
    if shown is None:
        return None
    side, alarming = shown
    if isinstance(event, l.ReplyAdded) and not event.verified:
        side, alarming = "internal", True
    return Moment(
        id=f"{row.service}-{row.partition}-{row.position}",
        name=_name(event),
        at=row.at,
        side=side,
        by=getattr(event, "by", SYSTEM),
        text=_text(event),
        quoted=getattr(event, "quoted", ""),
        collapsed=isinstance(event, l.AutomaticReplyAdded),
        alarming=alarming,
        attachments=getattr(event, "attachments", ()),
        raw=getattr(event, "raw", None),
        facts=_facts(event, owed),
    )


_SHOWN: dict[type[Event], tuple[Side, bool]] = {
    l.TicketQueued: ("public", False),
    l.TicketAssigned: ("public", False),
    l.AnswerPublished: ("public", False),
    l.NoteAdded: ("internal", False),
    l.ReplyAdded: ("public", False),
    l.AutomaticReplyAdded: ("internal", False),
    l.BounceAdded: ("internal", True),
    l.CustomerAwaited: ("public", False),
    l.TicketResumed: ("public", False),
    l.TicketResolved: ("public", False),
    l.TicketReopened: ("public", False),
    l.TicketClosed: ("public", False),
    l.ResolutionRated: ("public", False),
    l.LateReplyReceived: ("internal", False),
    n.NotificationSuppressed: ("internal", True),
    sla.ClockWarned: ("internal", False),
    sla.ClockBreached: ("internal", True),
    sla.ReminderDue: ("internal", False),
    n.NotificationAbandoned: ("internal", True),
    n.NotificationRetried: ("internal", False),
}
"""What the timeline shows, on which side, and whether it asks for attention; the history page shows all."""


def _name(event: Event) -> str:
    if isinstance(event, l.ReplyAdded) and not event.verified:
        return "ReplyUnverified"
    if isinstance(event, l.TicketAssigned) and event.by.key != event.analyst:
        return "TicketHanded"
    return type(event).__name__


def _text(event: Event) -> str:
    match event:
        case l.TicketAssigned() | l.TicketReopened():
            return event.reason
        case l.BounceAdded():
            return event.diagnostic
        case l.ResolutionRated():
            return event.comment
        case n.NotificationAbandoned():
            return event.error
    return getattr(event, "text", "")


def _facts(event: Event, owed: Mapping[UUID, n.NotificationRequested]) -> dict[str, object]:
    """What the sentence of this moment says; keys that name directory records are resolved when shown."""
    match event:
        case l.TicketQueued() | l.ReplyAdded():
            return {"channel": event.channel, "sender": getattr(event, "sender", "")}
        case l.TicketAssigned():
            return {"analyst": event.analyst, "previous": event.previous}
        case l.AutomaticReplyAdded():
            return {"sender": event.sender}
        case l.BounceAdded():
            return {"recipient": event.recipient}
        case l.TicketReopened():
            return {"channel": event.via}
        case l.TicketClosed():
            return {"reason": event.reason}
        case l.ResolutionRated():
            return {"score": event.score}
        case sla.ClockWarned() | sla.ReminderDue():
            return {"clock": event.clock, "stage": event.stage, "due_at": event.due_at}
        case sla.ClockBreached():
            return {"clock": event.clock}
        case n.NotificationSuppressed():
            return {"recipient": event.recipient}
        case n.NotificationAbandoned() | n.NotificationRetried():
            request = owed.get(event.notification_id)
            recipient = request.recipient if request else "…"
            return {"notification": event.notification_id, "recipient": recipient}
    return {}


def files_named(history: Sequence[Told], *, internal: bool) -> dict[str, Attachment]:
    """Attachments that whoever sees this side of the ticket may download, by address."""
    shown = moments(history, internal=internal)
    return {attachment.sha256: attachment for moment in shown for attachment in moment.attachments}


def raw_mails(history: Sequence[Told]) -> set[Sha256]:
    """Addresses of the mails as they arrived, for staff."""
    return {moment.raw for moment in moments(history, internal=True) if moment.raw}
