"""How far the desk kept its service levels, by what a manager or an auditor chooses."""

from typing import get_args

from fastapi import APIRouter, Request
from starlette.responses import Response

from figures.attainment import PERCENTILES, By
from services.gateway.forms import REFUSED
from services.gateway.periods import chosen
from services.gateway.portal import Visit

router = APIRouter(include_in_schema=False)
DIMENSIONS: tuple[By, ...] = get_args(By)


@router.get("/levels")
async def show(request: Request) -> Response:
    """The attainment of the tickets opened in a period, this month where none is chosen."""
    visit = await Visit.of_person(request)
    visit.must_oversee()
    asked = request.query_params
    by: By = next((each for each in DIMENSIONS if each == asked.get("by")), "period")
    when = chosen(asked.get("from", ""), asked.get("to", ""), visit.portal.today, visit.portal.zone)
    tally = await visit.portal.views.overview.levels(when.period, when.since, when.until, by)
    return visit.page(
        "levels.html",
        REFUSED if when.wrong else 200,
        by=by,
        dimensions=DIMENSIONS,
        when=when,
        percentiles=PERCENTILES,
        total=list(tally.total()),
        lines=tally.ordered(),
    )
