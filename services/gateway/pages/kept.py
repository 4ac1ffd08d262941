"""Files of a ticket: what people attached, and mails as they arrived."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.gateway.files import download
from services.gateway.portal import NotHere, Visit
from services.gateway.timeline import files_named, raw_mails

router = APIRouter(include_in_schema=False)


@router.get("/tickets/{number}/files/{sha256}")
async def file(request: Request, number: str, sha256: str) -> Response:
    """An attachment, to whoever sees the occurrence that carries it."""
    visit = await Visit.of_person(request)
    ticket = await visit.ticket(number)
    history = await visit.portal.views.history(ticket.ticket_id)
    attachment = files_named(history, internal=visit.somebody.reads_all).get(sha256)
    if attachment is None:
        raise NotHere
    data = await _blob(visit, sha256)
    return download(data, attachment.name, attachment.content_type)


@router.get("/tickets/{number}/raw/{sha256}")
async def raw(request: Request, number: str, sha256: str) -> Response:
    """A mail exactly as it arrived, for staff and auditors."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    ticket = await visit.ticket(number)
    if sha256 not in raw_mails(await visit.portal.views.history(ticket.ticket_id)):
        raise NotHere
    return download(await _blob(visit, sha256), f"{number}-{sha256[:8]}.eml", "message/rfc822")


async def _blob(visit: Visit, sha256: str) -> bytes:
    try:
        return await visit.portal.blobs.get(sha256)
    except FileNotFoundError as error:
        raise NotHere from error
