"""How the requesters rate the desk: each rating with its comment, and the averages by area and analyst."""

from collections import defaultdict
from collections.abc import Callable, Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.gateway.forms import REFUSED
from services.gateway.overview import SHOWN, Rated
from services.gateway.periods import chosen
from services.gateway.portal import Visit

router = APIRouter(include_in_schema=False)


@router.get("/ratings")
async def show(request: Request) -> Response:
    """The ratings of a period, the newest first; this month's where none is chosen."""
    visit = await Visit.of_person(request)
    visit.must_oversee()
    asked = request.query_params
    when = chosen(asked.get("from", ""), asked.get("to", ""), visit.portal.today, visit.portal.zone)
    found = await visit.portal.views.overview.ratings(when.since, when.until)
    return visit.page(
        "ratings.html",
        REFUSED if when.wrong else 200,
        when=when,
        ratings=found[:SHOWN],
        count=len(found),
        whole=average(found),
        by_area=averages(found, lambda rated: rated.area),
        by_analyst=averages(found, lambda rated: rated.analyst or ""),
    )


def average(ratings: Sequence[Rated]) -> float | None:
    """Of their scores; None for none."""
    return sum(each.score for each in ratings) / len(ratings) if ratings else None


def averages(
    ratings: Sequence[Rated], group_of: Callable[[Rated], str]
) -> list[tuple[str, int, float | None]]:
    """By group: how many ratings, and their average."""
    groups: dict[str, list[Rated]] = defaultdict(list)
    for each in ratings:
        groups[group_of(each)].append(each)
    return [(group, len(found), average(found)) for group, found in sorted(groups.items())]
