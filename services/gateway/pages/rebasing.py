"""Open tickets counted by the newest version of their policy: what would change is seen first, then it is done."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import REBASED_MAX, PreviewRebase, Rebased, RebasedTicket, RebaseTickets
from contracts.directory import Calendar, Record, SlaPolicy
from contracts.envelope import Reply
from contracts.policy import permits
from services.gateway.forms import FAULT, REFUSED, Form, new_key, wrong_fields
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import NotAllowed, NotHere, Visit

router = APIRouter(include_in_schema=False)
TOGETHER_MAX = 2 * REBASED_MAX
"""Tickets of one page. Source: judgement: what a person looks through; the rest follows on the next."""
KINDS: Mapping[str, type[Record]] = {"sla_policy": SlaPolicy, "calendar": Calendar}
"""The records whose versions tickets pin."""


@router.get("/rebase/{kind}/{key}")
async def show(request: Request, kind: str, key: str) -> Response:
    """What counting the open tickets by the newest version would change."""
    return await _page(await _managing(request, kind, key), kind, key)


@router.post("/rebase/{kind}/{key}")
async def rebase(request: Request, kind: str, key: str) -> Response:
    """Do it, if the versions are still those that were shown."""
    visit = await _managing(request, kind, key)
    form = await Form.of(visit)
    ids = (await visit.portal.views.overview.older(kind, key, newest(visit, kind, key)))[:TOGETHER_MAX]
    if form.text("versions") != versions(visit, kind, key):
        return await _page(visit, kind, key, REFUSED, visit.words("rebase.moved"))
    done = 0
    for batch in _batches(ids):
        try:
            command = RebaseTickets(ticket_ids=batch, reason=form.text("reason"))
        except ValidationError as error:
            return await _page(visit, kind, key, REFUSED, wrong_fields(error, visit))
        reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
        if reply.outcome != "done":
            status = FAULT if reply.outcome == "fault" else REFUSED
            told = visit.words("rebase.stopped", count=done, why=visit.refusal(reply))
            return await _page(visit, kind, key, status, told)
        done += len(batch)
    return RedirectResponse(f"/rebase/{kind}/{key}?done={done}", SEE_OTHER)


def newest(visit: Visit, kind: str, key: str) -> int:
    """The newest version of that record."""
    return visit.portal.directory.version(KINDS[kind], key)


def versions(visit: Visit, kind: str, key: str) -> str:
    """The versions that a rebase would go by now: they stand in the form, so that nobody confirms others."""
    policy = visit.portal.directory.get(SlaPolicy, key) if kind == "sla_policy" else None
    calendar = visit.portal.directory.version(Calendar, policy.calendar) if policy else 0
    return f"{newest(visit, kind, key)}-{calendar}"


async def _managing(request: Request, kind: str, key: str) -> Visit:
    visit = await Visit.of_person(request)
    if not permits(visit.somebody.actor, PreviewRebase(ticket_ids=(UUID(int=0),))):
        raise NotAllowed
    if kind not in KINDS or not visit.portal.directory.known(KINDS[kind], key):
        raise NotHere
    return visit


async def _page(visit: Visit, kind: str, key: str, status: int = 200, problem: str = "") -> Response:
    ids = await visit.portal.views.overview.older(kind, key, newest(visit, kind, key))
    looked_at = ids[:TOGETHER_MAX]
    changed: list[RebasedTicket] = []
    for batch in _batches(looked_at):
        reply = await _previewed(visit, batch)
        if reply.outcome != "done":
            problem, status = visit.refusal(reply), FAULT if reply.outcome == "fault" else REFUSED
            break
        changed += Rebased.model_validate(reply.result).tickets
    record = visit.portal.directory.known(KINDS[kind], key)
    return visit.page(
        "rebase.html",
        status,
        kind=kind,
        record_key=key,
        title=getattr(record, "name", "") or key,
        versions=versions(visit, kind, key),
        count=len(looked_at),
        left=len(ids) - len(looked_at),
        tickets=[each for each in changed if each.clocks],
        problem=problem,
        key=new_key(),
        done=visit.request.query_params.get("done", "")[:10],
    )


async def _previewed(visit: Visit, ids: Sequence[UUID]) -> Reply:
    return await visit.portal.asker.ask(visit.somebody.actor, PreviewRebase(ticket_ids=tuple(ids)), new_key())


def _batches(ids: Sequence[UUID]) -> Iterator[tuple[UUID, ...]]:
    for first in range(0, len(ids), REBASED_MAX):
        yield tuple(ids[first : first + REBASED_MAX])
