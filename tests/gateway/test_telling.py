"""Each event's place in the timeline: shown, on which side, as what; or left out on purpose."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from contracts import intake, notifier, sla
from contracts import lifecycle as l
from contracts.envelope import EVENTS, SYSTEM, Event
from journal.directory import Directory
from services.gateway.names import Names
from services.gateway.pages.history import standing
from services.gateway.telling import ALARMING, INNER_TEXT, NOT_SHOWN, SHOWN
from services.gateway.timeline import Moment, files_named, moments
from services.gateway.told import Told, absorbed
from services.gateway.words import LANGUAGES, Words
from tests.gateway.books import BIA, PICTURE, RECORDS, SECRET, TERMS, Books, a_plan

OWNERS = {"intake", "lifecycle", "sla", "notifier"}
OTHER = uuid4()
NUMBER = "2026-000777"
assert intake
assert notifier


def test_every_event_is_shown_or_left_out_on_purpose() -> None:
    told = {event for topic, event in EVENTS.items() if topic.split(".")[0] in OWNERS}
    assert SHOWN.keys() & NOT_SHOWN == set()
    assert SHOWN.keys() | NOT_SHOWN == told
    assert SHOWN.keys() >= ALARMING


def history(books: Books, *tickets: UUID) -> list[Told]:
    """What the views would hold of these tickets."""
    told = [
        Told(ticket, source, e.partition, e.position, e.topic, at or e.recorded_at, e.recorded_at, e.data.decode(), e.digest)
        for (source, _), kept in books.kept.items()
        for e in kept
        for event in [e.event()]
        for ticket in tickets
        if getattr(event, "ticket_id", None) == ticket
        for at in [getattr(event, "at", None) or getattr(event, "opened_at", None)]
    ]  # fmt: skip
    return sorted(told, key=lambda row: row.order)


def told(books: Books, *tickets: UUID, internal: bool = True) -> list[Moment]:
    return moments(history(books, *tickets), internal=internal)


def names_in(language: Any) -> Names:
    directory = Directory()
    for kind, key, record in RECORDS:
        directory.put(kind, key, 1, True, record)
    return Names(directory, Words(language, ZoneInfo("America/Sao_Paulo")))


REASON = "motivo só nosso"
ASIDE = "recado só nosso"
SPLIT = {
    "new_ticket_id": OTHER, "opened_at": "2026-03-02T11:00:00Z", "channel": "web", "customer": "aurora", "requester": "bia",
    "application": "nota", "classification": "question", "terms": TERMS, "subject": "Outra", "text": "Outra demanda",
}  # fmt: skip
FINISHED = {
    "number": NUMBER, "status": "open", "opened_at": "2026-03-02T11:00:00Z", "answered": False, "terms": TERMS,
    "classification": "question", "priority": "normal", "by": SYSTEM,
}  # fmt: skip
LINKED = {"other": OTHER, "other_number": NUMBER, "link": "blocks"}
CLOCK: dict[str, Any] = {"clock": "resolution", "cycle": 1}
TARGET = {
    "target_s": 60,
    "previous_target_s": 90,
    "elapsed_s": 0,
    "remaining_s": 60,
    "due_at": None,
    "previous_due_at": None,
}
CASES: list[tuple[type[Event], dict[str, Any], str, str]] = [
    # event, its facts, what staff read, what requesters read ("" for nothing)
    (l.TicketAssigned, {"analyst": "ana", "status": "open"}, "Ana Souza assumiu o atendimento", "="),
    (l.TicketAssigned, {"analyst": "mara", "status": "open", "reason": REASON}, "Ana Souza atribuiu o atendimento a Mara Costa", "="),
    (
        l.TicketAssigned, {"analyst": "ana", "status": "open", "rule": "round_robin", "by": SYSTEM},
        "Atendimento distribuído a Ana Souza pela regra da área", "=",
    ),
    (l.TicketReturned, {"previous": "ana", "reason": REASON}, "Ana Souza devolveu o atendimento à fila", ""),
    (l.AnswerPublished, {"text": "x", "first": True}, "Ana Souza respondeu", "="),
    (l.NoteAdded, {"text": ASIDE}, "Ana Souza anotou", ""),
    (l.CustomerAwaited, {"text": "x", "first": True, "waiting": 1}, "Ana Souza aguarda uma resposta do cliente", "="),
    (
        l.TicketHeld, {"third_party": "Operadora", "expected_on": "2026-03-09", "previous": "open"},
        "Em espera por Operadora, previsto para 09/03/2026", "=",
    ),
    (l.TicketResumed, {"previous": "on_hold", "because": "analyst"}, "Atendimento retomado", "="),
    (
        l.ContactAttempted, {"channel": "phone", "outcome": "no_answer", "attempt": 2, "text": ASIDE},
        "Ana Souza tentou contato, sem resposta · Telefone · tentativa 2", "=",
    ),
    (
        l.ContactAttempted, {"channel": "phone", "outcome": "reached", "attempt": 0, "text": ASIDE},
        "Ana Souza falou com o cliente · Telefone", "=",
    ),
    (l.TicketResolved, {"text": "x", "first": False, "resolution": 1}, "Ana Souza resolveu o atendimento", "="),
    (l.TicketReopened, {"resolution": 1, "via": "web", "reason": "não", "by": BIA}, "Bia Lima reabriu o atendimento", "="),
    (
        l.ReopeningDismissed, {"resolution": 1, "resolved_at": "2026-03-02T11:00:00Z", "reason": ASIDE},
        "Ana Souza manteve a solução: a mensagem não a contestava", "=",
    ),
    (l.TicketClosed, {"reason": "no_contact", "previous": "open"}, "Fechado: sem contato com o solicitante", "="),
    (
        l.ClosureUndone, {"closed_at": "2026-03-02T11:00:00Z", "reason": "customer_silent", "previous": "open"},
        "Fechamento desfeito: chegou uma mensagem a tempo", "=",
    ),
    (l.ResolutionRated, {"resolution": 1, "score": 4, "by": BIA}, "Bia Lima avaliou com 4 de 5", "="),
    (l.TicketSplit, SPLIT, "Ana Souza separou uma demanda em outro atendimento", "="),
    (l.TicketMerged, {"into": OTHER, "into_number": NUMBER, "reason": ASIDE}, "Ana Souza uniu este atendimento a outro", "="),
    (l.TicketAbsorbed, {"merged": OTHER, "merged_number": NUMBER, "requester": "bia"}, "Ana Souza uniu outro atendimento a este", "="),
    (l.TicketLinked, LINKED, "Ana Souza vinculou outro atendimento: bloqueia", "="),
    (l.TicketUnlinked, LINKED, "Ana Souza desfez o vínculo com outro atendimento: bloqueia", "="),
    (l.ProjectPlanned, {"plan": a_plan("a"), "revision": 3}, "Ana Souza planejou o projeto, revisão 3", "="),
    (l.ApprovalRequested, {"revision": 3, "previous": "open"}, "Ana Souza pediu aprovação do plano, revisão 3", "="),
    (l.ProjectApproved, {"revision": 3}, "Ana Souza aprovou o plano, revisão 3", "="),
    (l.ProjectSentBack, {"revision": 3, "reason": ASIDE}, "Ana Souza devolveu o plano para ajustes, revisão 3", "="),
    (l.ProjectRejected, {"revision": 3, "reason": "caro"}, "Ana Souza não aprovou o projeto, revisão 3", "="),
    (l.ActivityMarked, {"activity": 1, "title": "Testar", "done": True}, "Ana Souza concluiu a atividade “Testar”", "="),
    (l.ActivityMarked, {"activity": 1, "title": "Testar", "done": False}, "Ana Souza reabriu a atividade “Testar”", "="),
    (l.ImportFinished, FINISHED, "Até aqui, histórico trazido do sistema anterior", ""),
    (l.BounceAdded, {"recipient": "bia@x.example", "status": "5.1.1", "diagnostic": "x", "permanent": True}, "E-mail para bia@x.example voltou em definitivo: 5.1.1", ""),
    (l.BounceAdded, {"recipient": "bia@x.example", "status": "5", "diagnostic": "x"}, "E-mail para bia@x.example voltou", ""),
    (l.LateReplyReceived, {"submission_id": OTHER}, "Resposta após o fechamento: segue em novo atendimento", ""),
    (sla.ClockRetargeted, {**CLOCK, **TARGET}, "Solução: prazo recalculado, de — para —", ""),
    (sla.ClockBreached, {**CLOCK, "detected_at": "2026-03-02T11:00:00Z"}, "Prazo vencido: Solução", ""),
    (
        sla.ClockBreached, {**CLOCK, "detected_at": "2026-03-02T11:00:00Z", "cause": "reclassified"},
        "Prazo vencido pela reclassificação: Solução", "",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "facts", "inside", "outside"), CASES)
def test_what_each_side_reads(event: type[Event], facts: dict[str, Any], inside: str, outside: str) -> None:
    books = Books()
    ticket = books.open("2026-000001")
    books.on(event, ticket, **facts)
    names = names_in("pt-BR")
    assert [names.headline(moment) for moment in told(books, ticket)][1:] == [inside]
    seen = told(books, ticket, internal=False)[1:]
    assert [names.headline(moment) for moment in seen] == ([inside] if outside == "=" else [])
    assert all(moment.side == "public" and moment.raw is None for moment in seen)
    assert not {REASON, ASIDE} & {moment.text for moment in seen}
    names_in("en").headline(told(books, ticket)[1])


def test_what_came_back_is_named_if_it_is_known() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    bounced = {"recipient": "bia@aurora.example", "status": "5", "diagnostic": "x"}
    owed_at = books.now
    failed = books.give_up(ticket)
    for notification_id in (failed, OTHER, None):
        books.on(l.BounceAdded, ticket, **bounced, notification_id=notification_id)
    known, unknown, unnamed = (moment.facts for moment in told(books, ticket)[-3:])
    assert known == {**unknown, "template": "answered", "asked_at": owed_at, "subject": "Nota recusada"}
    assert unknown == unnamed == {"recipient": "bia@aurora.example", "status": "5"}


def test_every_sentence_can_be_said_in_every_language() -> None:
    """Whatever facts an event brings, its sentence asks for no others: told of all the cases above."""
    for event, facts, _, _ in CASES:
        books = Books()
        books.on(event, books.open("2026-000001"), **facts)
        for language in LANGUAGES:
            for moment in told(books, *{e.stream_id for kept in books.kept.values() for e in kept}):
                assert names_in(language).headline(moment)
    named = {name for name in INNER_TEXT if not Words("en", ZoneInfo("UTC")).has(f"event.{name}")}
    assert named == set()


def test_requesters_are_told_what_concerns_them_of_a_reclassification() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    level = {"field": "level", "old": "N1", "new": "N2"}
    priority = {"field": "priority", "old": "normal", "new": "high"}
    books.on(l.TicketReclassified, ticket, changes=[level], reason=REASON)
    books.on(l.TicketReclassified, ticket, changes=[level, priority], reason=REASON)
    inside, outside = (told(books, ticket, internal=each)[1:] for each in (True, False))
    assert [[change.field for change in moment.changes] for moment in inside] == [
        ["level"],
        ["level", "priority"],
    ]
    assert [moment.text for moment in inside] == [REASON, REASON]
    assert [[change.field for change in moment.changes] for moment in outside] == [["priority"]]
    assert [moment.text for moment in outside] == [""]


def test_a_customers_own_reason_to_send_a_plan_back_is_theirs_to_read() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    books.on(l.ProjectSentBack, ticket, revision=1, reason="falta o teste", by=BIA)
    assert told(books, ticket, internal=False)[-1].text == "falta o teste"


def test_an_edited_occurrence_reads_as_it_does_now_and_keeps_what_it_said() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    books.on(l.NoteAdded, ticket, text="um", occurrence=1)
    books.on(l.AnswerPublished, ticket, text="dois", first=True)  # from before occurrences were counted
    books.on(l.OccurrenceEdited, ticket, occurrence=2, text="dois e meio", public=True)
    books.on(l.OccurrenceEdited, ticket, occurrence=2, text="três", public=True)
    _, note, answer = told(books, ticket)
    assert (note.text, note.edited, note.earlier) == ("um", None, ())
    assert answer.text == "três"
    assert [version.text for version in answer.earlier] == ["dois", "dois e meio"]
    assert answer.edited is not None
    assert answer.edited.at > answer.earlier[1].at > answer.at
    (_, seen) = told(books, ticket, internal=False)
    assert seen.text == "três"


def test_an_edited_note_stays_inside() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    books.on(l.NoteAdded, ticket, text="um", occurrence=1)
    books.on(l.OccurrenceEdited, ticket, occurrence=1, text="dois", public=False)
    assert [moment.name for moment in told(books, ticket, internal=False)] == ["TicketQueued"]


def merged_twice() -> tuple[Books, UUID, UUID, UUID]:
    """The first went on as the second, and that as the third; each was answered before and after."""
    books = Books()
    first, second, third = (books.open(f"2026-00000{n}") for n in (1, 2, 3))
    for n, ticket in enumerate((first, second, third), 1):
        books.on(l.AnswerPublished, ticket, text=f"resposta {n}", first=True, attachments=(PICTURE,))
    for into, merged, n in ((second, first, 1), (third, second, 2)):
        books.on(l.NoteAdded, merged, text=f"nota {n}", attachments=(SECRET,))
        books.on(l.TicketMerged, merged, into=into, into_number=f"2026-00000{n + 1}")
        books.on(l.TicketClosed, merged, reason="merged", previous="in_progress")
        books.on(l.TicketAbsorbed, into, merged=merged, merged_number=f"2026-00000{n}", requester="bia")
    books.on(l.AnswerPublished, third, text="resposta 4", first=False)
    return books, first, second, third


def test_the_living_ticket_tells_the_story_of_those_merged_into_it() -> None:
    books, first, second, third = merged_twice()
    shown = told(books, first, second, third)
    assert [(moment.of[-1:], moment.name, moment.text) for moment in shown] == [
        ("1", "TicketQueued", "Não sai <b>nota</b>"),
        ("2", "TicketQueued", "Não sai <b>nota</b>"),
        ("", "TicketQueued", "Não sai <b>nota</b>"),
        ("1", "AnswerPublished", "resposta 1"),
        ("2", "AnswerPublished", "resposta 2"),
        ("", "AnswerPublished", "resposta 3"),
        ("1", "NoteAdded", "nota 1"),
        ("2", "TicketAbsorbed", ""),
        ("2", "NoteAdded", "nota 2"),
        ("", "TicketAbsorbed", ""),
        ("", "AnswerPublished", "resposta 4"),
    ]
    outside = told(books, first, second, third, internal=False)
    assert "NoteAdded" not in {moment.name for moment in outside}
    assert len(outside) == len(shown) - 2
    assert SECRET.sha256 not in files_named(history(books, first, second, third), internal=False)


def test_a_merged_ticket_keeps_its_own_history_whole() -> None:
    books, first, *_ = merged_twice()
    assert [moment.name for moment in told(books, first)] == [
        "TicketQueued", "AnswerPublished", "NoteAdded", "TicketMerged", "TicketClosed",
    ]  # fmt: skip


def test_at_an_instant_only_what_had_been_merged_by_then_belongs_to_it() -> None:
    books, first, second, third = merged_twice()
    everything = history(books, first, second, third)
    merges = [each.recorded_at for each in everything if each.name == "TicketAbsorbed"]
    assert absorbed(everything, third) == {second: "2026-000002", first: "2026-000001"}
    assert absorbed(everything, third, merges[0]) == {}
    before = standing(everything, third, merges[1] - timedelta(microseconds=1))
    assert {line.of for line in before.lines} == {""}
    now = standing(everything, third)
    assert {line.of for line in now.lines} == {"", "2026-000001", "2026-000002"}
    assert len(now.lines) == len(everything)
    assert now.ticket is not None
    assert (now.ticket.number, now.ticket.status) == ("2026-000003", "open")


def test_chains_that_no_rule_allows_end_all_the_same() -> None:
    books = Books()
    one, two = books.open("2026-000001"), books.open("2026-000002")
    books.on(l.TicketAbsorbed, one, merged=two, merged_number="2026-000002", requester="bia")
    books.on(l.TicketAbsorbed, two, merged=one, merged_number="2026-000001", requester="bia")
    assert absorbed(history(books, one, two), one).keys() == {two, one}


def test_what_was_imported_stands_where_it_happened() -> None:
    books = Books()
    ticket = books.open("2026-000001", imported=True)
    books.on(l.AnswerPublished, ticket, text="de hoje", first=False)
    past = books.now - timedelta(days=400)
    books.on(l.AnswerPublished, ticket, text="de outrora", first=True, imported=True, at=past)
    shown = told(books, ticket)
    assert [(moment.text, moment.imported) for moment in shown if moment.name == "AnswerPublished"] == [
        ("de outrora", True),
        ("de hoje", False),
    ]


def test_a_changed_plan_is_told_as_what_changed() -> None:
    books = Books()
    ticket = books.open("2026-000001")
    books.on(l.ProjectPlanned, ticket, plan=a_plan("Comprar", "Instalar"), revision=1)
    changed = a_plan("Comprar", "Instalar e testar", "Treinar", resources=[{"name": "Servidor"}])
    changed["activities"].pop(0)
    books.on(l.ProjectPlanned, ticket, plan=changed, revision=2)
    _, first, second = told(books, ticket, internal=False)
    assert first.plan is not None
    assert second.plan is not None
    assert [each.title for each in first.plan.added] == ["Comprar", "Instalar"]
    assert (first.plan.removed, first.plan.changed, first.plan.others) == ((), (), ())
    assert [each.title for each in second.plan.added] == ["Treinar"]
    assert [each.title for each in second.plan.removed] == ["Comprar"]
    assert [(old.title, new.title) for old, new in second.plan.changed] == [("Instalar", "Instalar e testar")]
    assert second.plan.others == ("resources",)


@pytest.mark.parametrize(("channel", "plain"), [("email", True), ("web", False)])
def test_what_came_by_mail_is_not_read_as_markdown(channel: str, plain: bool) -> None:
    books = Books()
    ticket = books.open("2026-000001", channel=channel)
    books.on(l.ReplyAdded, ticket, text="* x", channel=channel, verified=True, sender="Bia", by=BIA)
    books.on(l.AnswerPublished, ticket, text="* x", first=True)
    assert [moment.plain for moment in told(books, ticket)] == [plain, plain, False]
