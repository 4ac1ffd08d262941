"""The queue that analysts work, and the tickets of a requester's company."""

from collections.abc import Iterable
from typing import TypeVar, get_args

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from contracts.directory import Analyst, Area, Customer, ServiceKind
from contracts.words import Priority, Status
from services.gateway.filters import OWN_AREAS, Filter
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import Visit

Named = TypeVar("Named", Area, Analyst, ServiceKind, Customer)
router = APIRouter(include_in_schema=False)
STATUSES: tuple[str, ...] = get_args(Status)
PRIORITIES: tuple[str, ...] = get_args(Priority)[::-1]
"""The most urgent first."""
ALERTS = ("breached", "warned")
_ASKED = ("area", "status", "analyst", "customer", "kind", "priority", "alert", "words")
"""What the address of the queue's page says of its filter."""


@router.get("/")
async def queue(request: Request) -> Response:
    """The queue: by priority, nearest deadline, opening."""
    visit = await Visit.of_person(request)
    if not visit.somebody.reads_all:
        return RedirectResponse("/my", SEE_OTHER)
    wanted = _filter(visit)
    directory = visit.portal.directory
    return visit.page(
        "_queue.html" if "fragment" in request.query_params else "queue.html",
        listing=await visit.portal.views.tickets(wanted),
        wanted=wanted,
        statuses=STATUSES,
        priorities=PRIORITIES,
        alerts=ALERTS,
        areas=by_name(directory.all(Area)),
        own_areas=OWN_AREAS if own_areas(visit) else "",
        analysts=by_name(directory.all(Analyst)),
        kinds=by_name(directory.all(ServiceKind)),
        customers=by_name(directory.all(Customer)),
        parked=await visit.portal.views.parked_count(),
        suspended=await visit.portal.views.suspended_count(),
        query=_query(wanted, *_ASKED),
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
        words=_text(request, "words"),
        after=_text(request, "after", 400),
    )
    return visit.page(
        "_my.html" if "fragment" in request.query_params else "my.html",
        listing=await visit.portal.views.tickets(wanted, newest_first=True),
        wanted=wanted,
        mine=mine,
        statuses=STATUSES,
        query={**_query(wanted, "status", "words"), **({"mine": "1"} if mine else {})},
    )


def _filter(visit: Visit) -> Filter:
    asked = {name: _text(visit.request, name) for name in _ASKED}
    asked["status"] = _status(visit.request, "working")
    if asked["analyst"] == "me":
        asked["analyst"] = visit.somebody.key
    return Filter(**asked, own_areas=own_areas(visit), after=_text(visit.request, "after", 400))


def own_areas(visit: Visit) -> tuple[str, ...]:
    """The areas of the analyst who looks; none of auditors."""
    record = visit.portal.directory.get(Analyst, visit.somebody.key) if visit.somebody.is_staff else None
    return record.areas if record else ()


def _text(request: Request, name: str, most: int = 100) -> str:
    return request.query_params.get(name, "")[:most].replace("\x00", "")


def _status(request: Request, otherwise: str) -> str:
    asked = request.query_params.get("status", "")
    return asked if asked in (*STATUSES, "working", "all") else otherwise


def _query(wanted: Filter, *names: str) -> dict[str, str]:
    """The filter as the address of the page says it, without the page's key."""
    return {name: value for name in names if (value := str(getattr(wanted, name)))}


def by_name(found: Iterable[tuple[str, Named]]) -> list[tuple[str, Named]]:
    """Records of the directory as a person looks for them."""
    return sorted(found, key=lambda pair: pair[1].name)
