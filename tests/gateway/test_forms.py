"""What a form may hold that no page of ours has sent."""

from datetime import date
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import FormData

from contracts.commands.project import ACTIVITY_ID_MAX
from services.gateway.forms import Form
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


class _Names:
    analyst = area = application = contact = customer = staticmethod(str)
