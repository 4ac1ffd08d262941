"""Both languages say the same things, and every event of history has its words."""

import string

import pytest

from contracts import intake, lifecycle, notifier, sla
from contracts.envelope import EVENTS
from deploy.auditor.entries import CONCERNED
from deploy.auditor.event_words import FACTS, WHAT
from deploy.auditor.fact_words import LABELS
from deploy.cli_words import SENTENCES
from deploy.demo.lines import LINES

assert intake
assert lifecycle
assert notifier
assert sla
SPOKEN_OF = {event.__name__: event for event in EVENTS.values() if event.owner in CONCERNED}


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("catalogue", [SENTENCES, LINES])
def test_both_languages_tell_the_same_facts(catalogue: dict[str, tuple[str, str]]) -> None:
    assert {code for code, (pt, en) in catalogue.items() if blanks(pt) != blanks(en)} == set()


def test_every_event_of_a_ticket_has_its_words() -> None:
    assert SPOKEN_OF.keys() == WHAT.keys() == FACTS.keys()


def test_every_fact_told_exists_and_is_labelled() -> None:
    delivered = intake.Delivered.model_fields.keys()
    for name, fields in FACTS.items():
        assert set(fields) <= SPOKEN_OF[name].model_fields.keys() | delivered, name
    assert {field for fields in FACTS.values() for field in fields} <= LABELS.keys()
