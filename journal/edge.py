"""The edge of a service: commands and reads by request on the bus, health and metrics by HTTP."""

import contextlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import uvicorn
from faststream.asgi import AsgiFastStream, AsgiResponse, get
from faststream.message import StreamMessage
from faststream.nats import NatsBroker
from prometheus_client import make_asgi_app
from pydantic_core import from_json

from journal import store
from journal.commands import TOGETHER_MAX, Commands
from journal.entry import SEGMENT_ENTRIES_MAX, cut, segment
from journal.hearing import hearer
from journal.infrastructure import INFRASTRUCTURE

if TYPE_CHECKING:
    from journal.service import Service

_HEARINGS_MAX = 16
"""At once: one that has to wait must not keep those behind it from an answer. Source: our choice."""
_PING_S = 0.5
"""How long `/ready` waits to see that commands would be answered."""


def server(service: "Service") -> uvicorn.Server:
    """`/live`, `/ready`, `/metrics`, and with them the answers on the bus, for as long as it serves."""
    broker = NatsBroker(
        service.settings.nats_url,
        apply_types=False,
        logger=None,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        inbox_prefix=f"_INBOX.service.{service.name}",
        name=f"{service.name}-answers",
    )
    if service.relay:
        read = broker.subscriber(f"journal.{service.name}.read", queue=service.name, decoder=_undecoded)
        read(_reader(service))
        hear = broker.subscriber(
            f"journal.{service.name}.hear",
            queue=service.name,
            decoder=_undecoded,
            max_workers=_HEARINGS_MAX,
        )
        hear(hearer(service.hears, service.clock))
    if service.commands:
        # Many at once: those that arrive together are appended together.
        answer = broker.subscriber(
            f"command.{service.name}", queue=service.name, decoder=_undecoded, max_workers=TOGETHER_MAX
        )
        answer(_answerer(service.commands))

    @get
    async def live(_: object) -> AsgiResponse:
        return AsgiResponse(b"live", 200)

    @get
    async def ready(_: object) -> AsgiResponse:
        fit = service.bus.client.is_connected and await broker.ping(_PING_S)
        fit = fit and all(check() for check in service.ready_checks)
        if fit:
            try:
                await service.pool.fetchval("select 1", timeout=2)
            except INFRASTRUCTURE:
                fit = False
        return AsgiResponse(f"{service.name} {'ready' if fit else 'not ready'}".encode(), 200 if fit else 503)

    app = AsgiFastStream(
        broker, logger=None, asgi_routes=[("/live", live), ("/ready", ready), ("/metrics", make_asgi_app())]
    )
    settings = service.settings
    config = uvicorn.Config(
        app, host=settings.service_host, port=settings.service_port, log_level="warning", access_log=False
    )
    serving = uvicorn.Server(config)
    # Signals are the service's: uvicorn would raise them again and cut the others short.
    serving.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    return serving


async def _undecoded(message: StreamMessage[Any]) -> bytes:
    """The bytes: FastStream's own decoding fails on deep nesting and long numbers, and nobody would answer."""
    return message.body


def _reader(service: "Service") -> Callable[[Any], Awaitable[Any]]:
    """Answers `journal.<service>.read {partition, after, limit}` with a segment."""

    async def read(body: bytes) -> Any:
        asked = from_json(body)
        limit = min(int(asked["limit"]), SEGMENT_ENTRIES_MAX)
        entries = await store.read(service.pool, int(asked["partition"]), int(asked["after"]), limit)
        return segment(service.name, cut(entries))

    return read


def _answerer(commands: Commands) -> Callable[[Any], Awaitable[Any]]:
    async def answer(body: bytes) -> Any:
        return await commands.ask_raw(body)

    return answer
