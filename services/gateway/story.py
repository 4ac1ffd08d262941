"""A ticket's story in front of one person: the moments they may see, with those of the tickets merged into it."""

from dataclasses import dataclass
from uuid import UUID

from services.gateway.reading import Views
from services.gateway.roles import Person
from services.gateway.rows import TicketRow
from services.gateway.timeline import Moment, moments
from services.gateway.told import Told, absorbed


@dataclass(frozen=True, slots=True)
class Story:
    """`history` is the ticket's own; `absorbed` the tickets merged into it, with their numbers.

    `numbers` are those of the other tickets that moments name and the person may see.
    """

    history: list[Told]
    absorbed: dict[UUID, str]
    moments: list[Moment]
    numbers: dict[UUID, str]


async def story_of(views: Views, ticket: TicketRow, person: Person) -> Story:
    """The ticket's story as that person may see it."""
    joined = await views.joined_history(ticket.ticket_id)
    shown = moments(joined, internal=person.reads_all)
    named = {moment.other.ticket_id for moment in shown if moment.other}
    numbers = await views.numbers(named, None if person.reads_all else ticket.customer)
    own = [told for told in joined if told.ticket_id == ticket.ticket_id]
    return Story(own, absorbed(joined, ticket.ticket_id), shown, numbers)
