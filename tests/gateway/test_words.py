"""Whatever a person reads exists in both languages, whatever happens."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from contracts import intake, lifecycle, notifier, sla
from contracts.envelope import EVENTS, Channel, Language, Role
from services.gateway.clock_rows import ClockRow
from services.gateway.offers import Action
from services.gateway.pages.history import _UNCHANGING
from services.gateway.rows import TicketRow
from services.gateway.telling import SHOWN
from services.gateway.words import LANGUAGES, Words, preferred, sentences
from tests.gateway.rooms import every_text

HERE = Path(__file__).parents[2] / "services"
GATEWAY = HERE / "gateway"
CLOSED_LISTS = {
    "status": get_args(lifecycle.Status),
    "priority": get_args(lifecycle.Priority),
    "classification": get_args(lifecycle.Classification),
    "close_reason": get_args(lifecycle.CloseReason),
    "park_reason": get_args(intake.ParkReason),
    "clock": get_args(sla.Clock),
    "template": get_args(notifier.Template),
    "channel": get_args(Channel),
    "role": get_args(Role),
    "act": get_args(Action),
    "level": get_args(lifecycle.Level),
    "criticality": get_args(lifecycle.Criticality),
    "severity": get_args(lifecycle.Severity),
    "link": get_args(lifecycle.Link),
    "done": (*get_args(Action), "opened", "retry"),
    "state": ("running", "paused", "met", "stopped", "reached"),
}
VARIANTS = {
    "ReplyUnverified", "TicketHanded", "TicketAssignedByRule", "ContactReached", "ContactMissed",
    "ActivityDone", "ActivityUndone",
}  # fmt: skip
"""Sentences of events that say different things, besides those of their own name."""


def facts_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_catalogues_have_the_same_sentences_with_the_same_facts() -> None:
    portuguese, english = sentences("pt-BR"), sentences("en")
    assert portuguese.keys() == english.keys()
    assert {code for code in portuguese if facts_of(portuguese[code]) != facts_of(english[code])} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_stands_twice_or_empty(language: Language) -> None:
    text = (GATEWAY / "locale" / f"{language}.json").read_text(encoding="utf-8")
    pairs = json.loads(text, object_pairs_hook=list)
    assert len(pairs) == len(dict(pairs))
    assert all(value.strip() for _, value in pairs)


@pytest.mark.parametrize("kind", sorted(CLOSED_LISTS))
def test_every_word_of_a_closed_list_is_known(kind: str) -> None:
    missing = {value for value in CLOSED_LISTS[kind] if f"{kind}.{value}" not in sentences("en")}
    assert missing == set()


def test_every_refusal_that_a_service_can_give_has_its_sentence() -> None:
    source = "\n".join(every_text(HERE, HERE.parent / "journal"))
    codes = set(re.findall(r'\bRefused\(\s*"([a-z_]+)"', source))
    codes |= set(get_args(intake.ParkReason)) - {"unreadable", "invalid"} | {"unavailable"}
    assert len(codes) > 15
    assert {code for code in codes if f"refused.{code}" not in sentences("en")} == set()


def test_every_event_has_a_name_and_every_shown_one_a_sentence() -> None:
    followed = {"intake", "lifecycle", "sla", "notifier"}
    names = {topic.split(".")[1] for topic in EVENTS if topic.split(".")[0] in followed}
    assert {name for name in names if f"name.{name}" not in sentences("en")} == set()
    shown = {event.__name__ for event in SHOWN} - {"ContactAttempted", "ActivityMarked"} | VARIANTS
    assert {name for name in shown if f"event.{name}" not in sentences("en")} == set()


def test_every_field_that_changes_has_a_name() -> None:
    fixed = {
        "customer", "requester", "application", "channel", "subject", "opened_at", "linked_to", "clock",
        "relation", "reference", "imported", "contract",
    }  # fmt: skip
    changing = {*TicketRow.__slots__, *ClockRow.__slots__} - _UNCHANGING - fixed
    assert {name for name in changing if f"field.{name}" not in sentences("en")} == set()


def test_every_code_that_a_page_names_exists() -> None:
    codes: set[str] = set()
    for text in every_text(GATEWAY):
        codes |= set(re.findall(r'\b(?:t|words|_words)\("([a-z_]+(?:\.[a-z_A-Z]+)*)"', text))
        codes |= set(re.findall(r"\bt\('([a-z_]+(?:\.[a-z_A-Z]+)*)'", text))
        codes |= set(re.findall(r'problem="([a-z]+\.[a-z_]+)"', text))
        codes |= {f"file.{code}" for code in re.findall(r'FileRefused\("([a-z_]+)"', text)}
    assert len(codes) > 100
    assert {code for code in codes if code not in sentences("en")} == set()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "pt-BR"),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-BR"),
        ("en-GB,en;q=0.9", "en"),
        ("de,en;q=0.5,pt;q=0.7", "pt-BR"),
        ("de,fr;q=0.4", "pt-BR"),
        ("en;q=banana", "pt-BR"),
    ],
)
def test_the_language_asked_for_first_is_taken(header: str, language: Language) -> None:
    assert preferred(header) == language


def test_a_refusal_is_told_in_words_even_when_it_lacks_facts_or_is_new() -> None:
    words = Words("pt-BR", ZoneInfo("America/Sao_Paulo"))
    assert "Em atendimento" in words.refusal("no_such_transition", {"status": "in_progress"})
    for status, way in (
        ("waiting_customer", "Retome-o antes"),
        ("on_hold", "Retome-o antes"),
        ("awaiting_approval", "aprovado ou devolvido"),
        ("resolved", "Reabra-o antes"),
    ):
        assert way in words.refusal("no_such_transition", {"status": status}), status
    assert "…" in words.refusal("ticket_closed", {})
    assert "never_heard_of" in words.refusal("never_heard_of", {"number": 1})


def test_instants_are_told_in_the_desks_zone() -> None:
    at = datetime(2026, 3, 2, 11, 5, 9, tzinfo=UTC)
    assert Words("pt-BR", ZoneInfo("America/Sao_Paulo")).instant(at) == "02/03/2026 08:05"
    assert Words("en", ZoneInfo("America/Sao_Paulo")).instant_long(at) == "2 Mar 2026, 08:05:09"
    assert Words("en", ZoneInfo("UTC")).duration(timedelta(hours=-3)) == "3 hours"
    assert Words("pt-BR", ZoneInfo("UTC")).size(1_234_567) == "1,2 MB"
    # Whoever handed the file in said so, and history keeps it.
    for absurd in (10**40, 10**400):
        assert Words("pt-BR", ZoneInfo("UTC")).size(absurd).endswith(" MB")
