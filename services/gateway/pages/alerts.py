"""Deadlines that have alerted and that nobody has said to see to, and the button that says so."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import AcknowledgeAlert
from contracts.directory import Area
from services.gateway.filters import OWN_AREAS
from services.gateway.forms import FAULT, REFUSED, Form, new_key, wrong_fields
from services.gateway.overview import SHOWN
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.pages.lists import by_name, own_areas
from services.gateway.portal import Visit

router = APIRouter(include_in_schema=False)


@router.get("/alerts")
async def show(request: Request) -> Response:
    """The open alerts of an area, the breaches first; of one's own areas where none is named."""
    visit = await _working(request)
    return await _page(visit, request.query_params.get("area"))


@router.post("/alerts")
async def acknowledge(request: Request) -> Response:
    """Say that one sees to an alert."""
    visit = await _working(request)
    form = await Form.of(visit)
    area = form.text("area")
    ticket = await visit.ticket(form.text("number"))
    try:
        command = AcknowledgeAlert.model_validate(
            {"ticket_id": ticket.ticket_id, "clock": form.text("clock")}
        )
    except ValidationError as error:
        return await _page(visit, area, REFUSED, wrong_fields(error, visit))
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
    if reply.outcome != "done":
        return await _page(visit, area, FAULT if reply.outcome == "fault" else REFUSED, visit.refusal(reply))
    known = area if area == OWN_AREAS or visit.portal.directory.known(Area, area) else ""
    return RedirectResponse(f"/alerts?area={known}&done=acknowledge", SEE_OTHER)


async def _working(request: Request) -> Visit:
    visit = await Visit.of_person(request)
    visit.must_work()
    return visit


async def _page(visit: Visit, asked: str | None, status: int = 200, problem: str = "") -> Response:
    own = own_areas(visit)
    area = (OWN_AREAS if own else "") if asked is None else asked[:100].replace("\x00", "")
    wanted = own if area == OWN_AREAS else ((area,) if area else None)
    found = await visit.portal.views.overview.alerts(wanted)
    return visit.page(
        "alerts.html",
        status,
        alerts=found,
        shown=SHOWN,
        area=area,
        own_areas=OWN_AREAS if own else "",
        areas=by_name(visit.portal.directory.all(Area)),
        problem=problem,
        new_key=new_key,
        done=visit.request.query_params.get("done", ""),
    )
