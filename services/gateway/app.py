"""The application: pages, API, static files, and what stands around them."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from services.gateway.api import API_PREFIX, calls, reads
from services.gateway.api import levels as level_reads
from services.gateway.faults import Faults
from services.gateway.files import FileRefused
from services.gateway.guards import LimitedBody, SecureHeaders
from services.gateway.logins import SESSION
from services.gateway.pages import (
    alerts,
    clocks,
    directory,
    entering,
    history,
    kept,
    letters,
    levels,
    lists,
    opening,
    parked,
    planning,
    rating,
    ratings,
    rebasing,
    suspended,
    ticket,
)
from services.gateway.portal import HERE, Forged, LoginNeeded, NotAllowed, NotHere, Portal, Visit

COOKIE = "atendimento"

Handler = Callable[[Request, Any], Awaitable[Response]]


def application(portal: Portal) -> FastAPI:
    """The pages and the API over the given parts. Nothing in them comes from another host."""
    app = FastAPI(
        title="Atendimento",
        version="1",
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.portal = portal
    for room in (
        entering,
        lists,
        opening,
        history,
        clocks,
        ticket,
        planning,
        kept,
        letters,
        parked,
        alerts,
        levels,
        ratings,
        rating,
        suspended,
        rebasing,
        directory,
    ):
        app.include_router(room.router)
    app.include_router(reads.router, prefix=API_PREFIX)
    app.include_router(level_reads.router, prefix=API_PREFIX)
    app.include_router(calls.router, prefix=API_PREFIX)
    app.mount("/static", StaticFiles(directory=HERE / "static"), "static")
    for outcome, handler in _OUTCOMES.items():
        app.add_exception_handler(outcome, handler)
    app.add_middleware(LimitedBody, bytes_max=portal.settings.upload_bytes_max)
    app.add_middleware(
        SessionMiddleware,
        secret_key=portal.session_secret,
        session_cookie=f"__Host-{COOKIE}" if portal.https else COOKIE,
        max_age=int(SESSION.total_seconds()),
        same_site="lax",
        https_only=portal.https,
    )
    app.add_middleware(Faults)
    app.add_middleware(SecureHeaders, https=portal.https)
    return app


async def _login_needed(request: Request, _: Any) -> Response:
    if _is_api(request):
        return JSONResponse({"code": "login_needed"}, 401)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = wanted if request.method == "GET" else "/"
    return RedirectResponse(f"/login?next={quote(back, safe='/')}", 303)


def _told(status: int, code: str) -> Handler:
    async def tell(request: Request, _: Any) -> Response:
        if _is_api(request):
            return JSONResponse({"code": code}, status)
        visit = await Visit.of(request)
        return visit.page("problem.html", status, code=code)

    return tell


async def _file_refused(_: Request, refused: Any) -> Response:
    """A form shows the sentence in its place; here a program had handed the file in."""
    return JSONResponse({"code": refused.code, "facts": refused.facts}, 413)


async def _http(request: Request, error: Any) -> Response:
    code = "not_here" if error.status_code in (404, 405) else "bad_request"
    return await _told(error.status_code, code)(request, error)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(API_PREFIX)


_OUTCOMES: dict[Any, Any] = {
    LoginNeeded: _login_needed,
    NotAllowed: _told(403, "not_allowed"),
    NotHere: _told(404, "not_here"),
    Forged: _told(403, "forged"),
    FileRefused: _file_refused,
    HTTPException: _http,
}
