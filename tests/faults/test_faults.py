"""A desk at work, and one fault after the other: what was acknowledged is kept, once, and told once."""

import random
from collections.abc import AsyncIterator

import pytest

from tests.faults.books import Auditor, auditor
from tests.faults.campaign import ENVIRONMENT
from tests.faults.ledger import Ledger
from tests.faults.rounds import LITTLE, play
from tests.running import RunningDesk, running_desk

pytestmark = pytest.mark.timeout(900)
SEED = random.SystemRandom().randrange(10**6)
Stage = tuple[RunningDesk, Ledger, Auditor]


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    """One desk for all the faults: each finds what the ones before have left."""
    async with running_desk(environment=ENVIRONMENT) as desk, auditor(desk) as reader:
        yield desk, Ledger(), reader


@pytest.mark.parametrize(
    ("fault", "replicas"),
    [
        ("kill each service", False),
        ("kill each service", True),
        ("kill nats", False),
        ("kill postgres", False),
        ("roll nats back", False),
        ("wipe nats", False),
        ("double and shuffle", False),
    ],
)
async def test_what_was_acknowledged_is_kept_once(stage: Stage, fault: str, replicas: bool) -> None:
    if not stage[1].whole:
        pytest.skip("an earlier round broke off in the midst of its load")
    print(f"seed {SEED}")
    played = await play(*stage, random.Random(f"{SEED} {fault}"), fault, replicas=replicas)
    print(played.line)
    assert played.found == ()
    assert played.acknowledged > LITTLE
    assert played.tickets
