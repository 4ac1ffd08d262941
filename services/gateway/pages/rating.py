"""Rate a resolution through the link in its e-mail. GET only shows: mail scanners follow links."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import RateResolution
from contracts.envelope import Actor
from journal.tokens import verify_rating_token
from services.gateway.forms import FAULT, REFUSED, Form, new_key
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import NotHere, Visit
from services.gateway.rows import TicketRow

router = APIRouter(include_in_schema=False)
SCORES = (1, 2, 3, 4, 5)


@router.get("/rate/{token}")
async def show(request: Request, token: str) -> Response:
    """Ask for the rating."""
    visit = await Visit.of(request)
    ticket, resolution = await _rated(visit, token)
    return _page(visit, ticket, resolution, done=request.query_params.get("done") == "1")


@router.post("/rate/{token}")
async def rate(request: Request, token: str) -> Response:
    """Record it, as said by the ticket's requester, who alone was sent the link."""
    visit = await Visit.of(request)
    ticket, resolution = await _rated(visit, token)
    form = await Form.of(visit)
    try:
        command = RateResolution.model_validate(
            {
                "ticket_id": ticket.ticket_id,
                "resolution": resolution,
                "score": form.text("score"),
                "comment": form.text("comment"),
            }
        )
    except ValidationError:
        return _page(visit, ticket, resolution, REFUSED, problem=visit.words("rate.choose"), form=form)
    by = Actor(role="requester", key=ticket.requester)
    reply = await visit.portal.asker.ask(by, command, form.key(command))
    if reply.outcome != "done":
        status = FAULT if reply.outcome == "fault" else REFUSED
        problem = visit.refusal(reply)
        return _page(visit, ticket, resolution, status, problem=problem, form=form)
    return RedirectResponse(f"/rate/{token}?done=1", SEE_OTHER)


async def _rated(visit: Visit, token: str) -> tuple[TicketRow, int]:
    """The ticket and resolution of a token. Raises NotHere for one that the desk has not made."""
    signed = verify_rating_token(token, visit.portal.keys)
    ticket = await visit.portal.views.ticket_of(signed[0]) if signed else None
    if signed is None or ticket is None:
        raise NotHere
    return ticket, signed[1]


def _page(
    visit: Visit,
    ticket: TicketRow,
    resolution: int,
    status: int = 200,
    *,
    done: bool = False,
    problem: str = "",
    form: Form | None = None,
) -> Response:
    latest = resolution == ticket.resolution
    return visit.page(
        "rate.html",
        status,
        ticket=ticket,
        open_to_rating=latest and ticket.status != "closed",
        scores=SCORES,
        score=form.text("score") if form else str((ticket.score if latest else None) or ""),
        comment=form.text("comment") if form else "",
        done=done,
        problem=problem,
        key=new_key(),
    )
