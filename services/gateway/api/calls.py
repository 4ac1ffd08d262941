"""Every command that a person may send, by `POST /commands/<topic>`, and the files that commands name."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import BaseModel

from contracts.commands import RetryDeadLetter
from contracts.envelope import COMMANDS, Attachment, Command, Reply
from contracts.policy import RULES, permits
from services.gateway.files import FileRefused, keep
from services.gateway.forms import FAULT, REFUSED, for_command, owned_key
from services.gateway.portal import NotAllowed, NotHere, Visit
from services.gateway.roles import may_see

router = APIRouter(tags=["commands"])
_NAMING_TICKETS = ("ticket_id", "into", "other", "follows")
"""Fields of commands that name a ticket: one that the person may not see is not there."""

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=100,
        pattern=r"^[!-~]+$",
        description="the same command twice with the same key is done once",
    ),
]
Token = Annotated[str, Header(alias="X-CSRF-Token", description="`csrf` of the session")]


@router.post("/files", summary="Hand in a file")
async def hand_in(
    request: Request, token: Token, name: Annotated[str, Query(min_length=1, max_length=255)]
) -> Attachment:
    """Keep the body as a file; the answer is what a command names as its attachment."""
    visit = await Visit.of_person(request)
    visit.must_be_ours(token)
    if visit.somebody.role == "auditor":
        raise NotAllowed
    limit = visit.portal.settings.file_bytes_max
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > limit:
            raise FileRefused("too_large", name=name, size=limit)
    content_type = request.headers.get("content-type", "")
    attachment = await keep(bytes(data), name, content_type, visit.portal.blobs)
    await visit.portal.logins.brought(visit.somebody.login, attachment.sha256)
    return attachment


def _caller(form: type[Command]) -> Callable[..., Awaitable[Any]]:
    async def call(request: Request, response: Response, body: Command, key: Key, token: Token) -> Reply:
        visit = await Visit.of_person(request)
        visit.must_be_ours(token)
        await _must_be_allowed(visit, body)
        own = owned_key("api", visit.somebody.login, for_command(key, body))
        reply = await visit.portal.asker.ask(visit.somebody.actor, body, own)
        response.status_code = {"done": 200, "refused": REFUSED}.get(reply.outcome, FAULT)
        return reply

    call.__annotations__["body"] = form
    call.__doc__ = form.__doc__
    return call


async def _must_be_allowed(visit: Visit, command: Command) -> None:
    """Raises NotAllowed or NotHere as the pages do, before any service is asked."""
    if not permits(visit.somebody.actor, command):
        raise NotAllowed
    for ticket_id in filter(None, (getattr(command, name, None) for name in _NAMING_TICKETS)):
        ticket = await visit.portal.views.ticket_of(ticket_id)
        if ticket is None or not may_see(visit.somebody, ticket):
            raise NotHere
    attached: Iterable[Attachment] = getattr(command, "attachments", ())
    for attachment in attached:
        # An address is no proof: only whoever handed the bytes in may attach them.
        if not await visit.portal.logins.has_brought(visit.somebody.login, attachment.sha256):
            raise NotAllowed


class Problem(BaseModel):
    """Why a call was not done; `code` is for programs."""

    code: str


BY_PEOPLE: tuple[type[Command], ...] = tuple(
    form for form in COMMANDS.values() if RULES.get(form) or issubclass(form, RetryDeadLetter)
)
"""All but those that the desk alone sends; who may send which is in contracts/policy.py."""

for _form in BY_PEOPLE:
    router.add_api_route(
        f"/commands/{_form.topic}",
        _caller(_form),
        methods=["POST"],
        response_model=Reply,
        name=_form.__name__,
        operation_id=_form.topic,
        responses={403: {"model": Problem}, 404: {"model": Problem}, REFUSED: {"model": Reply}},
    )
