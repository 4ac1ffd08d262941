"""A mail as it came: its HTML with its own pictures, on a page of ours."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.gateway.letters import Letter, letter_of, shown
from services.gateway.portal import NotHere, Visit
from services.gateway.timeline import moments

router = APIRouter(include_in_schema=False)


@router.get("/tickets/{number}/letters/{moment_id}")
async def of_ticket(request: Request, number: str, moment_id: str) -> Response:
    """The mail behind an occurrence, to whoever sees the occurrence."""
    visit = await Visit.of_person(request)
    ticket = await visit.ticket(number)
    history = await visit.portal.views.history(ticket.ticket_id)
    told = moments(history, internal=visit.somebody.reads_all)
    moment = next((each for each in told if each.id == moment_id and each.html), None)
    if moment is None:
        raise NotHere
    return await _page(
        visit,
        Letter(moment.html, moment.images),
        files=f"/tickets/{number}/files",
        back=f"/tickets/{number}#{moment.id}",
        raw=f"/tickets/{number}/raw/{moment.raw}" if moment.raw else "",
        title=f"{number} {ticket.subject}",
        headline=visit.names.headline(moment),
        at=moment.at,
        text=moment.text,
        quoted=moment.quoted,
    )


@router.get("/parked/{submission_id}/letter")
async def of_parked(request: Request, submission_id: UUID) -> Response:
    """A mail that waits for a person, for staff and auditors."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    parked = await visit.portal.views.parked_one(submission_id)
    if parked is None or not parked.delivered.html:
        raise NotHere
    delivered, files = parked.delivered, f"/parked/{submission_id}/files"
    return await _page(
        visit,
        letter_of(delivered),
        files=files,
        back=f"/parked/{submission_id}",
        raw=f"{files}/{delivered.raw}" if delivered.raw else "",
        title=delivered.subject or visit.words("no_subject"),
        headline=f"{delivered.sender_name} <{delivered.sender}>",
        at=delivered.received_at,
        text=delivered.text,
        quoted=delivered.quoted,
    )


async def _page(visit: Visit, letter: Letter, *, files: str, **about: Any) -> Response:
    """The page; the text alone where the bytes of the HTML are not here."""
    return visit.page("letter.html", html=await shown(letter, visit.portal.blobs, files), **about)
