"""Why a clock stands where it stands: what counted, what did not, by which versions, and the arithmetic."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from contracts import commands as c
from contracts.sla import Clock, ClockStarted
from services.gateway.forms import FAULT, REFUSED, new_key
from services.gateway.portal import Visit
from services.gateway.told import Told

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of working time that counted, or a pause and its reason; `ends_at` is null while that lasts."""

    starts_at: datetime
    ends_at: datetime | None
    counted: timedelta | None = None
    pause: str = ""


@router.get("/tickets/{number}/clocks/{clock}")
async def explained(
    request: Request, number: str, clock: Clock, cycle: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """The explanation that sla gives of a cycle of the clock, the latest where none is named; not for requesters."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    ticket = await visit.ticket(number)
    question = c.ExplainClock(ticket_id=ticket.ticket_id, clock=clock, cycle=cycle)
    reply = await visit.portal.asker.ask(visit.somebody.actor, question, new_key())
    if reply.outcome != "done":
        problem = visit.words.refusal(reply.code, reply.facts)
        status = FAULT if reply.outcome == "fault" else REFUSED
        return visit.page(
            "clock.html", status, ticket=ticket, clock=clock, problem=problem, why=None, cycles=[]
        )
    why = c.Explanation.model_validate(reply.result)
    return visit.page(
        "clock.html",
        ticket=ticket,
        clock=clock,
        problem="",
        why=why,
        cycles=cycles_of(await visit.portal.views.history(ticket.ticket_id), clock),
        stretches=stretches(why),
        elapsed=timedelta(seconds=why.elapsed_s),
        target=timedelta(seconds=why.target_s),
    )


def cycles_of(history: Iterable[Told], clock: Clock) -> list[int]:
    """The cycles that a clock of the ticket has had, in the order of their starts."""
    started = (told.event() for told in history if told.topic == ClockStarted.topic)
    return [event.cycle for event in started if isinstance(event, ClockStarted) and event.clock == clock]


def stretches(why: c.Explanation) -> list[Stretch]:
    """What counted and what did not, in the order of time."""
    counted = [Stretch(start, end, end - start) for run in why.runs for start, end in run.spans]
    pauses = [Stretch(pause.starts_at, pause.ends_at, pause=pause.reason) for pause in why.pauses]
    return sorted([*counted, *pauses], key=lambda stretch: stretch.starts_at)
