from collections.abc import Iterator

import pytest

from contracts.envelope import COMMANDS, EVENTS
from tests.journal.rooms import OUR_COMMANDS, OUR_EVENTS


@pytest.fixture(autouse=True, scope="module")
def contracts_of_the_rooms() -> Iterator[None]:
    """The tiny service's own events and commands can be read for as long as its tests run."""
    EVENTS.update(OUR_EVENTS)
    COMMANDS.update(OUR_COMMANDS)
    yield
    for topic in OUR_EVENTS:
        del EVENTS[topic]
    for topic in OUR_COMMANDS:
        del COMMANDS[topic]
