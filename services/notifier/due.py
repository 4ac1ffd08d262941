"""The rows of the outbox: what is to be sent and when, what may still join it, and who is sending it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts import notifier as n
from contracts.envelope import decode
from journal.store import Connection, Runner
from journal.work import Recorded
from services.notifier.bundles import TOGETHER, together

_PUT_DUE = """
insert into views.outbox (notification_id, next_attempt_at, trace, ticket_id, recipient, alarm)
select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::text[], $6::text[])
on conflict (notification_id) do update
   set next_attempt_at = excluded.next_attempt_at, unsettled = greatest(outbox.unsettled - 1, 0)
"""
_END_BUNDLES = """
update views.outbox o set next_attempt_at = least(o.next_attempt_at, a.at), ticket_id = null, recipient = null
  from unnest($1::uuid[], $2::text[], $3::timestamptz[]) as a (ticket_id, recipient, at)
 where o.ticket_id = a.ticket_id and o.recipient = a.recipient
"""
_TAKE = """
update views.outbox set next_attempt_at = $2, unsettled = unsettled + 1, ticket_id = null, recipient = null
 where notification_id in (
    select notification_id from views.outbox where next_attempt_at <= $1
     order by next_attempt_at limit $3 for update skip locked)
returning notification_id, trace, unsettled - 1 as unsettled
"""
_REQUESTED = """
select coalesce(b.into_id, e.stream_id) as taken, e.topic, e.data
  from journal.entries e left join views.bundled b on b.notification_id = e.stream_id
 where e.version = 1
   and (e.stream_id = any($1)
        or e.stream_id in (select notification_id from views.bundled where into_id = any($1)))
 order by e.partition, e.position
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One e-mail to be sent now; of so many attempts before nobody knows the end."""

    asked: n.NotificationRequested
    trace: str
    unsettled: int = 0


@dataclass(slots=True)
class _Due:
    """A row of the outbox; with a ticket and an address while others may join its e-mail; a warning with its name."""

    at: datetime
    trace: str
    ticket_id: UUID | None = None
    recipient: str | None = None
    alarm: str | None = None

    def ends(self, of: tuple[UUID, str], at: datetime) -> None:
        if (self.ticket_id, self.recipient) == of:
            self.at, self.ticket_id, self.recipient = min(self.at, at), None, None


async def take(runner: Runner, now: datetime, until: datetime, most: int) -> list[Job]:
    """Take what is due: nobody else does before that instant, and nothing joins it any more. The oldest first."""
    taken = {row["notification_id"]: row for row in await runner.fetch(_TAKE, now, until, most)}
    if not taken:
        return []
    said: dict[UUID, list[n.NotificationRequested]] = {}
    for row in await runner.fetch(_REQUESTED, list(taken)):
        event = decode(row["topic"], row["data"])
        assert isinstance(event, n.NotificationRequested)  # noqa: S101 - what a row stands for
        said.setdefault(row["taken"], []).append(event)
    return [
        Job(
            together(first, joined),
            taken[first.notification_id]["trace"],
            taken[first.notification_id]["unsettled"],
        )
        for first, *joined in said.values()
    ]


async def release(runner: Runner, notification_ids: Iterable[UUID], now: datetime) -> None:
    """Give back what was taken and not tried."""
    await runner.execute(
        "update views.outbox set next_attempt_at = $2, unsettled = unsettled - 1 where notification_id = any($1)",
        list(notification_ids),
        now,
    )


async def open_bundles(
    connection: Connection, ticket_ids: Iterable[UUID], now: datetime
) -> dict[tuple[UUID, str], UUID]:
    """The e-mails that others may still join, by ticket and address; none is sent before this work ends."""
    rows = await connection.fetch(
        "select ticket_id, recipient, notification_id from views.outbox "
        "where ticket_id = any($1) and next_attempt_at > $2 order by notification_id for update",
        list(set(ticket_ids)),
        now,
    )
    return {(row["ticket_id"], row["recipient"]): row["notification_id"] for row in rows}


def alarm(ticket_id: UUID, facts: Mapping[str, Any]) -> str:
    """The name that the warnings of one clock have in common, in one of its cycles."""
    return f"{ticket_id}:{facts['clock']}:{facts['cycle']}"


def alarm_of(asked: n.NotificationRequested) -> str | None:
    """Its name, if it is a warning; those of an earlier release did not tell their cycle, and have none."""
    if asked.template != "warning" or asked.ticket_id is None or "cycle" not in asked.facts:
        return None
    return alarm(asked.ticket_id, asked.facts)


async def alarms(connection: Connection, names: Sequence[str]) -> dict[UUID, str]:
    """The warnings of these names that have not left."""
    rows = await connection.fetch(
        "select notification_id, alarm from views.outbox where alarm = any($1) order by notification_id",
        names,
    )
    return {row["notification_id"]: row["alarm"] for row in rows}


async def project(connection: Connection, recorded: Sequence[Recorded]) -> None:
    """Keep the outbox in step with the journal: due rows in, settled ones out, failed ones later."""
    due: dict[UUID, _Due] = {}
    settled: list[UUID] = []
    joined: list[n.NotificationRequested] = []
    addresses: dict[str, bool] = {}
    after: dict[tuple[UUID | None, str], datetime] = {}
    for each in recorded:
        match each.event:
            case n.NotificationRequested(bundled_into=UUID()) as event:
                joined.append(event)
            case n.NotificationRequested(not_before=datetime() as until) as event:
                due[event.notification_id] = waiting = _Due(until, each.trace, alarm=alarm_of(event))
                if event.template in TOGETHER:
                    waiting.ticket_id, waiting.recipient = event.ticket_id, event.recipient
            case n.NotificationRequested() as event:
                if event.ticket_id and event.template != "opened":
                    after[event.ticket_id, event.recipient] = event.at
                    for other in due.values():
                        other.ends((event.ticket_id, event.recipient), event.at)
                due[event.notification_id] = _Due(event.at, each.trace, alarm=alarm_of(event))
            case n.NotificationRetried() as event:
                due[event.notification_id] = _Due(event.at, each.trace)
            case n.NotificationFailed() as event:
                due[event.notification_id] = _Due(event.retry_at, each.trace)
            case n.NotificationSent() | n.NotificationAbandoned() | n.NotificationWithdrawn() as event:
                settled.append(event.notification_id)
            case n.AddressSuspended() | n.AddressRestored() as event:
                addresses[event.address] = isinstance(event, n.AddressSuspended)
    if after:
        await connection.execute(
            _END_BUNDLES, [of for of, _ in after], [to for _, to in after], list(after.values())
        )
    if due:
        rows = list(due.values())
        await connection.execute(
            _PUT_DUE,
            list(due),
            [row.at for row in rows],
            [row.trace for row in rows],
            [row.ticket_id for row in rows],
            [row.recipient for row in rows],
            [row.alarm for row in rows],
        )
    await keep_joined(connection, joined)
    await keep_suspended(connection, addresses)
    if settled:
        await connection.execute("delete from views.outbox where notification_id = any($1)", settled)


async def keep_joined(connection: Connection, joined: Sequence[n.NotificationRequested]) -> None:
    """Remember which e-mail says each of them."""
    if joined:
        await connection.execute(
            "insert into views.bundled select * from unnest($1::uuid[], $2::uuid[]) on conflict do nothing",
            [event.notification_id for event in joined],
            [event.bundled_into for event in joined],
        )


async def keep_suspended(connection: Connection, addresses: Mapping[str, bool]) -> None:
    """Remember which addresses are suspended, and which no more."""
    if not addresses:
        return
    await connection.execute(
        "delete from views.suspended where address = any($1)",
        [address for address, suspended in addresses.items() if not suspended],
    )
    await connection.execute(
        "insert into views.suspended select unnest($1::text[]) on conflict do nothing",
        [address for address, suspended in addresses.items() if suspended],
    )


async def keep_only(
    connection: Connection, waiting: Mapping[UUID, tuple[datetime, str]], alarms: Mapping[UUID, str | None]
) -> None:
    """Exactly these rows, the warnings with their names; those that are there already stay else as they are."""
    await connection.execute("delete from views.outbox where notification_id <> all($1)", list(waiting))
    await connection.execute(
        "insert into views.outbox (notification_id, next_attempt_at, trace, alarm) "
        "select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]) "
        "on conflict (notification_id) do update set alarm = excluded.alarm",
        list(waiting),
        [at for at, _ in waiting.values()],
        [trace for _, trace in waiting.values()],
        [alarms.get(notification_id) for notification_id in waiting],
    )
