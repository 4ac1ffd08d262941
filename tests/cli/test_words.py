"""Both languages say the same things, and every event of history has its words."""

import string
from collections import Counter

import pytest

from contracts import intake, lifecycle, notifier, sla
from contracts.envelope import EVENTS
from deploy.auditor.entries import CONCERNED
from deploy.auditor.event_words import FACTS, WHAT
from deploy.auditor.fact_words import LABELS
from deploy.cli_words import SENTENCES
from deploy.demo.lines import LINES
from deploy.directory_files import words as directory_files
from deploy.importing import words as importing
from deploy.mail_tools import words as mail_tools
from deploy.sla_tools import words as sla_tools

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


def test_no_program_takes_anothers_words() -> None:
    catalogues = (directory_files, importing, mail_tools, sla_tools)
    said = Counter(code for words in catalogues for code in words.SENTENCES)
    assert [code for code, count in said.items() if count > 1] == []


def test_every_event_of_a_ticket_has_its_words() -> None:
    assert SPOKEN_OF.keys() == WHAT.keys() == FACTS.keys()


def test_every_fact_told_exists_and_is_labelled() -> None:
    delivered = intake.Delivered.model_fields.keys()
    for name, fields in FACTS.items():
        assert set(fields) <= SPOKEN_OF[name].model_fields.keys() | delivered, name
    assert {field for fields in FACTS.values() for field in fields} <= LABELS.keys()
