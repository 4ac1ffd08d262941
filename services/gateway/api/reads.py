"""Sessions and reading: tickets, one ticket, its history."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from contracts import commands as c
from contracts.envelope import Reply, Role
from contracts.sla import Clock
from services.gateway.api.shapes import (
    CannedView,
    ClockView,
    EstimateView,
    LinkView,
    MergedView,
    MomentView,
    ProjectView,
    TicketDetail,
    TicketList,
    TicketView,
)
from services.gateway.clock_rows import deadline
from services.gateway.estimates import estimate
from services.gateway.filters import Filter
from services.gateway.forms import FAULT, REFUSED, new_key
from services.gateway.logins import Throttled
from services.gateway.pages.entering import begin_session
from services.gateway.pages.history import exported, standing
from services.gateway.pages.lists import STATUSES
from services.gateway.pages.sheet import sheet_of
from services.gateway.portal import NotAllowed, Visit
from services.gateway.reading import Listed
from services.gateway.situation import situation_of
from services.gateway.story import story_of

router = APIRouter(tags=["tickets"])
_Key = Annotated[str, Query(max_length=100)]


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
    await begin_session(visit, found)
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
    area: _Key = "",
    analyst: _Key = "",
    kind: _Key = "",
    priority: _Key = "",
    customer: _Key = "",
    alert: Annotated[str, Query(max_length=100, description="`breached`, or `warned` and not breached")] = "",
    words: Annotated[str, Query(max_length=100, description="in the number or the subject")] = "",
    after: Annotated[str, Query(max_length=400, description="`next` of the page before")] = "",
) -> TicketList:
    """Tickets in the queue's order; a requester's company's only, for requesters."""
    visit = await Visit.of_person(request)
    me = visit.somebody
    wanted = Filter(
        area=area,
        status=status if status in (*STATUSES, "all") else "working",
        analyst=analyst,
        customer=customer if me.reads_all else cast("str", me.customer),
        kind=kind if me.reads_all else "",
        priority=priority,
        alert=alert if me.reads_all else "",
        words=words,
        after=after,
    )
    listing = await visit.portal.views.tickets(wanted)
    return TicketList(
        tickets=[TicketView.of(each, me) for each in listing.tickets],
        next=listing.next,
        more=bool(listing.next),
    )


@router.get("/tickets/{number}", summary="One ticket")
async def ticket(request: Request, number: str) -> TicketDetail:
    """The ticket with its occurrences, of the side that this person sees."""
    visit = await Visit.of_person(request)
    row = await visit.ticket(number)
    views, me, directory = visit.portal.views, visit.somebody, visit.portal.directory
    story = await story_of(views, row, me)
    situation = situation_of(row, story.history, directory)
    clocks = await views.clocks(row.ticket_id)
    view = TicketView.of(Listed(row, *deadline(clocks)), me)
    return TicketDetail(
        **view.model_dump(),
        clocks=ClockView.all_of(clocks, me),
        estimate=EstimateView.of(await estimate(views, directory, row, visit.now)),
        project=ProjectView.of(situation),
        links=[
            LinkView(ticket_id=other, number=linked, link=link)
            for other, (linked, link) in situation.links.items()
        ],
        absorbed=[MergedView(ticket_id=other, number=merged) for other, merged in story.absorbed.items()],
        moments=[MomentView.of_moment(moment) for moment in story.moments],
    )


@router.get("/tickets/{number}/canned", summary="Canned answers for a ticket")
async def canned(request: Request, number: str) -> list[CannedView]:
    """The texts of the ticket's area and of all areas, in the requester's language, their blanks filled in."""
    visit = await Visit.of_person(request)
    visit.must_work()
    sheet = await sheet_of(visit, await visit.ticket(number))
    return [CannedView(key=key, title=title, text=text) for key, title, text in sheet.canned]


@router.get("/tickets/{number}/clocks/{clock}", summary="Why a clock stands where it stands")
async def explanation(
    request: Request,
    response: Response,
    number: str,
    clock: Clock,
    cycle: Annotated[int | None, Query(ge=1, description="the latest where none is named")] = None,
) -> c.Explanation | Reply:
    """What counted and what did not, by which versions, as data and in words; not for requesters."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    row = await visit.ticket(number)
    question = c.ExplainClock(ticket_id=row.ticket_id, clock=clock, cycle=cycle)
    reply = await visit.portal.asker.ask(visit.somebody.actor, question, new_key())
    if reply.outcome == "done":
        return c.Explanation.model_validate(reply.result)
    response.status_code = REFUSED if reply.outcome == "refused" else FAULT
    return reply


@router.get("/tickets/{number}/history", summary="Every event, as recorded")
async def history(request: Request, number: str, at: datetime | None = None) -> JSONResponse:
    """What the auditor's page shows, up to an instant, merged tickets included; not for requesters."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    row = await visit.ticket(number)
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=visit.portal.zone)
    told = await visit.portal.views.joined_history(row.ticket_id)
    return JSONResponse(exported(row.number, standing(told, row.ticket_id, at), at))
