from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.intake import dovecot
from tests.intake.door import Channel, channel
from tests.running import RunningDesk, running_desk
from tests.small_desk import RECORDS

MORE = (
    ("customer", "vale", {"name": "Vale Verde Ltda."}),
    ("contact", "rui", {"name": "Rui Alves", "customer": "vale", "addresses": ["rui@vale.example.com"]}),
    ("application", "folha", {"name": "Folha", "area": "fiscal"}),
)
"""A customer without a contract, and an application without one."""
UNCAPPED = {"MAIL_TO_ADDRESS_MAX": "1000000"}
"""All these tests write as the same person, who would be taken for a loop."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """One for all the mail of a module."""
    with dovecot.mail_folder() as made:
        yield made


@pytest.fixture(scope="session")
async def desk() -> AsyncIterator[RunningDesk]:
    """A desk with two replicas of intake, for the tests that break nothing."""
    async with running_desk(
        ["intake", "intake-2", "lifecycle", "sla", "notifier"], UNCAPPED, records=(*RECORDS, *MORE)
    ) as made:
        yield made


@pytest.fixture
async def demo(desk: RunningDesk) -> AsyncIterator[Channel]:
    """The channel `demo` of that desk."""
    async with channel(desk) as made:
        yield made
