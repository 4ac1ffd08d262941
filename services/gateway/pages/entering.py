"""Log in, log out, choose a language."""

import secrets
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.gateway.forms import Form
from services.gateway.logins import Login, Throttled
from services.gateway.portal import Visit
from services.gateway.words import LANGUAGES

router = APIRouter(include_in_schema=False)
SEE_OTHER = 303
_UNAUTHORIZED = 401
_TOO_MANY = 429


@router.get("/login")
async def show(request: Request) -> Response:
    """The page to log in on."""
    visit = await Visit.of(request)
    wanted = _ours(request.query_params.get("next", ""))
    if visit.person is not None:
        return RedirectResponse(wanted, SEE_OTHER)
    return visit.page("login.html", wanted=wanted, login="", problem="")


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Check the password and begin a session."""
    visit = await Visit.of(request)
    form = await Form.of(visit)
    wanted, login = _ours(form.text("next")), form.text("login")
    address = request.client.host if request.client else ""
    password = (await request.form()).get("password", "")
    try:
        found = await visit.portal.logins.check(login, str(password), address)
    except Throttled:
        return visit.page("login.html", _TOO_MANY, wanted=wanted, login=login, problem="login.throttled")
    if found is None:
        return visit.page("login.html", _UNAUTHORIZED, wanted=wanted, login=login, problem="login.wrong")
    await begin_session(visit, found)
    return RedirectResponse(wanted, SEE_OTHER)


async def begin_session(visit: Visit, login: Login) -> None:
    """A session of its own: nothing set before logging in stays, but the language."""
    session = visit.request.session
    language = session.get("language")
    session.clear()
    session.update(id=await visit.portal.logins.begin(login), csrf=secrets.token_urlsafe(24))
    if language:
        session["language"] = language


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """End the session."""
    visit = await Visit.of(request)
    await Form.of(visit)
    language = visit.words.language
    if session := request.session.get("id"):
        await visit.portal.logins.end(session)
    request.session.clear()
    request.session["language"] = language
    return RedirectResponse("/login", SEE_OTHER)


@router.post("/language")
async def choose_language(request: Request) -> Response:
    """Go on in another language, on the same page."""
    form = await Form.of(await Visit.of(request))
    chosen = form.text("language")
    if chosen in LANGUAGES:
        request.session["language"] = chosen
    return RedirectResponse(_ours(form.text("back")), SEE_OTHER)


def _ours(path: str) -> str:
    """A path on this site, whatever a link tries to make of it."""
    parts = urlsplit(path)
    local = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
    clean = local and parts.path != "/login" and "\\" not in path and path.isprintable()
    return path if clean else "/"
