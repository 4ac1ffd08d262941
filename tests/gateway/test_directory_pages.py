"""The directory's pages over a real directory: every kind by form, its versions, refusals beside their fields."""

import re
from collections.abc import AsyncIterator, Callable
from html import unescape
from typing import Any

import pytest

from contracts.directory import KINDS
from services.gateway.records.drafts import fresh, hours, hours_text, special_text, suggested_key
from services.gateway.records.fields import FORMS
from services.gateway.words import sentences
from tests.gateway.people import RECORDS, Caller, admit
from tests.running import RunningDesk, running_desk

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[RunningDesk]:
    async with running_desk(("gateway",), records=RECORDS) as desk:
        await admit(desk)
        yield desk


def test_every_field_of_every_kind_has_its_input_and_its_label() -> None:
    assert FORMS.keys() == KINDS.keys()
    for kind, form in FORMS.items():
        assert [field.name for field in form if field.name not in KINDS[kind].model_fields] == []
        assert KINDS[kind].model_fields.keys() - {field.name for field in form} == set(), kind
        required = {name for name, field in KINDS[kind].model_fields.items() if field.is_required()}
        assert {field.name for field in form if field.required} >= required, kind
        labels = {f"label.{field.name}" for field in form}
        labels |= {f"label.{column.name}" for field in form for column in field.columns}
        assert {label for label in labels if label not in sentences("en")} == set()
        assert {f"record.{kind}", f"records.{kind}"} <= sentences("en").keys()


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the page's form as it stands."""
    form = page[page.index('<form method="post" class="card stack">') :].partition("</form>")[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        named = dict(re.findall(r'([a-z_-]+)="([^"]*)"', tag))
        if named.get("type") == "checkbox":
            if " checked" in tag:
                found.setdefault(named["name"], []).append(unescape(named["value"]))
        elif "name" in named:
            found[named["name"]] = unescape(named.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(
            r'<option value="([^"]*)"', options
        )
        found[name] = unescape(chosen[1]) if chosen else ""
    return {name: value for name, value in found.items() if name not in ("csrf", "key")}


@pytest.mark.parametrize(("kind", "key"), [(kind, key) for kind, key, _ in RECORDS])
async def test_a_form_sent_as_it_stands_changes_nothing(
    people: dict[str, Caller], kind: str, key: str
) -> None:
    path = f"/directory/{kind}/{key}"
    page = (await people["marta"].http.get(path)).text
    versions = page.count("<li value=")
    answer = await people["marta"].post(path, fields_of(page))
    assert (answer.status_code, answer.headers.get("location")) == (303, f"{path}?done=saved"), answer.text
    assert (await people["marta"].http.get(path)).text.count("<li value=") == versions >= 1


async def test_a_record_is_added_changed_taken_out_of_use_and_keeps_its_versions(
    people: dict[str, Caller],
) -> None:
    marta = people["marta"]
    added = await marta.post("/directory/customer/new", {"r-name": "Óptica São João", "version": "0"})
    assert added.headers["location"] == "/directory/customer/optica-sao-joao?done=saved"
    path = "/directory/customer/optica-sao-joao"
    await marta.until(path, _in_version(1))
    changed = await marta.post(
        path, {"r-name": "Óptica João", "r-tax_id": "11.222.333/0001-81", "version": "1"}
    )
    assert changed.status_code == 303
    page = await marta.until(path, _in_version(2))
    assert "Óptica São João → Óptica João" in page
    assert "Marta Lins" in page
    off = await marta.post(path, {"use": "off", "version": "2"})
    assert off.headers["location"].endswith("?done=off")
    await marta.until("/directory/customer", lambda page: "Óptica" not in page)
    assert "Óptica João" in (await marta.http.get("/directory/customer?all=1&words=joão")).text
    assert (await marta.post(path, {"use": "on", "version": "3"})).headers["location"].endswith("?done=on")
    await marta.until("/directory/customer?words=optica-sao", lambda page: "Óptica João" in page)


def _in_version(version: int) -> Callable[[str], bool]:
    """Whether a record's page shows that version: the pages hear of it after it was recorded."""
    return lambda page: f'name="version" value="{version}"' in page


async def test_nobody_overwrites_what_another_changed_meanwhile(people: dict[str, Caller]) -> None:
    path = "/directory/area/dados"
    page = fields_of((await people["marta"].http.get(path)).text)
    assert (await people["omar"].post(path, {**page, "r-name": "Dados e BI"})).status_code == 303
    late = await people["marta"].post(path, {**page, "r-name": "Outra coisa"})
    assert late.status_code == 422
    assert "Outra pessoa mudou este cadastro" in late.text
    assert "Outra coisa" in late.text  # what was typed stays


@pytest.mark.parametrize(
    ("kind", "typed", "told"),
    [
        ("customer", {"r-name": "x", "r-tax_id": "11.222.333/0001-82"}, "confira os dígitos"),
        ("customer", {"r-name": ""}, "Falta preencher"),
        ("customer", {"r-name": "x", "record_key": "não vale"}, "comece com letra ou número"),
        ("customer", {"r-name": "x", "record_key": "serra"}, "Já há um registro com esta chave"),
        (
            "contact",
            {"r-name": "x", "r-customer": "serra", "r-addresses": "novo@x.example\nnada", "r-language": "en"},
            "Linha 2: Não é um endereço de e-mail",
        ),
        (
            "contact",
            {"r-name": "x", "r-customer": "serra", "r-addresses": "davi@serra.example.com"},
            "já é de outro contato",
        ),
        ("calendar", {"record_key": "x", "r-time_zone": "Lua/Mar", "r-weekly-mon": "08:00-12:00"}, "Este fuso não existe"),
        ("calendar", {"record_key": "x", "r-time_zone": "America/Sao_Paulo", "r-weekly-mon": "oito às dez"}, "fora do formato"),
        (
            "sla_policy",
            {"r-name": "x", "r-calendar": "padrao", "r-targets-0-priority": "high"},
            "Linha 1: Esta linha não tem nenhum prazo",
        ),
        ("sla_policy", {"r-name": "x", "r-calendar": "padrao", "r-first_response_min": "muito"}, "fora do formato"),
        (
            "canned_answer",
            {"r-title": "x", "r-texts-en": "Hello {friend}"},
            "Nada preenche {friend} aqui",
        ),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_beside_its_field(
    people: dict[str, Caller], kind: str, typed: dict[str, str], told: str
) -> None:
    answer = await people["marta"].post(f"/directory/{kind}/new", {"version": "0", **typed})
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert 'aria-invalid="true"' in answer.text


async def test_what_is_in_use_is_not_taken_out_of_use_and_says_by_whom(people: dict[str, Caller]) -> None:
    answer = await people["marta"].post("/directory/area/fiscal", {"use": "off", "version": "1"})
    assert answer.status_code == 422
    assert "registros. Mude-os antes" in answer.text
    assert '<a href="/directory/application/notas">' in answer.text


async def test_more_rows_are_asked_for_without_a_script_and_nothing_typed_is_lost(
    people: dict[str, Caller],
) -> None:
    path = "/directory/analyst/leo"
    page = (await people["marta"].http.get(path)).text
    assert page.count('type="date"') == 2 * 3
    more = (await people["marta"].post(path, {**fields_of(page), "r-name": "Léo D.", "add": "absences"})).text
    assert more.count('type="date"') == 2 * 7
    assert 'value="Léo D."' in more


async def test_who_may_look_and_who_may_write(people: dict[str, Caller]) -> None:
    found = {}
    for who in ("ana", "bruno", "rita", "marta"):
        page = await people[who].http.get("/directory/area/fiscal")
        written = await people[who].post("/directory/area/fiscal", {"r-name": "Fiscal", "version": "1"})
        contact = await people[who].http.get("/directory/contact/new")
        found[who] = (page.status_code, written.status_code, contact.status_code)
    assert found == {
        "ana": (403, 403, 403),
        "bruno": (200, 403, 200),
        "rita": (200, 403, 403),
        "marta": (200, 303, 200),
    }
    for path in ("/directory/nothing", "/directory/area/nothing", "/directory/nothing/new"):
        assert (await people["marta"].http.get(path)).status_code == 404
    assert (await people["marta"].http.get("/directory/desk")).headers["location"] == "/directory/desk/desk"


def test_hours_are_typed_and_shown_alike() -> None:
    assert hours("08:00-10:45, 13:00 \u2013 17:30") == [["08:00", "10:45"], ["13:00", "17:30"]]
    assert hours_text(hours("08:00-10:45,13:00-17:30")) == "08:00-10:45, 13:00-17:30"
    assert hours("de manhã") == "de manhã" == hours_text("de manhã")
    assert (
        special_text({"2026-12-24": [["08:00", "12:00"]], "2026-12-23": []})
        == "2026-12-23\n2026-12-24 08:00-12:00"
    )


def test_keys_are_made_of_names() -> None:
    assert suggested_key("customer", {"name": "  Óptica São João & Cia. "}) == "optica-sao-joao-cia"
    assert suggested_key("contract", {"customer": "serra", "starts_on": "2026-01-01"}) == "serra-2026-01-01"
    assert suggested_key("mail_template", {"template": "opened", "language": "pt-BR"}) == "opened-pt-br"
    assert suggested_key("desk", {}) == "desk"


def test_a_new_record_begins_with_what_the_contract_gives() -> None:
    assert fresh("sla_policy")["warning_stages"] == [50, 75, 90]
    assert fresh("contact")["language"] == "pt-BR"
    assert "name" not in fresh("customer")
