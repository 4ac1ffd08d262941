"""NATS JetStream as transport: connect, provision streams and consumers, publish, fetch, ask.

The journals are the truth; whatever the bus loses is published or read again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self, TypeAlias
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext, api
from nats.js.errors import NotFoundError
from pydantic_core import to_json

from journal.log import log

_STREAM_BYTES_MAX = 1024**3
"""Bytes a stream keeps; followers that are further behind read from the owner."""
_STREAM_AGE_S = 7 * 24 * 3600.0
"""How long a stream keeps copies. A follower away for longer reads from the owner."""
_ACK_WAIT_S = 5.0
"""How long a segment may be worked on before another replica is given it; the applied position protects."""
_DUPLICATES_S = 1.0
"""Short: the expected sequence keeps doubles out, and a segment purged a moment ago must be taken again."""
_PULL_S = 5.0
"""How long the server keeps a pull request that waits for messages."""
_GATHER_EACH_S, _GATHER_MAX_S = 0.001, 0.03
"""After messages that came together, more may: a transaction is paid once for all of them."""
_TAKEN_LOOK_S = 0.05
"""Between looks at how far a consumer has come."""
_PROBE_S = 0.2
"""Between looks at whether the server is there: the client itself waits 2 s after a refusal."""

Message: TypeAlias = Msg
BusError = Error
"""Whatever goes wrong with the bus; it passes."""

CHANNELS = "CHANNELS"
"""The stream in which channels hand in."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a stream really holds of a partition: the last position, and its sequence in the stream."""

    position: int
    sequence: int


class Bus:
    """One connection to NATS, as one service."""

    def __init__(self, client: Client, service: str) -> None:
        self.client = client
        self.service = service
        self.js: JetStreamContext = client.jetstream(timeout=5)
        self.reconnections = 0

    @classmethod
    async def connect(cls, url: str, service: str) -> Self:
        """Connect, waiting for as long as the server is away; afterwards reconnects by itself."""
        await _until_listening(url)
        bus: Self | None = None

        async def reconnected() -> None:
            if bus is not None:
                bus.reconnections += 1
            log.info("reconnected to the bus")

        async def failed(error: Exception) -> None:
            log.warning("the bus reports", error=repr(error))

        client = await nats.connect(
            url,
            name=service,
            inbox_prefix=f"_INBOX.service.{service}".encode(),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            ping_interval=10,
            max_outstanding_pings=2,
            reconnected_cb=reconnected,
            error_cb=failed,
        )
        bus = cls(client, service)
        return bus

    async def close(self) -> None:
        """Let go of the connection, whatever state it is in."""
        with contextlib.suppress(Exception):
            await self.client.close()

    async def provision_own_stream(self) -> None:
        """The stream of this service's journal, made where it is missing."""
        await self._provision_stream(
            api.StreamConfig(
                name=self.service.upper(),
                subjects=[f"{self.service}.*"],
                storage=api.StorageType.FILE,
                retention=api.RetentionPolicy.LIMITS,
                discard=api.DiscardPolicy.OLD,
                max_bytes=_STREAM_BYTES_MAX,
                max_age=_STREAM_AGE_S,
                duplicate_window=_DUPLICATES_S,
            )
        )

    async def provision_channels(self) -> None:
        """The stream in which channels hand in: kept until intake has it, refused when full.

        Not a work queue, which deletes and syncs at every acknowledgement (measured: 0.13 ms of the server
        a message against 0.01): what was taken is purged from time to time, all at once.
        """
        await self._provision_stream(
            api.StreamConfig(
                name=CHANNELS,
                subjects=["channel.>"],
                storage=api.StorageType.FILE,
                retention=api.RetentionPolicy.LIMITS,
                discard=api.DiscardPolicy.NEW,
                max_bytes=_STREAM_BYTES_MAX,
            )
        )

    async def _provision_stream(self, config: api.StreamConfig) -> None:
        try:
            await self.js.stream_info(config.name or "")
        except NotFoundError:
            await self.js.add_stream(config)
            log.info("provisioned a stream", stream=config.name)

    async def subscription(
        self, stream: str, durable: str, subject: str, ack_pending_max: int = 1, *, only_copy: bool = False
    ) -> JetStreamContext.PullSubscription:
        """A pull subscription on a durable consumer, made where it is missing.

        Where a journal stands behind the stream, the server keeps the consumer's state in memory and begins
        with what is new: acknowledgements cost no disk, and what was missed is read from the owner. `only_copy`
        says that none does: every message is delivered, and the state is as safe as the stream.

        Raises:
            nats.js.errors.NotFoundError: the stream is not there (yet).
        """
        try:
            await self.js.consumer_info(stream, durable)
        except NotFoundError:
            await self.js.add_consumer(
                stream,
                api.ConsumerConfig(
                    durable_name=durable,
                    filter_subject=subject,
                    ack_policy=api.AckPolicy.EXPLICIT,
                    ack_wait=_ACK_WAIT_S,
                    max_ack_pending=ack_pending_max,
                    deliver_policy=api.DeliverPolicy.ALL if only_copy else api.DeliverPolicy.NEW,
                    mem_storage=not only_copy,
                ),
            )
            log.info("provisioned a consumer", stream=stream, consumer=durable)
        return await self.js.pull_subscribe_bind(durable, stream)

    async def purge_taken(self, stream: str, durable: str) -> None:
        """Take everything off a stream that its one consumer has acknowledged, without a gap."""
        floor = (await self.js.consumer_info(stream, durable)).ack_floor
        if floor is not None and floor.stream_seq:
            await self.js.purge_stream(stream, seq=floor.stream_seq + 1)

    async def until_taken(self, stream: str, durable: str) -> None:
        """Return once the one consumer of a stream has acknowledged all that the stream holds now.

        Raises:
            nats.js.errors.NotFoundError: stream or consumer is not there (yet).
        """
        last = (await self.js.stream_info(stream)).state.last_seq
        while True:
            floor = (await self.js.consumer_info(stream, durable)).ack_floor
            if last <= (floor.stream_seq if floor else 0):
                return
            await asyncio.sleep(_TAKEN_LOOK_S)

    async def batches(self, stream: str, durable: str, count_max: int) -> AsyncIterator[list[Message]]:
        """Whatever waits on a durable consumer, up to `count_max` at once, without lingering for more.

        Raises:
            nats.js.errors.NotFoundError: the consumer is gone; provision it again.
        """
        inbox = self.client.new_inbox()
        subscription = await self.client.subscribe(inbox)
        ask = to_json({"batch": count_max, "expires": int(_PULL_S * 1e9)})
        try:
            while True:
                await self.client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}", ask, reply=inbox)
                left = count_max
                while left > 0:
                    try:
                        messages = [await subscription.next_msg(timeout=_PULL_S + 1)]
                    except NatsTimeoutError:
                        await self.js.consumer_info(stream, durable)
                        break
                    while subscription.pending_msgs and len(messages) < count_max:
                        messages.append(await subscription.next_msg(timeout=1))
                    given = [message for message in messages if not _is_status(message)]
                    left = left - len(given) if len(given) == len(messages) else 0
                    if given:
                        yield given
                        await asyncio.sleep(min(_GATHER_MAX_S, _GATHER_EACH_S * (len(given) - 1)))
        finally:
            await subscription.unsubscribe()

    async def held(self, partition: int) -> Held:
        """What this service's own stream really holds of a partition; position 0 for nothing of ours."""
        try:
            message = await self.js.get_last_msg(self.service.upper(), f"{self.service}.{partition}")
        except NotFoundError:
            return Held(0, 0)
        return Held(span_of(message)[1], message.seq or 0)

    async def publish_segment(
        self, partition: int, body: bytes, first: int, last: int, after_sequence: int
    ) -> int:
        """Publish a segment right after the message with that sequence; its own sequence.

        Raises:
            nats.js.errors.APIError: another replica has published meanwhile, or the stream is missing.
        """
        ack = await self.js.publish(
            f"{self.service}.{partition}",
            body,
            stream=self.service.upper(),
            headers={
                "Nats-Msg-Id": f"{self.service}:{partition}:{first}-{last}",
                "Nats-Expected-Last-Subject-Sequence": str(after_sequence),
            },
        )
        return ack.seq

    async def ask(self, subject: str, body: bytes, timeout_s: float) -> bytes:
        """Request and reply. Raises nats.errors.Error when nobody answers in time."""
        message: Message = await self.client.request(subject, body, timeout=timeout_s)
        return message.data


def span_of(message: Message | api.RawStreamMsg) -> tuple[int, int]:
    """The first and last position in a segment, by its id; zeros for a message of no relay."""
    span = (message.headers or {}).get("Nats-Msg-Id", "").rpartition(":")[2]
    first, _, last = span.partition("-")
    return (int(first), int(last)) if first.isdecimal() and last.isdecimal() else (0, 0)


def _is_status(message: Message) -> bool:
    """The server's own word on a pull: it has expired, or there is nothing to pull from."""
    return bool(message.headers) and "Status" in (message.headers or {})


async def _until_listening(url: str) -> None:
    address, told = urlsplit(url), False
    while True:
        try:
            _, writer = await asyncio.open_connection(address.hostname, address.port or 4222)
        except OSError as error:
            if not told:
                log.warning("waits for the bus", error=repr(error))
            told = True
            await asyncio.sleep(_PROBE_S)
        else:
            writer.close()
            return
