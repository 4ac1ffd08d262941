"""Open a ticket: by a requester on the web, or by the analyst who answers the phone for a caller."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import SubmitTicket
from contracts.directory import Application, Contact, Customer
from contracts.envelope import Channel, Reply
from services.gateway.files import FileRefused
from services.gateway.forms import FAULT, REFUSED, Form, Typed, new_key, wrong_fields
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import NotAllowed, Visit
from services.gateway.rows import TicketRow

router = APIRouter(include_in_schema=False)
MATCHES_MAX = 20
"""Contacts shown for a search; a longer list is a reason to type more."""
CLASSIFICATIONS = ("question", "request", "incident", "project")


def covered(visit: Visit, customer: str) -> list[tuple[str, Application]]:
    """The applications for which a customer has a contract in force today, by name."""
    directory, today = visit.portal.directory, visit.portal.today
    contracts = [contract for _, contract in directory.contracts_of(customer)]
    found = [
        (key, application)
        for key, application in directory.all(Application)
        if any(contract.covers(key, today) for contract in contracts)
    ]
    return sorted(found, key=lambda pair: pair[1].name)


def contacts_like(visit: Visit, words: str) -> list[tuple[str, Contact]]:
    """Contacts whose name, address, phone or company holds every word; the first few."""
    wanted = words.lower().split()
    if not wanted:
        return []
    names = _company_names(visit)
    found = [
        (key, contact)
        for key, contact in visit.portal.directory.all(Contact)
        if all(word in _text_of(contact, names) for word in wanted)
    ]
    return sorted(found, key=lambda pair: pair[1].name)[:MATCHES_MAX]


def _company_names(visit: Visit) -> dict[str, str]:
    return {key: customer.name for key, customer in visit.portal.directory.all(Customer)}


def _text_of(contact: Contact, names: dict[str, str]) -> str:
    company = names.get(contact.customer, contact.customer)
    return " ".join((contact.name, company, contact.phone, *contact.addresses)).lower()


@router.get("/tickets/new", name="new")
async def show(request: Request) -> Response:
    """The form of the web channel."""
    visit = await Visit.of_person(request)
    if visit.somebody.is_staff:
        return RedirectResponse("/phone", SEE_OTHER)
    if visit.somebody.customer is None:
        raise NotAllowed
    follows = await _followed(visit, request.query_params.get("follows", ""))
    return _form(visit, "new.html", visit.somebody.customer, follows=follows)


@router.post("/tickets/new")
async def open_by_web(request: Request) -> Response:
    """Open what the requester asks."""
    visit = await Visit.of_person(request)
    if visit.somebody.customer is None:
        raise NotAllowed
    form = await Form.of(visit)
    follows = await _followed(visit, form.text("follows"))
    return await _open(
        visit, form, "new.html", "web", visit.somebody.key, visit.somebody.customer, follows=follows
    )


@router.get("/phone")
async def answer_phone(request: Request) -> Response:
    """Find the caller, then write down what they ask."""
    visit = await Visit.of_person(request)
    visit.must_work()
    contact = visit.portal.directory.get(Contact, request.query_params.get("contact"))
    if contact is None:
        words = request.query_params.get("words", "")[:100]
        return visit.page("phone.html", words=words, matches=contacts_like(visit, words))
    key = request.query_params["contact"]
    return _form(visit, "phone_form.html", contact.customer, caller=(key, contact))


@router.post("/phone")
async def open_by_phone(request: Request) -> Response:
    """Open a ticket for the caller; whoever answered is its analyst."""
    visit = await Visit.of_person(request)
    visit.must_work()
    form = await Form.of(visit)
    contact = visit.portal.directory.get(Contact, form.text("contact"))
    if contact is None:
        return visit.page("phone.html", REFUSED, words="", matches=[])
    caller = (form.text("contact"), contact)
    return await _open(
        visit, form, "phone_form.html", "phone", form.text("contact"), contact.customer, caller=caller
    )


async def _open(
    visit: Visit,
    form: Form,
    template: str,
    channel: Channel,
    requester: str,
    customer: str,
    caller: tuple[str, Contact] | None = None,
    follows: TicketRow | None = None,
) -> Response:
    problem, status, fault = "", REFUSED, False
    try:
        attachments = await form.attachments()
        command = SubmitTicket.model_validate(
            {
                "channel": channel,
                "requester": requester,
                "application": form.text("application"),
                "subject": form.text("subject"),
                "text": form.text("text"),
                "classification": form.text("classification") or "question",
                "attachments": attachments,
                "follows": follows.ticket_id if follows else None,
            }
        )
    except FileRefused as refused:
        problem = visit.words(f"file.{refused.code}", **refused.facts)
    except ValidationError as error:
        problem = wrong_fields(error, visit)
    else:
        reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
        if reply.outcome == "done" and reply.result.get("number"):
            return await _opened(visit, reply)
        problem, fault = visit.refusal(reply), reply.outcome == "fault"
        status = FAULT if fault else REFUSED
    return _form(
        visit,
        template,
        customer,
        status,
        caller=caller,
        problem=problem,
        form=form,
        again=fault,
        follows=follows,
    )


async def _followed(visit: Visit, number: str) -> TicketRow | None:
    """The closed ticket that the new one takes up again. Raises NotHere for one that this person may not see."""
    ticket = await visit.ticket(number) if number else None
    return ticket if ticket is not None and ticket.status == "closed" else None


async def _opened(visit: Visit, reply: Reply) -> Response:
    number = str(reply.result["number"])

    async def shown() -> bool:
        return await visit.portal.views.ticket(number) is not None

    await visit.portal.asker.until(shown)
    return RedirectResponse(f"/tickets/{number}?done=opened", SEE_OTHER)


def _form(
    visit: Visit,
    template: str,
    customer: str,
    status: int = 200,
    *,
    caller: tuple[str, Contact] | None = None,
    problem: str = "",
    form: Form | None = None,
    again: bool = False,
    follows: TicketRow | None = None,
) -> Response:
    typed = form.typed if form else Typed()
    if follows and not form:
        typed = Typed(application=follows.application, subject=follows.subject)
    return visit.page(
        template,
        status,
        applications=covered(visit, customer),
        classifications=CLASSIFICATIONS,
        caller=caller,
        follows=follows,
        problem=problem,
        typed=typed,
        key=form.text("key") if form and again else new_key(),
        limits=visit.portal.settings,
    )
