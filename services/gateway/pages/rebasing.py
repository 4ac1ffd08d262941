"""Open tickets counted by the newest version of their policy: what would change is seen first, then it is done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import PreviewRebase, Rebased, RebasedTicket, RebaseTickets
from contracts.directory import Calendar, Record, SlaPolicy
from contracts.envelope import Reply
from contracts.policy import permits
from services.gateway.forms import FAULT, REFUSED, Form, new_key, wrong_fields
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import NotAllowed, NotHere, Visit

router = APIRouter(include_in_schema=False)
TOGETHER_MAX = 400
"""Tickets of one page. Source: judgement: what a person looks through; the rest follows on the next."""
_BATCH = 50
"""Tickets of one command, so that each is answered well within the time that a page waits."""
KINDS: Mapping[str, type[Record]] = {"sla_policy": SlaPolicy, "calendar": Calendar}
"""The records whose versions tickets pin."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What counting those tickets anew would do to them now; `refused` is the answer where sla did not say."""

    tickets: list[RebasedTicket] = field(default_factory=list)
    refused: Reply | None = None

    @property
    def versions(self) -> str:
        """The versions that they would go by, all of them: nobody confirms others than were shown."""
        named = {(t.sla_policy, t.sla_policy_version, t.calendar, t.calendar_version) for t in self.tickets}
        return sha256(repr(sorted(named)).encode()).hexdigest()[:32]


@router.get("/rebase/{kind}/{key}")
async def show(request: Request, kind: str, key: str) -> Response:
    """What counting the open tickets by the newest version would change."""
    return await _page(await _managing(request, kind, key), kind, key)


@router.post("/rebase/{kind}/{key}")
async def rebase(request: Request, kind: str, key: str) -> Response:
    """Do it, if the versions are still those that were shown."""
    visit = await _managing(request, kind, key)
    form = await Form.of(visit)
    ids = await _older(visit, kind, key)
    seen = await _seen(visit, ids)
    if seen.refused is not None or form.text("versions") != seen.versions:
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


async def older_count(visit: Visit, kind: str, key: str) -> int:
    """How many open tickets go by an older version of that record."""
    newest = visit.portal.directory.version(KINDS[kind], key)
    return await visit.portal.views.overview.older_count(kind, key, newest)


async def _older(visit: Visit, kind: str, key: str) -> list[UUID]:
    newest = visit.portal.directory.version(KINDS[kind], key)
    return await visit.portal.views.overview.older(kind, key, newest, TOGETHER_MAX)


async def _managing(request: Request, kind: str, key: str) -> Visit:
    visit = await Visit.of_person(request)
    if not permits(visit.somebody.actor, PreviewRebase(ticket_ids=(UUID(int=0),))):
        raise NotAllowed
    if kind not in KINDS or not visit.portal.directory.known(KINDS[kind], key):
        raise NotHere
    return visit


async def _page(visit: Visit, kind: str, key: str, status: int = 200, problem: str = "") -> Response:
    ids = await _older(visit, kind, key)
    seen = await _seen(visit, ids)
    if seen.refused is not None:
        problem, status = visit.refusal(seen.refused), FAULT if seen.refused.outcome == "fault" else REFUSED
    record = visit.portal.directory.known(KINDS[kind], key)
    return visit.page(
        "rebase.html",
        status,
        kind=kind,
        record_key=key,
        title=getattr(record, "name", "") or key,
        versions=seen.versions,
        count=len(ids),
        left=await older_count(visit, kind, key) - len(ids),
        tickets=[each for each in seen.tickets if each.clocks],
        problem=problem,
        key=new_key(),
        done=visit.request.query_params.get("done", "")[:10],
    )


async def _seen(visit: Visit, ids: Sequence[UUID]) -> Seen:
    seen = Seen()
    for batch in _batches(ids):
        reply = await visit.portal.asker.ask(visit.somebody.actor, PreviewRebase(ticket_ids=batch), new_key())
        if reply.outcome != "done":
            return Seen(seen.tickets, reply)
        seen.tickets.extend(Rebased.model_validate(reply.result).tickets)
    return seen


def _batches(ids: Sequence[UUID]) -> Iterator[tuple[UUID, ...]]:
    for first in range(0, len(ids), _BATCH):
        yield tuple(ids[first : first + _BATCH])
