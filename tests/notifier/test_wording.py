"""Every template, in both languages, as text and as HTML."""

import re
import time
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from jinja2 import TemplateError

from contracts.directory import MailTemplate
from contracts.envelope import TEXT_MAX, Language
from contracts.lifecycle import AssignmentRule, Classification, CloseReason, Criticality, Priority
from contracts.notifier import Template
from journal.answering import ANSWER_LINE
from services.notifier.labels import LABELS
from services.notifier.shown import lines, size
from services.notifier.to_customers import CONCERNS_THEM
from services.notifier.to_staff import ANSWERABLE, SERVICE_CLOCKS
from services.notifier.wording import OPTIONAL, TEMPLATES, Words, Written

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
PDF = {"name": "a.pdf", "size": 12_345, "sha256": "0" * 64}
FACTS: dict[str, dict[str, Any]] = {
    "opened": {**TICKET, "due_at": DUE, "place": 3},
    "answered": {**TICKET, "text": "Tente de novo.", "analyst": "Bruno", "attachments": [PDF]},
    "awaiting_customer": {**TICKET, "text": "Qual versão?", "analyst": "Bruno"},
    "reminder": {**TICKET, "due_at": DUE, "stage": 1},
    "held": {**TICKET, "text": "Pedido feito.", "third_party": "Sefaz", "expected_on": "2026-03-09"},
    "resumed": {**TICKET, "previous": "on_hold"},
    "reclassified": {**TICKET, "changes": [{"field": "priority", "old": "normal", "new": "high"}]},
    "awaiting_approval": TICKET,
    "approval_wanted": {**TICKET, "text": "Urge.", "by": "Bruno", "revision": 2},
    "approved": {**TICKET, "text": "Pode ir.", "by": "Marta"},
    "sent_back": {**TICKET, "text": "Falta o prazo.", "by": "Marta"},
    "rejected": {**TICKET, "text": "Sem verba.", "by": "Marta"},
    "resolved": {
        **TICKET,
        "text": "Feito.",
        "analyst": "Bruno",
        "resolution": 1,
        "rating_link": "https://r/x",
    },
    "reopened": {**TICKET, "text": "", "undone": False},
    "closed": {**TICKET, "reason": "resolved", "text": "", "into": ""},
    "parked": {"subject": "Socorro", "reason": "unknown_sender", "message_id": "<a@b>"},
    "assigned": {**TICKET, "text": "", "by": "Marta", "rule": None},
    "mentioned": {**TICKET, "text": "Veja, @clara.", "by": "Bruno"},
    "requester_replied": {**TICKET, "text": "Ainda não.", "sender": "Ana", "verified": False},
    "reopened_analyst": {**TICKET, "text": "Voltou."},
    "warning": {**TICKET, "clock": "first_response", "stage": 75, "due_at": DUE, "responsible": "Bruno"},
    "breach": {**TICKET, "clock": "resolution", "due_at": DUE, "responsible": "", "cause": "time"},
    "bounce": {**TICKET, "recipient": "x@y", "status": "5.1.1", "text": "no such user"},
    "loop": {**TICKET, "recipient": "x@y", "count": 20, "cap": "address_on_ticket"},
    "suspended": {**TICKET, "recipient": "x@y", "count": 3, "status": "5.1.1"},
    "answer_refused": {**TICKET, "text": "Feito.", "refused": "ticket_closed"},
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


@pytest.mark.parametrize(("template", "language"), [each for each in EVERY if each[0] in ANSWERABLE])
def test_an_e_mail_whose_answer_is_published_says_so_and_no_other(template: str, language: Language) -> None:
    own = MailTemplate(template=template, language=language, title="Veja", body="{number}")
    facts = {**DESK, **FACTS[template]}
    for record in (None, own):
        says = WORDS.write(template, language, {**facts, "answer_line": ANSWER_LINE[language]}, record)
        assert ANSWER_LINE[language] in says.text
        assert ANSWER_LINE[language] in says.html
        silent = WORDS.write(template, language, facts, record)
        assert ANSWER_LINE[language] not in silent.text + silent.html


@pytest.mark.parametrize(("language", "moved"), [("pt-BR", "outro cliente"), ("en", "another customer")])
def test_what_was_not_sent_since_its_reader_moved_is_not_said_to_have_come_back(
    language: Language, moved: str
) -> None:
    back, unsent = (write("bounce", language, moved=each).text for each in (False, True))
    assert (moved in back, moved in unsent) == (False, True)
    assert ("5.1.1" in back, "5.1.1" in unsent) == (True, False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_an_answer_was_not_published_is_told(language: Language) -> None:
    codes = (
        "ticket_closed", "ticket_resolved", "not_allowed", "nothing_said", "repeats_notification", "mail_too_long",
        "mail_attached", "written_below", "another",
    )  # fmt: skip
    told = {write("answer_refused", language, refused=code).text for code in codes}
    assert len(told) == len(codes)
    assert all("{{" not in each for each in told)


@pytest.mark.parametrize(("language", "when"), [("pt-BR", "foi processada"), ("en", "was processed")])
def test_the_status_that_refuses_an_answer_is_that_of_when_it_was_processed(
    language: Language, when: str
) -> None:
    """It may have come before the ticket was resolved or closed."""
    for code in ("ticket_closed", "ticket_resolved"):
        assert when in write("answer_refused", language, refused=code).text


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_a_missing_fact_is_a_fault_and_not_an_empty_mail(template: str, language: Language) -> None:
    for fact in FACTS[template]:
        if fact in ("text", "resolution", "message_id", "number", "subject", *OPTIONAL):
            continue
        facts = {key: value for key, value in FACTS[template].items() if key != fact}
        with pytest.raises(TemplateError):
            WORDS.write(template, language, {**DESK, **facts})


@pytest.mark.parametrize(("template", "language"), EVERY)
def test_what_others_write_is_never_markup(template: str, language: Language) -> None:
    facts = FACTS[template]
    hostile = {
        key: HOSTILE
        for key in (
            "subject",
            "text",
            "analyst",
            "sender",
            "by",
            "recipient",
            "status",
            "number",
            "third_party",
        )
        if facts.get(key)
    }
    written = write(template, language, **hostile, name=HOSTILE)
    plain = write(template, language)
    # Lines are counted elsewhere; what holds a ticket's number together is not there where it is none.
    usual = [tag for tag, _ in tags(plain.html) if tag not in ("br", "span")]
    assert [tag for tag, _ in tags(written.html) if tag not in ("br", "span")][: len(usual)] == usual
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
def test_every_reason_for_closing_has_words_of_its_own_and_says_how_to_go_on(language: Language) -> None:
    texts = {write("closed", language, reason=reason).text for reason in get_args(CloseReason)}
    assert len(texts) == len(get_args(CloseReason))
    go_on = "responda a este e-mail" if language == "pt-BR" else "reply to this e-mail"
    assert all(go_on in text for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_merged_ticket_names_and_opens_the_one_that_lives(language: Language) -> None:
    written = write("closed", language, reason="merged", into="2026-000099")
    assert written.text.count("2026-000099") == 3
    assert "https://portal.example.com/tickets/2026-000099\n" in written.text
    assert 'href="https://portal.example.com/tickets/2026-000099"' in written.html


def test_what_was_reclassified_is_told_in_the_reader_s_words() -> None:
    changes = [
        {"field": "area", "old": "Fiscal", "new": "Contábil"},
        {"field": "classification", "old": "question", "new": "incident"},
        {"field": "criticality", "old": None, "new": "critical"},
    ]
    assert _details(write("reclassified", "pt-BR", changes=changes)) == [
        "Área: Fiscal → Contábil",
        "Classificação: Dúvida → Incidente",
        "Criticidade: - → Crítica",
    ]
    assert _details(write("reclassified", "en", changes=changes)) == [
        "Area: Fiscal → Contábil",
        "Classification: Question → Incident",
        "Criticality: - → Critical",
    ]


def _details(written: Written) -> list[str]:
    return [line for line in written.text.splitlines() if "→" in line]


def test_every_code_that_requesters_are_told_has_words_in_both_languages() -> None:
    for kind, words in (
        ("classification", Classification),
        ("priority", Priority),
        ("criticality", Criticality),
    ):
        assert LABELS[kind].keys() == set(get_args(words))
    assert LABELS["field"].keys() == set(CONCERNS_THEM)
    assert LABELS["clock"].keys() == set(SERVICE_CLOCKS)
    assert all(each.keys() == set(LANGUAGES) for kind in LABELS.values() for each in kind.values())


def test_a_day_is_told_without_an_hour() -> None:
    assert "Previsão: segunda-feira, 9 de março de 2026\n" in write("held", "pt-BR").text
    assert "Expected on: Monday, 9 March 2026\n" in write("held", "en").text


def test_a_split_ticket_says_where_it_came_from() -> None:
    split = write("opened", "pt-BR", origin="2026-000007", relation="split")
    assert "Separamos este assunto do atendimento 2026-000007" in split.text
    follow_up = write("opened", "en", origin="2026-000007", relation="late_reply")
    assert "follows up on ticket 2026-000007" in follow_up.text


def test_files_are_named_with_their_size_and_where_they_are() -> None:
    for language, shown in (("pt-BR", "12,3 kB"), ("en", "12.3 kB")):
        written = write("answered", language)  # type: ignore[arg-type]
        where = f"https://portal.example.com/tickets/2026-000123/files/{'0' * 64}"
        assert f"- a.pdf ({shown}): {where}\n" in written.text
        assert f'href="{where}"' in written.html
    hostile = write("requester_replied", "en", attachments=[{**PDF, "name": HOSTILE}])
    assert not any(tag in ("script", "img") for tag, _ in tags(hostile.html))


@pytest.mark.parametrize("piece", [" ", "\t ", "\n ", "\r", "\u2028", "a  "])
def test_no_text_takes_long(piece: str) -> None:
    started = time.process_time()
    lines("a" + (piece * TEXT_MAX)[: TEXT_MAX - 2] + "b")
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (10**400, "9007199.3 GB"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (25_000_000, "25 MB"),
        (3 * 10**12, "3000 GB"),
    ],
)
def test_sizes(octets: int, shown: str) -> None:
    assert size(octets, "en") == shown


def test_who_takes_part_is_told_why_and_does_not_rate() -> None:
    written = write("resolved", "pt-BR", joined="2026-000009", rating_link="")
    assert "O seu atendimento 2026-000009 foi unido a este." in written.text
    number = '<span style="white-space:nowrap">2026-000009</span>'
    assert f"O seu atendimento {number} foi unido a este." in written.html
    assert "avalia" not in written.text.lower()
    assert "https://portal.example.com/tickets/2026-000123\n" in written.text


def test_an_assignment_by_rule_says_so() -> None:
    for rule in get_args(AssignmentRule):
        assert "Pela regra da área" in write("assigned", "pt-BR", rule=rule, by="desk").text
        assert "desk" not in write("assigned", "en", rule=rule, by="desk").subject
    assert "Marta passou" in write("assigned", "pt-BR").text


@pytest.mark.parametrize(
    ("template", "facts"),
    [
        ("resumed", TICKET),
        ("reopened", {**TICKET, "text": ""}),
        ("closed", {**TICKET, "reason": "merged", "text": ""}),
        ("assigned", {**TICKET, "text": "", "by": "Marta"}),
        ("warning", {**TICKET, "clock": "first_response", "stage": 75, "due_at": DUE}),
        ("breach", {**TICKET, "clock": "resolution", "due_at": DUE}),
    ],
)
def test_what_an_earlier_release_requested_is_still_sent(template: str, facts: dict[str, Any]) -> None:
    for language in LANGUAGES:
        assert WORDS.write(template, language, {**DESK, **facts}).text


def test_lines_of_an_answer_stay_lines() -> None:
    written = write("answered", "pt-BR", text="um\r\ndois\r\n\r\n  tres\x00")
    assert "um\ndois\n\n  tres" in written.text
    assert re.search(r"um<br>\s*dois<br>\s*<br>\s*tres", written.html)


def test_a_mail_without_a_subject_says_so() -> None:
    assert write("opened", "pt-BR", subject="").subject == "[2026-000123] (sem assunto)"
    assert write("opened", "en", subject=" \n ").subject == "[2026-000123] (no subject)"
