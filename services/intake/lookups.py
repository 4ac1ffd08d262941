"""What intake looks up in its own tables: the ticket that is meant, and the desk's own mails.

Of a merged ticket the one that lives for it is found: chains are followed to their end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from contracts.envelope import Key
from journal.store import Runner
from services.intake.submission import Match


def _living(where: str, last: str = "") -> str:
    """Tickets by a condition, each as the one that it goes on as, with the number by which it was `named`."""
    return f"""
with recursive line as (
    select t.number as named, t.* from views.tickets t where {where}
     union
    select line.named, t.* from line join views.tickets t on t.ticket_id = line.heir
)
select named, ticket_id, number, customer, closed, undone_until, application from line where heir is null {last}
"""  # noqa: S608 - conditions of ours


_BY_ID = _living("t.ticket_id = $1")
_BY_NUMBER = _living("t.number = any($1)")
# Of several, the customer's own come first: a thread may be shared by customers, each with a ticket of theirs.
_BY_MESSAGE_ID = _living(
    "t.ticket_id in (select ticket_id from views.message_ids where message_id = $1)",
    """
 order by customer is not distinct from $2 desc, closed,
          exists (select from views.participants p join line passed using (ticket_id)
                   where passed.named = line.named and p.contact = $3) desc,
          length(number) desc, number desc limit 1
""",
)
_NOTIFICATION = (
    "select notification_id, ticket_id, recipient from views.notifications where notification_id = any($1) "
    "order by array_position($1, notification_id) limit 1"
)
_KNOWN = "select count(*) from views.notifications where notification_id = any($1)"
# It, and those that were merged into it.
_WITH_MERGED = """
with recursive line as (
    select $1::uuid as ticket_id union select t.ticket_id from line join views.tickets t on t.heir = line.ticket_id
)
"""
_TAKES_PART = f"""{_WITH_MERGED}
select exists (select from views.participants p join line using (ticket_id) where p.contact = $2)
"""  # noqa: S608 - ours
_ANSWERABLE_BY = f"""{_WITH_MERGED}
select distinct analyst from views.notifications n join line using (ticket_id)
 where n.notification_id = any($2) and analyst is not null order by analyst
"""  # noqa: S608 - ours


@dataclass(frozen=True, slots=True)
class Notified:
    """One of the desk's own mails."""

    notification_id: UUID
    ticket_id: UUID | None
    recipient: str


async def notification(runner: Runner, notification_ids: Sequence[UUID]) -> Notified | None:
    """The first of these that is one of the desk's own mails."""
    row = await runner.fetchrow(_NOTIFICATION, notification_ids)
    return Notified(*row) if row else None


async def all_known(runner: Runner, notification_ids: Sequence[UUID]) -> bool:
    """Whether each of these, all different, is known as one of the desk's own mails."""
    return bool(await runner.fetchval(_KNOWN, notification_ids) == len(notification_ids))


async def answerable_by(runner: Runner, notification_ids: Sequence[UUID], ticket_id: UUID) -> tuple[Key, ...]:
    """The analysts to whom those of these went that are about a ticket, and say that an answer is published."""
    rows = await runner.fetch(_ANSWERABLE_BY, ticket_id, notification_ids)
    return tuple(row["analyst"] for row in rows)


async def ticket(runner: Runner, ticket_id: UUID, *, proven: bool) -> Match | None:
    """A ticket by its id."""
    row = await runner.fetchrow(_BY_ID, ticket_id)
    return _match(row, proven=proven) if row else None


async def ticket_numbered(runner: Runner, number: str) -> Match | None:
    """A ticket by its number, which proves nothing."""
    return (await tickets_numbered(runner, [number])).get(number)


async def tickets_numbered(runner: Runner, numbers: Iterable[str]) -> dict[str, Match]:
    """Tickets by their numbers, which prove nothing."""
    rows = await runner.fetch(_BY_NUMBER, list(numbers))
    return {row["named"]: _match(row, proven=False) for row in rows}


async def ticket_with(
    runner: Runner, message_id: str, contact: Key | None = None, customer: Key | None = None
) -> Match | None:
    """The ticket on which a Message-ID was seen, for this contact of that customer.

    Of several, one of the customer's, that lives, in which the contact takes part, the newest: in this order, since a
    reply to another customer's, or to one that has ended, would open a ticket more.
    """
    row = await runner.fetchrow(_BY_MESSAGE_ID, message_id, customer, contact)
    return _match(row, proven=False) if row else None


async def takes_part(runner: Runner, ticket_id: UUID, contact: Key) -> bool:
    """Whether a contact asked for a ticket, or for one that was merged into it, or wrote on either."""
    return bool(await runner.fetchval(_TAKES_PART, ticket_id, contact))


def _match(row: asyncpg.Record, *, proven: bool) -> Match:
    return Match(
        row["ticket_id"],
        row["number"],
        row["customer"],
        row["closed"],
        proven,
        row["undone_until"],
        row["application"],
    )
