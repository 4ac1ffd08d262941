"""When a part behind the pages is away, or we made a mistake: one clear answer, one line in the log."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from journal.infrastructure import INFRASTRUCTURE
from journal.log import log
from services.gateway.api import API_PREFIX

_UNAVAILABLE = 503
_RETRY_S = "5"
_PAGE = """<!doctype html><html lang="pt-BR"><meta charset="utf-8"><title>Atendimento</title>
<link rel="stylesheet" href="/static/desk.css"><main class="narrow"><div class="card">
<h1>Volte em instantes</h1><p>Uma parte do atendimento não respondeu. Nada foi perdido; tente de novo em
alguns segundos.</p><p lang="en">A part of the desk did not answer. Nothing is lost; try again in a few
seconds.</p></div></main>"""


class Faults:
    """Answers for whatever was raised: the trace goes to the log, never to the person."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 503 when that fails before anything was said."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except INFRASTRUCTURE as error:
            log.warning("a page waits for a part", path=_room(scope), error=repr(error))
            if not started:
                await _answer(scope, send)
        except Exception as error:  # noqa: BLE001 - the last place where anything is caught
            log.exception("a page failed", path=_room(scope), error=repr(error))
            if not started:
                await _answer(scope, send)


def _room(scope: Scope) -> str:
    """The pattern of the address, without numbers, tokens and searches."""
    route = scope.get("route")
    return str(getattr(route, "path", "?"))


async def _answer(scope: Scope, send: Send) -> None:
    api = scope["path"].startswith(API_PREFIX)
    body = b'{"code":"fault"}' if api else _PAGE.encode()
    kind = b"application/json" if api else b"text/html; charset=utf-8"
    headers = [(b"content-type", kind), (b"retry-after", _RETRY_S.encode())]
    await send({"type": "http.response.start", "status": _UNAVAILABLE, "headers": headers})
    await send({"type": "http.response.body", "body": body})
