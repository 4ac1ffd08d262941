"""Channels of others hand in on `channel.<name>.<Event>`; `Confirm-To` is answered once it is committed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.errors import APIError
from pydantic import ValidationError
from pydantic_core import to_json

from contracts.channels import RequesterReplied, TicketOpened
from contracts.envelope import Actor
from contracts.intake import Delivered
from journal import telemetry
from journal.bus import CHANNELS, Bus
from journal.clock import Clock
from journal.errors import Conflict
from journal.follower import INFRASTRUCTURE
from journal.log import log
from journal.store import Pool
from services.intake import views
from services.intake.reception import Reception
from services.intake.submission import Arrival, Submission, submission_stream

TOGETHER_MAX = 200
"""Messages in one transaction."""
_ACK_PENDING_MAX = 1_000
_EVENTS: dict[str, type[TicketOpened | RequesterReplied]] = {
    "TicketOpened": TicketOpened,
    "RequesterReplied": RequesterReplied,
}
_DETAIL_MAX = 500


@dataclass(frozen=True, slots=True)
class Handed:
    """One message of a channel: what it is, where the answer goes, and the trace it belongs to."""

    message: Msg
    arrival: Arrival
    identity: str
    confirm_to: str
    trace: str


class BusChannel:
    """Takes in what channels publish, in batches."""

    def __init__(self, bus: Bus, pool: Pool, reception: Reception, clock: Clock) -> None:
        self._bus = bus
        self._pool = pool
        self._reception = reception
        self._clock = clock

    async def run(self) -> None:
        """Take in until cancelled; whatever is not committed stays on the stream."""
        while True:
            try:
                await self._bus.provision_channels()
                await self._bus.subscription(CHANNELS, "intake", "channel.>", _ACK_PENDING_MAX)
                async for messages in self._bus.batches(CHANNELS, "intake", TOGETHER_MAX):
                    await self._take_in(messages)
            except (NatsError, APIError, Conflict, *INFRASTRUCTURE) as error:
                log.warning("channels wait", error=repr(error))
                await asyncio.sleep(0.25)

    async def _take_in(self, messages: Sequence[Msg]) -> None:
        handed = [await self._handed(message) for message in messages]
        try:
            taken = await self._reception.receive([h.arrival for h in handed], [h.trace for h in handed])
        except (Conflict, *INFRASTRUCTURE):
            raise
        except Exception as error:  # noqa: BLE001 - one message's fault must not hold up the others
            if len(messages) == 1:
                log.exception("a channel's message cannot be taken in", error=repr(error))
                await messages[0].nak(delay=5)
                return
            for message in messages:
                await self._take_in([message])
            return
        for one, submission in zip(handed, taken, strict=True):
            await self._confirm(one, submission)

    async def _confirm(self, handed: Handed, submission: Submission) -> None:
        if handed.confirm_to:
            await self._bus.client.publish(handed.confirm_to, to_json(submission.answer(handed.identity)))
        await handed.message.ack()

    async def _handed(self, message: Msg) -> Handed:
        headers = message.headers or {}
        _, name, kind = message.subject.split(".", 2)
        received_at = self._clock.now()
        trace = telemetry.child(headers.get("traceparent", "") or telemetry.start(), f"channel {name}")
        try:
            event = _EVENTS[kind].model_validate_json(message.data)
        except (KeyError, ValidationError) as error:
            arrival = _unreadable(message, name, received_at, error)
            return Handed(message, arrival, "", _confirm_to(headers, name), trace)
        arrival = await self._arrival(event, name, received_at)
        return Handed(message, arrival, event.submission_id, _confirm_to(headers, name), trace)

    async def _arrival(
        self, event: TicketOpened | RequesterReplied, name: str, received_at: datetime
    ) -> Arrival:
        opened = isinstance(event, TicketOpened)
        delivered = Delivered(
            channel=event.channel,
            via=name,
            received_at=min(event.received_at or received_at, received_at),
            sender=event.requester,
            subject=event.subject if isinstance(event, TicketOpened) else "",
            text=event.text,
            attachments=event.attachments,
        )
        match = None if opened else await views.ticket_numbered(self._pool, event.number)  # type: ignore[union-attr]
        invalid = "" if opened or match else "no ticket has this number"
        return Arrival(
            submission_id=submission_stream(name, event.submission_id),
            delivered=delivered,
            by=Actor(role="requester", key=event.requester[:200]),
            application=event.application if isinstance(event, TicketOpened) else None,
            match=match,
            invalid=invalid,
        )


def _confirm_to(headers: dict[str, str], name: str) -> str:
    """Where the answer goes: an inbox of the channel itself, never of another."""
    subject = headers.get("Confirm-To", "")
    return subject if subject.startswith(f"_INBOX.channel.{name}.") else ""


def _unreadable(message: Msg, name: str, received_at: datetime, error: Exception) -> Arrival:
    """What is not of a published form is rejected by name, its beginning kept for a person to see."""
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        why = "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems)
    else:
        why = f"no contract names the event {error}"
    delivered = Delivered(
        channel="web",
        via=name[:200],
        received_at=received_at,
        sender=name[:300],
        text=message.data[:_DETAIL_MAX].decode("utf-8", "replace"),
    )
    return Arrival(
        submission_id=submission_stream(name, sha256(message.subject.encode() + message.data).hexdigest()),
        delivered=delivered,
        by=Actor(role="system", key=name[:200]),
        invalid=why[:_DETAIL_MAX],
    )
