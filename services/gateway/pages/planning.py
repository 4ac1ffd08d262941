"""The editor of a project's plan: rows of inputs, more of them on asking, no script needed."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import PlanProject
from contracts.commands.project import ACTIVITY_ID_MAX
from contracts.lifecycle.project import ACTIVITIES_MAX, Plan
from services.gateway.forms import FAULT, REFUSED, Form
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.pages.sheet import Sheet, sheet_of
from services.gateway.portal import NotAllowed, Visit

router = APIRouter(include_in_schema=False)
_PARTS = ("activities", "resources", "stakeholders", "milestones")
_BLANK = 2
"""Empty rows offered below those that are filled."""
_FIELDS_MAX = 6 * ACTIVITIES_MAX + 4 * 100 * 2 + 20
"""Inputs of the largest plan that the contract allows, and a few more."""

Rows = dict[str, list[dict[str, str]]]


@router.get("/tickets/{number}/project/plan")
async def show(request: Request, number: str) -> Response:
    """The plan as it is, to be changed; empty rows for one that is not written yet."""
    _, sheet = await _planning(request, number)
    plan = sheet.situation.plan
    return _page(sheet, plan.objective if plan else "", _rows_of(plan))


@router.post("/tickets/{number}/project/plan")
async def write(request: Request, number: str) -> Response:
    """Keep the plan, or show the form with more rows."""
    visit, sheet = await _planning(request, number)
    form = await Form.of(visit, _FIELDS_MAX)
    objective, rows = form.text("objective"), {part: form.rows(part) for part in _PARTS}
    if (more := form.text("add")) in _PARTS:
        return _page(sheet, objective, rows, more=more)
    try:
        command = PlanProject(ticket_id=sheet.ticket.ticket_id, plan=_plan(objective, rows, sheet))
    except ValidationError as error:
        return _page(sheet, objective, rows, REFUSED, problem=_wrong(error, visit))
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
    if reply.outcome != "done":
        status = FAULT if reply.outcome == "fault" else REFUSED
        return _page(sheet, objective, rows, status, problem=visit.refusal(reply))
    return RedirectResponse(f"/tickets/{number}/project?done=plan", SEE_OTHER)


async def _planning(request: Request, number: str) -> tuple[Visit, Sheet]:
    visit = await Visit.of_person(request)
    sheet = await sheet_of(visit, await visit.ticket(number))
    if "plan" not in sheet.offered:
        raise NotAllowed
    return visit, sheet


def _plan(objective: str, rows: Rows, sheet: Sheet) -> Plan:
    """The plan as typed. A row that was there keeps its id; a new one gets the next that no plan has used."""
    used = [known for row in rows["activities"] if (known := _id_of(row))]
    following = max([*used, *(each.id for each in sheet.situation.activities), 0]) + 1
    activities: list[Mapping[str, Any]] = []
    for row in rows["activities"]:
        known = _id_of(row)
        activities.append({**row, "id": known or following})
        following += not known
    return Plan.model_validate({"objective": objective, **rows, "activities": activities})


def _id_of(row: Mapping[str, str]) -> int:
    """The id that the form kept for a row; 0 for a new one, and for what no form of ours has kept."""
    text = row.get("id", "")
    known = int(text) if text.isdecimal() and len(text) <= len(str(ACTIVITY_ID_MAX)) else 0
    return known if known <= ACTIVITY_ID_MAX else 0


def _rows_of(plan: Plan | None) -> Rows:
    if plan is None:
        return {part: [] for part in _PARTS}
    data = plan.model_dump(mode="json")
    return {
        part: [{name: str(value) for name, value in row.items()} for row in data[part]] for part in _PARTS
    }


def _wrong(error: ValidationError, visit: Visit) -> str:
    """Which part of the plan, and which of its rows, does not say enough."""
    places = []
    for each in error.errors():
        part, *rest = each["loc"] or ("",)
        if visit.words.has(f"plan.{part}"):
            row = f" {rest[0] + 1}" if rest and isinstance(rest[0], int) else ""
            places.append(visit.words(f"plan.{part}") + row)
    if not places:
        return visit.words("refused.malformed")
    return visit.words("form.wrong", fields=", ".join(dict.fromkeys(places)))


def _page(
    sheet: Sheet,
    objective: str,
    rows: Rows,
    status: int = 200,
    *,
    problem: str = "",
    more: str = "",
) -> Response:
    blank: Rows = {part: [{} for _ in range(_BLANK * (2 if part == more else 1))] for part in _PARTS}
    sheet.about |= {
        "objective": objective,
        "rows": {part: [*rows[part], *blank[part]] for part in _PARTS},
        "more": more,
    }
    return sheet.page("plan.html", status, problem=problem)
