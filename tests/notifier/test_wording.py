"""Every template, in both languages, as text and as HTML."""

import re
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from jinja2 import TemplateError

from contracts.envelope import Language
from contracts.lifecycle import CloseReason
from contracts.notifier import Template
from services.notifier.wording import TEMPLATES, Words, Written

WORDS = Words()
HOSTILE = '<script>alert(1)</script> "><img src=x onerror=y>\r\nBcc: everyone@example.com\u202e {{ 7*7 }}'
DUE = "2026-03-05T13:15:00+00:00"
DESK = {
    "name": "Ana Prado",
    "desk": "Suporte Exemplo",
    "phone": "+55 31 5555-0100",
    "address": "suporte@desk.example.com",
    "time_zone": "America/Sao_Paulo",
    "portal": "https://portal.example.com",
    "link": "https://portal.example.com/tickets/2026-000123",
}
TICKET = {"number": "2026-000123", "subject": "Nota não sai"}
FACTS: dict[str, dict[str, Any]] = {
    "opened": {**TICKET, "due_at": DUE, "place": 3},
    "answered": {**TICKET, "text": "Tente de novo.", "analyst": "Bruno", "attachments": [{"name": "a.pdf"}]},
    "awaiting_customer": {**TICKET, "text": "Qual versão?", "analyst": "Bruno"},
    "reminder": {**TICKET, "due_at": DUE, "stage": 1},
    "resumed": TICKET,
    "resolved": {
        **TICKET,
        "text": "Feito.",
        "analyst": "Bruno",
        "resolution": 1,
        "rating_link": "https://r/x",
    },
    "reopened": {**TICKET, "text": ""},
    "closed": {**TICKET, "reason": "resolved", "text": ""},
    "parked": {"subject": "Socorro", "reason": "unknown_sender", "message_id": "<a@b>"},
    "assigned": {**TICKET, "text": "", "by": "Marta"},
    "requester_replied": {**TICKET, "text": "Ainda não.", "sender": "Ana", "verified": False},
    "reopened_analyst": {**TICKET, "text": "Voltou."},
    "warning": {**TICKET, "clock": "first_response", "stage": 75, "due_at": DUE},
    "breach": {**TICKET, "clock": "resolution", "due_at": DUE},
    "bounce": {**TICKET, "recipient": "x@y", "status": "5.1.1", "text": "no such user"},
}
LANGUAGES: tuple[Language, ...] = get_args(Language)
EVERY = [(template, language) for template in get_args(Template) for language in LANGUAGES]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


def write(template: str, language: Language, **changed: Any) -> Written:
    return WORDS.write(template, language, {**DESK, **FACTS[template], **changed})


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_every_template_says_what_it_must(template: str, language: Language) -> None:
    written = write(template, language)
    assert "{" not in written.subject + written.text
    assert written.subject
    if "number" in FACTS[template]:
        assert written.subject.startswith("[2026-000123] ")
        assert "2026-000123" in written.text
    assert ("Olá, Ana Prado," if language == "pt-BR" else "Hello, Ana Prado,") in written.text
    assert "\n\n\n\n" not in written.text
    if text := FACTS[template].get("text"):
        assert text in written.text
        assert text in written.html
    assert tags(written.html)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_a_missing_fact_is_a_fault_and_not_an_empty_mail(template: str, language: Language) -> None:
    for fact in FACTS[template]:
        if fact in ("text", "resolution", "message_id", "number", "subject"):
            continue
        facts = {key: value for key, value in FACTS[template].items() if key != fact}
        with pytest.raises(TemplateError):
            WORDS.write(template, language, {**DESK, **facts})


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_what_others_write_is_never_markup(template: str, language: Language) -> None:
    facts = FACTS[template]
    hostile = {
        key: HOSTILE
        for key in ("subject", "text", "analyst", "sender", "by", "recipient", "status", "number")
        if facts.get(key)
    }
    written = write(template, language, **hostile, name=HOSTILE)
    plain = write(template, language)
    usual = [tag for tag, _ in tags(plain.html) if tag != "br"]
    assert [tag for tag, _ in tags(written.html) if tag != "br"][: len(usual)] == usual
    assert not any(tag in ("script", "img") for tag, _ in tags(written.html))
    assert not any(name.startswith("on") for _, attrs in tags(written.html) for name in attrs)
    assert not re.search(r"[\r\n\u202e]", written.subject)
    assert "49" not in written.text
    assert written.text.count("\nBcc:") == ("text" in hostile)


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_nothing_is_fetched_from_elsewhere(template: str, language: Language) -> None:
    html = write(template, language).html
    for tag, attrs in tags(html):
        assert tag not in ("img", "link", "script", "iframe", "object", "video")
        assert not {"src", "background", "srcset"} & attrs.keys()
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html


def test_all_words_are_there_in_both_languages_and_no_others() -> None:
    for language in LANGUAGES:
        names = {path.stem for path in (TEMPLATES / language).glob("*.j2")}
        assert names == set(get_args(Template)) == FACTS.keys()


def test_the_deadline_is_told_in_the_desk_s_time_zone() -> None:
    assert "quinta-feira, 5 de março de 2026, às 10:15" in write("opened", "pt-BR").text
    assert "Thursday, 5 March 2026, at 10:15" in write("opened", "en").text


def test_the_place_in_the_queue_is_left_out_where_there_is_none() -> None:
    assert "Lugar na fila: 3" in write("opened", "pt-BR").text
    assert "fila" not in write("opened", "pt-BR", place=None).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_closing_has_words_of_its_own(language: Language) -> None:
    texts = {write("closed", language, reason=reason).text for reason in get_args(CloseReason)}
    assert len(texts) == len(get_args(CloseReason))


def test_lines_of_an_answer_stay_lines() -> None:
    written = write("answered", "pt-BR", text="um\r\ndois\r\n\r\n  tres\x00")
    assert "um\ndois\n\n  tres" in written.text
    assert re.search(r"um<br>\s*dois<br>\s*<br>\s*tres", written.html)


def test_a_mail_without_a_subject_says_so() -> None:
    assert write("opened", "pt-BR", subject="").subject == "[2026-000123] (sem assunto)"
    assert write("opened", "en", subject=" \n ").subject == "[2026-000123] (no subject)"
