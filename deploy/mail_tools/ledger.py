"""The ledger of mail, read from intake's database: messages in against dispositions, by mailbox and day.

The ledger's rows are held against intake's journal too: each disposition that a row tells of stands there as an
entry, by the address of the raw mail and the day, and none stands there of which no row tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from contracts.intake import DISPOSITIONS
from deploy.auditor.place import Place
from services.intake.comparing import DIFFERING_SQL, SETTLED_AFTER, compared

# A message that was cut off by a crash and came again is accounted for by that: its sender was never told `250`.
_LEDGER = """
select mailbox, (received_at at time zone $3)::date as day, count(*) as came,
       count(*) filter (where put_off and dispositions = 0) as put_off,
       count(*) filter (where not put_off and dispositions = 0 and again) as came_again,
       count(*) filter (where not put_off and dispositions = 0 and not again and received_at >= $4) as on_the_way,
       count(*) filter (where dispositions > 1 or (dispositions = 0 and not again and not put_off
                                                   and received_at < $4)) as lost,
       {kinds}
  from (select m.*, m.dispositions = 0 and exists (
                   select from views.mail_in later
                    where later.raw = m.raw and later.received_at > m.received_at and later.dispositions = 1
               ) as again
          from views.mail_in m where m.received_at >= $1 and m.received_at < $2) as told
 group by 1, 2 order by 2, 1
""".format(  # noqa: S608 - kinds of ours
    kinds=", ".join(
        f"count(*) filter (where dispositions = 1 and disposition = '{kind}') as {kind}"
        for kind in DISPOSITIONS
    )
)


@dataclass(frozen=True, slots=True)
class Line:
    """One mailbox on one day of the desk's: messages that came, and what became of them.

    `put_off` were refused for the moment (their sender keeps them), `came_again` cut off and brought again,
    `on_the_way` came within the last minutes; `difference` is what nobody can account for, and
    what rows and journal do not tell alike.
    """

    mailbox: str
    day: date
    came: int
    put_off: int
    came_again: int
    on_the_way: int
    difference: int
    dispositions: dict[str, int]


async def ledger(place: Place, first: date, last: date, zone: str, now: datetime) -> Sequence[Line]:
    """The lines of these local days, both inclusive. Raises Unable when intake's database cannot be read."""
    begin, end = (datetime.combine(day, time(), ZoneInfo(zone)) for day in (first, last + timedelta(days=1)))
    async with place.open("intake") as connection:
        rows = await connection.fetch(_LEDGER, begin, end, zone, now - SETTLED_AFTER)
        differing = await connection.fetch(DIFFERING_SQL, *compared(begin, end, zone))
    lines = {(row["day"], row["mailbox"]): _line(row) for row in rows}
    for row in differing:
        at = row["day"], row["mailbox"]
        line = lines.get(at) or Line(
            row["mailbox"], row["day"], 0, 0, 0, 0, 0, dict.fromkeys(DISPOSITIONS, 0)
        )
        lines[at] = replace(line, difference=line.difference + row["differing"])
    return [lines[at] for at in sorted(lines)]


def _line(row: asyncpg.Record) -> Line:
    return Line(
        row["mailbox"],
        row["day"],
        row["came"],
        row["put_off"],
        row["came_again"],
        row["on_the_way"],
        row["lost"],
        {kind: row[kind] for kind in DISPOSITIONS},
    )
