"""Channels of others hand in on `channel.<name>.<Event>`; `Confirm-To` is answered once it is committed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import to_json

from contracts.channels import RequesterReplied, TicketOpened
from contracts.envelope import Actor
from contracts.intake import Delivered
from journal import telemetry
from journal.bus import CHANNELS, Bus, BusError, Message
from journal.clock import Clock
from journal.directory import Directory
from journal.errors import NotYet
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from journal.store import Pool
from services.intake import lookups
from services.intake.channels.unreadable import unreadable
from services.intake.metrics import DISPOSITIONS, MESSAGES, PUT_OFF
from services.intake.reception import Outcome, Reception, passes
from services.intake.submission import Arrival, Match, Submission, submission_stream

TOGETHER_MAX = 200
"""Messages in one transaction."""
FAULT_DELAYS_S = (1.0, 2.0, 4.0, 8.0)
"""How long a message rests after each of its faults; after the last it is parked. In all less than half a minute."""
TIDY_EVERY_S = 10.0
"""What customers wrote stays on the bus for about this long after it was taken in."""
_WAIT_S = 0.25
_PUT_OFF_S = 1.0
_ACK_PENDING_MAX = 1_000
_EVENTS: dict[str, type[TicketOpened | RequesterReplied]] = {
    "TicketOpened": TicketOpened,
    "RequesterReplied": RequesterReplied,
}


@dataclass(frozen=True, slots=True)
class Handed:
    """One message of a channel: what it is, where the answer goes, and the trace it belongs to."""

    message: Message
    arrival: Arrival
    identity: str
    confirm_to: str
    trace: str


class BusChannel:
    """Takes in what channels publish, in batches."""

    def __init__(
        self, bus: Bus, pool: Pool, reception: Reception, directory: Directory, clock: Clock
    ) -> None:
        self._bus = bus
        self._pool = pool
        self._reception = reception
        self._directory = directory
        self._clock = clock
        self._faults: dict[int, int] = {}

    async def run(self) -> None:
        """Take in until cancelled; whatever is not committed stays on the stream."""
        while True:
            try:
                await self._bus.provision_channels()
                await self._until_the_desk_is_known()
                await self._bus.subscription(
                    CHANNELS, "intake", "channel.>", _ACK_PENDING_MAX, only_copy=True
                )
                async for messages in self._bus.batches(CHANNELS, "intake", TOGETHER_MAX):
                    await self._take_in(messages)
            except (BusError, *INFRASTRUCTURE) as error:
                log.warning("channels wait", error=repr(error))
                await asyncio.sleep(_WAIT_S)

    async def tidy(self) -> None:
        """Take off the stream, from time to time, what has been taken in; until cancelled."""
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            try:
                await self._bus.purge_taken(CHANNELS, "intake")
            except BusError as error:
                log.warning("channels not tidied", error=repr(error))

    async def _until_the_desk_is_known(self) -> None:
        while True:
            try:
                _ = self._directory.desk
            except NotYet:
                await asyncio.sleep(_WAIT_S)
            else:
                return

    async def _take_in(self, messages: Sequence[Message]) -> None:
        MESSAGES.labels("bus").inc(len(messages))
        handed = await self._handed(messages)
        outcomes = await self._reception.receive_each([h.arrival for h in handed], [h.trace for h in handed])
        for one, outcome in zip(handed, outcomes, strict=True):
            await self._settle(one, outcome)

    async def _settle(self, handed: Handed, outcome: Outcome) -> None:
        """Answer what is committed; put off what failed, and park what fails again and again."""
        if isinstance(outcome, Exception) and not passes(outcome):
            outcome = await self._after_fault(handed, outcome)
        if isinstance(outcome, Submission):
            DISPOSITIONS.labels("bus", outcome.disposition).inc()
            self._faults.pop(_sequence(handed.message), None)
            if handed.confirm_to:
                answer = to_json(outcome.answer(handed.identity))
                await self._bus.client.publish(handed.confirm_to, answer)
            await handed.message.ack()
            return
        PUT_OFF.labels("bus").inc()
        await handed.message.nak(delay=self._delay_s(handed.message))

    async def _after_fault(self, handed: Handed, error: Exception) -> Outcome:
        sequence = _sequence(handed.message)
        faults = self._faults[sequence] = self._faults.get(sequence, 0) + 1
        # Not its words: they may repeat what somebody wrote.
        log.error(
            "a fault in a channel's message", faults=faults, sequence=sequence, error=type(error).__name__
        )
        if faults <= len(FAULT_DELAYS_S):
            return error
        message, received_at = handed.message, handed.arrival.delivered.received_at
        shell = unreadable(message.subject, message.data, received_at)
        return await self._reception.park(error, handed.trace, handed.arrival, shell)

    def _delay_s(self, message: Message) -> float:
        faults = self._faults.get(_sequence(message), 0)
        return FAULT_DELAYS_S[min(faults, len(FAULT_DELAYS_S)) - 1] if faults else _PUT_OFF_S

    async def _handed(self, messages: Sequence[Message]) -> list[Handed]:
        received_at = self._clock.now()
        events = [_event(message) for message in messages]
        numbers = {event.number for event in events if isinstance(event, RequesterReplied)}
        tickets = await lookups.tickets_numbered(self._pool, numbers) if numbers else {}
        return [
            _one_handed(message, event, tickets, received_at)
            for message, event in zip(messages, events, strict=True)
        ]


def _sequence(message: Message) -> int:
    return message.metadata.sequence.stream


def _event(message: Message) -> TicketOpened | RequesterReplied | str:
    """What a message says, or why it cannot be read."""
    _, _, kind = message.subject.removeprefix("channel.").partition(".")
    if kind not in _EVENTS:
        return f"no contract names the event {kind!r}"
    try:
        return _EVENTS[kind].model_validate_json(message.data)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in problems)


def _one_handed(
    message: Message,
    event: TicketOpened | RequesterReplied | str,
    tickets: dict[str, Match],
    received_at: datetime,
) -> Handed:
    headers = message.headers or {}
    name = message.subject.split(".")[1]
    trace = telemetry.child(headers.get("traceparent", "") or telemetry.start(), f"channel {name[:100]}")
    confirm_to = _confirm_to(headers, name)
    if isinstance(event, str):
        arrival = replace(unreadable(message.subject, message.data, received_at), invalid=event)
        return Handed(message, arrival, "", confirm_to, trace)
    return Handed(
        message, _arrival(event, name, tickets, received_at), event.submission_id, confirm_to, trace
    )


def _arrival(
    event: TicketOpened | RequesterReplied, name: str, tickets: dict[str, Match], received_at: datetime
) -> Arrival:
    delivered = Delivered(
        channel=event.channel,
        via=name[:200],
        received_at=min(event.received_at or received_at, received_at),
        sender=event.requester,
        subject=event.subject if isinstance(event, TicketOpened) else "",
        text=event.text,
        attachments=event.attachments,
    )
    arrival = Arrival(
        submission_id=submission_stream(name, event.submission_id),
        delivered=delivered,
        by=Actor(role="requester", key=event.requester[:200]),
    )
    if isinstance(event, TicketOpened):
        return replace(arrival, application=event.application)
    match = tickets.get(event.number)
    return replace(arrival, match=match, named=True, invalid="" if match else "no ticket has this number")


def _confirm_to(headers: dict[str, str], name: str) -> str:
    """Where the answer goes: an inbox of the channel itself, never of another, and never a pattern."""
    subject = headers.get("Confirm-To", "")
    own = subject.startswith(f"_INBOX.channel.{name}.")
    return subject if own and not set(subject) & set("*> \t\r\n") and ".." not in subject else ""
