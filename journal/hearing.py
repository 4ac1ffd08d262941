"""Hearing: a service is asked to apply what a source of its has to tell, and answers once it has, or cannot.

`journal.<service>.hear {source, at}`. The source is a service that it follows, or, of intake, `channels`: what has
reached the desk and is in no journal yet.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from pydantic import AwareDatetime, BaseModel
from pydantic_core import from_json, to_json

from journal.bus import Bus
from journal.clock import Clock
from journal.infrastructure import INFRASTRUCTURE
from journal.log import log

CHANNELS_SOURCE = "channels"
"""What intake is asked to hear: its mailboxes at other servers, and the stream CHANNELS."""

Hear: TypeAlias = Callable[[datetime], Awaitable[None]]
"""Applies here whatever a source has to tell by now, and had by that desk instant; raises what INFRASTRUCTURE names."""


class Asked(BaseModel):
    """What is to be heard; `at` is a desk instant, now where it is not given."""

    source: str
    at: AwareDatetime | None = None


async def let_hear(bus: Bus, service: str, source: str, at: datetime, timeout_s: float) -> None:
    """Have another service apply whatever a source of its has to tell, up to the instant at least.

    What follows from it stands in the service's journal then.

    Raises:
        nats.errors.Error: it does not answer in time.
        ConnectionError: it does not hear the source itself, or answers with something else.
    """
    asked = to_json({"source": source, "at": at})
    answer = await bus.ask(f"journal.{service}.hear", asked, timeout_s)
    try:
        heard = from_json(answer) == {"heard": True}
    except ValueError as error:
        raise ConnectionError(f"{service} answered with something else: {error}") from error
    if not heard:
        raise ConnectionError(f"{service} does not hear {source}")


def hearer(hears: Mapping[str, Hear], clock: Clock) -> Callable[[bytes], Awaitable[Any]]:
    """Answers once all that the source has to tell is applied here.

    `heard` is false where the source did not say, or is none here: what it knows remains unknown.
    """

    async def hear(body: bytes) -> Any:
        asked = Asked.model_validate_json(body)
        if asked.source not in hears:
            return {"heard": False}
        try:
            await hears[asked.source](asked.at or clock.now())
        except INFRASTRUCTURE as error:
            log.warning("not heard", source=asked.source, error=repr(error))
            return {"heard": False}
        return {"heard": True}

    return hear
