"""The ledger of mail held against intake's journal: the rule, once, for the gauge and for `atendimento mail ledger`."""

from datetime import datetime, timedelta
from typing import Any

from contracts import intake as i
from contracts.envelope import Event
from services.intake.submission import DISPOSITIONS_OF

SETTLED_AFTER = timedelta(minutes=15)
"""A message that is older is on its way no more. Source: RFC 5321 section 4.5.3.2.6, a client waits ten minutes."""
_TELLING: tuple[type[Event], ...] = (*DISPOSITIONS_OF, i.DuplicateReceived)
TOPICS = tuple(event.topic for event in _TELLING)
"""The entries that say what became of a message; that of an earlier system's ticket is about none."""
# Positions have no gaps, and the instants of a partition rise with them: where to begin is found by halving, so
# that what is older is not read. An accepted or late message has a second entry, which is no second message; a copy
# that is decided on after all has one as a duplicate, which counts, and one for what became of it, which does not.
# Nothing is held against the journal of a time before there was a ledger.
DIFFERING_SQL = """
with recursive halving (partition, low, high, since) as (
    -- An hour sooner, since the clocks of replicas differ.
    select partition, 1::bigint, position + 1, $1::timestamptz - interval '1 hour' from journal.heads
    union all
    select h.partition, case when e.recorded_at < h.since then e.position + 1 else h.low end,
           case when e.recorded_at < h.since then h.high else e.position end, h.since
      from halving h cross join lateral (
               select e.position, e.recorded_at from journal.entries e
                where e.partition = h.partition and e.position = (h.low + h.high) / 2 offset 0) e
     where h.low < h.high
), told as (
    select mailbox, (received_at at time zone $3)::date as day, raw, sum(dispositions) as count,
           bool_or(dispositions > 1) as lost
      from views.mail_in where received_at >= $1 and received_at < $2 group by 1, 2, 3
), entries as (
    select coalesce(said -> 'delivered', said) as said
      from halving h cross join lateral (
               select convert_from(e.data, 'UTF8')::jsonb as said from journal.entries e
                where e.partition = h.partition and e.position >= h.low
                  and e.topic = any($4) and (e.version = 1 or e.topic = $5)
               offset 0) parsed
     where h.low = h.high
), recorded as (
    select said ->> 'via' as mailbox, ((said ->> 'received_at')::timestamptz at time zone $3)::date as day,
           said ->> 'raw' as raw, count(*) as count
      from entries
     where said ->> 'raw' is not null and (said ->> 'received_at')::timestamptz < $2
       and (said ->> 'received_at')::timestamptz
           >= greatest($1, coalesce((select min(received_at) from views.mail_in), '-infinity'))
     group by 1, 2, 3
)
select mailbox, day, count(*) as differing
  from told full join recorded using (mailbox, day, raw)
 where coalesce(told.count, 0) <> coalesce(recorded.count, 0) and not coalesce(told.lost, false)
 group by 1, 2 order by 2, 1
"""
"""By mailbox and day, how many messages rows and journal do not tell of alike; see `compared`."""


def compared(begin: datetime, end: datetime, zone: str) -> tuple[Any, ...]:
    """The values of DIFFERING_SQL: what was received from `begin` on and before `end`, by days of that time zone."""
    return begin, end, zone, TOPICS, i.DuplicateReceived.topic
