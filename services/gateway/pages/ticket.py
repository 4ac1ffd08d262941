"""One ticket: what it is, what was said and done, and what the person may do now."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts import commands as c
from contracts.envelope import Command
from services.gateway.acts import WITH_FILES, Asked, command_of, other_of
from services.gateway.files import FileRefused
from services.gateway.forms import FAULT, REFUSED, Form, Typed, wrong_fields
from services.gateway.offers import Action
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.pages.sheet import Sheet, page_of, sheet_of
from services.gateway.portal import NotAllowed, NotHere, Visit
from services.gateway.rows import TicketRow

router = APIRouter(include_in_schema=False)
_NO_CONTENT = 204
_ELSEWHERE: dict[str, str] = {"project": "project.html", "occurrence": "occurrence.html"}
"""Pages of a ticket besides the first, by the name that their forms send as `from`, with their templates."""
_FIRST = "ticket.html"


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


@router.get("/tickets/{number}/project")
async def project(request: Request, number: str) -> Response:
    """A project's plan, the decision on it, and how far it has come."""
    visit = await Visit.of_person(request)
    ticket = await visit.ticket(number)
    if ticket.classification != "project":
        raise NotHere
    return await page_of(visit, ticket, template=_ELSEWHERE["project"])


@router.get("/tickets/{number}/occurrences/{occurrence}")
async def occurrence(request: Request, number: str, occurrence: int) -> Response:
    """The form in which one changes what one wrote."""
    visit = await Visit.of_person(request)
    sheet = await sheet_of(visit, await visit.ticket(number))
    text = next((each.text for each in sheet.editable.values() if each.occurrence == occurrence), None)
    if text is None:
        raise NotHere
    sheet.typed = Typed(occurrence=str(occurrence), text=text)
    return sheet.page(_ELSEWHERE["occurrence"])


@router.post("/tickets/{number}")
async def act(request: Request, number: str) -> Response:
    """Do one of the things that the page offers."""
    visit = await Visit.of_person(request)
    sheet = await sheet_of(visit, await visit.ticket(number))
    form = await Form.of(visit)
    sheet.typed = form.typed
    if sheet.insert_canned(form.text("canned") if form.text("insert") else ""):
        return sheet.page(_FIRST)
    action = next((each for each in sheet.offered if each == form.text("action")), None)
    if action is None:
        if visit.somebody.role == "auditor":
            raise NotAllowed
        return sheet.page(_FIRST, REFUSED, problem=visit.words("ticket.moved"))
    sheet.action = action
    template = _ELSEWHERE.get(form.text("from"), _FIRST)
    try:
        command = await _command(visit, action, sheet.ticket, form)
    except FileRefused as refused:
        return sheet.page(template, REFUSED, problem=visit.words(f"file.{refused.code}", **refused.facts))
    except NotHere:
        return sheet.page(template, REFUSED, problem=visit.words("act.other.unknown"))
    except ValidationError as error:
        return sheet.page(template, REFUSED, problem=wrong_fields(error, visit))
    return await _done(visit, sheet, form, command, template)


async def _command(visit: Visit, action: Action, ticket: TicketRow, form: Form) -> Command:
    attachments = await form.attachments(accepted=action in WITH_FILES)
    other = await other_of(action, visit, form)
    return command_of(action, Asked(visit, form, ticket, attachments, other))


async def _done(visit: Visit, sheet: Sheet, form: Form, command: Command, template: str) -> Response:
    """Ask the service; back to the page when it is done, the page with what was typed when it is not."""
    ticket_id = sheet.ticket.ticket_id
    before = await visit.portal.views.length(ticket_id)
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
    if reply.outcome != "done":
        fault = reply.outcome == "fault"
        fresh = await sheet_of(visit, await visit.portal.views.ticket_of(ticket_id) or sheet.ticket)
        fresh.typed, fresh.action = sheet.typed, sheet.action
        # After a fault the same key: what was done after all is not done again.
        key = form.text("key") if fault else ""
        return fresh.page(template, FAULT if fault else REFUSED, problem=visit.refusal(reply), key=key)
    if isinstance(command, c.SubmitReply):
        # Intake has it; the page shows what lifecycle makes of it.
        await visit.portal.asker.until(lambda: _longer(visit, ticket_id, before + 1))
    path = f"/tickets/{sheet.ticket.number}"
    if template == _ELSEWHERE["project"]:
        return RedirectResponse(f"{path}/project?done={sheet.action}", SEE_OTHER)
    return RedirectResponse(f"{path}?done={sheet.action}#latest", SEE_OTHER)


async def _longer(visit: Visit, ticket_id: UUID, length: int) -> bool:
    return await visit.portal.views.length(ticket_id) > length


@router.post("/tickets/{number}/retry")
async def retry(request: Request, number: str) -> Response:
    """Send an e-mail of this ticket again that was given up."""
    visit = await Visit.of_person(request)
    visit.must_work()
    ticket = await visit.ticket(number)
    form = await Form.of(visit)
    given_up: Sequence[UUID] = sorted(await visit.portal.views.undelivered(ticket.ticket_id))
    notification = next((each for each in given_up if str(each) == form.text("notification")), None)
    if notification is None:
        raise NotHere
    command = c.RetryNotification(notification_id=notification)
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
    if reply.outcome != "done":
        status = FAULT if reply.outcome == "fault" else REFUSED
        return await page_of(visit, ticket, status, problem=visit.refusal(reply))
    return RedirectResponse(f"/tickets/{number}?done=retry", SEE_OTHER)
