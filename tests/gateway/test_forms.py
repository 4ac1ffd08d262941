"""What a form may hold that no page of ours has sent."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import FormData

from contracts import commands as c
from contracts.commands.project import ACTIVITY_ID_MAX
from contracts.envelope import Attachment
from services.gateway.forms import Form, for_command
from services.gateway.pages.planning import _id_of
from services.gateway.portal import Visit, told
from services.gateway.words import Words


def test_rows_stand_in_their_places_and_nothing_else_is_one() -> None:
    endless = "9" * 5000
    sent = {
        "a-2-title": "y",
        "a-0-title": "x",
        f"a-{endless}-title": "z",
        "a-²-title": "z",
        "a-1-": "z",
        "b-0-c": "z",
    }
    form = Form(FormData(sent), cast("Visit", None))
    assert form.rows("a") == [{"title": "x"}, {"title": "y"}]


@pytest.mark.parametrize(
    ("kept", "known"),
    [("7", 7), (str(ACTIVITY_ID_MAX), ACTIVITY_ID_MAX), (str(2**31), 0), ("9" * 5000, 0), ("-1", 0), ("", 0)],
)
def test_an_activity_keeps_the_id_that_its_row_had(kept: str, known: int) -> None:
    assert _id_of({"id": kept}) == known


@pytest.mark.parametrize(
    "key", ["2026-99-99", "0000-00-00", "2026-01-01T99:99:99Z", "9999-12-31T23:59:59-14:00"]
)
def test_a_key_that_reads_like_a_date_is_told_as_it_is(key: str) -> None:
    visit: Any = SimpleNamespace(words=Words("pt-BR", ZoneInfo("America/Sao_Paulo")), names=_Names())
    assert told("kind", key, visit) == key
    assert told("expected_on", date(2026, 3, 2).isoformat(), visit) == "02/03/2026"


def test_a_form_sent_again_is_done_once_and_one_written_anew_is_another() -> None:
    """Browsers bring a page back with its old key, and what is written on it then is not what was sent."""
    visit: Any = SimpleNamespace(person=SimpleNamespace(login="ana@desk.example"))
    form = Form(FormData({"key": str(UUID(int=7))}), visit)
    on, file = UUID(int=1), Attachment(name="a", content_type="a/b", size=1, sha256="0" * 64)
    note = c.AddNote(ticket_id=on, text="a")
    # After a fault a page is sent again without its files: browsers do not fill them in.
    assert form.key(note) == form.key(c.AddNote(ticket_id=on, text="a", attachments=(file,)))
    others = [
        c.AddNote(ticket_id=on, text="b"),
        c.PublishAnswer(ticket_id=on, text="a"),
        c.AddNote(ticket_id=UUID(int=2), text="a"),
    ]
    assert len({form.key(note), *map(form.key, others)}) == 4


class _Names:
    analyst = area = application = contact = customer = staticmethod(str)


def test_the_same_key_with_another_command_asks_for_another_thing() -> None:
    ticket = UUID(int=1)
    note, answer = c.AddNote(ticket_id=ticket, text="x"), c.PublishAnswer(ticket_id=ticket, text="x")
    assert for_command("k" * 8, note) == for_command("k" * 8, c.AddNote(ticket_id=ticket, text="x"))
    others = (answer, c.AddNote(ticket_id=ticket, text="y"), c.AddNote(ticket_id=UUID(int=2), text="x"))
    assert len({for_command("k" * 8, each) for each in (note, *others)}) == 4
