"""One ticket: what it is, what was said and done, and what the person may do now."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts import commands as c
from contracts.directory import Analyst
from contracts.envelope import Attachment, Command, Reply
from journal.tokens import make_rating_token
from services.gateway.files import FileRefused, download
from services.gateway.forms import Form, new_key
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import NotAllowed, NotHere, Visit
from services.gateway.roles import STAFF, Action, actions
from services.gateway.rows import TicketRow
from services.gateway.timeline import files_named, moments, raw_mails

router = APIRouter(include_in_schema=False)
SAYING: tuple[Action, ...] = ("answer", "note", "await", "resolve", "reply", "reopen")
"""Actions with a text of their own: one box to write in, and a choice of what it is."""
WITH_FILES: tuple[Action, ...] = ("answer", "note", "reply")
"""Those whose event can carry attachments."""
REFUSED, FAULT = 422, 503
_NO_CONTENT = 204


@router.get("/tickets/{number}")
async def show(request: Request, number: str) -> Response:
    """The ticket's page."""
    visit = await Visit.of_person(request)
    row = await visit.portal.views.ticket(number)
    if row is None and request.query_params.get("done") == "opened":
        return visit.page("coming.html", 202, number=number)
    return await page_of(visit, await visit.ticket(number))


@router.get("/tickets/{number}/live")
async def live(request: Request, number: str) -> Response:
    """The parts that change by themselves; nothing when the reader has them already."""
    visit = await Visit.of_person(request)
    ticket = await visit.ticket(number)
    if str(await visit.portal.views.length(ticket.ticket_id)) == request.query_params.get("stamp"):
        return Response(status_code=_NO_CONTENT)
    return await page_of(visit, ticket, template="_live.html")


@router.post("/tickets/{number}")
async def act(request: Request, number: str) -> Response:
    """Do one of the things that the page offers."""
    visit = await Visit.of_person(request)
    ticket = await visit.ticket(number)
    form = await Form.of(visit)
    action = next((each for each in actions(visit.somebody, ticket) if each == form.text("action")), None)
    if action is None:
        if visit.somebody.role == "auditor":
            raise NotAllowed
        return await page_of(
            visit, ticket, REFUSED, problem=visit.words("ticket.moved"), text=form.text("text")
        )
    try:
        attachments = await form.attachments(accepted=action in WITH_FILES)
        command = _command(action, ticket, form, visit, attachments)
    except FileRefused as refused:
        problem = visit.words(f"file.{refused.code}", **refused.facts)
        return await page_of(visit, ticket, REFUSED, problem=problem, text=form.text("text"), action=action)
    except ValidationError:
        problem = visit.words("refused.malformed")
        return await page_of(visit, ticket, REFUSED, problem=problem, text=form.text("text"), action=action)
    before = await visit.portal.views.length(ticket.ticket_id)
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key())
    if reply.outcome != "done":
        return await _said_no(visit, ticket, reply, form, action)
    if isinstance(command, c.SubmitReply):
        # Intake has it; the page shows what lifecycle makes of it.
        await visit.portal.asker.until(lambda: _longer(visit, ticket.ticket_id, before + 1))
    return RedirectResponse(f"/tickets/{number}?done={action}#latest", SEE_OTHER)


@router.post("/tickets/{number}/retry")
async def retry(request: Request, number: str) -> Response:
    """Send an e-mail of this ticket again that was given up."""
    visit = await Visit.of_person(request)
    visit.must_work()
    ticket = await visit.ticket(number)
    form = await Form.of(visit)
    given_up = await visit.portal.views.undelivered(ticket.ticket_id)
    notification = next((each for each in given_up if str(each) == form.text("notification")), None)
    if notification is None:
        raise NotHere
    command = c.RetryNotification(notification_id=notification)
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key())
    if reply.outcome != "done":
        problem = visit.words.refusal(reply.code, reply.facts)
        return await page_of(visit, ticket, FAULT if reply.outcome == "fault" else REFUSED, problem=problem)
    return RedirectResponse(f"/tickets/{number}?done=retry", SEE_OTHER)


async def _longer(visit: Visit, ticket_id: UUID, length: int) -> bool:
    return await visit.portal.views.length(ticket_id) > length


async def _said_no(visit: Visit, ticket: TicketRow, reply: Reply, form: Form, action: Action) -> Response:
    fault = reply.outcome == "fault"
    return await page_of(
        visit,
        await visit.portal.views.ticket_of(ticket.ticket_id) or ticket,
        FAULT if fault else REFUSED,
        problem=visit.words.refusal(reply.code, reply.facts),
        text=form.text("text"),
        action=action,
        # After a fault the same key: what was done after all is not done again.
        key=form.text("key") if fault else new_key(),
    )


def _command(
    action: Action, ticket: TicketRow, form: Form, visit: Visit, attachments: Sequence[Attachment]
) -> Command:
    """The command behind an action. Raises pydantic.ValidationError."""
    said = {"ticket_id": ticket.ticket_id, "text": form.text("text")}
    files = {"attachments": tuple(attachments)}
    match action:
        case "take":
            return c.TakeTicket(ticket_id=ticket.ticket_id)
        case "assign":
            return c.AssignTicket(
                ticket_id=ticket.ticket_id, analyst=form.text("analyst"), reason=form.text("text")
            )
        case "answer":
            return c.PublishAnswer.model_validate({**said, **files})
        case "note":
            return c.AddNote.model_validate({**said, **files})
        case "await":
            return c.AwaitCustomer.model_validate(said)
        case "resume":
            return c.ResumeTicket(ticket_id=ticket.ticket_id)
        case "resolve":
            return c.ResolveTicket.model_validate(said)
        case "reply":
            return c.SubmitReply.model_validate({**said, **files})
        case "reopen":
            return c.ReopenTicket.model_validate(said)
        case "withdraw":
            return c.CloseTicket.model_validate({**said, "reason": "withdrawn"})
        case "close":
            reason = "resolved" if visit.somebody.role == "requester" else form.text("reason")
            return c.CloseTicket.model_validate({**said, "reason": reason})


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


async def page_of(
    visit: Visit,
    ticket: TicketRow,
    status: int = 200,
    *,
    template: str = "ticket.html",
    problem: str = "",
    text: str = "",
    action: str = "",
    key: str = "",
) -> Response:
    """The page of a ticket as this person may see it; `problem` says why the last action was not done."""
    views, person = visit.portal.views, visit.somebody
    stamp = await views.length(ticket.ticket_id)
    history = await views.history(ticket.ticket_id)
    offered = actions(person, ticket)
    linked = await views.ticket_of(ticket.linked_to) if ticket.linked_to else None
    return visit.page(
        template,
        status,
        ticket=ticket,
        stamp=stamp,
        moments=moments(history, internal=person.reads_all),
        clocks=await views.clocks(ticket.ticket_id),
        place=await views.place_in_queue(ticket) if ticket.status == "open" else None,
        undelivered=await views.undelivered(ticket.ticket_id) if person.reads_all else set(),
        linked=linked,
        followers=await views.linked_from(ticket.ticket_id),
        offered=offered,
        saying=[each for each in offered if each in SAYING],
        analysts=_analysts(visit) if person.role in STAFF else [],
        problem=problem,
        text=text,
        action=action,
        key=key or new_key(),
        new_key=new_key,
        rating=_rating_link(visit, ticket),
        done=visit.request.query_params.get("done", ""),
    )


def _rating_link(visit: Visit, ticket: TicketRow) -> str | None:
    """Where the requester of a resolved ticket may rate it, as the link in their e-mail says."""
    if ticket.status != "resolved" or visit.somebody.key != ticket.requester or visit.somebody.is_staff:
        return None
    return f"/rate/{make_rating_token(ticket.ticket_id, ticket.resolution, visit.portal.keys)}"


def _analysts(visit: Visit) -> list[tuple[str, Analyst]]:
    found = visit.portal.directory.all(Analyst)
    return sorted((pair for pair in found if pair[1].role in STAFF), key=lambda pair: pair[1].name)
