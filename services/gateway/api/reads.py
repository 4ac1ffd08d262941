"""Sessions and reading: tickets, one ticket, its history."""

from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from contracts.envelope import Actor, Attachment, Role
from services.gateway.logins import Throttled
from services.gateway.pages.entering import begin_session
from services.gateway.pages.history import exported, standing
from services.gateway.pages.lists import STATUSES
from services.gateway.portal import NotAllowed, Visit
from services.gateway.reading import Filter, Listed
from services.gateway.timeline import moments

router = APIRouter(tags=["tickets"])


class Credentials(BaseModel):
    """Who logs in."""

    login: Annotated[str, Field(max_length=320)]
    password: Annotated[str, Field(max_length=1000)]


class SessionInfo(BaseModel):
    """Who is logged in; `csrf` goes into the header `X-CSRF-Token` of every call that changes something."""

    login: str
    role: Role
    key: str
    name: str
    csrf: str


class TicketView(BaseModel):
    """A ticket as it stands; instants are UTC, names are keys of the directory."""

    ticket_id: UUID
    number: str
    status: str
    area: str
    analyst: str | None
    customer: str
    requester: str
    application: str
    classification: str
    priority: str
    channel: str
    subject: str
    opened_at: datetime
    answered_at: datetime | None
    resolution: int
    score: int | None
    closed_because: str | None
    due_at: datetime | None = None
    breached: bool = False


class MomentView(BaseModel):
    """One occurrence of a ticket; requesters are given the public ones."""

    name: str
    at: datetime
    side: str
    by: Actor
    text: str
    quoted: str
    attachments: tuple[Attachment, ...]


class TicketDetail(TicketView):
    """A ticket with its occurrences."""

    moments: list[MomentView]


class TicketList(BaseModel):
    """One page of tickets."""

    tickets: list[TicketView]
    more: bool


@router.post("/session", summary="Log in")
async def log_in(request: Request, credentials: Credentials) -> SessionInfo:
    """Begin a session: the answer sets its cookie. Only JSON is understood, which no foreign form can send."""
    visit = await Visit.of(request)
    address = request.client.host if request.client else ""
    try:
        found = await visit.portal.logins.check(credentials.login, credentials.password, address)
    except Throttled as error:
        raise NotAllowed from error
    if found is None:
        raise NotAllowed
    begin_session(request, found.login, found.changed_at.isoformat())
    return await session(request)


@router.get("/session", summary="Who is logged in")
async def session(request: Request) -> SessionInfo:
    """The session's person and its CSRF token."""
    visit = await Visit.of_person(request)
    me = visit.somebody
    return SessionInfo(login=me.login, role=me.role, key=me.key, name=me.name, csrf=visit.csrf)


@router.get("/tickets", summary="Tickets")
async def tickets(
    request: Request,
    status: Annotated[str, Query(description="a status, `working`, `all`")] = "working",
    area: str = "",
    analyst: str = "",
    words: Annotated[str, Query(max_length=100)] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> TicketList:
    """Tickets in the queue's order; a requester's company's only, for requesters."""
    visit = await Visit.of_person(request)
    wanted = Filter(
        area=area,
        status=status if status in (*STATUSES, "all") else "working",
        analyst=analyst,
        customer="" if visit.somebody.reads_all else _company(visit),
        words=words,
        page=page,
    )
    listed, more = await visit.portal.views.tickets(wanted)
    return TicketList(tickets=[_view(each) for each in listed], more=more)


@router.get("/tickets/{number}", summary="One ticket")
async def ticket(request: Request, number: str) -> TicketDetail:
    """The ticket with its occurrences, of the side that this person sees."""
    visit = await Visit.of_person(request)
    row = await visit.ticket(number)
    history = await visit.portal.views.history(row.ticket_id)
    shown = moments(history, internal=visit.somebody.reads_all)
    view = TicketView.model_validate(row, from_attributes=True)
    return TicketDetail(
        **view.model_dump(), moments=[MomentView.model_validate(each, from_attributes=True) for each in shown]
    )


@router.get("/tickets/{number}/history", summary="Every event, as recorded")
async def history(request: Request, number: str, at: datetime | None = None) -> JSONResponse:
    """What the auditor's page shows, up to an instant; not for requesters."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    row = await visit.ticket(number)
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=visit.portal.zone)
    told = await visit.portal.views.history(row.ticket_id)
    return JSONResponse(exported(row.number, standing(told, at), at))


def _company(visit: Visit) -> str:
    return cast("str", visit.somebody.customer)


def _view(listed: Listed) -> TicketView:
    view: dict[str, Any] = TicketView.model_validate(listed.ticket, from_attributes=True).model_dump()
    return TicketView(**{**view, "due_at": listed.due_at, "breached": listed.breached})
