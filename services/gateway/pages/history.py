"""The auditor's page: every event that concerns a ticket, what it changed, and the ticket at any instant."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from pydantic_core import from_json
from starlette.responses import JSONResponse, Response

from contracts.envelope import SYSTEM, Actor
from contracts.intake import Terms
from contracts.lifecycle import TicketQueued
from services.gateway.portal import Visit
from services.gateway.rows import ClockEvent, ClockRow, TicketRow, clock_after, ticket_after
from services.gateway.timeline import Told

router = APIRouter(include_in_schema=False)
_UNCHANGING = {"ticket_id", "active_at", "urgency"}


@dataclass(frozen=True, slots=True)
class Line:
    """One event with who did it, and each field of the ticket or clock that it changed: (name, old, new)."""

    told: Told
    by: Actor
    changes: tuple[tuple[str, Any, Any], ...]

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
    """The contract, policy and calendar in force for it: the versions pinned when it opened."""
    clocks: tuple[ClockRow, ...]
    lines: tuple[Line, ...]


def standing(history: Sequence[Told], at: datetime | None = None) -> Standing:
    """Fold what was recorded up to the instant, or all of it."""
    ticket: TicketRow | None = None
    terms: Terms | None = None
    clocks: dict[str, ClockRow] = {}
    lines = []
    for told in history:
        if at is not None and told.recorded_at > at:
            continue
        event = told.event()
        changes: tuple[tuple[str, Any, Any], ...] = ()
        if isinstance(event, TicketQueued):
            terms = event.terms
        if event is not None and told.service == "lifecycle":
            before, ticket = ticket, ticket_after(ticket, event)
            changes = _changes(before, ticket)
        elif isinstance(event, ClockEvent):
            before_clock = clocks.get(event.clock)
            after = clock_after(before_clock, event)
            if after is not None:
                changes = _changes(before_clock, after)
                clocks[event.clock] = after
        lines.append(Line(told, getattr(event, "by", SYSTEM), changes))
    return Standing(ticket, terms, tuple(clocks.values()), tuple(lines))


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
    stood = standing(await visit.portal.views.history(ticket.ticket_id), at)
    return visit.page("history.html", ticket=ticket, stood=stood, at=at, asked=asked)


@router.get("/tickets/{number}/history.json")
async def export(request: Request, number: str) -> Response:
    """The same as JSON, with every event as it was published and the digest of its journal."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    ticket = await visit.ticket(number)
    at = instant(request.query_params.get("at", ""), visit.portal.zone)
    history = await visit.portal.views.history(ticket.ticket_id)
    return JSONResponse(
        exported(ticket.number, standing(history, at), at),
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
        name: value if isinstance(value, int | bool | None) else str(value)
        for name, value in asdict(row).items()
    }


def instant(text: str, zone: ZoneInfo) -> datetime | None:
    """The instant that was typed, in the desk's zone where it names none; None for nothing or nonsense."""
    try:
        at = datetime.fromisoformat(text.strip())
        return at if at.tzinfo else at.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None
