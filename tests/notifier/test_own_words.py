"""The desk's own words for its e-mails: used where they fit, passed over and logged where they do not."""

from typing import Any

import pytest
import structlog

from contracts.directory import MailTemplate
from journal.placeholders import MAIL_TEMPLATE
from services.notifier.own_words import OwnWords
from services.notifier.wording import Written
from tests.notifier.room import small_directory
from tests.notifier.test_wording import DESK, FACTS, PDF, WORDS


def own(template: str = "opened", **changed: Any) -> MailTemplate:
    facts = {"template": template, "language": "pt-BR", "title": "Chegou, {name}", "body": "É o {number}."}
    return MailTemplate.model_validate(facts | changed)


def write(words: MailTemplate | None, **changed: Any) -> Written:
    template = words.template if words else "opened"
    return WORDS.write(template, "pt-BR", {**DESK, **FACTS[template], **changed}, words)


def test_own_words_replace_title_and_body_and_leave_the_rest() -> None:
    written = write(own())
    assert written.subject == "[2026-000123] Nota não sai"
    assert written.text.startswith("Chegou, Ana Prado\n\nOlá, Ana Prado,\n\nÉ o 2026-000123.\n\n")
    assert "Lugar na fila: 3" in written.text
    assert "Não é preciso fazer mais nada" not in written.text
    assert "Acompanhar o atendimento:\nhttps://portal.example.com/tickets/2026-000123\n" in written.text
    assert "<title>[2026-000123] Nota não sai</title>" in written.html


def test_instants_and_days_are_filled_in_as_words() -> None:
    body = "Até {due}.\n\nLugar {place}."
    assert "Até quinta-feira, 5 de março de 2026, às 10:15.\n\nLugar 3." in write(own(body=body)).text
    assert "Lugar ." in write(own(body=body), place=None).text
    held = own("held", body="{third_party}, {expected}")
    assert "Sefaz, segunda-feira, 9 de março de 2026" in write(held).text


def test_an_own_subject_keeps_the_number() -> None:
    assert write(own(subject="Recebido: {subject}")).subject == "[2026-000123] Recebido: Nota não sai"
    assert write(own(subject="{number} recebido")).subject == "2026-000123 recebido"
    parked = own("parked", subject="Recebido: {subject}", body="Já vemos.")
    assert write(parked).subject == "Recebido: Socorro"


def test_what_a_person_wrote_stands_once_with_its_lines() -> None:
    written = write(own("answered", body="Resposta de {analyst}:\n{text}\n\nAté logo."), text="um\ndois")
    assert "Resposta de Bruno:\num\ndois\n\nAté logo." in written.text
    assert written.text.count("um\ndois") == 1
    assert f"- {PDF['name']}" in written.text


def test_nothing_of_it_is_markup_or_read_twice() -> None:
    written = write(own(body="<b>{subject}</b> {{ 7*7 }}"), subject="{number} <i>")
    assert "<b>{number} <i></b> {{ 7*7 }}" in written.text
    assert "&lt;b&gt;{number} &lt;i&gt;&lt;/b&gt;" in written.html


@pytest.mark.parametrize(
    "words",
    [
        own(body="É o {numero}."),
        own(title="{sender}"),
        own(subject="{nobody_knows}"),
        own(title=" \n "),
        own(body="\u0007\n"),
    ],
)
def test_words_that_do_not_fit_are_passed_over_and_logged(words: MailTemplate) -> None:
    with structlog.testing.capture_logs() as logged:
        assert write(words) == write(None)
    (line,) = logged
    assert (line["event"], line["log_level"], line["template"]) == ("own words unfit", "error", "opened")


@pytest.mark.parametrize("template", FACTS)
def test_every_name_that_the_directory_takes_is_filled_in(template: str) -> None:
    body = " ".join(f"{{{name}}}" for name in sorted(MAIL_TEMPLATE[template]))
    written = write(own(template, body=body))
    assert "Chegou, Ana Prado" in written.text
    assert "{" not in written.text


def test_of_two_records_the_first_key_counts_and_only_those_in_use() -> None:
    directory = small_directory()
    words = OwnWords(directory)
    records = [("b", True, own(title="b")), ("a", True, own(title="a")), ("0", False, own(title="0"))]
    for key, active, record in records:
        directory.put("mail_template", key, 1, active, record)
    assert words.of("opened", "pt-BR") is None
    words.refresh()
    found = words.of("opened", "pt-BR")
    assert found is not None
    assert found.title == "a"
    assert words.of("opened", "en") is None
