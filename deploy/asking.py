"""How the operator's programs ask a running desk: the same request until it is answered, for as long as patience lasts."""

import asyncio
import getpass
import os
from collections.abc import Mapping

from nats.errors import Error as NatsError

from contracts.envelope import Actor, Reply
from deploy.auditor.place import Place
from journal.bus import Bus

_AGAIN_S = 0.2


def operator() -> Actor:
    """The desk itself, by the hand of the person at the terminal."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = ""
    return Actor(role="system", key="desk", name=name)


def whereabouts(environ: Mapping[str, str] = os.environ) -> tuple[str, str]:
    """Where commands are sent, and the desk's clock: `NATS_URL` and `DESK_CLOCK`, else the desk that runs here.

    Raises:
        Unable: no desk runs here and the environment names none (`no_desk`).
    """
    if url := environ.get("NATS_URL", ""):
        return url, environ.get("DESK_CLOCK", "")
    only = {name: value for name, value in environ.items() if name == "ATENDIMENTO_STATE"}
    described = Place.find(only).described
    return described["services"]["gateway"]["NATS_URL"], described["clock"]


async def answered(bus: Bus, service: str, request: bytes, *, answer_s: float, patience_s: float) -> Reply:
    """The service's answer to the bytes of a `Request`, which it gives once however often it is asked.

    A service may just be restarting: it is asked again after `answer_s` seconds without an answer, and after a
    fault; what comes of it once `patience_s` have passed is a `fault`.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    while True:
        try:
            reply = Reply.parse(await bus.ask(f"command.{service}", request, answer_s))
        except (NatsError, OSError) as error:
            reply = Reply(outcome="fault", code=type(error).__name__)
        if reply.outcome != "fault" or loop.time() > deadline:
            return reply
        await asyncio.sleep(_AGAIN_S)
