"""How the world speaks to the desk: each sender repeats itself until it is acknowledged, as a real one does."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

import aiosmtplib
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic_core import from_json, to_json

from contracts.channels import RequesterReplied, TicketOpened
from contracts.envelope import Actor, Command, Reply, Request
from tests.running import RunningDesk

T = TypeVar("T")
PATIENCE_S = 90.0
"""After this a message counts as never acknowledged: longer than any single fault lasts."""
ANSWER_S = 3.0
AGAIN_S = 0.25
TWICE = 0.1
"""How often a sender says the same thing once more though it was acknowledged."""
CHANNEL = "demo"


class Senders:
    """A channel on the bus, mail servers, and the gateway's way of asking."""

    def __init__(
        self, desk: RunningDesk, channel: Client, gateway: Client, rng: random.Random, surprises: list[str]
    ) -> None:
        self._desk = desk
        self._channel = channel
        self._gateway = gateway
        self._rng = rng
        self._surprises = surprises
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def listen(self) -> None:
        """Hear the answers on `Confirm-To`."""

        async def heard(message: Msg) -> None:
            waiting = self._answers.get(message.subject)
            if waiting is not None and not waiting.done():
                waiting.set_result(from_json(message.data))

        await self._channel.subscribe(f"_INBOX.channel.{CHANNEL}.confirm.*", cb=heard)

    async def publish(self, event: TicketOpened | RequesterReplied) -> dict[str, Any]:
        """Publish on the bus until `Confirm-To` is answered; what became of it."""
        inbox = f"_INBOX.channel.{CHANNEL}.confirm.{uuid4().hex}"
        subject = f"channel.{CHANNEL}.{type(event).__name__}"

        async def once() -> dict[str, Any] | None:
            answer = self._answers[inbox] = asyncio.get_running_loop().create_future()
            with contextlib.suppress(NatsError, TimeoutError, OSError):
                await self._channel.publish(subject, event.encoded(), headers={"Confirm-To": inbox})
                return await asyncio.wait_for(asyncio.shield(answer), ANSWER_S)
            return None

        try:
            return await self._until_acknowledged(once)
        finally:
            del self._answers[inbox]

    async def mail(self, raw: bytes, sender: str, to: str) -> None:
        """Send by SMTP until 250."""

        async def once() -> bool | None:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                port = self._rng.choice(self._smtp_ports())
                await aiosmtplib.send(
                    raw, sender=sender, recipients=[to], hostname="127.0.0.1", port=port, timeout=10,
                    use_tls=False, start_tls=False,
                )  # fmt: skip
                return True
            return None

        await self._until_acknowledged(once)

    async def ask(self, command: Command, by: Actor) -> Reply:
        """Ask as the gateway does, with one idempotency key, until a service has decided."""
        request = Request(id=uuid4().hex, type=command.topic, by=by, data=command.model_dump(mode="json"))

        async def once() -> Reply | None:
            with contextlib.suppress(NatsError, TimeoutError, OSError):
                answer = await self._gateway.request(
                    f"command.{command.owner}", to_json(request), timeout=ANSWER_S
                )
                reply = Reply.parse(answer.data)
                return None if reply.outcome == "fault" else reply
            return None

        return await self._until_acknowledged(once)

    async def _until_acknowledged(self, once: Callable[[], Awaitable[T | None]]) -> T:
        async with asyncio.timeout(PATIENCE_S):
            while (answer := await once()) is None:
                await asyncio.sleep(AGAIN_S)
            again = await once() if self._rng.random() < TWICE else None
            if again is not None and not _agree(answer, again):
                self._surprises.append(f"asked again, the desk says {again}, after {answer}")
        return answer

    def _smtp_ports(self) -> list[int]:
        return [
            int((child.env or {})["SMTP_PORT"])
            for name, child in self._desk.children.items()
            if name.partition("-")[0] == "intake"
        ]


@contextlib.asynccontextmanager
async def senders(desk: RunningDesk, rng: random.Random, surprises: list[str]) -> AsyncIterator[Senders]:
    """Senders for the time of a block; they reconnect whatever happens to the bus, and note what surprises them."""

    async def connect(user: str, inbox: bytes) -> Client:
        return await nats.connect(
            desk.nats_url(user), inbox_prefix=inbox, max_reconnect_attempts=-1, reconnect_time_wait=0.2,
            ping_interval=5, error_cb=_silent,
        )  # fmt: skip

    channel = await connect(f"channel-{CHANNEL}", f"_INBOX.channel.{CHANNEL}".encode())
    gateway = await connect("admin", b"_INBOX")
    try:
        ours = Senders(desk, channel, gateway, rng, surprises)
        await ours.listen()
        yield ours
    finally:
        await channel.close()
        await gateway.close()


def _agree(answer: object, again: object) -> bool:
    """Whether two answers to one message agree: they are equal, but for a reply that came too late.

    That one was appended as far as intake knew, and has opened a ticket of its own since.
    """
    if again == answer or not (isinstance(answer, dict) and isinstance(again, dict)):
        return again == answer
    late = {**answer, "disposition": "opened", "ticket_id": again["ticket_id"], "number": again["number"]}
    opened = again["number"] is not None and again["ticket_id"] != answer["ticket_id"]
    return answer["disposition"] == "appended" and opened and again == late


async def _silent(_: Exception) -> None:
    """A lost connection is what these tests are about."""
