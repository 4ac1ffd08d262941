"""How an event is written: what cannot be stored is replaced, and nothing else."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from contracts.envelope import SYSTEM, decode
from contracts.lifecycle import NoteAdded


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("a\x00b", "a\N{REPLACEMENT CHARACTER}b"),
        ("\x00\x00", "\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"),
        (r"six characters: \u0000", r"six characters: \u0000"),
        (r"eight: \\u0000", r"eight: \\u0000"),
        ("both: \\u0000 \\\x00", "both: \\u0000 \\\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_nul_is_replaced_and_what_looks_like_one_is_not(said: str, kept: str) -> None:
    note = NoteAdded(ticket_id=UUID(int=1), at=datetime(2026, 3, 2, tzinfo=UTC), by=SYSTEM, text=said)
    again = decode(note.topic, note.encoded())
    assert isinstance(again, NoteAdded)
    assert again.text == kept
