"""The auditor's page: every event that concerns a ticket, what it changed, and the ticket at any instant."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic_core import from_json
from starlette.responses import JSONResponse, Response

from contracts.envelope import SYSTEM, Actor, Event
from contracts.intake import Terms
from contracts.lifecycle import TicketQueued
from contracts.sla import CircumstancesNoted
from services.gateway.clock_rows import ClockEvent, ClockRow, clock_after
from services.gateway.portal import Visit
from services.gateway.rows import TicketRow, ticket_after
from services.gateway.told import Told, absorbed

router = APIRouter(include_in_schema=False)
_UNCHANGING = {"ticket_id", "active_at", "urgency"}


@dataclass(frozen=True, slots=True)
class Line:
    """One event with who did it, and each field of the ticket or clock that it changed: (name, old, new).

    `of` is the number of the merged ticket that it happened on, "" on this one.
    """

    told: Told
    by: Actor
    changes: tuple[tuple[str, Any, Any], ...]
    of: str = ""

    @property
    def imported(self) -> bool:
        """Whether it happened on the desk's earlier system."""
        return bool(getattr(self.told.event(), "imported", False))

    @property
    def about(self) -> tuple[str, str] | None:
        """Which clock or which e-mail it is about, as a kind of word and the word."""
        event = self.told.event()
        for kind in ("clock", "template"):
            if word := getattr(event, kind, None):
                return kind, str(word)
        return None


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket exactly as it stood at an instant."""

    ticket: TicketRow | None
    terms: Terms | None
    """The contract, policy and calendar in force for it: the versions pinned when it opened, or rebased on since."""
    clocks: tuple[ClockRow, ...]
    lines: tuple[Line, ...]


def standing(history: Sequence[Told], ticket_id: UUID, at: datetime | None = None) -> Standing:
    """Fold what was recorded up to the instant, or all of it.

    The history may hold those of merged tickets: what is told of them stands among the lines from the merge on.
    """
    merged = absorbed(history, ticket_id, at)
    fold = _Fold()
    lines = []
    for told in history:
        if at is not None and told.recorded_at > at:
            continue
        event = told.event()
        by = getattr(event, "by", SYSTEM)
        if told.ticket_id == ticket_id:
            lines.append(Line(told, by, fold.changed_by(told.service, event)))
        elif told.ticket_id in merged:
            lines.append(Line(told, by, (), of=merged[told.ticket_id]))
    return Standing(fold.ticket, fold.terms, tuple(fold.clocks.values()), tuple(lines))


class _Fold:
    """A ticket and its clocks as they come to stand."""

    def __init__(self) -> None:
        self.ticket: TicketRow | None = None
        self.terms: Terms | None = None
        self.clocks: dict[str, ClockRow] = {}

    def changed_by(self, service: str, event: Event | None) -> tuple[tuple[str, Any, Any], ...]:
        if isinstance(event, TicketQueued):
            self.terms = event.terms
        if isinstance(event, CircumstancesNoted) and event.because == "rebased" and self.terms:
            return self._rebased(self.terms, event)
        if event is not None and service == "lifecycle":
            before, self.ticket = self.ticket, ticket_after(self.ticket, event)
            return _changes(before, self.ticket)
        if isinstance(event, ClockEvent):
            known = self.clocks.get(event.clock)
            after = clock_after(known, event)
            if after is not None:
                self.clocks[event.clock] = after
            return _changes(known, after)
        return ()

    def _rebased(self, before: Terms, event: CircumstancesNoted) -> tuple[tuple[str, Any, Any], ...]:
        """Another policy and calendar in force from here on; the contract stays."""
        self.terms = before.model_copy(update={name: getattr(event, name) for name in _REBASED})
        return tuple(
            (name, getattr(before, name), getattr(event, name))
            for name in _REBASED
            if getattr(before, name) != getattr(event, name)
        )


_REBASED = ("sla_policy", "sla_policy_version", "calendar", "calendar_version")
"""What of a ticket's terms a manager may have counted by other versions."""


def _changes(
    before: TicketRow | ClockRow | None, after: TicketRow | ClockRow | None
) -> tuple[tuple[str, Any, Any], ...]:
    if before is None or after is None:
        return ()
    names = (field.name for field in fields(after) if field.name not in _UNCHANGING)
    return tuple(
        (name, getattr(before, name), getattr(after, name))
        for name in names
        if getattr(before, name) != getattr(after, name)
    )


@router.get("/tickets/{number}/history")
async def show(request: Request, number: str) -> Response:
    """The history as a table."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    ticket = await visit.ticket(number)
    asked = request.query_params.get("at", "").strip()
    at = instant(asked, visit.portal.zone)
    history = await visit.portal.views.joined_history(ticket.ticket_id)
    stood = standing(history, ticket.ticket_id, at)
    return visit.page("history.html", ticket=ticket, stood=stood, at=at, asked=asked)


@router.get("/tickets/{number}/history.json")
async def export(request: Request, number: str) -> Response:
    """The same as JSON, with every event as it was published and the digest of its journal."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    ticket = await visit.ticket(number)
    at = instant(request.query_params.get("at", ""), visit.portal.zone)
    history = await visit.portal.views.joined_history(ticket.ticket_id)
    return JSONResponse(
        exported(ticket.number, standing(history, ticket.ticket_id, at), at),
        headers={"Content-Disposition": f'attachment; filename="{ticket.number}.json"'},
    )


def exported(number: str, stood: Standing, at: datetime | None) -> dict[str, Any]:
    """The history of one ticket as plain data."""
    return {
        "number": number,
        "at": at.isoformat() if at else None,
        "ticket": _plain(stood.ticket) if stood.ticket else None,
        "terms": stood.terms.model_dump() if stood.terms else None,
        "clocks": [_plain(clock) for clock in stood.clocks],
        "events": [
            {
                "ticket_id": str(line.told.ticket_id),
                "merged": line.of,
                "service": line.told.service,
                "partition": line.told.partition,
                "position": line.told.position,
                "topic": line.told.topic,
                "at": line.told.at.isoformat(),
                "recorded_at": line.told.recorded_at.isoformat(),
                "digest": line.told.digest.hex(),
                "data": from_json(line.told.data),
            }
            for line in stood.lines
        ],
    }


def _plain(row: TicketRow | ClockRow) -> dict[str, Any]:
    return {
        name: value if isinstance(value, int | bool | list | None) else str(value)
        for name, value in asdict(row).items()
    }


def instant(text: str, zone: ZoneInfo) -> datetime | None:
    """The instant that was typed, in the desk's zone where it names none; None for nothing or nonsense."""
    try:
        at = datetime.fromisoformat(text.strip())
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        at.astimezone(zone)  # which the page shows: the calendar ends on both sides
    except (ValueError, OverflowError):
        return None
    return at
