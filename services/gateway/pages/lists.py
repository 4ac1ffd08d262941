"""The queue that analysts work, and the tickets of a requester's company."""

from dataclasses import fields

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from contracts.directory import Analyst, Area
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import Visit
from services.gateway.reading import Filter

router = APIRouter(include_in_schema=False)
STATUSES = (
    "open", "in_progress", "awaiting_approval", "waiting_customer", "on_hold", "resolved", "closed",
)  # fmt: skip


@router.get("/")
async def queue(request: Request) -> Response:
    """The queue: by priority, nearest deadline, opening."""
    visit = await Visit.of_person(request)
    if not visit.somebody.reads_all:
        return RedirectResponse("/my", SEE_OTHER)
    wanted = _filter(visit)
    listed, more = await visit.portal.views.tickets(wanted)
    directory = visit.portal.directory
    return visit.page(
        "_queue.html" if "fragment" in request.query_params else "queue.html",
        listed=listed,
        more=more,
        wanted=wanted,
        statuses=STATUSES,
        areas=sorted(directory.all(Area), key=lambda pair: pair[1].name),
        analysts=sorted(directory.all(Analyst), key=lambda pair: pair[1].name),
        parked=await visit.portal.views.parked_count(),
        query=_query(wanted),
    )


@router.get("/my")
async def my_tickets(request: Request) -> Response:
    """The tickets of the requester's company, the newest first."""
    visit = await Visit.of_person(request)
    person = visit.somebody
    if person.customer is None:
        return RedirectResponse("/", SEE_OTHER)
    mine = request.query_params.get("mine") == "1"
    wanted = Filter(
        customer=person.customer,
        requester=person.key if mine else "",
        status=_status(request, "all"),
        words=request.query_params.get("words", "")[:100],
        page=_page(request),
    )
    listed, more = await visit.portal.views.tickets(wanted, newest_first=True)
    return visit.page(
        "_my.html" if "fragment" in request.query_params else "my.html",
        listed=listed,
        more=more,
        wanted=wanted,
        mine=mine,
        statuses=STATUSES,
        query=_query(wanted, mine="1" if mine else ""),
    )


def _filter(visit: Visit) -> Filter:
    asked = visit.request.query_params
    analyst = asked.get("analyst", "")[:100]
    return Filter(
        area=asked.get("area", "")[:100],
        status=_status(visit.request, "working"),
        analyst=visit.somebody.key if analyst == "me" else analyst,
        words=asked.get("words", "")[:100],
        page=_page(visit.request),
    )


def _status(request: Request, otherwise: str) -> str:
    asked = request.query_params.get("status", "")
    return asked if asked in (*STATUSES, "working", "all") else otherwise


def _page(request: Request) -> int:
    asked = request.query_params.get("page", "")
    return min(max(int(asked), 1), 10_000) if asked.isascii() and asked.isdigit() else 1


def _query(wanted: Filter, **others: str) -> dict[str, str]:
    """The filter as the address of the page says it, without the page's number and the customer."""
    said = {field.name: str(getattr(wanted, field.name)) for field in fields(wanted)}
    said = {name: value for name, value in said.items() if name in ("area", "status", "analyst", "words")}
    return {name: value for name, value in {**said, **others}.items() if value}
