"""The directory: its kinds, the records of one, one record with its versions, and the forms that write them."""

import asyncio
from datetime import date
from typing import Any, cast

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from contracts.commands import DefineRecord, PreviewTemplate
from contracts.commands.others import Previewed
from contracts.directory import KINDS, Contact, Kind, Record, record_stream
from contracts.envelope import Reply
from contracts.policy import permits
from services.gateway.forms import FAULT, REFUSED, Form, Typed, new_key
from services.gateway.pages import rebasing
from services.gateway.pages.entering import SEE_OTHER
from services.gateway.portal import NotAllowed, NotHere, Visit
from services.gateway.records import drafts, fields
from services.gateway.records.closing import YEARS_MAX, ending, holidays_of
from services.gateway.records.drafts import Draft, drafted, fresh, suggested_key
from services.gateway.records.shown import named, summary, versions
from services.gateway.records.wrongs import Wrongs, wrongs_of

router = APIRouter(include_in_schema=False, prefix="/directory")
PAGE = 100
"""Records on one page of a list."""
_FIELDS_MAX = 4000
"""Inputs of the largest record: 500 targets of an SLA policy. Source: contracts/directory.py, `SlaPolicy`."""
_BLANK_ROWS = 2


@router.get("")
async def kinds(request: Request) -> Response:
    """What the directory holds."""
    visit = await _reading(request)
    counts = dict.fromkeys(fields.FORMS, 0)
    for kind, _, active, _ in visit.portal.directory.records():
        counts[cast("Kind", kind)] += active
    return visit.page("directory.html", counts=counts, ending=_ending(visit))


@router.get("/{kind}")
async def records(request: Request, kind: str) -> Response:
    """The records of one kind, those that hold every word searched for."""
    visit, known = await _of_kind(request, kind)
    if known == "desk":
        return RedirectResponse("/directory/desk/desk", SEE_OTHER)
    words = request.query_params.get("words", "")[:100]
    everything = request.query_params.get("all") == "1"
    found = [
        (named(record, key), key, active, summary(record, visit.names))
        for its, key, active, record in visit.portal.directory.records()
        if its == known and (active or everything)
    ]
    wanted = words.lower().split()
    found = [
        each
        for each in found
        if all(word in " ".join((each[0], each[1], each[3])).lower() for word in wanted)
    ]
    found.sort(key=lambda each: (each[0].lower(), each[1]))
    asked = request.query_params.get("page", "1")
    page = max(int(asked), 1) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1  # noqa: PLR2004
    return visit.page(
        "directory_list.html",
        kind=known,
        found=found[(page - 1) * PAGE : page * PAGE],
        total=len(found),
        number=page,
        more=len(found) > page * PAGE,
        words=words,
        everything=everything,
        may_write=_may_write(visit, known),
    )


@router.get("/{kind}/new")
async def new(request: Request, kind: str) -> Response:
    """An empty form."""
    visit, known = await _of_kind(request, kind)
    _must_write(visit, known)
    return await _form(visit, known, "", fresh(known))


@router.post("/{kind}/new")
async def add(request: Request, kind: str) -> Response:
    """Add a record; its key is made of its name unless one was typed."""
    visit, known = await _of_kind(request, kind)
    return await _write(visit, known, "")


@router.get("/{kind}/{key}")
async def show(request: Request, kind: str, key: str) -> Response:
    """One record: its form for whoever may change it, and all its versions."""
    visit, known = await _of_kind(request, kind)
    record = _record(visit, known, key)
    return await _form(visit, known, key, record.model_dump(mode="json"))


@router.post("/{kind}/{key}")
async def change(request: Request, kind: str, key: str) -> Response:
    """Change a record, take it out of use, or put it back."""
    visit, known = await _of_kind(request, kind)
    _record(visit, known, key)
    return await _write(visit, known, key)


async def _write(visit: Visit, kind: Kind, key: str) -> Response:
    _must_write(visit, kind)
    form = await Form.of(visit, _FIELDS_MAX)
    use = form.text("use")
    draft = _record(visit, kind, key).model_dump(mode="json") if use and key else drafted(kind, form)
    if form.text("add"):
        return await _form(visit, kind, key, draft, form=form)
    if kind == "calendar" and form.text("holidays"):
        return await _with_holidays(visit, key, draft, form)
    if kind == "mail_template" and form.text("preview"):
        return await _preview(visit, key, draft, form)
    try:
        command = DefineRecord.model_validate(
            {
                "kind": kind,
                "key": key or form.text("record_key") or suggested_key(kind, draft),
                "record": draft,
                "active": use != "off" if use else _stays_active(visit, kind, key),
                "expected_version": int(form.text("version") or 0),
            }
        )
    except ValueError as error:
        wrongs = (
            Wrongs.of_key(visit, form.text("record_key"), kind)
            if isinstance(error, ValidationError)
            else Wrongs()
        )
        return await _form(visit, kind, key, draft, REFUSED, form=form, wrongs=wrongs)
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, form.key(command))
    if reply.outcome != "done":
        status = FAULT if reply.outcome == "fault" else REFUSED
        wrongs = wrongs_of(reply, visit, new=not key)
        return await _form(visit, kind, key, draft, status, form=form, wrongs=wrongs)
    await _taken_in(visit, kind, command.key, reply)
    return RedirectResponse(f"/directory/{kind}/{command.key}?done={use or 'saved'}", SEE_OTHER)


async def _with_holidays(visit: Visit, key: str, draft: Draft, form: Form) -> Response:
    """The form with the holidays asked for among the closed dates, nothing saved yet."""
    try:
        dates = await asyncio.to_thread(
            holidays_of, *(form.text(f"holidays_{name}") for name in ("country", "state", "from", "to"))
        )
    except ValueError:
        wrongs = Wrongs(visit.words("calendar.holidays.unknown", years=YEARS_MAX))
        return await _form(visit, "calendar", key, draft, REFUSED, form=form, wrongs=wrongs)
    closed = sorted({*draft.get("closed", ()), *(day.isoformat() for day in dates)})
    return await _form(visit, "calendar", key, {**draft, "closed": closed}, form=form)


async def _preview(visit: Visit, key: str, draft: Draft, form: Form) -> Response:
    """The form with the e-mail as the notifier would write it, from what was typed."""
    try:
        named = {name: draft.get(name) for name in ("template", "language")}
        command = PreviewTemplate.model_validate({**named, "record": draft})
    except ValidationError as error:
        missing = {str(each["loc"][-1]): visit.words("why.required") for each in error.errors()}
        wrongs = Wrongs(visit.words("directory.wrong"), missing)
        return await _form(visit, "mail_template", key, draft, REFUSED, form=form, wrongs=wrongs)
    reply = await visit.portal.asker.ask(visit.somebody.actor, command, new_key())
    if reply.outcome != "done":
        status = FAULT if reply.outcome == "fault" else REFUSED
        wrongs = wrongs_of(reply, visit, new=False)
        return await _form(visit, "mail_template", key, draft, status, form=form, wrongs=wrongs)
    preview = Previewed.model_validate(reply.result)
    return await _form(visit, "mail_template", key, draft, form=form, preview=preview)


async def _taken_in(visit: Visit, kind: Kind, key: str, reply: Reply) -> None:
    """Wait until the pages here know the version that was just recorded."""
    version = int(reply.result.get("version", 0))

    async def known() -> bool:
        return visit.portal.directory.version(KINDS[kind], key) >= version

    await visit.portal.asker.until(known)


async def _form(
    visit: Visit,
    kind: Kind,
    key: str,
    draft: Draft,
    status: int = 200,
    *,
    form: Form | None = None,
    wrongs: Wrongs | None = None,
    preview: Previewed | None = None,
) -> Response:
    directory = visit.portal.directory
    more = form.text("add") if form else ""
    return visit.page(
        "directory_record.html",
        status,
        kind=kind,
        record_key=key,
        typed_key=form.text("record_key") if form else "",
        title=named(_record(visit, kind, key), key) if key else visit.words("directory.new"),
        version=form.text("version") if form else str(directory.version(KINDS[kind], key) if key else 0),
        active=_stays_active(visit, kind, key),
        form=fields.FORMS[kind],
        fields=fields,
        drafts=drafts,
        draft=draft,
        blank={each.name: _BLANK_ROWS * (3 if each.name == more else 1) for each in fields.FORMS[kind]},
        options=_options(visit, kind, draft),
        may_write=_may_write(visit, kind),
        wrongs=wrongs or Wrongs(),
        preview=preview,
        typed=form.typed if form else Typed(),
        this_year=visit.portal.today.year,
        closed_until=_ending(visit).get(key) if kind == "calendar" else None,
        versions=await versions(visit, record_stream(kind, key)) if key else [],
        older=await _older(visit, kind, key) if key else 0,
        key=new_key(),
        done=visit.request.query_params.get("done", ""),
    )


async def _older(visit: Visit, kind: Kind, key: str) -> int:
    """Open tickets that go by an older version, for whoever may count them anew."""
    if kind not in rebasing.KINDS or not _may_write(visit, kind):
        return 0
    return await rebasing.older_count(visit, kind, key)


def _options(visit: Visit, kind: Kind, draft: Draft) -> dict[str, list[tuple[str, str]]]:
    """For each field that names records, those it may name: key and title; approvers of the same customer only."""
    found: dict[str, list[tuple[str, str]]] = {}
    for field in fields.FORMS[kind]:
        if field.input in ("record", "records"):
            found[field.name] = sorted(
                (
                    (key, named(record, key))
                    for key, record in visit.portal.directory.all(KINDS[field.of])
                    if not (kind == "contract" and isinstance(record, Contact))
                    or record.customer == draft.get("customer")
                ),
                key=lambda pair: pair[1].lower(),
            )
    return found


def _ending(visit: Visit) -> dict[str, date]:
    """Calendars whose closed dates come to their end, for whoever can mend that."""
    return ending(visit.portal.directory, visit.portal.today) if _may_write(visit, "calendar") else {}


async def _reading(request: Request) -> Visit:
    visit = await Visit.of_person(request)
    visit.must_read_all()
    return visit


async def _of_kind(request: Request, kind: str) -> tuple[Visit, Kind]:
    visit = await _reading(request)
    if kind not in fields.FORMS:
        raise NotHere
    return visit, cast("Kind", kind)


def _record(visit: Visit, kind: Kind, key: str) -> Record:
    record: Any = visit.portal.directory.known(KINDS[kind], key)
    if record is None:
        raise NotHere
    return cast("Record", record)


def _stays_active(visit: Visit, kind: Kind, key: str) -> bool:
    return not key or visit.portal.directory.get(KINDS[kind], key) is not None


def _may_write(visit: Visit, kind: Kind) -> bool:
    return permits(visit.somebody.actor, DefineRecord(kind=kind, key="x", record={}))


def _must_write(visit: Visit, kind: Kind) -> None:
    if not _may_write(visit, kind):
        raise NotAllowed
