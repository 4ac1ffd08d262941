"""Addresses whose mail kept coming back: the desk writes to them no more, until a person restores them."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import RestoreAddress
from services.gateway.forms import FAULT, REFUSED, Form, Typed, new_key, wrong_fields
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import Visit

router = APIRouter(include_in_schema=False)


@router.get("/suspended")
async def show_all(request: Request) -> Response:
    """Which they are, the latest first."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    return await _page(visit)


@router.post("/suspended")
async def restore(request: Request) -> Response:
    """Write to one of them again, for a reason."""
    visit = await Visit.of_person(request)
    visit.must_work()
    form = await Form.of(visit)
    try:
        command = RestoreAddress(address=form.text("address"), reason=form.text("reason"))
    except ValidationError as error:
        return await _page(visit, REFUSED, problem=wrong_fields(error, visit), form=form)
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
    if reply.outcome != "done":
        fault = reply.outcome == "fault"
        return await _page(
            visit, FAULT if fault else REFUSED, problem=visit.refusal(reply), form=form, again=fault
        )
    return RedirectResponse("/suspended?done=restored", SEE_OTHER)


async def _page(
    visit: Visit, status: int = 200, *, problem: str = "", form: Form | None = None, again: bool = False
) -> Response:
    return visit.page(
        "suspended.html",
        status,
        suspended=await visit.portal.views.suspended(),
        restored=visit.request.query_params.get("done") == "restored",
        typed=form.typed if form else Typed(),
        problem=problem,
        key=form.text("key") if form and again else new_key(),
    )
