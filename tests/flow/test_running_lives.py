"""A few lives on a running desk, drawn from one seed: each ends as the model says, every view equals a replay."""

import random

from tests.faults.books import auditor
from tests.faults.campaign import ENVIRONMENT
from tests.faults.invariants import findings
from tests.faults.ledger import Ledger
from tests.faults.load import senders_at_work
from tests.faults.quiet import quiet
from tests.running import running_desk

LIVES = 6
STEPS = 8


async def test_lives_on_a_running_desk_end_as_the_model_says() -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    ledger, rng = Ledger(), random.Random(seed)
    async with running_desk(environment=ENVIRONMENT) as desk, auditor(desk) as reader:
        async with senders_at_work(desk, ledger, reader, rng) as load:
            for _ in range(LIVES):
                await load.live(STEPS)
            await load.stranger()
        assert await quiet(desk, reader) == []
        assert await findings(desk, ledger, reader) == []
    assert len(ledger.tickets) == LIVES
    assert ledger.commands
