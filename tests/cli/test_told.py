"""What the auditor reads of single events: in words, in both languages."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from contracts import lifecycle as l
from contracts import sla
from contracts.envelope import Actor, Event
from deploy.auditor.entries import Told
from deploy.auditor.shown import facts, what
from journal.entry import Entry

AT = datetime(2026, 3, 2, 11, tzinfo=UTC)
ANA = Actor(role="analyst", key="ana", name="Ana Souza")
PLAN = {
    "objective": "x",
    "activities": [
        {"id": 1, "title": "Comprar", "owner": "ana", "starts_on": date(2026, 3, 9), "ends_on": date(2026, 3, 9)},
        {"id": 2, "title": "Instalar", "owner": "ana", "starts_on": date(2026, 3, 9), "ends_on": date(2026, 3, 9)},
    ],
}  # fmt: skip
CHANGES = [
    {"field": "priority", "old": "normal", "new": "urgent"},
    {"field": "severity", "old": None, "new": "total"},
]
CLOCK = {"clock": "resolution", "cycle": 1, "target_s": 3600, "previous_target_s": 7200, "elapsed_s": 60}
CASES: list[tuple[type[Event], dict[str, Any], str, str]] = [
    (
        l.TicketReclassified, {"changes": CHANGES, "reason": "parou"},
        "mudou: prioridade normal → urgente, severidade - → total · motivo: parou",
        "changed: priority normal → urgent, severity - → total · reason: parou",
    ),
    (
        l.TicketHeld, {"third_party": "Operadora", "expected_on": "2026-03-09", "previous": "open"},
        "terceiro: Operadora · previsto para: 09/03/2026 · antes: Aberto",
        "third party: Operadora · expected on: 2026-03-09 · before: Open",
    ),
    (
        l.ContactAttempted, {"channel": "phone", "outcome": "no_answer", "attempt": 2},
        "canal: telefone · resultado: sem resposta · tentativa: 2",
        "channel: phone · outcome: no answer · attempt: 2",
    ),
    (l.ActivityMarked, {"activity": 2, "title": "Instalar", "done": False},
        "atividade nº: 2 · título: Instalar · concluída: não", "activity no.: 2 · title: Instalar · done: no"),
    (l.ProjectPlanned, {"plan": PLAN, "revision": 2},
        "revisão: 2 · atividades: Comprar, Instalar", "revision: 2 · activities: Comprar, Instalar"),
    (l.TicketLinked, {"other": uuid4(), "other_number": "2026-000002", "link": "blocks"},
        "outro ticket: 2026-000002 · vínculo: bloqueia", "other ticket: 2026-000002 · link: blocks"),
    (l.NoteAdded, {"text": "x", "imported": True}, "texto: x · importado: sim", "text: x · imported: yes"),
    (
        sla.ClockRetargeted, {**CLOCK, "remaining_s": 3540, "due_at": AT, "previous_due_at": None, "cause": "rebased"},
        "prazo: resolução · causa: nova versão · meta anterior: 2 h 00 min · meta: 1 h 00 min · decorrido: 0 h 01 min"
        " · restante: 0 h 59 min · vence em: 02/03/2026 08:00:00",
        "clock: resolution · cause: newer version · previous target: 2 h 00 min · target: 1 h 00 min · elapsed: 0 h 01 min"
        " · remaining: 0 h 59 min · due at: 2026-03-02 08:00:00",
    ),
]  # fmt: skip


def told(event: type[Event], facts: dict[str, Any], of: str = "") -> Told:
    said = event.model_validate({"ticket_id": uuid4(), "at": AT, "by": ANA, **facts})
    entry = Entry(0, 1, uuid4(), 1, said.topic, AT, "", said.encoded(), b"")
    return Told(event.owner, entry, said, of)


@pytest.mark.parametrize(("event", "said", "pt", "en"), CASES)
def test_an_event_is_told_in_both_languages(
    event: type[Event], said: dict[str, Any], pt: str, en: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for language in ("pt_BR.UTF-8", "en_US.UTF-8"):
        monkeypatch.setenv("LC_ALL", language)
        found.append(facts(told(event, said), ZoneInfo("America/Sao_Paulo")))
    assert found == [pt, en]


def test_what_happened_on_a_merged_ticket_says_on_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    assert what(told(l.NoteAdded, {"text": "x"}, of="2026-000002")) == "Nota interna (2026-000002)"
    assert what(told(l.NoteAdded, {"text": "x"})) == "Nota interna"
