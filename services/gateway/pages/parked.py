"""Messages that wait for a person: look at them, accept them for a contact, or turn them down."""

import asyncio
import hashlib
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import AcceptParked, DefineRecord, RejectParked
from contracts.directory import Application, Contact, Customer, Desk
from contracts.envelope import Command, Reply
from services.gateway.files import download
from services.gateway.forms import FAULT, REFUSED, Form, Typed, new_key, wrong_fields
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.pages.opening import contacts_like
from services.gateway.portal import NotHere, Visit
from services.gateway.reading import Parked

router = APIRouter(include_in_schema=False)
_ARRIVES_S = 3.0
"""How long a contact just registered may take to reach intake."""


@router.get("/parked")
async def show_all(request: Request) -> Response:
    """What waits, the longest first."""
    return await _list(request, aside=False)


@router.get("/parked/unplaced")
async def show_aside(request: Request) -> Response:
    """What rules put aside without a ticket: automatic mail, bounces and rejections, the latest first."""
    return await _list(request, aside=True)


@router.get("/parked/{submission_id}")
async def show(request: Request, submission_id: UUID) -> Response:
    """One message, as text alone, and what may be done with it."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    return await _page(visit, await _one(visit, submission_id))


@router.get("/parked/{submission_id}/files/{sha256}")
async def file(request: Request, submission_id: UUID, sha256: str) -> Response:
    """An attachment of a parked message, or the mail as it arrived."""
    visit = await Visit.of_person(request)
    visit.must_read_all()
    delivered = (await _one(visit, submission_id)).delivered
    named = {each.sha256: (each.name, each.content_type) for each in delivered.attachments}
    if delivered.raw:
        named[delivered.raw] = (f"{submission_id}.eml", "message/rfc822")
    if sha256 not in named:
        raise NotHere
    try:
        return download(await visit.portal.blobs.get(sha256), *named[sha256])
    except FileNotFoundError as error:
        raise NotHere from error


@router.post("/parked/{submission_id}/accept")
async def accept(request: Request, submission_id: UUID) -> Response:
    """Open it as a ticket of a registered contact, who may be registered now."""
    visit = await Visit.of_person(request)
    visit.must_work()
    form = await Form.of(visit)
    parked = await _one(visit, submission_id)
    contact = form.text("contact")
    try:
        ticket_id = await _ticket_named(visit, form)
    except NotHere:
        return await _page(visit, parked, REFUSED, problem=visit.words("act.other.unknown"), form=form)
    try:
        if contact == "new":
            contact, definition = _new_contact(form)
            reply = await visit.portal.asker.ask(visit.somebody.actor, definition, form.key(definition))
            if reply.outcome != "done":
                return await _refused(visit, parked, reply, form)
        command = AcceptParked(
            submission_id=submission_id,
            requester=contact,
            application=form.text("application"),
            ticket_id=ticket_id,
        )
    except ValidationError as error:
        return await _page(visit, parked, REFUSED, problem=wrong_fields(error, visit), form=form)
    reply = await _ask_until_known(visit, command, form.key(command))
    if reply.outcome != "done":
        return await _refused(visit, parked, reply, form)
    if number := reply.result.get("number"):
        return RedirectResponse(f"/tickets/{number}?done=opened", SEE_OTHER)
    if ticket_id:
        return RedirectResponse(f"/tickets/{form.text('number')}", SEE_OTHER)
    return RedirectResponse("/parked", SEE_OTHER)


@router.post("/parked/{submission_id}/reject")
async def reject(request: Request, submission_id: UUID) -> Response:
    """Turn it down for a reason, or as spam."""
    visit = await Visit.of_person(request)
    visit.must_work()
    form = await Form.of(visit)
    parked = await _one(visit, submission_id)
    spam = form.text("spam") == "1"
    try:
        command = RejectParked(
            submission_id=submission_id, detail=form.text("detail") or ("spam" if spam else ""), spam=spam
        )
    except ValidationError as error:
        return await _page(visit, parked, REFUSED, problem=wrong_fields(error, visit), form=form)
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
    if reply.outcome != "done":
        return await _refused(visit, parked, reply, form)
    return RedirectResponse("/parked?done=rejected", SEE_OTHER)


async def _list(request: Request, *, aside: bool) -> Response:
    visit = await Visit.of_person(request)
    visit.must_read_all()
    after = request.query_params.get("after", "")[:400]
    listing = await visit.portal.views.parked(after, aside=aside)
    return visit.page("parked.html", listing=listing, wanted={"after": after}, aside=aside)


async def _ticket_named(visit: Visit, form: Form) -> UUID | None:
    """The ticket that the message is put on; None where it opens one. Raises NotHere."""
    if form.text("place") != "reply":
        return None
    return (await visit.ticket(form.text("number"))).ticket_id


async def _ask_until_known(visit: Visit, command: Command, key: str) -> Reply:
    """Ask; and again while intake has not heard of the contact that was registered a moment ago."""
    until = asyncio.get_running_loop().time() + _ARRIVES_S
    attempt = 0
    while True:
        # A refusal is the answer of its key for good: each attempt has one of its own.
        reply = await visit.portal.asker.ask(visit.somebody.actor, command, f"{key}:{attempt}")
        early = reply.outcome == "refused" and reply.code == "no_such_contact"
        if not early or asyncio.get_running_loop().time() > until:
            return reply
        attempt += 1
        await asyncio.sleep(0.2)


def _new_contact(form: Form) -> tuple[str, DefineRecord]:
    """The contact typed in; the same address makes the same key. Raises pydantic.ValidationError."""
    address = form.text("address").lower()
    contact = Contact.model_validate(
        {
            "name": form.text("name"),
            "customer": form.text("customer"),
            "addresses": (address,) if "@" in address else (),
            "language": form.text("contact_language") or "pt-BR",
            "phone": form.text("phone"),
        }
    )
    key = f"c-{hashlib.sha256(address.encode()).hexdigest()[:12]}"
    record = contact.model_dump(mode="json")
    return key, DefineRecord(kind="contact", key=key, record=record)


async def _one(visit: Visit, submission_id: UUID) -> Parked:
    parked = await visit.portal.views.parked_one(submission_id)
    if parked is None:
        raise NotHere
    return parked


async def _refused(visit: Visit, parked: Parked, reply: Reply, form: Form) -> Response:
    fault = reply.outcome == "fault"
    problem = visit.refusal(reply)
    return await _page(visit, parked, FAULT if fault else REFUSED, problem=problem, form=form, again=fault)


async def _page(
    visit: Visit,
    parked: Parked,
    status: int = 200,
    *,
    problem: str = "",
    form: Form | None = None,
    again: bool = False,
) -> Response:
    directory, delivered = visit.portal.directory, parked.delivered
    senders = (delivered.original_sender, delivered.sender)
    known = [found for each in senders if each and (found := directory.contact_at(each))]
    words = visit.request.query_params.get("words", "")[:100]
    matches = contacts_like(visit, words)
    for one in known:
        matches = [one, *(match for match in matches if match[0] != one[0])]
    return visit.page(
        "parked_one.html",
        status,
        parked=parked,
        matches=matches,
        number=await _number_of(visit, parked),
        words=words,
        customers=sorted(directory.all(Customer), key=lambda pair: pair[1].name),
        applications=sorted(directory.all(Application), key=lambda pair: pair[1].name),
        typed=form.typed if form else Typed(application=parked.application or _usual_application(visit)),
        problem=problem,
        key=form.text("key") if form and again else new_key(),
    )


async def _number_of(visit: Visit, parked: Parked) -> str:
    """The number of the ticket that it seems to belong to, "" of none."""
    row = await visit.portal.views.ticket_of(parked.match) if parked.match else None
    return row.number if row else ""


def _usual_application(visit: Visit) -> str:
    """What most mail is about, where it does not say."""
    desk = visit.portal.directory.get(Desk, "desk")
    return (desk.default_application if desk else None) or ""
