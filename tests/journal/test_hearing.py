"""`journal.<service>.hear`: a service says that it has applied what another has recorded by now, or that it has not."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import nats
from nats.aio.client import Client
from pydantic_core import from_json, to_json

from contracts import intake
from contracts.envelope import partition_of
from journal import store
from journal.entry import NewEntry
from tests.running import RunningDesk, running_desk
from tests.servers.backing import connected

PARTITIONS = 4


async def test_once_it_has_heard_everything_recorded_before_is_applied() -> None:
    async with running_desk(["intake", "lifecycle"]) as desk:
        client = await _as_sla(desk)
        try:
            for _ in range(5):
                heads = await _record(desk, 400)
                assert await _hear(client, "intake") == {"heard": True}
                assert await _applied(desk) == heads
            assert await _hear(client, "notifier") == {"heard": False}, "it does not follow that one"
            await _while_the_source_is_away(desk, client)
        finally:
            await client.close()


async def _while_the_source_is_away(desk: RunningDesk, client: Client) -> None:
    """What it knows remains unknown, so the answer is no; then yes again."""
    desk.kill("intake")
    heads = await _record(desk, 1)
    assert await _hear(client, "intake") == {"heard": False}
    assert await _applied(desk) != heads
    await desk.restart("intake")
    assert await _hear(client, "intake") == {"heard": True}
    assert await _applied(desk) == heads


async def _as_sla(desk: RunningDesk) -> Client:
    """With the rights that sla has on the bus, which are those that it needs for this."""
    return await nats.connect(desk.nats_url("sla"), inbox_prefix=b"_INBOX.service.sla")


async def _hear(client: Client, source: str) -> Any:
    answer = await client.request("journal.lifecycle.hear", to_json({"source": source}), timeout=60)
    return from_json(answer.data)


async def _record(desk: RunningDesk, count: int) -> dict[int, int]:
    """So many bounces of nothing the desk knows, as intake records them; where its partitions end then."""
    now = datetime.now(UTC)
    waiting: dict[int, list[NewEntry]] = {}
    for _ in range(count):
        event = _bounce(now)
        entry = NewEntry(uuid4(), 1, event.topic, event.encoded())
        waiting.setdefault(partition_of(entry.stream_id, PARTITIONS), []).append(entry)
    async with connected(desk.admin_url("intake")) as connection:
        for partition, entries in waiting.items():
            await store.append(connection, partition, entries, now)
        return {partition: head for partition, (head, _) in (await store.heads(connection)).items()}


def _bounce(now: datetime) -> intake.BounceReceived:
    delivered = intake.Delivered(channel="email", via="email", received_at=now, sender="mailer@x.example")
    return intake.BounceReceived(ticket_id=None, notification_id=None, delivered=delivered)


async def _applied(desk: RunningDesk) -> dict[int, int]:
    async with connected(desk.admin_url("lifecycle")) as connection:
        rows = await connection.fetch(
            "select partition, position from journal.applied where source = 'intake'"
        )
    return {row["partition"]: row["position"] for row in rows}


async def test_many_may_ask_at_once() -> None:
    async with running_desk(["intake", "lifecycle"]) as desk:
        client = await _as_sla(desk)
        try:
            heads = await _record(desk, 2000)
            answers = await asyncio.gather(*(_hear(client, "intake") for _ in range(20)))
            assert answers == [{"heard": True}] * 20
            assert await _applied(desk) == heads
        finally:
            await client.close()
