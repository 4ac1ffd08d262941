"""When a waiting ticket will about be answered, from the recent pace of its area: an estimate, never a promise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from journal.directory import Directory
from journal.errors import NotYet
from services.gateway.reading import Views
from services.gateway.rows import TicketRow
from worktime.calendar import Calendar, NoWorkingTime

ANSWERS_MIN = 5
"""First answers below which an area has no pace yet. Source: judgement: of fewer, one odd gap is half of it."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`place` in the queue of the area, from 1; `answer_at` about when, null while the area has no pace yet."""

    place: int
    answer_at: datetime | None


def pace(first_answers: Sequence[datetime], calendar: Calendar) -> timedelta | None:
    """Working time between an area's first answers, on the average; None while there are too few to tell.

    None too where all of them fell outside working time, which no pace can be told from.
    """
    if len(first_answers) < ANSWERS_MIN:
        return None
    worked = calendar.elapsed(min(first_answers), max(first_answers))
    return worked / (len(first_answers) - 1) if worked else None


def answer_about(now: datetime, place: int, gap: timedelta, calendar: Calendar) -> datetime:
    """When the ticket at that place is about to be answered: one `gap` for each before it, and one for itself."""
    return calendar.due(now, place * gap)


async def estimate(views: Views, directory: Directory, ticket: TicketRow, now: datetime) -> Estimate | None:
    """For a ticket that nobody works on yet; None for the others."""
    if ticket.status != "open":
        return None
    place = await views.waiting_before(ticket) + 1
    answers = await views.first_answers(ticket.area)
    try:
        calendar = directory.calendar(*(await views.calendar(ticket)))
        gap = pace(answers, calendar)
        return Estimate(place, answer_about(now, place, gap, calendar) if gap else None)
    except (NotYet, NoWorkingTime, OverflowError):
        return Estimate(place, None)
