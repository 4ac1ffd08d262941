"""How far the desk kept its service levels, as data."""

from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel

from contracts.sla import Clock
from figures.attainment import PERCENTILES, By, Line
from services.gateway.forms import REFUSED
from services.gateway.periods import chosen
from services.gateway.portal import Visit

router = APIRouter(tags=["levels"])


class LevelView(BaseModel):
    """The verdicts on one clock of the tickets of one group; `share` is null before there is one.

    `percentiles`: working seconds within which that per cent of those that were met were met, late ones included.
    """

    group: str
    clock: Clock
    met: int
    breached: int
    running: int
    stopped: int
    share: float | None
    percentiles: dict[int, float | None]

    @classmethod
    def of(cls, group: str, clock: Clock, line: Line) -> Self:
        """The same as data."""
        return cls(
            group=group,
            clock=clock,
            met=line.met,
            breached=line.breached,
            running=line.running,
            stopped=line.stopped,
            share=line.share,
            percentiles={percent: line.percentile(percent) for percent in PERCENTILES},
        )


class LevelList(BaseModel):
    """The attainment of the tickets opened from one local date to another: all together, and by group."""

    first: date
    last: date
    by: By
    total: list[LevelView]
    groups: list[LevelView]


@router.get("/levels", summary="Service levels")
async def levels(
    request: Request,
    first: Annotated[str, Query(alias="from", max_length=10, description="a date; this month's first")] = "",
    last: Annotated[str, Query(alias="to", max_length=10, description="a date, inclusive; today")] = "",
    by: By = "period",
) -> LevelList:
    """Verdicts and percentiles of a period of at most 366 days; for managers and auditors."""
    visit = await Visit.of_person(request)
    visit.must_oversee()
    when = chosen(first, last, visit.portal.today, visit.portal.zone)
    if when.wrong:
        raise HTTPException(REFUSED)
    tally = await visit.portal.views.overview.levels(when.period, when.since, when.until, by)
    return LevelList(
        first=when.period.first,
        last=when.period.last,
        by=by,
        total=[LevelView.of("", clock, line) for clock, line in tally.total()],
        groups=[LevelView.of(*each) for each in tally.ordered()],
    )
