"""Everybody of `people.py` with a session, at the `desk` of the module."""

from collections.abc import AsyncIterator

import pytest

from tests.gateway.people import PEOPLE, Caller
from tests.running import RunningDesk


@pytest.fixture(scope="module")
async def people(desk: RunningDesk) -> AsyncIterator[dict[str, Caller]]:
    found = {who: await Caller.enter(desk, who) for who in PEOPLE}
    yield found
    for each in found.values():
        await each.http.aclose()
